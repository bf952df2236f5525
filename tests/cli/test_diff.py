"""`cnndsl diff`: what is reported makes the second network of the first, and nothing else is."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import SMALL, Command
from mutated_networks import mutated
from shares import mostly_long

from cnndsl.ir.network import LayerView, Network
from cnndsl.pictures import comparison_svg
from cnndsl.report.differences import Difference, difference
from cnndsl.values import write

MUTATIONS = 200


def facts(layers: tuple[LayerView, ...]) -> dict[str, dict[str, str]]:
    """What there is to say of each layer by its label."""
    names = {one.index: one.label for one in layers}
    return {
        one.label: {
            "op": one.op.name,
            **{field: write(getattr(one.op, field)) for field in one.op.__fields__},
            "output": str(one.shape),
            "parameters": str(one.cost.params),
            "MACs": str(one.cost.macs),
            "from": ", ".join(names.get(index, f"input {-index}") for index in one.inputs),
        }
        for one in layers
    }


def carried_out(found: Difference, before: Network, after: Network) -> dict[str, dict[str, str]]:
    """The layers before with what is reported made of them; each change must be one."""
    old, new = facts(before.layers), facts(after.layers)
    pairs = {one.before: one.after for one in found.layers if one.before and one.after}
    for values in old.values():
        values["from"] = ", ".join(pairs.get(name, name) for name in values["from"].split(", "))
    made: dict[str | None, dict[str, str]] = {}
    for one in found.layers:
        assert one.after is None or one.after not in made
        if one.before is None:
            made[one.after] = new[str(one.after)]
            continue
        values = old.pop(one.before)
        if one.after is None:
            continue
        assert one.kind == ("changed" if one.before == one.after else "renamed")
        assert one.changes or one.kind == "renamed"
        for change in one.changes:
            assert change.before != change.after
            then = values.pop(change.name, None)
            assert change.name == "from" or then == change.before
        values |= {each.name: each.after for each in one.changes if each.after is not None}
        made[one.after] = values
    assert not made.keys() & old.keys()
    return {**made, **old}


@pytest.mark.parametrize("seed", mostly_long(range(MUTATIONS), range(12)))
def test_mutations_of_the_zoo(seed: int) -> None:
    name, before, after = mutated(seed)
    found = difference(name, before, after)
    assert found.is_empty == (facts(before.layers) == facts(after.layers))
    assert carried_out(found, before, after) == facts(after.layers)
    weights = found.weights
    old, new = (
        {f"{one.path}.{each.name}": each.shape for one in net.layers for each in one.weights}
        for net in (before, after)
    )
    kept = {key for key in old if old[key] == new.get(key)}
    assert weights.kept <= len(kept)
    assert weights.kept + len(weights.renamed) + len(weights.reshaped) + len(weights.lost) == len(
        old
    )
    assert all(old[then] == new[now] for then, now in weights.renamed)
    assert difference(name, before, before).is_empty


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of git with a spec and the blocks that it imports, in two revisions."""
    monkeypatch.chdir(tmp_path)
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "blocks.cnn").write_text("block unit(n) { conv(n, 3x3) -> relu }\n")
    net = 'import unit from "blocks.cnn"\n' + SMALL.replace("conv(4, 3x3) -> relu", "unit(4)")
    (tmp_path / "nets" / "net.cnn").write_text(net)
    git("init", "-q")
    git("add", ".")
    commit("first")
    (tmp_path / "nets" / "blocks.cnn").write_text("block unit(n) { conv(n, 3x3) -> gelu }\n")
    (tmp_path / "nets" / "net.cnn").write_text(net.replace("unit(4)", "unit(6)"))
    return tmp_path


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout


def commit(message: str) -> None:
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", message)


SHOWN = """\
small
  parameters: 1,562 -> 2,338 (+776)
  trainable: 1,562 -> 2,338 (+776)
  macs: 5,328 -> 7,992 (+2,664)
  layers
    ~ unit.conv: filters 4 -> 6, output 6x6x4 -> 6x6x6, parameters 112 -> 168, MACs 3,888 -> 5,832
    - unit.relu: relu 6x6x4
    + unit.gelu: gelu 6x6x6
    ~ flatten: output 144 -> 216, from unit.relu (gone) -> unit.gelu
    ~ dense: parameters 1,450 -> 2,170, MACs 1,440 -> 2,160
  weights
    1 weight as before
    ~ unit.conv.kernel: 3x3x3x4 -> 3x3x3x6, does not load
    ~ unit.conv.bias: 4 -> 6, does not load
    ~ dense.kernel: 144x10 -> 216x10, does not load
"""


