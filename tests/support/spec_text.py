"""Specs written in tests: text to module, to findings, to network."""

from __future__ import annotations

from typing import Any

from cnndsl.ir.network import Network
from cnndsl.project.loading import Loader, check_module, choose_model, elaborate_model
from cnndsl.project.module import Module
from cnndsl.text import Location, Source


def module_of(text: str, name: str = "spec.cnn", path: str | None = None) -> Module:
    return Loader().module(Source(name, text, path))


def network_of(text: str, model: str | None = None, **values: Any) -> Network:
    """The only model of the text, or that of a name; raises `SpecError` like the tool itself."""
    module = module_of(text)
    assert not module.findings, findings_of(text)
    return elaborate_model(choose_model(module, model), values)


def findings_of(text: str, path: str | None = None) -> list[str]:
    """All findings of a check, one line each: `CODE row:column-end message`."""
    return [
        f"{one.diagnostic.code} {place(one.location)} {one.diagnostic.message}"
        for one in check_module(module_of(text, path=path))
    ]


def codes_of(text: str) -> list[str]:
    return [one.diagnostic.code for one in check_module(module_of(text))]


def place(location: Location) -> str:
    row, column = location.source.position(location.end)
    end = f"{column}" if row == location.row else f"{row}:{column}"
    return f"{location.row}:{location.column}-{end}"


def in_model(body: str, input_shape: str = "8x8x4", parameters: str = "") -> str:
    """A model around some lines of a body."""
    return f"model m{parameters} {{\n    input {input_shape}\n{body}\n}}\n"


def table_of(network: Network) -> list[str]:
    """One line for each layer (path, op, shape, params, MACs), then the totals."""
    lines = [
        f"{view.path} {view.op.name} {view.shape} {view.cost.params} {view.cost.macs}"
        for view in network.layers
    ]
    cost, scope = network.cost, network.scope
    lines.append(
        f"= layers {cost.layers}, depth {scope.depth}, params {cost.params}, macs {cost.macs}"
    )
    paths = [view.path for view in network.layers]
    if len(network.outputs) > 1 or network.outputs[0][0] != "main":
        named = (f"{name} from {paths[index]}" for name, index in network.outputs)
        lines.append(f"= outputs {', '.join(named)}")
    return lines


def side_by_side(calls: list[str], input_shape: str) -> str:
    """A model that applies each of some layers to its input, with an output for each."""
    names = [f"value{number}" for number in range(len(calls))]
    lines = [f"let {name} = {call}" for name, call in zip(names, calls, strict=True)]
    return in_model("\n".join([*lines, f"output {', '.join(names)}"]), input_shape)
