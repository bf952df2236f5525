"""The zoo's first networks: checked clean, and equal to the tables of their papers.

The numbers are worked out by hand from the papers, and compared with keras.applications where it
has the network. Parameters are counted as Keras counts them.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cnndsl.ir.network import Network
from cnndsl.project.loading import (
    Loader,
    Module,
    check_module,
    choose_model,
    elaborate_model,
    read_source,
)

ZOO = Path(__file__).parents[2] / "specs" / "cnndsl_zoo"
FILES = sorted(ZOO.glob("**/*.cnn"))
LONGEST_FILE = 40

Table = list[tuple[str, str, int]]


def module_of(path: Path) -> Module:
    return Loader().module(read_source(str(path), path.name))


def network_of(name: str, **values: int) -> Network:
    return elaborate_model(choose_model(module_of(ZOO / f"{name}.cnn"), None), values)


def table_of(network: Network) -> Table:
    """Op, output shape and parameters of the layers that change the shape or have weights."""
    return [
        (view.op.name, str(view.shape), view.cost.params)
        for view in network.layers
        if view.cost.params or view.input_shapes != (view.shape,)
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_zoo_file_checks_clean(path: Path) -> None:
    module = module_of(path)
    assert check_module(module) == ()
    assert len(module.models) != 1 or module.models[0].name == path.stem
    for template in module.models:
        title = template.definition.documentation.splitlines()[0]
        assert "(" in title, "the first line names the network and its source"
        assert len(template.definition.documentation.splitlines()) >= 2
        text = template.source.text
        assert re.search("expect (params|trainable) ==", text)
        assert template.name not in TOTALS or len(text.splitlines()) <= LONGEST_FILE


TABLES: dict[str, Table] = {
    # LeCun et al. 1998, section II.B, with C3 fully connected: 16 x (6 x 25 + 1) = 2,416.
    "lenet5": [
        ("conv", "28x28x6", 156),
        ("subsample", "14x14x6", 12),
        ("conv", "10x10x16", 2_416),
        ("subsample", "5x5x16", 32),
        ("conv", "1x1x120", 48_120),
        ("flatten", "120", 0),
        ("dense", "84", 10_164),
        ("dense", "10", 850),
    ],
    "lenet5_modern": [
        ("conv", "32x32x6", 156),
        ("max_pool", "16x16x6", 0),
        ("conv", "16x16x16", 2_416),
        ("max_pool", "8x8x16", 0),
        ("flatten", "1024", 0),
        ("dense", "500", 512_500),
        ("dense", "10", 5_010),
    ],
    # Krizhevsky et al. 2012, figure 2: 48 + 48, 128 + 128, 192 + 192, 192 + 192, 128 + 128 maps.
    "alexnet": [
        ("conv", "55x55x96", 96 * (3 * 121 + 1)),
        ("max_pool", "27x27x96", 0),
        ("conv", "27x27x256", 256 * (48 * 25 + 1)),
        ("max_pool", "13x13x256", 0),
        ("conv", "13x13x384", 384 * (256 * 9 + 1)),
        ("conv", "13x13x384", 384 * (192 * 9 + 1)),
        ("conv", "13x13x256", 256 * (192 * 9 + 1)),
        ("max_pool", "6x6x256", 0),
        ("flatten", "9216", 0),
        ("dense", "4096", 37_752_832),
        ("dense", "4096", 16_781_312),
        ("dense", "1000", 4_097_000),
    ],
    "alexnet_single_tower": [
        ("conv", "54x54x96", 34_944),
        ("max_pool", "26x26x96", 0),
        ("conv", "26x26x256", 614_656),
        ("max_pool", "12x12x256", 0),
        ("conv", "12x12x384", 885_120),
        ("conv", "12x12x256", 884_992),
        ("max_pool", "5x5x256", 0),
        ("flatten", "6400", 0),
        ("dense", "4096", 26_218_496),
        ("dense", "4096", 16_781_312),
        ("dense", "1000", 4_097_000),
    ],
    "happy_model": [
        ("zero_pad", "70x70x3", 0),
        ("conv", "64x64x32", 4_736),
        ("batch_norm", "64x64x32", 128),
        ("max_pool", "32x32x32", 0),
        ("flatten", "32768", 0),
        ("dense", "1", 32_769),
    ],
    "signs_convnet": [
        ("conv", "64x64x8", 384),
        ("max_pool", "8x8x8", 0),
        ("conv", "8x8x16", 512),
        ("max_pool", "2x2x16", 0),
        ("flatten", "64", 0),
        ("dense", "6", 390),
    ],
}

TOTALS = {
    "lenet5": 61_750,
    "lenet5_modern": 520_082,
    "alexnet": 60_965_224,
    "alexnet_single_tower": 49_516_520,
    "vgg11": 132_863_336,
    "vgg13": 133_047_848,
    "vgg16": 138_357_544,
    "vgg19": 143_667_240,
    "happy_model": 37_633,
    "signs_convnet": 1_286,
}

VGG = {  # Simonyan and Zisserman 2015, table 1: convolutions in each stage
    "vgg11": [1, 1, 2, 2, 2],
    "vgg13": [2, 2, 2, 2, 2],
    "vgg16": [2, 2, 3, 3, 3],
    "vgg19": [2, 2, 4, 4, 4],
}


def vgg_table(stages: list[int]) -> Table:
    table: Table = []
    channels, side = 3, 224
    for filters, convs in zip([64, 128, 256, 512, 512], stages, strict=True):
        for _ in range(convs):
            table.append(("conv", f"{side}x{side}x{filters}", filters * (9 * channels + 1)))
            channels = filters
        side //= 2
        table.append(("max_pool", f"{side}x{side}x{filters}", 0))
    return [
        *table,
        ("flatten", "25088", 0),
        ("dense", "4096", 102_764_544),
        ("dense", "4096", 16_781_312),
        ("dense", "1000", 4_097_000),
    ]


@pytest.mark.parametrize("name", TOTALS)
def test_the_table_of_the_paper(name: str) -> None:
    network = network_of(name)
    table = table_of(network)
    assert table == (vgg_table(VGG[name]) if name in VGG else TABLES[name])
    assert network.cost.params == TOTALS[name] == sum(params for _, _, params in table)


def test_moving_statistics_are_not_trainable() -> None:
    cost = network_of("happy_model").cost
    assert (cost.trainable, cost.frozen) == (37_569, 64)


@pytest.mark.parametrize(
    ("name", "macs"),
    [
        # 28x28x6x25 + 14x14x6 + 10x10x16x150 + 5x5x16 + 120x400 + 120x84 + 84x10
        ("lenet5", 117_600 + 1_176 + 240_000 + 400 + 48_000 + 10_080 + 840),
        ("alexnet", 724_406_816),
        ("vgg16", 15_470_264_320),
        ("vgg19", 19_632_062_464),
    ],
)
def test_cost(name: str, macs: int) -> None:
    assert network_of(name).cost.macs == macs


@pytest.mark.parametrize("name", [name for name in TOTALS if name != "happy_model"])
def test_another_number_of_classes(name: str) -> None:
    network = network_of(name, classes=7)
    assert str(network.scope.output_shape) == "7"


def test_paths_read_well() -> None:
    paths = [view.path for view in network_of("vgg16").layers if view.cost.params]
    assert paths[:3] == ["features.0.conv", "features.1.conv", "features.3.conv"]
    assert paths[-3:] == ["classifier.hidden.0", "classifier.hidden.3", "classifier.dense"]
    paths = [view.path for view in network_of("alexnet").layers if view.cost.params]
    assert paths == [
        *(f"conv{number}" for number in range(1, 6)),
        *(f"classifier.{number}" for number in (0, 3, 6)),
    ]


def test_alexnet_as_published() -> None:
    """Section 3.3's constants, overlapping pooling (3.4), and dropout of a half (4.2)."""
    ops = [view.op for view in network_of("alexnet").layers]
    norms = [op for op in ops if op.name == "lrn"]
    assert [(op.size, op.alpha, op.beta, op.k) for op in norms] == [(5, 1e-4, 0.75, 2.0)] * 2  # type: ignore[attr-defined]  # lrn has them
    assert sum(op.name == "dropout" for op in ops) == 2
    assert [op.name for op in ops[:4]] == ["conv", "relu", "lrn", "max_pool"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vgg16", "vgg19"])
def test_keras_applications_agree(name: str) -> None:
    import keras

    build = {"vgg16": keras.applications.VGG16, "vgg19": keras.applications.VGG19}[name]
    with keras.StatelessScope():  # no memory for weights that are only counted
        model = build(weights=None)
        params = model.count_params()
        theirs = [
            ("x".join(map(str, layer.output.shape[1:])), layer.count_params())
            for layer in model.layers[1:]
        ]
    network = network_of(name)
    assert network.cost.params == params
    assert [(shape, params) for _, shape, params in table_of(network)] == theirs
