"""The blocks of `zoo:blocks`: networks of them are those that are published."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from spec_text import in_model, network_of

from cnndsl.cli import main
from cnndsl.project.loading import Loader
from cnndsl.text import Source

ROOT = Path(__file__).parents[2]
HEAD = "global_avg_pool -> dense(1000)"
MOBILENET_V3 = """
    conv_norm(16, 3x3, stride=2, act=hard_swish)
    for kernel, expansion, filters, unit, act, stride in [
        (3, 1, 16, identity, relu, 1), (3, 4, 24, identity, relu, 2), (3, 3, 24, identity, relu, 1),
        (5, 3, 40, excite, relu, 2), (5, 3, 40, excite, relu, 1), (5, 3, 40, excite, relu, 1),
        (3, 6, 80, identity, hard_swish, 2), (3, 2.5, 80, identity, hard_swish, 1),
        (3, 2.3, 80, identity, hard_swish, 1), (3, 2.3, 80, identity, hard_swish, 1),
        (3, 6, 112, excite, hard_swish, 1), (3, 6, 112, excite, hard_swish, 1),
        (5, 6, 160, excite, hard_swish, 2), (5, 6, 160, excite, hard_swish, 1),
        (5, 6, 160, excite, hard_swish, 1)
    ] { inverted_residual(filters, expansion, kernel, stride, act, unit) }
    conv_norm(960, 1x1, act=hard_swish) -> global_avg_pool
    dense(1280) -> hard_swish -> dense(1000)
"""
EFFICIENTNET_B0 = """
    conv_norm(32, 3x3, stride=2, act=silu) -> inverted_residual(16, 1, 3x3, 1, silu, excite1)
    for expansion, filters, layers, kernel, stride in [
        (6, 24, 2, 3, 2), (6, 40, 2, 5, 2), (6, 80, 3, 3, 2),
        (6, 112, 3, 5, 1), (6, 192, 4, 5, 2), (6, 320, 1, 3, 1)
    ] {
        inverted_residual(filters, expansion, kernel, stride, silu, excite6)
        inverted_residual(filters, expansion, kernel, 1, silu, excite6) * (layers - 1)
    }
    conv_norm(1280, 1x1, act=silu) -> global_avg_pool -> dense(1000)
"""
BOTTLENECKS = """
    conv_norm(64, 7x7, stride=2) -> max_pool(3x3, stride=2, pad=1)
    for width, count, stride in [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)] {{
        bottleneck({}width, 4 * width, stride{})
        bottleneck({}width, 4 * width{}) * (count - 1)
    }}
    global_avg_pool -> dense(1000)
