"""What a spec has without using it leaves nothing behind that a linter of Python would find."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from random_specs import random_spec
from spec_text import module_of

from cnndsl.backend import find_backend
from cnndsl.project.lints import warnings_of
from cnndsl.project.loading import check_models
from cnndsl.project.module import Module

BACKENDS = ("keras", "numpy", "torch")
RULES = "E,F,W,I,N,UP,B,C4,PIE,PLE,PLW,ARG,ERA,RUF"
EXCUSED = "B008,N812,FURB136,PLR0124,PLR0133,RUF005"
"""Defaults are `partial` of a constructor as people write them. PyTorch's functional module is F
wherever it is used. Random specs write a maximum as a choice, and compare things with themselves,
and so does their code. TorchScript takes no star in a list."""
USES = (
    "let spare{n} = conv(in.channels, 1x1, bias=false) -> relu",
    "let spare{n} = tanh",
    "let spare{n} = add {{\n identity\n relu -> tanh\n }}",
    "let spare{n} = relu -> spare_block(3)",
    "identity as kept{n}\n batch_norm as left{n}\n kept{n} -> relu",
    "relu as kept{n}\n tanh\n kept{n} -> sigmoid",
    "relu as spare{n}",
    "let spare{n} = relu\n let above{n} = spare{n} -> tanh",
    "stage spare{n} {{ relu as in_stage{n}\n let spare{n} = tanh }}",
    "(relu -> tanh) * 0",
)
"""Statements that keep the image's shape and that no other statement needs."""
SPARE = """\
block spare_block(width, unread = 3) {
    let lost = relu
    conv(in.channels, 1x1)
}
block never_called(a, b = a) { conv(a, 3x3, pad=same) -> batch_norm }
"""


def with_spares(text: str, random: Random) -> str:
    """A spec with statements, parameters and blocks that nothing uses."""
    lines, inside, is_first = [], False, False
    for line in text.splitlines():
        if line.startswith(("block ", "model ")):
            inside, is_first = True, True
            heading, bracket, rest = line.rpartition("{")
            name, opening, parameters = heading.partition("(")
            if random.random() < 0.5 and heading.startswith("model"):
                listed = f"({parameters.rstrip().removesuffix(')')}" if opening else "("
                separator = ", " if opening else ""
                line = f"{name.rstrip()}{listed}{separator}unread = 5) {bracket}{rest}"
        is_image = inside and line.startswith("    ") and line[4] not in " }" and is_first
        lines.append(line)
        if is_image and ("input" in line or random.random() < 0.5):
            is_first = False
            for _ in range(random.randint(1, 3)):
                use = random.choice(USES)
                lines.append(use.format(n=f"{len(lines)}"))
    return SPARE + "\n".join(lines) + "\n"


def specs(count: int, first: int = 0) -> dict[int, Module]:
    """Those random specs that hold, and have something unused, by their seeds."""
    found: dict[int, Module] = {}
    seed = first
    while len(found) < count:
        seed += 1
        module = module_of(with_spares(random_spec(seed), Random(seed)))
        if not check_models(module, module.models, {})[0]:
            found[seed] = module
    return found


@pytest.mark.parametrize(
    ("count", "first"),
    [
        (10, 0),
        pytest.param(60, 10_000, marks=pytest.mark.slow),
        pytest.param(600, 20_000, marks=pytest.mark.long),
    ],
)
def test_emitted_code_is_lint_clean(tmp_path: Path, count: int, first: int) -> None:
    codes: Counter[str] = Counter()
    for seed, module in specs(count, first).items():
        _, (network,) = check_models(module, module.models, {})
        codes.update(one.diagnostic.code for one in warnings_of(module, [network]))
        for name in BACKENDS:
            (tmp_path / f"{name}_{seed}.py").write_text(find_backend(name).emit(network).text)
    assert {"CNN806", "CNN807", "CNN808", "CNN812"} <= set(codes)
    assert_clean(tmp_path)


def assert_clean(folder: Path) -> None:
    common = ["--isolated", "--no-cache", "--output-format", "concise", "--ignore", EXCUSED]
    for options in (["--select", RULES, "--line-length", "100"], []):
        command = [sys.executable, "-m", "ruff", "check", *common, *options, "."]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr
