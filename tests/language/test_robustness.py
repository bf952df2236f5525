"""Broken specs never end in a traceback: random edits of good ones give findings or a network."""

from __future__ import annotations

import random
import sys

import pytest
from shares import mostly_slow

from cnndsl.ops import OPS
from cnndsl.project.loading import Loader, check_models
from cnndsl.syntax.lexer import tokenize
from cnndsl.text import Source

SPEC = """
block bottleneck(filters, stride = 1) {
    add {
        conv_bn(filters, 1x1, stride) -> relu -> conv_bn(filters, 3x3) as b -> relu
            -> conv_bn(4 * filters, 1x1)
        if stride == 1 and in.channels == 4 * filters { identity } else {
            conv_bn(4 * filters, 1x1, stride)
        }
    } as x -> relu
}
block conv_bn(f, k, s = 1) { conv(f, k, s, pad=same, bias=false) -> batch_norm }
model m(classes = 10, n = [3, 4, 6]) {
    input 56x56x64
    stage conv2 { bottleneck(64) * 3 }
    stage conv3 { bottleneck(128, stride=2) -> (bottleneck(128) -> relu) * 3 }
    let aux = conv3 -> global_avg_pool -> dense(classes) as q
    for i in range(2) {
        for f, g in [(1, 2), (3, len(n))] {
            conv(f * 8 if g > 1 else max(3, 4) // 2, 3x3) -> concat {
                identity
                relu
            }
        }
    }
    relu as y -> sigmoid
    multiply(y, main) : (20, 20, 48)
    global_avg_pool -> dense(classes) -> softmax
    output main, aux
    expect macs < 4.2G and not params == 3 and output == classes
}
"""
WORDS = [
    *OPS,
    *("in", "if", "else", "for", "stage", "as", "let", "output", "input", "expect", "block"),
    *("model", "not", "and", "->", "{", "}", "(", ")", "[", "]", ",", "=", "==", "*", "/", "//"),
    *("%", "-", "+", ":", ".", "0", "3", "2.5", "3x3", "1x0", "8x8x3", "99999999999999999999"),
    *("1e308", "true", "none", "same", "range", "min", "x", "main", "classes", "conv_bn"),
    "\n",
]


def tokens_of(text: str) -> list[str]:
    return [token.text if token.text.strip() else "\n" for token in tokenize(Source("s", text))]


def edited(tokens: list[str], choose: random.Random) -> str:
    tokens = list(tokens)
    for _ in range(choose.choice([1, 1, 1, 2, 3, 6])):
        place, other = choose.randrange(len(tokens)), choose.randrange(len(tokens))
        edit = choose.randrange(5)
        if edit == 0:
            del tokens[place]
        elif edit == 1:
            tokens.insert(place, choose.choice(WORDS))
        elif edit == 2:
            tokens[place] = choose.choice(WORDS)
        elif edit == 3:
            tokens[place], tokens[other] = tokens[other], tokens[place]
        else:
            tokens[place:place] = tokens[place : place + choose.randrange(1, 15)]
    return " ".join(tokens)


@pytest.mark.parametrize("seed", mostly_slow(range(8), range(1)))
def test_random_edits(seed: int) -> None:
    choose = random.Random(seed)
    tokens = tokens_of(SPEC)[:-1]
    limit = sys.getrecursionlimit()
    for _ in range(150):
        text = edited(tokens, choose)
        module = Loader().module(Source("edited.cnn", text))
        findings, networks = check_models(module, module.models, {})
        for finding in findings:
            assert "\n" not in finding.diagnostic.message
            assert finding.diagnostic.help is None or finding.diagnostic.help
            assert 0 <= finding.location.start <= finding.location.end <= len(text)
        for network in () if findings else networks:
            layers = network.layers if network.cost.layers < 5_000 else ()
            assert len({view.path for view in layers}) == len(layers)
            weights = sum(one.size for view in layers for one in view.weights)
            assert not layers or weights == network.cost.params
        assert sys.getrecursionlimit() == limit


def test_the_spec_that_is_edited_is_good() -> None:
    module = Loader().module(Source("spec.cnn", SPEC))
    findings, networks = check_models(module, module.models, {})
    assert findings == ()
    assert networks[0].cost.layers == 97
