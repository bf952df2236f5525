"""Ops and blocks as arguments: the network is that of the same text with the layers written out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from spec_text import codes_of, findings_of, in_model, module_of, network_of, table_of

from cnndsl.backend import find_backend
from cnndsl.project.loading import choose_model, elaborate_model
from cnndsl.project.parameters import ParameterError, parse_settings
from cnndsl.values import LayerValue

BLOCKS = """\
block conv_norm(filters, act = relu, norm = batch_norm, pad = same) {
    conv(filters, 3x3, pad=pad) -> norm -> act
}
block plain(filters, act) { conv(filters, 1x1) -> act }
block twice(filters, unit = conv_norm, act = relu) {
    unit(filters, act=act) -> unit(2 * filters, act)
}
"""
WRITTEN_OUT = [
    ("conv_norm(6)", "conv(6, 3x3, pad=same) -> batch_norm -> relu"),
    ("conv_norm(6, tanh)", "conv(6, 3x3, pad=same) -> batch_norm -> tanh"),
    ("conv_norm(6, identity, pad=valid)", "conv(6, 3x3) -> batch_norm"),
    ("conv_norm(6, norm=rms_norm)", "conv(6, 3x3, pad=same) -> rms_norm -> relu"),
    ("plain(6, global_avg_pool)", "conv(6, 1x1) -> global_avg_pool"),
    ("twice(3, plain, elu)", "conv(3, 1x1) -> elu -> conv(6, 1x1) -> elu"),
    ("for act in [elu, identity] { plain(3, act) }", "conv(3, 1x1) -> elu -> conv(3, 1x1)"),
    ("for n, act in [(2, elu), (3, relu)] { conv(n, 1x1) -> act }",
     "conv(2, 1x1) -> elu -> conv(3, 1x1) -> relu"),
    ("plain(4, layer)", "conv(4, 1x1) -> silu"),
    ("(conv(4, 1x1) -> layer) * 2", "conv(4, 1x1) -> silu -> conv(4, 1x1) -> silu"),
    ("stage s { layer -> part(4, 1x1) }", "silu -> conv(4, 1x1)"),
    ("if layer == silu { layer } else { elu }", "silu"),
    ("plain(4, tanh if layer == silu else layer)", "conv(4, 1x1) -> tanh"),
]  # fmt: skip


def facts(text: str) -> list[str]:
    """Each layer without its path."""
    return [line.split(" ", 1)[1] for line in table_of(network_of(text))]


@pytest.mark.parametrize(("line", "meaning"), WRITTEN_OUT)
def test_it_is_the_network_with_the_layers_written_out(line: str, meaning: str) -> None:
    known = {"layer": "silu", "part": "conv"}
    parameters = [f"{name} = {one}" for name, one in known.items() if f"{name}" in line]
    text = BLOCKS + in_model(line, parameters=f"({', '.join(parameters)})")
    assert facts(text) == facts(in_model(meaning))
    for backend in ("keras", "torch", "numpy"):
        assert find_backend(backend).emit(network_of(text)).text


def test_layers_are_named_after_the_parameter() -> None:
    paths = [view.path for view in network_of(BLOCKS + in_model("twice(3, plain, elu)")).layers]
    assert paths == ["twice.unit1.conv", "twice.unit1.act", "twice.unit2.conv", "twice.unit2.act"]


def test_each_choice_of_layers_is_a_class_of_its_own() -> None:
    lines = "conv_norm(4) -> conv_norm(8, prelu) -> conv_norm(9) -> conv_norm(8, relu)"
    text = find_backend("torch").emit(network_of(BLOCKS + in_model(lines))).text
    assert sorted(re.findall(r"self.act = nn\.(\w+)\(", text)) == ["PReLU", "ReLU"]


def test_the_caller_decides_whose_block_it_is(tmp_path: Path) -> None:
    """Two blocks of one name, of two files, are two layers."""
    (tmp_path / "one.cnn").write_text(
        "block unit(n) { conv(n, 1x1) }\nblock first(u = unit) { u(4) }\n"
        "block run(u) { u(4) }\nblock inner { run(unit) }\n"
    )
    text = 'import first, inner, run from "one.cnn"\nblock unit(n) { conv(n, 3x3) }\n' + in_model(
        "first -> inner -> first(unit) -> run(unit)"
    )
    assert findings_of(text, str(tmp_path / "net.cnn")) == []
    module = module_of(text, path=str(tmp_path / "net.cnn"))
    network = elaborate_model(choose_model(module, None), {})
    assert [str(view.op.kernel) for view in network.layers] == ["1x1", "1x1", "3x3", "3x3"]


def test_a_setting_can_be_an_op() -> None:
    (value,) = parse_settings(["act=elu"]).values()
    assert isinstance(value, LayerValue)
    text = in_model("    conv(4, 1x1) -> act", parameters="(act = relu)")
    assert [view.op.name for view in network_of(text, act=value).layers] == ["conv", "elu"]
    with pytest.raises(ParameterError):
        parse_settings(["act=ellu"])


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("conv_norm(relu)", "CNN418"),
        ("conv_norm(4, 3)", "CNN401"),
        ("conv_norm(4, [relu])", "CNN401"),
        ("conv_norm(4, conv)", "CNN402"),
        ("conv_norm(4, add)", "CNN309"),
        ("conv_norm(4, plain)", "CNN402"),
        ("conv_norm(4, rleu)", "CNN203"),
        ("conv(4, relu)", "CNN418"),
        ("for i in [1, 2] { i }", "CNN401"),
        ("let n = 4\n    n", "CNN401"),
    ],
)
def test_what_is_no_layer_is_told_once(line: str, code: str) -> None:
    assert set(codes_of(BLOCKS + in_model(line))) == {code}


def test_a_block_that_is_handed_itself_has_no_end() -> None:
    text = "block again(n, f) { conv(n, 1x1) -> f(n, f) }\n" + in_model("again(4, again)")
    assert codes_of(text) == ["CNN419"]
