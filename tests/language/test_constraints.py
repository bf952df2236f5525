"""The numbered constraints of the ops: each label has a spec that breaks it, and no other."""

from __future__ import annotations

import re

import pytest
from samples import Call, required
from spec_text import in_model, module_of

from cnndsl.ops import OPS
from cnndsl.ops.base import VECTORS
from cnndsl.project.loading import check_module
from cnndsl.values import Shape

LABEL = re.compile(r"^\s*\((\w+-\d+)\) ", re.MULTILINE)

BROKEN = {
    "conv-1": ("conv(2, 3x3, dilation=4)", "CNN304", "a window 9 high (dilated from 3)"),
    "conv-2": ("conv(6, 3x3, groups=3)", "CNN307", "3 groups do not divide 4 input channels"),
    "conv-3": ("conv(3, 3x3, groups=2)", "CNN307", "2 groups do not divide 3 filters"),
    "conv-4": ("flatten -> conv(2, 1x1)", "CNN305", "conv needs an image"),
    "standardized_conv-1": ("standardized_conv(2, 3x3, dilation=4)", "CNN304", "a window 9 high"),
    "standardized_conv-2": ("standardized_conv(6, 3x3, groups=3)", "CNN307", "4 input channels"),
    "standardized_conv-3": ("standardized_conv(3, 3x3, groups=2)", "CNN307", "3 filters"),
    "standardized_conv-4": ("flatten -> standardized_conv(2, 1x1)", "CNN305", "needs an image"),
    "depthwise_conv-1": ("depthwise_conv(1x11, pad=1)", "CNN304", "a window 11 wide"),
    "depthwise_conv-2": ("flatten -> depthwise_conv(1x1)", "CNN305", "needs an image"),
    "separable_conv-1": ("separable_conv(3, 9x1)", "CNN304", "a window 9 high"),
    "separable_conv-2": ("flatten -> separable_conv(3, 1x1)", "CNN305", "needs an image"),
    "conv_transpose-1": ("conv_transpose(2, 3x1, pad=5)", "CNN322", "5 + 5 off a height of 10"),
    "conv_transpose-2": ("conv_transpose(6, 3x3, groups=3)", "CNN307", "4 input channels"),
    "conv_transpose-3": ("conv_transpose(3, 3x3, groups=2)", "CNN307", "divide 3 filters"),
    "conv_transpose-4": ("flatten -> conv_transpose(2, 1x1)", "CNN305", "needs an image"),
    "conv_transpose-5": (
        "conv_transpose(2, 1x1, stride=2x3, output_padding=2)",
        "CNN321",
        "output_padding of 2 in height is not below 2",
    ),
    "conv_transpose-6": (
        "conv_transpose(2, 1x1, stride=2, pad=same, output_padding=1)",
        "CNN316",
        "`output_padding` means nothing for `same`",
    ),
    "dense-1": ("dense(3)", "CNN306", "dense needs a vector"),
    "max_pool-1": ("max_pool(9x9)", "CNN304", "a window 9 high"),
    "max_pool-2": ("max_pool(2x4, pad=2)", "CNN308", "padding of 2 is more than half the window"),
    "max_pool-4": ("max_pool(2, 1, pad=same, dilation=9)", "CNN346", "more than the padded image"),
    "avg_pool-4": ("avg_pool(2, 1, pad=same, dilation=9)", "CNN346", "which is 8 high"),
    "max_pool-3": ("flatten -> max_pool(1x1)", "CNN305", "max_pool needs an image"),
    "avg_pool-1": ("avg_pool(1x9)", "CNN304", "a window 9 wide"),
    "avg_pool-2": ("avg_pool(3x3, pad=(0, 2, 0, 0))", "CNN308", "padding of 2 is more than half"),
    "avg_pool-3": ("flatten -> avg_pool(1x1)", "CNN305", "avg_pool needs an image"),
    "adaptive_avg_pool-1": ("flatten -> adaptive_avg_pool(1x1)", "CNN305", "needs an image"),
    "global_avg_pool-1": ("flatten -> global_avg_pool", "CNN305", "needs an image"),
    "global_max_pool-1": ("flatten -> global_max_pool", "CNN305", "needs an image"),
    "subsample-1": ("subsample(9x9)", "CNN304", "a window 9 high"),
    "subsample-2": ("flatten -> subsample(1x1)", "CNN305", "subsample needs an image"),
    "upsample-1": ("flatten -> upsample(2)", "CNN305", "upsample needs an image"),
    "upsample-2": ("upsample(2, align_corners=true)", "CNN316", "nothing for `nearest`"),
    "resize-1": ("flatten -> resize(2)", "CNN305", "resize needs an image"),
    "resize-2": (
        "resize(2, nearest_floor, align_corners=true)",
        "CNN316",
        "nothing for `nearest_floor`",
    ),
    "pad-1": ("flatten -> pad(2)", "CNN305", "pad needs an image"),
    "pad-2": ("pad(2, edge, value=1)", "CNN316", "`value` means nothing for `edge`"),
    "pad-3": ("pad((0, 8, 0, 0), reflect)", "CNN341", "at most 7"),
    "lp_pool-1": ("lp_pool(9)", "CNN304", "a window 9 high"),
    "lp_pool-2": ("flatten -> lp_pool(1)", "CNN305", "lp_pool needs an image"),
    "blur_pool-1": ("flatten -> blur_pool", "CNN305", "blur_pool needs an image"),
    "blur_pool-2": ("blur_pool(16)", "CNN341", "at most 7"),
    "crop-1": ("flatten -> crop(1)", "CNN305", "crop needs an image"),
    "crop-2": ("crop((0, 0, 7, 1))", "CNN342", "leaves nothing of an image of 8x8"),
    "center_crop-1": ("flatten -> center_crop(1)", "CNN305", "center_crop needs an image"),
    "center_crop-2": ("center_crop(9x2)", "CNN342", "9x2 does not fit into an image of 8x8"),
    "group_norm-1": ("group_norm(3)", "CNN307", "3 groups do not divide 4 channels"),
    "group_norm-2": ("flatten -> dense(2) -> group_norm(2)", "CNN345", "normalised by itself"),
    "instance_norm-2": ("adaptive_avg_pool(1) -> instance_norm", "CNN345", "by itself"),
    "pixel_dense-1": ("flatten -> pixel_dense(3)", "CNN305", "needs an image"),
    "spatial_dropout-1": ("flatten -> spatial_dropout(0.1)", "CNN305", "needs an image"),
    "slice-1": ("slice(2, 5)", "CNN317", "not within 4 channels"),
    "channel_max-1": ("flatten -> channel_max", "CNN305", "needs an image"),
    "channel_mean-1": ("flatten -> channel_mean", "CNN305", "needs an image"),
    "channel_shuffle-1": ("flatten -> channel_shuffle(2)", "CNN305", "needs an image"),
    "channel_shuffle-2": ("channel_shuffle(3)", "CNN307", "3 groups do not divide 4 channels"),
    "normalize-1": ("normalize(mean=(1, 2, 3))", "CNN313", "3 numbers, but the input has 4"),
    "reshape-1": ("reshape(3x5)", "CNN348", "3x5 pixels do not share 256 values alike"),
    "permute-1": ("flatten -> permute(whc)", "CNN305", "needs an image"),
    "split-1": ("split(3, 0)", "CNN332", "3 equal parts do not make up 4 channels"),
    "split-2": ("split([1, 3], 2)", "CNN333", "no part 2 of 2 parts"),
    "depth_to_space-1": ("flatten -> depth_to_space(2, crd)", "CNN305", "needs an image"),
    "depth_to_space-2": ("depth_to_space(3, dcr)", "CNN331", "4 channels cannot be divided by 9"),
    "space_to_depth-1": ("flatten -> space_to_depth(2, crd)", "CNN305", "needs an image"),
    "space_to_depth-2": ("space_to_depth(3, dcr)", "CNN331", "8 rows cannot be divided by 3"),
    "path_softmax-1": ("path_softmax(3)", "CNN331", "4 channels cannot be divided by 3"),
    "multi_head_attention-1": ("flatten -> multi_head_attention(1)", "CNN305", "needs an image"),
    "multi_head_attention-2": ("multi_head_attention(3)", "CNN331", "cannot be divided by 3"),
    "attention-1": ("flatten -> attention(1, 1)", "CNN305", "needs an image"),
    "attention-2": ("attention(2, 1, key_heads=4)", "CNN331", "2 heads cannot be divided by 4"),
    "attention-3": ("attention(1, 2)", "CNN347", "queries and keys take 4 of 4 channels"),
    "attention-4": ("attention(1, 1, window=8x3)", "CNN331", "8 columns cannot be divided by 3"),
    "position_embedding-1": ("flatten -> position_embedding", "CNN305", "needs an image"),
    "instance_norm-1": ("flatten -> instance_norm", "CNN305", "needs an image"),
    "global_response_norm-1": ("flatten -> global_response_norm", "CNN305", "needs an image"),
    "lrn-1": ("flatten -> lrn", "CNN305", "lrn needs an image"),
    "zero_pad-1": ("flatten -> zero_pad(1)", "CNN305", "zero_pad needs an image"),
    "subtract-1": ("subtract { relu }", "CNN309", "at least two paths"),
    "subtract-2": ("subtract {\n relu\n flatten\n }", "CNN301", "8x8x4 and 256"),
    "maximum-1": ("maximum { relu }", "CNN309", "at least two paths"),
    "maximum-2": ("maximum {\n relu\n flatten\n }", "CNN301", "8x8x4 and 256"),
    "minimum-1": ("minimum { relu }", "CNN309", "at least two paths"),
    "minimum-2": ("minimum {\n relu\n flatten\n }", "CNN301", "8x8x4 and 256"),
    "average-1": ("average { relu }", "CNN309", "at least two paths"),
    "average-2": ("average {\n relu\n flatten\n }", "CNN301", "8x8x4 and 256"),
    "add-1": ("add(main)", "CNN309", "at least two paths"),
    "add-2": ("conv(2, 1x1) as a -> conv(3, 1x1) -> add(a, main)", "CNN301", "8x8x2 and 8x8x3"),
    "multiply-1": ("multiply { relu }", "CNN309", "at least two paths"),
    "multiply-2": ("multiply {\n relu\n flatten\n }", "CNN301", "8x8x4 and 256"),
    "concat-1": ("concat { relu }", "CNN309", "at least two paths"),
    "concat-2": ("concat {\n max_pool(2x2)\n identity\n }", "CNN302", "4x4x4 and 8x8x4"),
}
"""For each label: a body that breaks it, the finding's code, and words of its message."""


