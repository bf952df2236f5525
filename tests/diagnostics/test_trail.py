"""Trails and suggestions: where a dimension was born, what mends it, and no cascades."""

from __future__ import annotations

import pytest
from spec_text import codes_of, in_model, module_of, network_of

from cnndsl.diagnostics.base import Finding, SpecError
from cnndsl.project.loading import check_module, elaborate_model
from cnndsl.semantics.models import Trials


def the_finding(text: str) -> Finding:
    (finding,) = check_module(module_of(text))
    return finding


@pytest.mark.parametrize(
    ("body", "advice"),
    [
        ("conv(8, 3x3) : 8x8x8", "`pad=same` keeps 8x8: `conv(8, 3x3, pad=same)`"),
        ("conv(8, 5x5, stride=2) : 3x3x8", "`pad=1` gives 3x3: `conv(8, 5x5, stride=2, pad=1)`"),
        ("conv(8, 1x1) : 4x4x8", "`stride=2` gives 4x4: `conv(8, 1x1, stride=2)`"),
        ("conv(8, 1x1) : 8x8x6", "6 channels are expected: `conv(6, 1x1)`"),
        ("dense(3)", "write `flatten -> dense(3)`"),
        ("conv(6, 1x1, groups=3)", "`groups=2` divides 4 channels and 6 filters: "
         "`conv(6, 1x1, groups=2)`"),
        ("max_pool(2x2, pad=2)", "half of 2 is 1: `max_pool(2x2, pad=1)`"),
        ("conv(4, 9x9)", "`pad=same` keeps 8x8: `conv(4, 9x9, pad=same)`"),
    ],
)  # fmt: skip
def test_a_suggestion_mends(body: str, advice: str) -> None:
    text = in_model(f"    {body}")
    finding = the_finding(text)
    assert finding.diagnostic.help == advice
    assert finding.fix is not None
    assert not finding.fix.is_safe
    for start, end, new in sorted(finding.fix.edits, reverse=True):
        text = text[:start] + new + text[end:]
    network_of(text)


def test_the_arithmetic_has_the_numbers() -> None:
    finding = the_finding(in_model("    conv(8, 5x5, stride=2) : 5x5x8", "12x12x3"))
    (note,) = finding.notes
    assert note.location.text == "stride=2"
    assert note.text == "the image becomes 4x4 here: (12 + 2*0 - 5) / 2 + 1 = 4.5 -> 4"


def test_a_wrong_assertion_does_not_make_the_right_ones_wrong() -> None:
    body = "    conv(8, 3x3) : 7x7x8\n    conv(8, 3x3) : 4x4x8\n    conv(8, 3x3) : 2x2x8"
    assert the_finding(in_model(body)).location.text == "7x7x8"


def test_wrong_layers_are_told_apart_from_wrong_assertions() -> None:
    body = "    conv(8, 3x3) : 8x8x8\n    conv(8, 3x3) : 6x6x8\n    conv(9, 3x3) : 4x4x8"
    assert codes_of(in_model(body)) == ["CNN303", "CNN303"]


def test_fifty_instances_are_one_finding() -> None:
    block = "block b { add {\n conv(2 * in.channels, 1x1)\n identity\n} }\n"
    lines = "\n".join(f"    let v{number} = b" for number in range(50))
    finding = the_finding(block + in_model(f"{lines}\n    relu"))
    assert finding.count == 50


def test_without_a_budget_nothing_is_tried() -> None:
    (model,) = module_of(in_model("    conv(4, 9x9)")).models
    with pytest.raises(SpecError) as error:
        elaborate_model(model, {}, trials=Trials(0))
    (finding,) = error.value.findings
    assert finding.diagnostic.help == "use a smaller window, or `pad=same`"


def test_all_models_of_a_file_share_one_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    paid: list[bool] = []
    spend = Trials.spend

    def noted(self: Trials, steps: int) -> bool:
        paid.append(spend(self, steps))
        return paid[-1]

    monkeypatch.setattr(Trials, "spend", noted)
    models = (in_model("    conv(4, 9x9)").replace("model m", f"model m{n}") for n in range(100))
    assert len(check_module(module_of("".join(models)))) == 100
    assert 0 < paid.count(True) < 100


def test_the_network_up_to_the_error_is_kept() -> None:
    (model,) = module_of(in_model("    stage s { relu -> conv(8, 9x9) -> tanh }")).models
    with pytest.raises(SpecError) as error:
        elaborate_model(model, {})
    partial = error.value.partial
    assert partial is not None
    assert [layer.path for layer in partial.layers] == ["s.0"]