"""
NETWORKS = {
    "mobilenet": (
        """
        conv_norm(32, 3x3, stride=2)
        for filters, stride in [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] {
            separable(filters, stride=stride)
        }
        separable(512) * 5 -> separable(1024, stride=2) -> separable(1024)
        """
        + HEAD,
        4_231_976,
    ),
    "mobilenet_v2": (
        """
        conv_norm(32, 3x3, stride=2, act=relu6)
        for expansion, filters, layers, stride in [
            (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1),
            (6, 160, 3, 2), (6, 320, 1, 1)
        ] {
            inverted_residual(filters, expansion, 3x3, stride)
            inverted_residual(filters, expansion) * (layers - 1)
        }
        conv_norm(1280, 1x1, act=relu6)
        """
        + HEAD,
        3_504_872,
    ),
    "mobilenet_v3_large": (MOBILENET_V3, 5_483_032),
    "efficientnet_b0": (EFFICIENTNET_B0, 5_288_548),
    "efficientnet_v2_s": (
        """
        conv_norm(24, 3x3, stride=2, act=silu) -> fused_inverted_residual(24, 1) * 2
        for filters, layers in [(48, 4), (64, 4)] {
            fused_inverted_residual(filters, stride=2)
                -> fused_inverted_residual(filters) * (layers - 1)
        }
        for expansion, filters, layers, stride, unit in [
            (4, 128, 6, 2, excite4), (6, 160, 9, 1, excite6), (6, 256, 15, 2, excite6)
        ] {
            inverted_residual(filters, expansion, 3x3, stride, silu, unit)
            inverted_residual(filters, expansion, 3x3, 1, silu, unit) * (layers - 1)
        }
        conv_norm(1280, 1x1, act=silu)
        """
        + HEAD,
        21_458_488,
    ),
    "resnet18": (
        """
        conv_norm(64, 7x7, stride=2) -> max_pool(3x3, stride=2, pad=1) -> residual(64) * 2
        for filters in [128, 256, 512] { residual(filters, 2) -> residual(filters) }
        """
        + HEAD,
        11_689_512,
    ),
    "resnet50": (BOTTLENECKS.format("", "", "", ""), 25_557_032),
    "resnext50_32x4d": (BOTTLENECKS.format("2 * ", ", 32", "2 * ", ", groups=32"), 25_028_904),
    # that of ResNet-50, and for each unit of c channels 2 * c * c / 16 + c / 16 + c
    "se_resnet50": (
        BOTTLENECKS.format("", ", excite=squeeze_excite", "", ", excite=squeeze_excite"),
        25_557_032
        + sum(
            n * (2 * c * c // 16 + c // 16 + c)
            for n, c in [(3, 256), (4, 512), (6, 1024), (3, 2048)]
        ),
    ),
    "densenet121": (
        """
        conv_norm(64, 7x7, stride=2) -> max_pool(3x3, stride=2, pad=1)
        for layers in [6, 12, 24] {
            dense_layer(32) * layers -> transition
        }
        dense_layer(32) * 16 -> batch_norm -> relu
        """
        + HEAD,
        7_978_856,
    ),
    "convnext_tiny": (
        """
        conv(96, 4x4, stride=4) -> layer_norm
        for filters, layers in [(96, 3), (192, 3), (384, 9), (768, 3)] {
            if filters > 96 { layer_norm -> conv(filters, 2x2, stride=2) }
            convnext * layers
        }
        global_avg_pool -> layer_norm -> dense(1000)
        """,
        28_589_128,
    ),
}
LOCAL = """
block excite { squeeze_excite(4, multiple=8, gate=hard_sigmoid) }
block excite1 { squeeze_excite(4, act=silu) }
block excite4 { squeeze_excite(16, act=silu) }
block excite6 { squeeze_excite(24, act=silu) }
block transition { batch_norm -> relu -> conv(in.channels // 2, 1x1, bias=false) -> avg_pool(2x2) }
"""
BLOCKS = (
    "conv_norm separable squeeze_excite inverted_residual fused_inverted_residual residual "
    "bottleneck dense_layer convnext"
)


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_of_these_blocks_have_the_published_parameters(name: str) -> None:
    """Those that training changes, as published, or counted in torchvision."""
    body, trainable = NETWORKS[name]
    imports = f'import {", ".join(BLOCKS.split())} from "zoo:blocks"\n'
    assert network_of(imports + LOCAL + in_model(body, "224x224x3")).cost.trainable == trainable


ALL = 'import {} from "zoo:blocks"\n'.format(
    ", ".join((*BLOCKS.split(), "inception", "ghost", "shuffle_unit"))
) + in_model(
    """
    conv_norm(8, stride=2) -> separable(12) -> inverted_residual(12, 2, excite=squeeze_excite)
    fused_inverted_residual(16, 2) -> residual(16, excite=squeeze_excite) -> residual(24, 2)
    bottleneck(4, 16, groups=2) -> inception(4, 2, 4, 2, 4, 4) -> dense_layer(4) -> convnext(3x3, 2)
    ghost(16) -> shuffle_unit -> squeeze_excite(4) -> global_avg_pool -> dense(3)
    """,
    "15x17x3",
)


@pytest.mark.long
def test_all_backends_agree_on_every_block(tmp_path: Path) -> None:
    (tmp_path / "all.cnn").write_text(ALL)
    assert main(["verify", str(tmp_path / "all.cnn"), "--grad", "--dtype", "float64"]) == 0


def test_every_block_is_tried_here() -> None:
    module = Loader().module(Source("all.cnn", ALL))
    assert not module.findings
    (blocks,) = module.imports
    called_by_others = {"depthwise_norm", "shortcut"}
    assert {one.name for one in blocks.blocks} - called_by_others <= module.models[0].visible.keys()


def test_the_documentation_lists_them_as_they_are() -> None:
    page = (ROOT / "docs" / "zoo.md").read_text(encoding="utf-8").split("## Blocks")[1]
    text = (ROOT / "specs" / "cnndsl_zoo" / "blocks.cnn").read_text(encoding="utf-8")
    headings = re.findall(r"^block (\w+\([^{]*\)) \{", text, re.MULTILINE)
    calls = [re.sub(r"\(\s+|,?\s+\)", lambda one: one[0].strip(" ,\n"), one) for one in headings]
    assert re.findall(r"^\| `(\w+\(.*\))` \|", page, re.MULTILINE) == calls
