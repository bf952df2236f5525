"""Warnings: each pass where it speaks, where it does not, and how a comment silences it."""

from __future__ import annotations

from pathlib import Path

import pytest
from spec_text import in_model, module_of

from cnndsl.project.lints import warnings_of
from cnndsl.project.loading import Loader, check_models
from cnndsl.project.regular import read_source
from cnndsl.report.render import render

BN = """block bn { batch_norm -> relu }
block reader { conv(4, 1x1) as a -> conv(2, 1x1)\n a -> relu }
"""


def codes(text: str) -> list[str]:
    module = module_of(text)
    findings, networks = check_models(module, module.models, {})
    assert not findings
    return [one.diagnostic.code for one in warnings_of(module, networks)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("conv(8, 1x1) -> batch_norm", ["CNN801"]),
        ("conv(8, 1x1, bias=false) -> batch_norm", []),
        ("conv(8, 1x1) as a -> batch_norm\nadd(main, a)", []),
        ("conv(8, 1x1) -> bn", ["CNN801"]),
        ("max_pool(3x3, stride=2)", ["CNN802"]),
        ("max_pool(3x3, stride=2, rounding=ceil)", []),
        ("zero_pad(1) -> max_pool(3x3, stride=2)", []),
        ("conv(8, 1x1, stride=2)", []),
        ("max_pool(8x8) -> conv(8, 3x3, pad=same)", ["CNN803"]),
        ("max_pool(4x4) -> conv(8, 3x3, pad=same)", []),
        ("flatten -> softmax as logits", ["CNN804"]),
        ("flatten -> softmax -> dense(2)", ["CNN805"]),
        ("let a = relu\nconv(8, 1x1)", ["CNN806"]),
        ("let a = relu\nadd(main, a)", []),
        ("conv(8, 1x1) as a -> relu\nconv(8, 1x1)\na -> relu", ["CNN812"]),
        ("conv(8, 1x1) as a -> conv(8, 1x1)\noutput a", ["CNN812"]),
        ("conv(8, 1x1) as a -> conv(8, 1x1)\noutput a, main", []),
        ("stage s { relu }\ntanh as t -> bn * 2\nt -> sigmoid * 0", ["CNN810", "CNN812"]),
        ("reader", ["CNN812"]),
        ("relu -> relu", ["CNN810"]),
        ("relu -> bn -> tanh", ["CNN810"]),
        ("(conv(4, 1x1) -> relu) * 3", []),
        ("relu * 3", ["CNN810"]),
        ("flatten -> dense(1) -> softmax", ["CNN811"]),
        ("add { identity\n for i in range(2) { conv(4, 1x1) } }", ["CNN814"]),
        ("add { identity\n relu -> for i in range(2) { conv(4, 1x1) } }", []),
        ("add { relu\n if in.channels > 3 { tanh } }", ["CNN815"]),
        ("add { relu\n if in.channels > 3 { tanh } else { identity } }", []),
        ("add { relu\n if in.height > 3 { tanh } else if in.height > 2 { relu } }", []),
        ("if in.channels > 2 { add { relu\n tanh } }", []),
        ("batch_norm(momentum=0.1) * 2", ["CNN817"]),
        ("batch_norm(momentum=0.5) -> batch_norm(momentum=0)", []),
    ],
)
def test_warnings(body: str, expected: list[str]) -> None:
    assert [code for code in codes(BN + in_model(body)) if code != "CNN807"] == expected


@pytest.mark.parametrize(
    ("shape", "layers", "expected"),
    [
        ("3x224x224", "relu", ["CNN816"]),
        ("3x32x32", "conv(4, 3x3, pad=1)", ["CNN816"]),
        ("3x3x3", "relu", []),
        ("3x16x32", "relu", []),
        ("4x32x32", "relu", []),
        ("1x28x28", "conv(4, 1x3, pad=same)", []),
        ("1x28x28", "max_pool(2x2, pad=same)", ["CNN816"]),
        ("1x28x28", "conv(4, 1x3) -> max_pool(3x3, pad=1)", []),
        ("28x28x1", "conv(4, 3x3)", []),
        ("3072", "dense(4)", []),
    ],
)
def test_channels_first(shape: str, layers: str, expected: list[str]) -> None:
    text = f"model m {{\ninput {shape}\n{layers}\n}}"
    assert [one for one in codes(text) if one == "CNN816"] == expected


def test_one_momentum_of_defaults_is_said_once() -> None:
    text = in_model("batch_norm -> relu -> batch_norm -> batch_norm(momentum=0.2)")
    assert codes(f"defaults batch_norm(momentum=0.1)\n{text}") == ["CNN817", "CNN817"]


def test_one_dense_layer_with_nearly_all_parameters() -> None:
    assert codes(in_model("conv(8, 1x1) -> flatten -> dense(1000)")) == ["CNN809"]
    assert codes(in_model("flatten -> dense(1000)")) == []


def test_unused_blocks_and_parameters() -> None:
    text = "block spare(n) { relu }\n" + in_model("relu", parameters="(channels = 3)")
    assert codes(text) == ["CNN807", "CNN808", "CNN808"]
    assert codes("block spare { relu }\n") == []
    assert codes(in_model("conv(in.channels, 1x1)", parameters="(channels = 3)")) == ["CNN808"]


@pytest.mark.parametrize(
    ("above", "behind", "expected"),
    [
        ("", "# cnndsl: ignore CNN810", []),
        ("# cnndsl: ignore CNN801, CNN810: meant so", "", []),
        ("# cnndsl: ignore CNN8", "", []),
        ("# cnndsl: ignore CNN801", "", ["CNN810"]),
        ("# ignore CNN810", "", ["CNN810"]),
    ],
)
def test_comments_silence(above: str, behind: str, expected: list[str]) -> None:
    assert codes(in_model(f"    {above}\n    relu -> relu {behind}")) == expected


@pytest.mark.parametrize("character", [*"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
                                       "\u2066\u2067\u2068\u2069"])  # fmt: skip
def test_hidden_directions(tmp_path: Path, character: str) -> None:
    body = f"    relu  # relu {character} tanh\n"
    assert codes(in_model(body)) == ["CNN813"]
    assert codes(f"# above {character}\n" + in_model("relu")) == ["CNN813"]
    assert codes(in_model(body.rstrip() + ", cnndsl: ignore CNN813\n    identity")) == ["CNN813"]
    assert codes(in_model(f"    # cnndsl: ignore CNN813\n{body}")) == []
    (tmp_path / "last.cnn").write_text(f"block c {{ relu }} # {character}\n")
    (tmp_path / "b.cnn").write_text('import c from "last.cnn"\nblock b { c -> identity }\n')
    (tmp_path / "a.cnn").write_text('import b from "b.cnn"\nmodel m { input 3\n b }\n')
    module = Loader().module(read_source(str(tmp_path / "a.cnn")))
    (found,) = warnings_of(module, check_models(module, module.models, {})[1])
    assert found.location.source.name.endswith("last.cnn")
    shown = render(found)
    assert f"# <U+{ord(character):04X}>" in shown
    assert shown.replace("\n", "").isprintable()


def test_other_letters_are_no_hidden_directions() -> None:
    assert (
        codes(
            "# \u0627\u0644\u0634\u0628\u0643\u0629 \u05e8\u05e9\u05ea \u200c\u200d é\n"
            + in_model("relu")
        )
        == []
    )