def documented() -> set[str]:
    return {label for op in OPS.values() for label in LABEL.findall(op.__doc__ or "")}


def test_every_documented_constraint_is_broken_here() -> None:
    assert documented() == set(BROKEN)


@pytest.mark.parametrize("name", OPS)
def test_constraints_are_numbered_from_one(name: str) -> None:
    labels = LABEL.findall(OPS[name].__doc__ or "")
    assert labels == [f"{name}-{number}" for number in range(1, len(labels) + 1)]


@pytest.mark.parametrize("label", BROKEN)
def test_constraint(label: str) -> None:
    body, code, words = BROKEN[label]
    (finding,) = check_module(module_of(in_model(f"    {body}")))
    assert finding.diagnostic.code == code
    assert words in finding.diagnostic.message
    assert getattr(finding.diagnostic, "label", label) == label


@pytest.mark.parametrize("name", OPS)
def test_the_weights_that_an_op_documents(name: str) -> None:
    op_class = OPS[name]
    op = Call(op_class, required(op_class)).op
    shape = Shape((4,)) if op_class.ranks == VECTORS else Shape((1, 1, 4))
    text = re.search(r"Weights: (.*?)(?:;|\.\n)", op_class.__doc__ or "", re.DOTALL)
    documented_names = re.findall(r"(\w+) \(", text.group(1)) if text else []
    assert [one.name for one in op.weights([shape, shape])] == documented_names
