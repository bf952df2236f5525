"""Every network of the zoo computes the same in every backend, in double precision.

Large images are reduced to the smallest that a network takes, since what is proved does not depend
on their size. Three tiers: small networks on every run, one of each kind among the slow tests, and
their larger siblings, of the same blocks in greater number, with `-m long`.
"""

from __future__ import annotations

from typing import Any

import pytest
from cnndsl_numpy.verification import Trial
from command_line import Command

from cnndsl import zoo
from cnndsl.backend import find_backend
from cnndsl.loading import Loader, SpecError, elaborate_model, read_source
from cnndsl.network import Network
from cnndsl.values import Shape

SIDES = (64, 80, 96, 128, 160, 224)
SMALL = frozenset(
    """
    happy_model inception_module inception_module_naive lenet5 lenet5_modern network_in_network
    signs_convnet
    """.split()
)
"""Networks that are verified on every run, in single precision too."""
SIBLINGS = frozenset(
    """
    inception_resnet_v2 resnet101 resnet101v2 resnet152 resnet152v2 resnet34 resnet50
    resnext101_32x8d vgg11 vgg13 vgg19
    keras/inception_v3 keras/resnet101 keras/resnet101v2 keras/resnet152 keras/resnet152v2
    keras/vgg16 keras/vgg19
    torchvision/alexnet torchvision/inception_v3 torchvision/resnet101 torchvision/resnet152
    torchvision/resnet18 torchvision/resnet34 torchvision/resnext101_32x8d
    torchvision/resnext101_64x4d torchvision/resnext50_32x4d
    torchvision/vgg11 torchvision/vgg13 torchvision/vgg13_bn torchvision/vgg16 torchvision/vgg16_bn
    torchvision/vgg19 torchvision/vgg19_bn torchvision/wide_resnet101_2
    """.split()
)
"""Networks of the blocks of another one that is among the slow tests."""


def reduced(name: str, sides: tuple[int, ...] = SIDES) -> Network:
    """The zoo's network for the smallest square image that it takes, at most its own."""
    template = Loader().module(read_source(str(zoo.find(name)))).models[0]
    full = elaborate_model(template, {})
    for side in sides:
        if side >= full.input_shape.dims[0]:
            break
        shape = Shape((side, side, full.input_shape.channels))
        try:
            return elaborate_model(template, {}, check_claims=False, input_shape=shape)
        except SpecError:  # too small for it
            continue
    return full


def cases() -> list[Any]:
    """Every network, the large ones marked; a new one of the zoo is among the slow tests."""
    found = []
    for entry in zoo.entries():
        marks = [] if entry.name in SMALL else [pytest.mark.slow]
        if entry.name in SIBLINGS:
            marks = [pytest.mark.long]
        found.append(pytest.param(entry.name, marks=marks))
    return found


def agree(network: Network, dtypes: tuple[str, ...], **options: Any) -> None:
    trial = Trial(network, **options)
    for name in ("torch", "keras"):
        for comparison in trial.compare(find_backend(name), dtypes):
            assert comparison.first is None, (name, comparison.first)
            assert comparison.errors["outputs"] >= 0


@pytest.mark.parametrize("name", cases())
def test_backends_agree(name: str) -> None:
    network = reduced(name)
    agree(network, ("float32", "float64") if name in SMALL else ("float64",))


@pytest.mark.parametrize(
    "name",
    [
        "lenet5",
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in (
                "alexnet_single_tower",
                "inception_v1",
                "resnet18",
                "resnet50_signs",
                "resnet50v2",
                "resnext50_32x4d",
            )
        ),
    ],
)
def test_gradients_agree(name: str) -> None:
    network = reduced(name)
    agree(network, ("float32", "float64"), grad=True, train=True, batch=3)


def test_names_are_of_the_zoo() -> None:
    assert {entry.name for entry in zoo.entries()} >= SIBLINGS | SMALL


def test_command_on_a_network_with_three_outputs(cnndsl: Command) -> None:
    status, out, err = cnndsl(
        "verify", "inception_v1", "--input", "80x80x3", "-b", "torch", "--dtype", "float32"
    )
    assert (status, err) == (0, "")
    assert "numpy and torch compute the same" in out
