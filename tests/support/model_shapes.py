"""The shape of each layer's output as a live model has it, by path: image or vector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cnndsl.ir.network import Layer, Network
from cnndsl.ops.channels import Split
from cnndsl.ops.normalization import LayerScale
from cnndsl.ops.resizing import Resize


def shapes_in(backend: str, model: Any, network: Network) -> Mapping[str, tuple[int, ...]]:
    """The shapes of a backend's model. Those that are no modules of PyTorch are left out."""
    return SHAPES[backend](model, network)


def is_module(layer: Layer) -> bool:
    """Whether PyTorch has a module for a layer in every form."""
    return not layer.op.merges and not isinstance(layer.op, Split | LayerScale | Resize)


def _in_keras(model: Any, network: Network) -> dict[str, tuple[int, ...]]:
    layers = {layer.name: layer for layer in model.layers}
    return {
        layer.path: tuple(layers[layer.path].output.shape[1:]) for layer in network.needed_layers
    }


def _in_numpy(model: Any, network: Network) -> dict[str, tuple[int, ...]]:
    return {layer.name: tuple(shape) for layer, shape in model.layer_shapes()}


def _in_torch(model: Any, network: Network) -> dict[str, tuple[int, ...]]:
    """Seen on one image."""
    import torch
    from cnndsl_torch import live

    shapes: dict[str, tuple[int, ...]] = {}
    modules = dict(model.named_modules())
    handles = []
    for layer in network.layers:
        if layer.path in modules:

            def note(_module: Any, _inputs: Any, output: Any, path: str = layer.path) -> None:
                dims = tuple(output.shape[1:])
                shapes[path] = (*dims[1:], dims[0]) if len(dims) == 3 else dims

            handles.append(modules[layer.path].register_forward_hook(note))
    try:
        with live.Mode(model, training=False), torch.no_grad():  # without data on "meta"
            shapes_entering = [(1, *one.dims) for one in network.input_shapes]
            live.outputs_of(model, tuple(np.zeros(one, np.float32) for one in shapes_entering))
    finally:
        for handle in handles:
            handle.remove()
    return shapes


SHAPES = {"keras": _in_keras, "numpy": _in_numpy, "torch": _in_torch}
