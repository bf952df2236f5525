"""Specs that have an op in every form that emitted code has for it, made from the op classes.

A form is a call with values, or one in a block with an attribute for its parameter, called with
each value that the attribute takes.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from random import Random

from samples import LAYERS, Call, accepted_calls, calls_of, drawn, values_of
from spec_text import in_model

from cnndsl.ops.base import Op
from cnndsl.values import Shape, write

MIXED = 12
"""How many calls with several attributes are tried of each op."""


def in_blocks(op: type[Op], shape: Shape, random: Random) -> Iterator[tuple[str, list[str]]]:
    """For each attribute, a block with it for a parameter and others drawn, and its calls."""
    for name, attribute in op.attributes.items():
        base = drawn(op, random).given
        calls = [Call(op, {**base, name: value}) for value in values_of(attribute.kind)]
        taken = [one.given[name] for one in calls if one.shape(shape) is not None]
        if len(taken) > 1:
            block = f"{op.name}_by_{name}"
            others = [f"{key}={write(value)}" for key, value in base.items() if key != name]
            body = f"{op.name}({', '.join([*others, f'{name}=value'])})"
            text = f"block {block}(value) {{ {body} }}\n"
            yield text, [f"{block}({write(value)})" for value in taken]


def spec_of(blocks: Iterable[str], calls: Iterable[str], shape: Shape) -> str:
    """A model that applies each of some calls to its input, with an output for each."""
    names: list[str] = []
    lines: list[str] = []
    for number, call in enumerate(calls):
        names.append(f"value{number}")
        lines.append(f"let value{number} = {call}")
    return "".join(blocks) + in_model("\n".join([*lines, f"output {', '.join(names)}"]), str(shape))


def every_form(op: type[Op], shape: Shape) -> str | None:
    """One op with each value of each attribute, and with several; None where none fit."""
    random = Random(op.name)
    calls = accepted_calls(op, shape)
    blocks = list(in_blocks(op, shape, random))
    mixed = [drawn(op, random, share=0.9) for _ in range(MIXED)] if op.attributes else []
    calls += [one.text for one in mixed if one.shape(shape) is not None]
    calls += [call for _, own in blocks for call in own]
    return spec_of([text for text, _ in blocks], calls, shape) if calls else None


def some_forms(shape: Shape, without: Container[str] = ()) -> str:
    """Each op as plain as can be, and in a block with one of its attributes for a parameter.

    without: names of ops that are left out
    """
    random = Random(str(shape))
    blocks: list[str] = []
    calls: list[str] = []
    for op in (one for one in LAYERS if one.name not in without):
        calls += [one.text for one in calls_of(op)[:1] if one.shape(shape) is not None]
        forms = list(in_blocks(op, shape, random))
        if forms:
            text, own = random.choice(forms)
            blocks.append(text)
            calls += own[:3]
    return spec_of(blocks, calls, shape)
