"""Words are read in the light of what they are for, and unknown ones answered with those."""

from __future__ import annotations

import pytest
from spec_text import in_model, module_of

from cnndsl.diagnostics.base import Finding
from cnndsl.ops import OPS
from cnndsl.project.parameters import ParameterError, parse_settings

PADS = (
    "conv's `pad` takes same, valid, an integer, a size such as 1x3, or (top, bottom, left, right)"
)
INITIALIZERS = (
    "conv's `init` takes one of glorot_uniform, glorot_normal, he_uniform, he_normal, "
    "lecun_uniform, lecun_normal"
)


def the_finding(text: str) -> Finding:
    (finding,) = module_of(text).findings
    return finding


@pytest.mark.parametrize(
    ("line", "help_text"),
    [
        ("conv(8, 3x3, init=foo)", INITIALIZERS),
        ("conv(8, 3x3, pad=full)", PADS),
        ("conv(8, 3x3, 1, full)", PADS),
        ("conv(8, 3x3, pad=full if true else same)", PADS),
        ("conv(8, 3x3, pad=sane)", "did you mean `same`?"),
        ("max_pool(2x2, rounding=up)", "max_pool's `rounding` takes floor or ceil"),
        ("conv(8, 3x3, init=vallid)", INITIALIZERS),
        ("dense(vallid)", "write `vallid = ...` among the parameters of model m"),
        ("relu * vallid", "write `vallid = ...` among the parameters of model m"),
    ],
)
def test_an_argument_is_read_for_its_attribute(line: str, help_text: str) -> None:
    assert the_finding(in_model(f"    {line}")).diagnostic.help == help_text


@pytest.mark.parametrize(
    "text",
    [
        "block b(p = full) { conv(8, 3x3, pad = p) }\n",
        "block b(p = same) { conv(8, 3x3, pad = p) }\nblock c(q = full) { b(q) }\n",
        "block b(p = same) { conv(8, 3x3, pad = p) }\nblock c { b(p = full) }\n",
        "block b(p) { if p == full { relu } else { conv(8, 3x3, pad = p) } }\n",
        "block b(p) { if full != p { relu } else { conv(8, 3x3, pad = p) } }\n",
        "block b(p = full) { if p == same { relu } }\n",
        "block b(p = full) { conv(8, 3x3, pad = p if in.height > 3 else valid) }\n",
    ],
)
def test_a_parameter_takes_the_light_of_its_uses(text: str) -> None:
    finding = the_finding(text + in_model("    relu"))
    assert finding.diagnostic.message == "unknown name `full`"
    assert finding.diagnostic.help == PADS


def test_a_parameter_that_goes_in_a_circle_has_no_light_of_its_own() -> None:
    text = "block b(p = full) { c(p) }\nblock c(p) { b(p) }\n" + in_model("    relu")
    codes = [one.diagnostic.code for one in module_of(text).findings]
    assert sorted(codes) == ["CNN203", "CNN412"]


@pytest.mark.parametrize("name", OPS)
def test_every_word_of_an_attribute_is_taken(name: str) -> None:
    required = {"kernel": "3x3", "size": "2x2", "factor": "2"}
    op = OPS[name]
    for attribute, declared in op.attributes.items():
        for word in declared.kind.words:
            needed = {
                other: required.get(other, "1")
                for other, one in op.attributes.items()
                if one.is_required
            }
            arguments = ", ".join(f"{k}={v}" for k, v in {**needed, attribute: word}.items())
            assert module_of(in_model(f"    {name}({arguments})")).findings == []


def test_a_setting_is_read_for_its_parameter() -> None:
    text = "model m(p = same) {\n input 8x8x3\n conv(8, 3x3, pad = p)\n}\n"
    (model,) = module_of(text).models
    assert parse_settings(["p=valid"], lambda: model) == {"p": "valid"}
    with pytest.raises(ParameterError) as error:
        parse_settings(["p=full"], lambda: model)
    assert error.value.message == "`--set p`: unknown name `full`"
    assert error.value.advice == PADS
    with pytest.raises(ParameterError) as error:
        parse_settings(["q=full"], lambda: model)
    assert error.value.advice is None
