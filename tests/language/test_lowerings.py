"""What backends say of ops: nothing is missing, or it is refused before a byte is written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import cnndsl_keras.dialect
import cnndsl_numpy.dialect
import cnndsl_torch.dialect
import cnndsl_torch.modules
import numpy as np
import pytest
from cnndsl_numpy.layers.derived import LAYERS as FORMULAS
from samples import IMAGES, LAYERS, VECTOR, calls_of
from spec_text import in_model, network_of

from cnndsl.backend import find_backend
from cnndsl.diagnostics.base import SpecError
from cnndsl.emit.lowering import Lowering, Lowerings, Stored
from cnndsl.emit.support import Helpers
from cnndsl.ops import OPS

TABLES: dict[str, Lowerings] = {
    "keras": cnndsl_keras.dialect.LOWERINGS,
    "torch": cnndsl_torch.modules.LOWERINGS,
    "numpy": cnndsl_numpy.dialect.LOWERINGS,
}
HELPERS: dict[str, Helpers] = {
    "keras": Helpers(cnndsl_keras.dialect.FOLDER),
    "torch": cnndsl_torch.dialect.HELPERS,
}


@pytest.mark.parametrize("backend", TABLES)
def test_every_op_is_lowered(backend: str) -> None:
    lowered = {one.op for one in TABLES[backend]}
    assert {op.name for op in OPS.values() if op not in lowered} <= {"identity"}


@pytest.mark.parametrize("backend", HELPERS)
def test_every_weight_has_its_place(backend: str) -> None:
    for op in LAYERS:
        shape = IMAGES[0] if 3 in op.ranks else VECTOR
        weights = {one.name for call in calls_of(op) for one in call.op.weights([shape])}
        assert set(TABLES[backend][op].weights) == weights, op.name


@pytest.mark.parametrize("backend", TABLES)
def test_attributes_of_lowerings_are_those_of_ops(backend: str) -> None:
    for one in TABLES[backend]:
        constants = getattr(FORMULAS[one.op], "constants", ()) if one.op in FORMULAS else ()
        assert one.rounded <= {*one.op.attributes, *constants}
        assert bool(one.drawn) == ("init" in one.op.attributes) or backend != "torch"


OF_SHARED_LAYERS = {"keras": {"After", "InTurn", "once"}, "torch": set[str]()}
"""The helpers that no op asks for, but calls that share their layers."""


@pytest.mark.parametrize("backend", HELPERS)
def test_helpers_are_those_that_lowerings_ask_for(backend: str) -> None:
    folder = Path(HELPERS[backend].folder).parent
    text = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    asked = set(re.findall(r'(?:\.support\(|as_\w+\(\s*[\w.]+,\s*)"(\w+)"', text))
    asked.update(*(one.uses for one in HELPERS[backend].values()))
    assert asked | OF_SHARED_LAYERS[backend] == set(HELPERS[backend])


@pytest.mark.parametrize("backend", TABLES)
def test_an_op_without_lowering_is_refused(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name, at each of the spec's lines that has it."""
    monkeypatch.delitem(TABLES[backend].by_op, OPS["tanh"])
    monkeypatch.delitem(TABLES[backend].by_op, OPS["add"])
    body = "tanh -> relu\n(conv(4, 1x1) -> tanh) * 2\nadd { relu\n identity }"
    with pytest.raises(SpecError) as caught:
        find_backend(backend).emit(network_of(in_model(body)))
    found = [(one.diagnostic.code, one.location.row) for one in caught.value.findings]
    assert found == [("CNN701", 3), ("CNN701", 4), ("CNN701", 5)]
    messages = [one.diagnostic.message for one in caught.value.findings]
    assert messages[1] == f"the {backend} backend cannot emit tanh: it has no lowering of this op"
    assert "emit add:" in messages[2]


def test_an_op_is_lowered_once() -> None:
    def emit(_site: Any) -> None:
        """Write nothing."""

    with pytest.raises(ValueError, match="mobile lowers relu twice"):
        Lowerings("mobile", [Lowering(OPS["relu"], emit), Lowering(OPS["relu"], emit)])


@pytest.mark.parametrize("axes", [None, (3, 2, 0, 1), (1, 2, 3, 0)])
def test_stored_weights_go_there_and_back(axes: tuple[int, ...] | None) -> None:
    array = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    place = Stored("weight", axes)
    there = place.from_canonical(array)
    assert there.shape == (array.shape if axes is None else tuple(array.shape[one] for one in axes))
    np.testing.assert_array_equal(place.to_canonical(there), array)
