"""The output formats for programs: what each requires, escapes, and counts columns in."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from reports import Advice, Fix, Frame, Note, at, finding, reported

from cnndsl.diagnostics.base import Finding
from cnndsl.project.outcome import MOST_LISTED, CheckedSpec, Report, Style, listed
from cnndsl.report.formats import FORMATS
from cnndsl.report.formats.github import MOST_SUMMARY_BYTES, step_summary
from cnndsl.text import Location, Source

LINES = "model m {\n    input 8x8x3\n    conv(4, 9x9)\n}\n"


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository, in a folder of which the command runs."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "nets").mkdir()
    monkeypatch.chdir(tmp_path / "nets")
    return tmp_path


def source(text: str = LINES, name: str = "net.cnn") -> Source:
    return Source(name, text, name)


def written(name: str, report: Report, style: Style | None = None) -> str:
    return FORMATS[name](report, style or Style())


# Columns

COLUMNS = [
    # text, snippet, row, columns in code points, columns in bytes
    pytest.param("abc conv(3)\n", "conv", 1, (5, 9), (5, 9), id="plain"),
    pytest.param("\t\tconv(3)\n", "conv", 1, (3, 7), (3, 7), id="tabs"),
    pytest.param("a\r\nbc conv(3)\r\n", "conv(3)", 2, (4, 11), (4, 11), id="Windows line ends"),
    pytest.param("卷积 conv(3)\n", "conv", 1, (4, 8), (8, 12), id="three bytes each"),
    pytest.param("😀 conv(3)\n", "conv", 1, (3, 7), (6, 10), id="beyond the first plane"),
    pytest.param("x é😀y conv\n", "é😀y", 1, (3, 6), (3, 10), id="inside the mark"),
    pytest.param("e\u0301 conv\n", "conv", 1, (4, 8), (5, 9), id="combining"),
    pytest.param("# \u2028 x\nconv", "conv", 2, (1, 5), (1, 5), id="what is no line end"),
]


@pytest.mark.parametrize(("text", "snippet", "row", "points", "in_bytes"), COLUMNS)
def test_columns(
    text: str, snippet: str, row: int, points: tuple[int, int], in_bytes: tuple[int, int]
) -> None:
    report = reported(finding(source(text), snippet))
    (one,) = json.loads(written("json", report))["diagnostics"]
    assert one["location"] == {"row": row, "column": points[0]}
    assert one["end_location"] == {"row": row, "column": points[1]}
    (run,) = json.loads(written("sarif", report))["runs"]
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"], region["endColumn"]) == (row, *points)
    command = written("github", report).splitlines()[-1]
    assert f",line={row},col={points[0]},endLine={row},endColumn={points[1]}::" in command
    (two,) = json.loads(written("rdjson", report))["diagnostics"]
    ends = two["location"]["range"]
    assert ends["start"] == {"line": row, "column": in_bytes[0]}
    assert ends["end"] == {"line": row, "column": in_bytes[1]}
    assert text.encode().split(b"\n")[row - 1][in_bytes[0] - 1 : in_bytes[1] - 1].decode() == (
        snippet
    )


def test_a_place_behind_the_end_is_the_end() -> None:
    spec = source("ab")
    report = reported(Finding(Advice("CNN104", "error", "unclosed"), Location(spec, 2, 9)))
    (one,) = json.loads(written("json", report))["diagnostics"]
    assert one["location"] == one["end_location"] == {"row": 1, "column": 3}


# GitHub


def test_github_has_the_text_and_the_commands() -> None:
    shown = written("github", reported(finding(source(), "conv(4, 9x9)")))
    assert shown == (
        "CNN101 wrong\n --> net.cnn:3:5\n  |\n3 |     conv(4, 9x9)\n  |     ^^^^^^^^^^^^\n\n"
        "1 error in net.cnn (12 ms)\n"
        "::error title=cnndsl (CNN101),file=nets/net.cnn,line=3,col=5,endLine=3,endColumn=17"
        "::wrong\n"
    )


def test_github_escapes() -> None:
    spec = source(name="100%,a:b\nc.cnn")
    command = written("github", reported(finding(spec, "conv", "50 % of a: b,\r\nc"))).splitlines()
    assert command[-1] == (
        "::error title=cnndsl (CNN101),file=nets/100%25%2Ca%3Ab%0Ac.cnn,line=3,col=5,"
        "endLine=3,endColumn=9::50 %25 of a: b,%0D%0Ac"
    )


def test_github_leaves_out_columns_of_different_lines() -> None:
    shown = written("github", reported(finding(source(), "input 8x8x3\n    conv")))
    assert shown.splitlines()[-1] == (
        "::error title=cnndsl (CNN101),file=nets/net.cnn,line=2,endLine=3::wrong"
    )


def test_github_levels_and_a_source_without_a_file() -> None:
    nameless = Source("<stdin>", LINES)
    shown = written("github", reported(finding(nameless, "conv", severity="warning")))
    assert shown.splitlines()[-1] == "::warning title=cnndsl (CNN101)::wrong"


@pytest.mark.parametrize("comment", ["##[add-mask]secret", "\n::error::no"])
def test_the_text_of_a_spec_is_no_command(comment: str) -> None:
    spec = source(f"conv(3) # {comment}\n")
    report = reported(Finding(Advice("CNN101", "error", f"a {comment}"), at(spec, "conv")))
    lines = written("github", report, Style(quiet=True)).splitlines()
    if "##[" not in comment:
        assert lines[0] == "CNN101 a \\n::error::no"
        return
    token = lines[0].removeprefix("::stop-commands::")
    assert re.fullmatch("[0-9a-f]{32}", token)
    assert f"::{token}::" in lines
    assert lines[-1].startswith("::error title=")


@pytest.mark.parametrize("variable", ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"])
def test_paths_are_relative_to_the_checkout(
    variable: str, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(repository / "nets"))
    report = reported(finding(source(), "conv"))
    assert ",file=net.cnn," in written("github", report)
    assert json.loads(written("gitlab", report))[0]["location"]["path"] == "net.cnn"


def test_step_summary() -> None:
    text = step_summary(
        reported(finding(source("conv # ```` \n"), "conv"), failures=("error: no",))
    )
    heading, _, rest = text.partition("\n\n")
    assert heading == "**cnndsl check:** 1 error in net.cnn (12 ms)"
    assert rest.startswith("`````text\nCNN101 wrong\n")
    assert rest.endswith("error: no\n`````\n\n")
    clean = Report((CheckedSpec("a_b.cnn", (), 2, ()),), (), 0.0)
    assert step_summary(clean) == "**cnndsl check:** a\\_b.cnn is clean (2 blocks, 0 ms)\n\n"


def test_a_step_summary_stays_below_what_github_takes() -> None:
    spec = source(f"conv {'é' * 90}\n")
    found = [Finding(Advice("CNN101", "error", f"{n} {'é' * 500}"), at(spec, "conv"))
             for n in range(1200)]  # fmt: skip
    text = step_summary(reported(*found))
    assert 0.9 * MOST_SUMMARY_BYTES < len(text.encode()) < 2**20
    assert "\n... the log has the rest\n```\n" in text


# GitLab


def test_gitlab() -> None:
    report = reported(finding(source(), "conv(4, 9x9)"), finding(source(), "{", severity="warning"))
    one, two = json.loads(written("gitlab", report))
    fingerprint = one.pop("fingerprint")
    assert re.fullmatch("[0-9a-f]{64}", fingerprint)
    assert one == {
        "description": "CNN101 wrong",
        "check_name": "CNN101",
        "severity": "major",
        "location": {"path": "nets/net.cnn", "lines": {"begin": 3, "end": 3}},
    }
    assert two["severity"] == "minor"
    assert written("gitlab", reported()) == "[]\n"


def fingerprints(*found: Finding) -> list[str]:
    return [one["fingerprint"] for one in json.loads(written("gitlab", reported(*found)))]


def test_gitlab_fingerprints_stay_while_lines_move() -> None:
    moved = source(f"# a new line\n\n{LINES}".replace("conv(4, 9x9)", "  conv(4,  9x9)"))
    spec = source()
    assert fingerprints(finding(spec, "conv(4, 9x9)")) == (
        fingerprints(finding(moved, "conv(4,  9x9)", "in other words"))
    )


def test_gitlab_fingerprints_tell_findings_apart() -> None:
    spec, other = source("conv(3)\nconv(3)\n"), source(LINES, "other.cnn")
    first = finding(spec, "conv(3)")
    second = Finding(first.diagnostic, Location(spec, 8, 15))
    found = fingerprints(
        first, second, finding(spec, "3"), finding(spec, "conv(3)", code="CNN102"),
        finding(other, "conv"),
    )  # fmt: skip
    assert len(set(found)) == 5


# SARIF


def example() -> Report:
    """A report with all that a finding can have."""
    spec = source("block b(n) { conv(n, 3x3) }\nmodel m { input 8x8x3\n b(4)\n b(4) }\n", "a b.cnn")
    full = finding(
        spec,
        "conv(n, 3x3)",
        notes=(Note(at(spec, "input 8x8x3"), "born here"),),
        stack=(Frame("b(n=4)", at(spec, "b(4)")),),
        count=2,
        fix=Fix(((18, 19, "8"), (21, 24, "1x1")), True),
    )
    return reported(full, finding(spec, "b(4)", code="CNN800", severity="warning"),
                    finding(spec, "model", code="CNN200"))  # fmt: skip


def test_sarif_has_what_the_standard_requires() -> None:
    whole = json.loads(written("sarif", example()))
    assert whole["version"] == "2.1.0"
    assert whole["$schema"].endswith("/sarif-schema-2.1.0.json")
    (run,) = whole["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "cnndsl"
    assert run["columnKind"] == "unicodeCodePoints"
    rules = driver["rules"]
    assert [one["id"] for one in rules] == ["CNN101", "CNN200", "CNN800"]
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert rule["fullDescription"]["text"]
    assert run["invocations"] == [{"executionSuccessful": True}]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        assert set(result["partialFingerprints"]) == {"cnndsl/v1"}
        (location,) = result["locations"]
        check_place(location["physicalLocation"])
        for other in result.get("relatedLocations", ()):
            assert other["id"] > 0
            assert other["message"]["text"]
            check_place(other["physicalLocation"])


def check_place(place: dict[str, Any]) -> None:
    artifact, region = place["artifactLocation"], place["region"]
    assert artifact == {"uri": "nets/a%20b.cnn", "uriBaseId": "%SRCROOT%"}
    assert set(region) == {"startLine", "startColumn", "endLine", "endColumn"}
    assert all(type(value) is int and value >= 1 for value in region.values())


def test_sarif_has_related_places_counts_and_fixes() -> None:
    (run,) = json.loads(written("sarif", example()))["runs"]
    result = run["results"][0]
    assert [one["message"]["text"] for one in result["relatedLocations"]] == [
        "born here", "in b(n=4)",
    ]  # fmt: skip
    assert result["occurrenceCount"] == 2
    (fix,) = result["fixes"]
    (change,) = fix["artifactChanges"]
    assert [one["insertedContent"]["text"] for one in change["replacements"]] == ["8", "1x1"]
    assert change["replacements"][0]["deletedRegion"]["startColumn"] == 19
    assert run["results"][1]["level"] == "warning"


def test_sarif_says_that_a_file_could_not_be_read() -> None:
    (run,) = json.loads(written("sarif", reported(failures=("error: no",))))["runs"]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["message"] == {"text": "error: no"}
    assert run["results"] == run["tool"]["driver"]["rules"] == []


def test_sarif_of_a_file_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("elsewhere") / "net.cnn"
    report = reported(finding(Source("net.cnn", LINES, str(path)), "conv"))
    (run,) = json.loads(written("sarif", report))["runs"]
    artifact = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": path.as_uri()}


# JUnit


def test_junit() -> None:
    spec = source()
    specs = (
        CheckedSpec("net.cnn", (), 0, (finding(spec, "conv", 'a < "b" & \x00\x1b\ud800'),
                                       finding(spec, "input", severity="warning"))),
        CheckedSpec("clean.cnn", (), 1, ()),
    )  # fmt: skip
    tree = ElementTree.fromstring(written("junit", Report(specs, ("error: no",), 0.5)).encode())
    assert {**tree.attrib} == {
        "name": "cnndsl", "tests": "4", "failures": "1", "errors": "1", "time": "0.500",
    }  # fmt: skip
    broken, clean, unread = tree
    assert [one.attrib["name"] for one in tree] == ["net.cnn", "clean.cnn", "cnndsl"]
    assert (broken.attrib["tests"], broken.attrib["failures"]) == ("2", "1")
    wrong, warned = broken
    assert wrong.attrib["name"] == "CNN101 at 3:5"
    assert wrong.attrib["file"] == "nets/net.cnn"
    (failure,) = wrong
    assert failure.attrib["message"] == 'a < "b" & \ufffd\ufffd\ufffd'
    assert " --> net.cnn:3:5\n" in (failure.text or "")
    assert [one.tag for one in warned] == ["system-out"]
    (passing,) = clean
    assert len(passing) == 0
    assert unread[0][0].attrib["message"] == "error: no"


# rdjson and JSON


def test_rdjson() -> None:
    one, two, _ = json.loads(written("rdjson", example()))["diagnostics"]
    assert one["severity"] == "ERROR"
    assert two["severity"] == "WARNING"
    assert one["code"] == {"value": "CNN101"}
    assert one["location"]["path"] == "nets/a b.cnn"
    assert [place["message"] for place in one["related_locations"]] == ["born here", "in b(n=4)"]
    assert one["suggestions"] == [
        {"range": {"start": {"line": 1, "column": 19}, "end": {"line": 1, "column": 20}},
         "text": "8"},
        {"range": {"start": {"line": 1, "column": 22}, "end": {"line": 1, "column": 25}},
         "text": "1x1"},
    ]  # fmt: skip


def test_json_has_fixes_and_warnings() -> None:
    whole = json.loads(written("json", example()))
    assert (whole["valid"], whole["error_count"], whole["warning_count"]) == (False, 2, 1)
    fix = whole["diagnostics"][0]["fix"]
    assert fix["applicability"] == "safe"
    assert fix["edits"][0] == {
        "content": "8",
        "location": {"row": 1, "column": 19},
        "end_location": {"row": 1, "column": 20},
    }


def test_warnings_alone_leave_a_spec_valid() -> None:
    report = reported(finding(source(), "conv", severity="warning"))
    assert json.loads(written("json", report))["valid"] is True


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_pure_and_ends_its_last_line(name: str) -> None:
    report = example()
    assert written(name, report) == written(name, report)
    assert written(name, report).endswith("\n")


# What is left out


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("severity", ["error", "warning"])
def test_the_findings_that_are_left_out_are_counted(name: str, severity: str) -> None:
    spec = source("abc\n" * 10_000)
    places = [Location(spec, row * 4, row * 4 + 3) for row in range(10_000)]
    many = [Finding(Advice("CNN201", severity, "unknown"), place) for place in places]
    other = Finding(Advice("CNN301", severity, "another kind"), places[-1])
    report = reported(*listed([*many, other]))
    shown = written(name, report)
    said = '"more": 9980' if name == "json" else "and 9,980 more of CNN201 in this file"
    assert shown.count(said) == (2 if name == "github" else 1)
    assert "another kind" in shown
    assert len(report.findings) == MOST_LISTED + 1
    assert (report.error_count, report.warning_count) == (
        (10_001, 0) if severity == "error" else (0, 10_001)
    )
    if name in ("text", "concise", "github"):
        assert f"10,001 {severity}s in net.cnn" in shown


def test_nothing_is_left_out_of_few() -> None:
    spec = source("abc\n" * MOST_LISTED)
    few = [Finding(Advice("CNN201", "error", "unknown"), Location(spec, row * 4, row * 4 + 3))
           for row in range(MOST_LISTED)]  # fmt: skip
    assert listed(few) == tuple(few)
