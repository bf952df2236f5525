"""Emitted modules work with the tools that PyTorch's users expect them to work with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from cnndsl_torch.dialect import DIALECT
from shares import mostly_slow
from zoo_networks import on_small_images

from cnndsl.api import CheckedNetwork
from cnndsl.emit.classes.renderer import class_name

SCRIPT = Path(__file__).parents[1] / "support" / "distributed_step.py"
QUICK = ("lenet5", "resnet18")
SLOW = ("alexnet", "torchvision/resnet18", "inception_v1", "resnext50_32x4d")
LARGE = [
    *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW),
    *(
        pytest.param(name, marks=pytest.mark.long)
        for name in ("inception_v3", "inception_resnet_v2", "resnet50v2")
    ),
]
NAMES = [*QUICK, *LARGE]


def module_and_images(network: CheckedNetwork) -> tuple[Any, torch.Tensor]:
    torch.manual_seed(0)
    module = network.build("torch").eval()
    height, width, channels = network.input_shape
    return module, torch.rand(2, channels, height, width)


def listed(outputs: Any) -> tuple[torch.Tensor, ...]:
    return outputs if isinstance(outputs, tuple) else (outputs,)


def assert_same(found: Any, expected: Any) -> None:
    assert len(listed(found)) == len(listed(expected))
    for one, other in zip(listed(found), listed(expected), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def learning(module: Any, outputs: Any) -> set[str]:
    """The parameters that outputs of the module have a gradient for."""
    module.zero_grad()
    torch.stack([one.square().sum() for one in listed(outputs)]).sum().backward()
    return {name for name, parameter in module.named_parameters() if parameter.grad is not None}


@pytest.mark.parametrize("name", [*mostly_slow(QUICK, QUICK[:1]), *LARGE])
def test_compile(name: str) -> None:
    """The whole module is one graph, forward and backward."""
    module, images = module_and_images(on_small_images(name))
    expected = module(images)
    found = torch.compile(module, fullgraph=True, backend="aot_eager")(images)
    assert_same(found, expected)
    assert learning(module, found) == learning(module, expected)
    torch.compiler.reset()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet18", "inception_v1"])
def test_compile_in_training(name: str) -> None:
    """With the heads that are for training alone, every parameter learns."""
    module, images = module_and_images(on_small_images(name))
    outputs = torch.compile(module.train(), fullgraph=True, backend="aot_eager")(images)
    assert len(listed(outputs)) == len(listed(module(images)))
    assert learning(module, outputs) == {name for name, _ in module.named_parameters()}
    torch.compiler.reset()


@pytest.mark.long
def test_compile_to_machine_code() -> None:
    module, images = module_and_images(on_small_images("resnet18"))
    with torch.no_grad():
        assert_same(torch.compile(module, fullgraph=True)(images), module(images))
    torch.compiler.reset()


@pytest.mark.parametrize("name", NAMES)
def test_export(name: str, tmp_path: Path) -> None:
    """Exported for batches of any size, saved and read again."""
    module, images = module_and_images(on_small_images(name))
    batch = torch.export.Dim("batch")
    exported = torch.export.export(module, (images,), dynamic_shapes=({0: batch},))
    torch.export.save(exported, tmp_path / "model.pt2")
    loaded = torch.export.load(tmp_path / "model.pt2").module()
    more = torch.cat([images, images.flip(0), images[:1]])
    with torch.no_grad():
        assert_same(loaded(more), module(more))


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("resnet18", marks=pytest.mark.slow),
        pytest.param("inception_v1", marks=pytest.mark.slow),
        pytest.param("resnext50_32x4d", marks=pytest.mark.long),
    ],
)
def test_distributed_data_parallel(name: str, tmp_path: Path) -> None:
    network = on_small_images(name)
    emitted = tmp_path / "emitted.py"
    emitted.write_text(network.emit("torch"))
    shape = map(str, network.input_shape)
    command = [
        sys.executable,
        str(SCRIPT),
        str(emitted),
        class_name(network.network, DIALECT),
        *shape,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
