"""Every network of the zoo computes the same in every backend, in double precision.

Large images are reduced to the smallest that a network takes, since what is proved does not depend
on their size. Three tiers: small networks on every run, one of each kind among the slow tests, and
their larger siblings, of the same blocks in greater number, with `-m long`.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from command_line import Command

from cnndsl.backend import find_backend
from cnndsl.diagnostics.base import SpecError
from cnndsl.ir.network import Network
from cnndsl.project import zoo
from cnndsl.project.loading import Loader, choose_model, elaborate_model
from cnndsl.project.locate import read_spec
from cnndsl.values import Shape
from cnndsl.verify.comparison import Trial

SIDES = (64, 80, 96, 128, 160, 224)
SMALL = frozenset(
    """
    happy_model inception_module modern/espcn
    """.split()
)
"""Networks that are verified on every run, in single precision too."""
SIBLINGS = frozenset(
    """
    inception_resnet_v2 inception_v2 inception_v4 resnet101 resnet101v2 resnet152 resnet152v2
    resnet34 resnet50 resnext101_32x8d vgg11 vgg13 vgg16 vgg19
    keras/inception_resnet_v2 keras/inception_v3 keras/resnet101 keras/resnet101v2
    keras/resnet152 keras/resnet152v2 keras/vgg16 keras/vgg19
    keras/convnext_base keras/convnext_large keras/convnext_small keras/convnext_xlarge
    keras/densenet169 keras/densenet201 keras/mobilenet_v3_large
    keras/efficientnet_v2_b1 keras/efficientnet_v2_b2 keras/efficientnet_v2_b3
    keras/efficientnet_v2_l keras/efficientnet_v2_m keras/efficientnet_v2_s
    torchvision/alexnet torchvision/convnext_tiny torchvision/inception_v3
    torchvision/resnet101 torchvision/resnet152
    torchvision/resnet18 torchvision/resnet34 torchvision/resnext101_32x8d
    torchvision/resnext101_64x4d torchvision/resnext50_32x4d
    torchvision/vgg11 torchvision/vgg13 torchvision/vgg13_bn torchvision/vgg16 torchvision/vgg16_bn
    torchvision/vgg19 torchvision/vgg19_bn torchvision/wide_resnet50_2
    torchvision/wide_resnet101_2
    torchvision/densenet161 torchvision/densenet169 torchvision/densenet201
    torchvision/mobilenet_v3_large torchvision/mnasnet0_75 torchvision/mnasnet1_0
    torchvision/mnasnet1_3 torchvision/squeezenet1_0
    keras/nasnet_large torchvision/efficientnet_b0 torchvision/efficientnet_v2_s
    torchvision/mobilenet_v2 torchvision/mobilenet_v3_small torchvision/vgg11_bn unet
    resnext50_32x4d
    """.split()
)
"""Networks of the blocks of another one that is among the slow tests."""
SCALED = re.compile(
    r"efficientnet_(b[1-7]|v2_[ml])|regnet_[xy]_(?!400mf).*|convnext_(?!tiny).*|"
    r"shufflenet_v2_x.*"
)
"""Likewise, of families whose members are one network in many sizes."""
MODERN = frozenset(
    one.name for one in zoo.entries() if one.shelf == "modern" and one.model != "espcn"
)
"""The networks of the shelf of the newer ones that take long."""
CHECKS: dict[str, dict[str, Any]] = {
    "alexnet_single_tower": {"grad": True},
    "inception_v1": {"grad": True},
    "lenet5": {"grad": True, "train": True, "batch": 3},
    "resnet18": {"grad": True, "train": True, "batch": 3},
    "resnet50_signs": {"grad": True},
    "resnet50v2": {"grad": True},
    "resnext50_32x4d": {"grad": True},
}
"""Networks whose gradients are compared too, and those that are compared in training as well."""


def reduced(name: str, sides: tuple[int, ...] = SIDES) -> Network:
    """The zoo's network for the smallest square image that it takes, at most its own."""
    template = choose_model(Loader().module(read_spec(name)), None)
    full = elaborate_model(template, {})
    for side in sides:
        if side >= full.input_shape.dims[0]:
            break
        shapes = [Shape((side, side, one.channels)) for one in full.input_shapes]
        try:
            return elaborate_model(template, {}, check_claims=False, input_shapes=shapes)
        except SpecError:  # too small for it
            continue
    return full


def cases() -> list[Any]:
    """Every network, the large ones marked; a new one of the zoo is among the slow tests."""
    found = []
    for entry in zoo.entries():
        marks = [] if entry.name in SMALL else [pytest.mark.slow]
        if entry.name in SIBLINGS | MODERN or SCALED.fullmatch(str(entry.model)):
            marks = [pytest.mark.long]
        found.append(pytest.param(entry.name, marks=marks))
    return found


@pytest.mark.parametrize("name", cases())
def test_backends_agree(name: str) -> None:
    checks = CHECKS.get(name, {})
    trial = Trial(reduced(name), **checks)
    for backend in ("torch", "keras"):
        dtypes = ("float32", "float64") if name in SMALL else ("float64",)
        comparisons = list(trial.compare(find_backend(backend), dtypes))
        assert len(comparisons) == len(dtypes) * (2 if "train" in checks else 1)
        for comparison in comparisons:
            assert comparison.first is None, (backend, comparison.first)
            assert {"activations", "outputs"} <= comparison.errors.keys()
            assert ("gradients" in comparison.errors) == ("grad" in checks)


def test_names_are_of_the_zoo() -> None:
    assert {entry.name for entry in zoo.entries()} >= SIBLINGS | SMALL | CHECKS.keys()


@pytest.mark.slow
def test_command_on_a_network_with_three_outputs(cnndsl: Command) -> None:
    status, out, err = cnndsl(
        "verify", "inception_v1", "--input", "80x80x3", "-b", "torch", "--dtype", "float32"
    )
    assert (status, err) == (0, "")
    assert "numpy and torch compute the same" in out