def test_a_revision_with_what_it_imports(
    cnndsl: Command, specs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cnndsl("diff", "HEAD:nets/net.cnn", "nets/net.cnn") == (1, SHOWN, "")
    assert cnndsl("diff", "HEAD:nets/net.cnn", "HEAD:nets/net.cnn") == (0, "the same\n", "")
    monkeypatch.chdir(specs / "nets")
    assert cnndsl("diff", "HEAD:./net.cnn", "net.cnn") == (1, SHOWN, "")
    assert cnndsl("diff", "HEAD:../nets/net.cnn", "net.cnn") == (1, SHOWN, "")
    assert cnndsl("diff", "HEAD:nets/net.cnn", "net.cnn").out == SHOWN


@pytest.fixture
def driven(specs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The repository with the command as its driver, as docs/ci.md sets it up."""
    scripts = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", os.pathsep.join([scripts, os.environ["PATH"]]))
    page = (Path(__file__).parents[2] / "docs" / "ci.md").read_text(encoding="utf-8")
    attributes, command = re.findall(r"^(\*\.cnn .*)$|^git config (diff.*)$", page, re.MULTILINE)
    (specs / ".gitattributes").write_text(attributes[0] + "\n")
    name, value = re.fullmatch(r"(\S+) '(.*)'", command[1]).groups()  # type: ignore[union-attr]
    git("config", name, value)
    git("checkout", "-q", "nets/blocks.cnn")
    return specs / "nets"


def test_as_a_driver_of_git(driven: Path) -> None:
    (driven / "more.cnn").write_text(SMALL)
    git("add", "-N", "nets/more.cnn")
    shown = git("diff")
    assert "~ unit.conv: filters 4 -> 6" in shown
    assert "+ conv: conv 6x6x4" in shown


def test_a_driver_shows_whatever_has_changed(driven: Path) -> None:
    """What is renamed or gone, and as text what has no network; git goes on behind each."""
    (driven / "blocks.cnn").write_text("block unit(n) { conv(n, 3x3) -> tanh }\n")
    (driven / "net.cnn").rename(driven / "other.cnn")
    (driven / "trash.cnn").write_bytes(b"\xff\x1b[2J\0" * 9)
    (driven / "typo.cnn").write_text("model net {\n    imput 3\n}\n")
    git("add", ".")
    shown = re.sub(r"(?m)^ {4}.*\n", "", git("diff", "--cached", "--", "nets"))
    assert shown == (
        "nets/blocks.cnn\n"
        "nets/blocks.cnn: this file defines no model, only blocks\n"
        "@@ -1 +1 @@\n"
        "-block unit(n) { conv(n, 3x3) -> relu }\n"
        "+block unit(n) { conv(n, 3x3) -> tanh }\n"
        "nets/net.cnn -> nets/other.cnn\n"
        "small\n"
        "  parameters: 1,562 -> 2,338 (+776)\n"
        "  trainable: 1,562 -> 2,338 (+776)\n"
        "  macs: 5,328 -> 7,992 (+2,664)\n"
        "  layers\n"
        "  weights\n"
        "nets/trash.cnn (new)\n"
        "cannot read nets/trash.cnn: not UTF-8 text (byte 0)\n"
        "nets/typo.cnn (new)\n"
        "nets/typo.cnn: model net has no layers\n"
        "@@ -0,0 +1,3 @@\n"
        "+model net {\n"
        "+    imput 3\n"
        "+}\n"
    )
    git("checkout", "-q", "HEAD", ".")
    git("rm", "-q", "nets/net.cnn")
    assert git("diff", "HEAD", "--", "nets/net.cnn").startswith("nets/net.cnn (deleted)\nsmall\n")


@pytest.mark.parametrize(
    ("arguments", "status", "shown"),
    [
        (("--driver", "net.cnn"), 0, "net.cnn: not merged\n"),
        (("--driver", "a", "b"), 2, "error: --driver is for git, which says what to compare\n"),
        (("a", "b", "--driver"), 2, "error: --driver stands first"),
    ],
)
def test_a_driver_by_hand(
    cnndsl: Command, arguments: tuple[str, ...], status: int, shown: str
) -> None:
    result = cnndsl("diff", *arguments)
    assert result.status == status
    assert (result.out + result.err).startswith(shown)


def test_outside_of_git(cnndsl: Command, folder: Path) -> None:
    status, out, found = cnndsl("diff", "HEAD:net.cnn", "lenet5")
    assert (status, out) == (2, "")
    assert f"{folder} is in no repository of git" in found


@pytest.mark.parametrize(
    ("arguments", "err"),
    [
        (("nope:nets/net.cnn", "nets/net.cnn"), "git: fatal: not a valid object name: nope"),
        (("HEAD:net.cnn", "nets/net.cnn"), "cannot read HEAD:net.cnn: no such file"),
        (("--", "--output=x:net.cnn", "nets/net.cnn"), "`--output=x` is no revision of git"),
        ((":nets/net.cnn", "nets/net.cnn"), "write `HEAD:nets/net.cnn`"),
        (("HEAD:/etc/passwd", "nets/net.cnn"), "`/etc/passwd` is outside of the repository"),
        (("HEAD:nets/../../x", "nets/net.cnn"), "`nets/../../x` is outside of the repository"),
        (("HEAD:../x", "nets/net.cnn"), "`../x` is outside of the repository"),
        (("nets/net.cnn",), "the following arguments are required: AFTER"),
        (("nets/net.cnn", "missing.cnn"), "cannot read missing.cnn"),
        (("nets/net.cnn", "nets/net.cnn", "--format", "xml"), "no format is named `xml`"),
        (("nets/net.cnn", "nets/net.cnn", "--model", "other"), "no model"),
    ],
)
def test_misuse(cnndsl: Command, specs: Path, arguments: tuple[str, ...], err: str) -> None:
    status, out, found = cnndsl("diff", *arguments)
    assert (status, out) == (2, "")
    assert err in found


def test_what_does_not_hold_is_said(cnndsl: Command, folder: Path) -> None:
    status, out, err = cnndsl("diff", "small.cnn", "broken.cnn")
    assert (status, out) == (2, "")
    assert "broken.cnn:3:5" in err


def test_budgets_models_and_settings(cnndsl: Command, folder: Path) -> None:
    text = SMALL.replace("\n}", "\n    expect params < 2K\n}")
    (folder / "other.cnn").write_text(text)
    assert cnndsl("diff", "small.cnn", "other.cnn").out == "small\n  + expect params < 2K\n"
    (folder / "spaced.cnn").write_text(text.replace("params < 2K", "params<2K"))
    assert cnndsl("diff", "other.cnn", "spaced.cnn") == (0, "the same\n", "")
    (folder / "other.cnn").write_text(SMALL.replace("(classes", " ( classes") + "# more\n")
    assert cnndsl("diff", "small.cnn", "other.cnn") == (0, "the same\n", "")
    assert cnndsl("diff", "-q", "small.cnn", "other.cnn") == (0, "", "")
    (folder / "one.cnn").write_text("model first { input 3\n dense(2) }\n")
    out = cnndsl("diff", "two.cnn", "one.cnn").out
    assert out.startswith("second\n  name: second -> none\n")
    assert "- dense: dense 4" in out
    assert "layers: 1 -> 0 (-1)" in out


def test_formats(cnndsl: Command, folder: Path) -> None:
    (folder / "other.cnn").write_text(SMALL.replace("-> relu", "as first -> relu"))
    whole = json.loads(cnndsl("diff", "small.cnn", "other.cnn", "--format", "json").out)
    (model,) = whole["models"]
    assert (whole["same"], model["model"], model["facts"]) == (False, "small", [])
    assert model["layers"] == [
        {"kind": "renamed", "before": "conv", "after": "first", "op": "conv", "changes": []}
    ]
    assert model["weights"]["renamed"] == [
        ["conv.kernel", "first.kernel"],
        ["conv.bias", "first.bias"],
    ]
    page = cnndsl("diff", "small.cnn", "other.cnn", "--format", "markdown").out
    assert page.startswith("### `small`\n")
    assert "> conv is now first\n" in page
    assert page.count("```") == 4
    assert cnndsl("diff", "small.cnn", "small.cnn", "--format", "json").status == 0


def test_files_by_their_suffix(cnndsl: Command, tmp_path: Path) -> None:
    old, new = tmp_path / "old.cnn", tmp_path / "new.cnn"
    old.write_text(SMALL)
    new.write_text(SMALL.replace("3x3", "5x5"))
    for suffix, start in ((".svg", "<svg"), (".html", "<!doctype"), (".md", "###"), (".json", "{")):
        path = tmp_path / f"diff{suffix}"
        result = cnndsl("diff", str(old), str(new), "-o", str(path))
        assert (result.status, result.out) == (1, f"wrote {path}: different\n")
        assert path.read_text("utf-8").startswith(start)
    shown = cnndsl("diff", str(old), str(old), "--format", "svg")
    assert shown.status == 0
    assert "the same" in shown.out
    itself = cnndsl("diff", str(old), str(new), "--format", "text", "-o", str(new))
    assert (itself.status, itself.out) == (2, "")
    assert itself.err.startswith(f"error: {new} is the spec itself\n")
    assert new.read_text() == SMALL.replace("3x3", "5x5")
    odd = cnndsl("diff", str(old), str(new), "-o", "diff.png")
    assert odd.status == 2
    assert "end it in one of .txt, .md, .json, .svg, .html" in odd.err


def test_a_picture_that_shows_nothing(
    cnndsl: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison_svg, "MOST_BOXES", 6)
    for name, last in (("old", "relu"), ("new", "tanh")):
        body = "    dense(4) -> relu\n" * 3
        (tmp_path / f"{name}.cnn").write_text(f"model net {{\n    input 4\n{body}    {last}\n}}\n")
    pair = (tmp_path / "old.cnn", tmp_path / "new.cnn")
    result = cnndsl("diff", *pair, "-o", tmp_path / "diff.svg")
    assert (result.status, result.out) == (2, "")
    assert "a picture of 9 boxes shows nothing" in result.err
    assert not (tmp_path / "diff.svg").exists()
