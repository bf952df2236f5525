"""Networks of the zoo, each with one of its parts changed."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

from cnndsl.api import network_of
from cnndsl.diagnostics.base import SpecError
from cnndsl.ir.network import Network
from cnndsl.text import Source

ZOO = Path(__file__).parents[2] / "specs" / "cnndsl_zoo"
NAMES = (
    "lenet5 alexnet vgg11 resnet18 inception_v1 unet happy_model signs_convnet network_in_network "
    "torchvision/squeezenet torchvision/googlenet keras/mobilenet modern/siamese modern/espcn"
).split()
KINDS = (
    (r"\b(?:relu|tanh)\b", ("gelu", "elu", "relu as named", "relu -> tanh", "identity")),
    (r"\((?=\d+, \d)", ("(1 + ", "(2 * ")),
    (r"\b5x5\b|\b3x3\b", ("1x1", "3x3", "2x2")),
    (r" -> (?:max_pool|lrn|dropout)\([^()]*\)", ("", " -> rescale(2)")),
    (r"\n    (?=conv)", ("\n    rescale(2)\n    ", "\n    identity as kept\n    ")),
    (r" as \w+", ("", " as other")),
)


def network(text: str, name: str) -> Network:
    return network_of(Source(name, text, str(ZOO / f"{name}.cnn")), None, {})[0]


def mutated(seed: int) -> tuple[str, Network, Network]:
    """A network of the zoo without assertions and budgets, and the same with one mutation."""
    random = Random(seed)
    while True:
        name = random.choice(NAMES)
        text = (ZOO / f"{name}.cnn").read_text(encoding="utf-8")
        text = re.sub(r" {2,}: [^\n]*|\n    expect [^\n]*", "", text)
        pattern, others = random.choice(KINDS)
        places = list(re.finditer(pattern, text[text.index("{") :]))
        if not places:
            continue
        place, start = random.choice(places), text.index("{")
        other = random.choice(others)
        after = text[: start + place.start()] + other + text[start + place.end() :]
        try:
            return name, network(text, name), network(after, name)
        except SpecError:
            continue
