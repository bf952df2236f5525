"""Small networks, recipes that suit them all, and what becomes of both in `verify --train`."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from cnndsl.project.loading import Loader
from cnndsl.project.recipes import Training
from cnndsl.project.training import choose_recipe
from cnndsl.text import Source
from cnndsl.verify.comparison import Trial
from cnndsl.verify.lessons import Proof


class Net(NamedTuple):
    """A model whose layers are in `trunk` or `head`, and its losses with smoothing `e`."""

    model: str
    losses: str


NETS = {
    "plain": Net(
        """
model plain {
    input 8x9x3
    stage trunk {
        conv(4, 3x3, l2=0.001) as first -> relu
        conv(6, 3x3, bias=false) as second -> batch_norm as norm -> dropout(0.3)
    }
    global_avg_pool -> dense(5) as head -> softmax
}
""",
        "loss cross_entropy(smoothing={e})",
    ),
    "residual": Net(
        """
model residual {
    input 7x8x3
    pixels rgb(mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.25))
    stage trunk {
        conv(6, 3x3, pad=same) as first
        add {
            depthwise_conv(3x3, pad=same, l2=0.01, bias=false) -> batch_norm(momentum=0.8) -> relu
            identity
        }
        layer_norm -> spatial_dropout(0.4) -> prelu
    }
    flatten -> dense(4) as head
}
""",
        "loss cross_entropy(smoothing={e})",
    ),
    "heads": Net(
        """
model heads {
    input 8x7x3
    pixels bgr(range=(-1, 1))
    stage trunk {
        conv(5, 3x3, bias=false) as first -> batch_norm -> gelu
    }
    global_avg_pool as features
    stage head {
        dense(4, l2=0.01) as kinds
    }
    softmax as kinds
    features -> dense(1) -> sigmoid as is_new
    features -> dense(3) as value
    features -> dropout(0.5) -> dense(4) -> softmax as helper
    output kinds, is_new, value
    output helper for training
}
""",
        """
loss cross_entropy(smoothing={e}) for kinds
loss binary_cross_entropy(smoothing={e}, weight=0.5) for is_new
loss mean_absolute_error(weight=2) for value
loss cross_entropy(weight=0.3) for helper
""",
    ),
    "image": Net(
        """
model image {
    input 6x8x3
    stage trunk {
        conv(4, 3x3, pad=same) as first -> elu
        max_pool(2x2, stride=2) -> conv_transpose(4, 2x2, stride=2) -> group_norm(groups=2)
    }
    conv(3, 1x1, l2=0.01) as head
}
""",
        "loss mean_squared_error",
    ),
    "binary": Net(
        """
model binary {
    input 9x8x3
    pixels rgb(range=(0, 255), mean=(100, 110, 120))
    stage trunk {
        separable_conv(5, 3x3, l2=0.001, bias=false) as first -> batch_norm -> silu
        avg_pool(2x2) -> drop_path(0.2)
    }
    global_avg_pool -> dense(1) as head -> sigmoid
}
""",
        "loss binary_cross_entropy(smoothing={e})",
    ),
}

RECIPES = {
    "sgd": "optimizer sgd(0.05)",
    "momentum": "optimizer sgd(0.05, momentum=0.9, decay=0.01)",
    "nesterov": "optimizer sgd(0.05, momentum=0.9, nesterov=true)\nclip 0.05",
    "average": "optimizer sgd(0.05, nesterov=true)\naverage 0.7",
    "rmsprop": "optimizer rmsprop(0.01, momentum=0.5, decay=0.1)",
    "accumulated": "optimizer rmsprop(0.01, epsilon=0.001)\naccumulate 2",
    "warm": "optimizer adam(0.01, beta_1=0.8, epsilon=0.001)\nschedule constant(warm_up=1.5)",
    "cosine": "optimizer adam(0.01)\nschedule cosine(warm_up=1)\nepochs 3",
    "adamw": "optimizer adamw(0.01)\nschedule cosine(end=0.1)\nepochs 3",
    "clipped": "optimizer adamw(0.01, decay=0.1)\naccumulate 3\nclip 0.01",
    "stepwise": "optimizer sgd(0.05, decay=0.1)\nschedule step(every=1, factor=0.5, warm_up=0.5)",
    "plateau": "optimizer sgd(0.02, momentum=0.99)\nschedule plateau(patience=1, factor=0.3)",
    "smoothed": "optimizer adam\naverage 0.9\nhold_out 0",
    "frozen": 'freeze "trunk*"\noptimizer sgd(0.05, momentum=0.5)',
    "thawed": 'freeze "trunk.*" for 1\noptimizer adam(0.01)',
    "late": 'freeze "..trunk.first"\nfreeze "trunk*" for 2\noptimizer adamw(0.01)\nclip 1',
    "groups": 'rate 0.1 for "trunk*"\nrate 3 for "trunk.first"\noptimizer adamw(0.01)',
    "moved": "augment mirror, crop(pad=1), rotate, zoom, brightness, hue\noptimizer adam(0.01)",
    "mixed": "augment contrast, pca, cutout, mixup\noptimizer sgd(0.05, momentum=0.9)",
    "everything": """
optimizer sgd(0.05, momentum=0.9, nesterov=true, decay=0.01)
schedule cosine(warm_up=1, end=0.01)
freeze "trunk.first" for 1
rate 0.1 for "head*"
clip 1
accumulate 2
seed 5
""",
}
SMOOTHED = ("average", "warm", "adamw", "smoothed", "groups", "everything")
"""Recipes whose labels are smoothed."""


def training(net: str, recipe: str) -> Training:
    """A network and its recipe, by their names, or that of other lines."""
    model, losses = NETS[net]
    smoothing = 0.1 if recipe in SMOOTHED else 0.0
    lines = f"{losses.format(e=smoothing)}\n{RECIPES.get(recipe, recipe)}"
    if net == "image":
        lines = lines.replace("mirror, crop(pad=1), rotate, zoom, ", "")
    text = f"{model}\nrecipe lesson {{\n{lines}\n}}\n"
    return choose_recipe(Loader().module(Source("net.cnn", text)), None, None, {})


@cache
def proof(net: str, recipe: str) -> Proof:
    """What NumPy makes of it."""
    found = training(net, recipe)
    return Proof(Trial(found.network, batch=4), found.recipe, batch=4)
