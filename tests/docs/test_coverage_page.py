"""`docs/coverage.md` follows from the ops and from what the architectures of timm need."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

import cnndsl
from cnndsl.commands import coverage_page
from cnndsl.commands.coverage_page import DATA, holds, missing_needs
from cnndsl.generate import ROOT
from cnndsl.ops import OPS
from cnndsl.project import zoo

FACTS: dict[str, Any] = json.loads((ROOT / DATA).read_text(encoding="utf-8"))
NEEDS = {
    name: set(group["needs"].split())
    for family in FACTS["families"]
    for group in family["architectures"]
    for name in group["names"].split()
}
INSTEAD = {"softmax", "dropout", "adaptive_avg_pool", "flatten", "pixel_dense", "placeholder"}
"""What specs of the zoo have besides, or in the place of ops with the same formula."""

WIDER = {"avg_pool", "depthwise_conv", "relu6"}
"""What others of their families need, or what is a convolution in groups there."""


def rows(page: str) -> dict[str, tuple[int, int, str]]:
    """Of each family: its architectures, those that can be written, and what is missing."""
    found = re.findall(r"^\| (\w+) \| (\d+) \| (\d+) \| (.*) \|$", page, re.MULTILINE)
    return {family: (int(count), int(written), rest) for family, count, written, rest in found}


def test_every_architecture_stands_once_and_the_totals_add_up() -> None:
    names = [
        name
        for family in FACTS["families"]
        for group in family["architectures"]
        for name in group["names"].split()
    ]
    assert len(names) == len(NEEDS) == 807
    table = rows(coverage_page.coverage_page(ROOT))
    assert len(table) == len(FACTS["families"]) == 57
    assert sum(count for count, _, _ in table.values()) == len(names)
    missing = missing_needs(FACTS)
    writable = sum(not needs & missing for needs in NEEDS.values())
    assert sum(written for _, written, _ in table.values()) == writable
    assert all(bool(rest) == (written < count) for count, written, rest in table.values())


@pytest.mark.parametrize("name", FACTS["constructs"])
def test_a_construct_that_is_not_missing_checks(name: str) -> None:
    assert holds(FACTS["constructs"][name]["spec"]) == (name not in missing_needs(FACTS))


def test_networks_of_the_zoo_use_what_their_architectures_need() -> None:
    shelf = {one.model: one.name for one in zoo.entries() if one.shelf == "torchvision"}
    common = NEEDS.keys() & shelf.keys()
    assert len(common) > 30
    for name in common:
        used = {layer.op.name for layer in cnndsl.load(shelf[name]).layers}
        assert used - INSTEAD <= NEEDS[name], name
        assert NEEDS[name] & OPS.keys() - used <= WIDER, name


def test_a_new_op_changes_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = missing_needs(FACTS) & FACTS["wanted"].keys()
    page = coverage_page.coverage_page(ROOT)
    assert all(f"`{need}` (" in page for need in wanted)
    monkeypatch.setattr(coverage_page, "OPS", {**OPS, **dict.fromkeys(wanted, OPS["relu"])})
    table = rows(coverage_page.coverage_page(ROOT))
    constructs = missing_needs(FACTS)
    assert constructs <= FACTS["constructs"].keys()
    lacking = {family for family, (count, written, _) in table.items() if written < count}
    assert lacking == {
        family["family"]
        for family in FACTS["families"]
        for group in family["architectures"]
        if constructs & set(group["needs"].split())
    }


def test_a_need_that_nothing_explains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coverage_page, "OPS", {})
    with pytest.raises(ValueError, match="nothing explains add, "):
        coverage_page.coverage_page(ROOT)
