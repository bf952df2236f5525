"""What an op's class declares: what is left open is refused, and what is said is true."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from literal_formulas import FORMULAS, MERGES
from samples import IMAGES, LAYERS, VECTOR, Call, calls_of

from cnndsl.ops import OPS, Ops
from cnndsl.ops.base import ABSORBS_ORDER, ANYTHING, KEEPS_ORDER, SEES_ORDER, Op, ops_of
from cnndsl.ops.index import FAMILY_OF

FACTS: dict[str, Any] = {"name": "halve", "ranks": ANYTHING, "order": SEES_ORDER}


@pytest.mark.parametrize("missing", ["ranks", "order"])
def test_an_op_declares_its_facts(missing: str) -> None:
    facts = {name: value for name, value in FACTS.items() if name != missing}
    with pytest.raises(TypeError, match=f"Halve must declare {missing}"):
        type("Halve", (Op,), facts)


def test_an_output_of_its_own_is_told_by_its_sides() -> None:
    """Sides and channels then cannot contradict each other."""
    with pytest.raises(TypeError, match="others have `sides`"):
        type("Halve", (Op,), {**FACTS, "extent": lambda self, inputs: inputs[0]})
    with pytest.raises(TypeError, match="fold space"):
        type("Halve", (Op,), {**FACTS, "folds_space": True})


def subclasses(op: type[Op]) -> set[type[Op]]:
    return {op}.union(*map(subclasses, op.__subclasses__()))


def test_every_op_of_the_language_is_listed() -> None:
    own = {op for op in subclasses(Op) if op.__module__.startswith("cnndsl.ops.")}
    named = {op for op in own if "name" in vars(op)}
    assert named == set(OPS.values())
    assert len({op.name for op in named}) == len(named)


def test_a_list_of_ops_has_those_that_the_index_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that `python -m cnndsl.generate` can write it."""
    monkeypatch.delitem(FAMILY_OF, "conv")
    ops = Ops()
    assert "conv" not in ops
    assert ops.get("conv") is None
    assert len(ops) == len(OPS)
    assert list(ops) == list(OPS)
    assert ops["conv"] is OPS["conv"]
    assert "conv" in ops


def test_every_op_has_a_formula() -> None:
    assert FORMULAS.keys() == {op.name for op in LAYERS}
    assert MERGES.keys() == {name for name, op in OPS.items() if op.merges}


@pytest.mark.parametrize("op", LAYERS, ids=lambda op: op.name)
def test_depth_counts_kernels(op: type[Op]) -> None:
    """Those that values enter: what makes a bias by `mlp` sees places alone."""
    shape = IMAGES[0] if 3 in op.ranks else VECTOR
    for call in calls_of(op):
        if call.shape(shape) is not None:
            drawn = [one for one in call.op.weights([shape]) if isinstance(one.initial, str)]
            kernels = [one for one in drawn if not one.name.startswith("mlp_")]
            assert len(kernels) == op.depth
            assert (call.op.macs([shape]) > 0) >= bool(kernels)


def computed(call: Call, x: Any, weights: dict[str, Any]) -> Any:
    return FORMULAS[call.op_class.name](call.op, x, weights)


@pytest.mark.parametrize("op", LAYERS, ids=lambda op: op.name)
def test_what_another_order_of_a_vector_does(op: type[Op]) -> None:
    random = np.random.default_rng(0)
    turn = random.permutation(VECTOR.elements)
    for call in calls_of(op):
        if call.shape(VECTOR) is None:
            continue
        x = random.normal(size=(3, *VECTOR.dims))
        weights = {
            one.name: random.uniform(0.5, 1.5, one.shape) for one in call.op.weights([VECTOR])
        }
        value = computed(call, x, weights)
        if op.order == KEEPS_ORDER:
            turned = {name: array[turn] for name, array in weights.items()}
            np.testing.assert_allclose(computed(call, x[:, turn], turned), value[:, turn])
        if op.order == ABSORBS_ORDER:
            turned = {**weights, "kernel": weights["kernel"][turn]}
            np.testing.assert_allclose(computed(call, x[:, turn], turned), value)


def test_bases_are_no_ops() -> None:
    from cnndsl.ops import pooling

    assert pooling.Pooling not in set(ops_of(pooling))
    assert {op.name for op in ops_of(pooling)} >= {"max_pool", "subsample"}
