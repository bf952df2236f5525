"""Whether the checker and the frameworks agree on random specs: on which hold, and every shape."""

from __future__ import annotations

import contextlib
import io
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

from cnndsl_keras.backend import BACKEND as KERAS
from cnndsl_torch.backend import BACKEND as TORCH
from judges import KerasJudge, TorchJudge
from model_shapes import is_module, shapes_in
from planned_specs import Plan, Walk, assert_a_shape, planned_spec, text_of
from spec_text import module_of
from torch_emission import feeding_layers

from cnndsl.cli import main
from cnndsl.ir.network import Network
from cnndsl.project.loading import choose_model, elaborate_model
from cnndsl.project.module import Module

MODELS = 50
"""How many models stand in one file."""

EMITTED = 10
"""One in so many accepted models is emitted for both frameworks and built."""


def plans(seed: int) -> list[Plan]:
    """A file's models. Some state a shape: of PyTorch's own making, or a wrong one."""
    random = Random(seed)
    found = [planned_spec(random, f"net{number}") for number in range(MODELS)]
    text_of(found)
    for plan in found:
        if random.random() < 0.3:
            Walk(TorchJudge()).verdict(plan)
            assert_a_shape(plan, random)
    return found


def checked(path: Path) -> dict[int, list[str]]:
    """What `cnndsl check` says of a file: the findings' codes and messages by their line."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        main(["check", str(path), "--output-format", "json", "--jobs", "1"])
    found: dict[int, list[str]] = {}
    for one in json.loads(output.getvalue())["diagnostics"]:
        if one["severity"] == "error":
            found.setdefault(one["location"]["row"], []).append(f"{one['code']} {one['message']}")
    return found


def disagreements(seed: int, folder: Path, tally: Counter[str]) -> Iterator[str]:
    """Check a file of random models and yield each disagreement: the model and who says what."""
    models = plans(seed)
    text = text_of(models)
    path = folder / f"specs{seed}.cnn"
    path.write_text(text)
    findings = checked(path)
    lines = text.splitlines()
    module = module_of(text)
    for plan in models:
        rows = range(plan.place.first, plan.place.last + 1)
        own = {row: findings.pop(row) for row in rows if row in findings}
        problem = compared(plan, module, own, tally)
        if problem:
            spec = "\n".join(f"{row:4} {lines[row - 1]}" for row in rows)
            yield f"seed {seed}, {problem}\n{spec}\n"
    if findings:
        yield f"seed {seed}: findings outside all models: {findings}"


def compared(
    plan: Plan, module: Module, findings: dict[int, list[str]], tally: Counter[str]
) -> str | None:
    """How the checker's findings on a model, or else its shapes, differ from the frameworks'."""
    keras, torch = Walk(KerasJudge()).verdict(plan), Walk(TorchJudge()).verdict(plan)
    if (keras.refused, keras.layers) != (torch.refused, torch.layers):
        return f"Keras {keras}\nPyTorch {torch}\n"
    if keras.refused:
        first, last = keras.refused
        tally["refused"] += 1
        if not any(first <= row <= last for row in findings):
            return f"the frameworks refuse lines {first} to {last} ({keras.reason}): {findings}"
        return None
    if findings:
        return f"the frameworks accept what `check` refuses: {findings}"
    tally["accepted"] += 1
    tally["layers"] += len(keras.layers)
    network = elaborate_model(choose_model(module, plan.name), {})
    shapes = [(layer.op.name, layer.shape.dims) for layer in network.layers]
    if shapes != keras.layers:
        return f"the checker's shapes {shapes} are the frameworks' {keras.layers}"
    every = feeding_layers(network) == {layer.index for layer in network.layers}
    if tally["accepted"] % EMITTED == 0 and every:
        tally["emitted"] += 1
        return emitted_shapes_differ(network)
    return None


def emitted_shapes_differ(network: Network) -> str | None:
    """How the live models of both frameworks differ from the network in any layer's shape."""
    expected = {layer.path: layer.shape.dims for layer in network.layers}
    keras = dict(shapes_in("keras", KERAS.build(network), network))
    if keras != expected:
        return f"Keras {keras}, expected {expected}"
    torch = shapes_in("torch", TORCH.build(network), network)
    needed = feeding_layers(network)
    for layer in network.layers:
        if layer.index in needed and is_module(layer) and torch[layer.path] != layer.shape.dims:
            return f"PyTorch {layer.path}: {torch[layer.path]}, expected {layer.shape}"
    return None
