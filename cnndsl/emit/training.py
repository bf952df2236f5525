"""What training scripts are told of a network and its recipe, whatever the framework."""

from __future__ import annotations

from ..project.outcome import output_shapes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ..ir.network import Network
    from ..recipes.recipe import Frozen, RateFactor, Recipe
    from ..recipes.words import Use


def decay_of(recipe: Recipe) -> float:
    """How much weights decay."""
    return float(recipe.optimizer.values.get("decay", 0.0))


def features_of(network: Network, recipe: Recipe) -> dict[str, bool]:
    """Which lines of fragments a script has, by the names that the fragments know them by."""
    schedule, warm_up = recipe.schedule.name, bool(recipe.schedule["warm_up"])
    return {
        "accumulate": recipe.accumulate > 1,
        "augment": bool(recipe.augment),
        "average": recipe.average is not None,
        "clip": recipe.clip is not None,
        "cosine": schedule == "cosine",
        "decay": decay_of(recipe) > 0,
        "float16": recipe.precision == "float16",
        "frozen": bool(recipe.frozen),
        "fused": any(one.fused for one in recipe.losses),
        "held_out": recipe.hold_out > 0,
        "missing": bool(recipe.missing),
        "narrow": recipe.precision != "float32",
        "patience": recipe.patience is not None,
        "penalty": any(getattr(layer.op, "l2", 0.0) for layer in network.layers),
        "plateau": schedule == "plateau",
        "rates": bool(recipe.rates),
        "schedule": warm_up or schedule in ("step", "cosine"),
        "several": len(recipe.losses) > 1,
        "step": schedule == "step",
        "thaws": any(one.epochs is not None for one in recipe.frozen),
        "warm_up": warm_up,
        "weights": recipe.weights is not None,
        **pixel_features(network),
    }


def pixel_features(network: Network) -> dict[str, bool]:
    """What is done to numbers from 0 to 1."""
    pixels = network.pixels
    low, high = pixels.range if pixels else (0.0, 1.0)
    found = {
        "bgr": pixels is not None and pixels.order == "bgr",
        "mean": pixels is not None and any(pixels.mean),
        "range": low != 0.0,
        "scale": low == 0.0 and high != 1.0,
        "std": pixels is not None and any(one != 1.0 for one in pixels.std),
    }
    return found | {"pixels": any(found.values())}


def constants_of(network: Network, recipe: Recipe) -> dict[str, Any]:
    """What a script can have at its top, by name: values as `literal` writes them."""
    schedule, pixels = recipe.schedule.values, network.pixels
    return {
        "NAME": recipe.name,
        "DATA": recipe.data,
        "SHAPE": network.input_shape.dims,
        "OUTPUTS": [name for name, _ in output_shapes(network)],
        "HOLD_OUT": recipe.hold_out,
        "SEED": recipe.seed,
        "EPOCHS": recipe.epochs,
        "BATCH": recipe.batch,
        "ACCUMULATE": recipe.accumulate,
        "RATE": recipe.optimizer["rate"],
        "RATES": [(path, one.factor) for one in recipe.rates for path in below(one)],
        "DECAY": decay_of(recipe),
        "CLIP": recipe.clip,
        "WARM_UP": schedule["warm_up"],
        "EVERY": schedule.get("every"),
        "FACTOR": schedule.get("factor"),
        "END": schedule.get("end"),
        "PLATEAU": schedule.get("patience"),
        "PATIENCE": recipe.patience,
        "AVERAGE": recipe.average,
        "MEASURES": ["loss", *map(title, recipe.metrics)],
        "MONITOR": "held_out_loss" if recipe.hold_out else "loss",
        "FROZEN": [(path, one.epochs) for one in recipe.frozen for path in below(one)],
        "MISSING": tuple(f"{path}." for path in recipe.missing),
        "LOW": pixels and pixels.range[0],
        "HIGH": pixels and pixels.range[1],
        "MEAN": pixels and pixels.mean,
        "STD": pixels and pixels.std,
    }


def title(metric: Use) -> str:
    """The name of a metric in tables: `accuracy`, `top_5`."""
    return "_".join([metric.name, *map(str, metric.values.values())])


def below(named: Frozen | RateFactor) -> Iterator[str]:
    """How the names of all weights below some paths begin."""
    return (f"{path}." for path in named.paths)
