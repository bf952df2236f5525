"""Bugs planted into emitted training scripts: each is found at its step, most at their layer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from altered_backends import install, replaced
from cnndsl_keras.backend import BACKEND as KERAS
from cnndsl_numpy.backend import BACKEND as NUMPY
from cnndsl_torch.backend import BACKEND as TORCH
from command_line import Command
from lessons import NETS, proof, training

from cnndsl.backend import Artifact, Backend
from cnndsl.verify.comparison import Trial
from cnndsl.verify.lessons import Proof


class Bug(NamedTuple):
    """What is changed in a script of a network and recipe, and where that is to be found."""

    net: str
    recipe: str
    changes: tuple[tuple[str, str], ...]
    step: int
    kind: str
    path: str


LOSS = "losses"
IN_TORCH = {
    "decay of biases": Bug(
        "plain", "momentum", (("return weight.ndim > 1", "return True"),), 1, "steps", "head"
    ),
    "a momentum that lags": Bug(
        "plain", "momentum", (("momentum=0.9", "momentum=0.9, dampening=0.1"),), 2, "steps", "head"
    ),
    "no nesterov": Bug("plain", "nesterov", ((", nesterov=True", ""),), 1, "steps", "head"),
    "a schedule off by one step": Bug(
        "plain",
        "optimizer sgd(0.1)\nschedule step(every=1)",
        (("number - 1", "number"),),
        2,
        "steps",
        "head",
    ),
    "a warm-up off by one": Bug(
        "image", "warm", (("min((step + 1)", "min(step"),), 1, "steps", "head"
    ),
    "plateaus that are passed over": Bug(
        "plain", "plateau", (("% PLATEAU == 0", "% PLATEAU > 0"),), 5, "steps", "head"
    ),
    "frozen norms that move": Bug(
        "plain",
        "frozen",
        (("    module.eval()", "    module.train(isinstance(module, nn.BatchNorm2d))"),),
        1,
        "steps",
        "trunk.norm",
    ),
    "dropout of frozen layers": Bug(
        "plain",
        "frozen",
        (("    module.eval()", "    module.train(isinstance(module, nn.Dropout))"),),
        1,
        LOSS,
        "softmax",
    ),
    "layers that thaw late": Bug(
        "plain", "thawed", (("self.epoch < end", "self.epoch <= end"),), 3, LOSS, "softmax"
    ),
    "a frozen layer that learns": Bug(
        "image",
        "frozen",
        (("requires_grad_(not", "requires_grad_(True or"),),
        1,
        "steps",
        "trunk.4",
    ),
    "a mean over the wrong axis": Bug(
        "image",
        "sgd",
        (("F.mse_loss(outputs, labels[0])", "((outputs - labels[0]) ** 2).sum(1).mean()"),),
        1,
        LOSS,
        "head",
    ),
    "smoothing on the wrong side": Bug(
        "binary",
        "groups",
        (("0.9 * labels[0] + 0.05", "0.1 * labels[0] + 0.45"),),
        1,
        LOSS,
        "sigmoid",
    ),
    "clipping by value": Bug(
        "plain",
        "nesterov",
        (("one.mul_(factor.clamp(max=1.0))", "one.clamp_(-longest, longest)"),),
        1,
        "steps",
        "head",
    ),
    "batches that are added up": Bug(
        "plain", "accumulated", (("loss = loss / ACCUMULATE", ""),), 1, "steps", "head"
    ),
    "an average one step late": Bug(
        "plain",
        "average",
        (
            ("            self.average.update_parameters(self.model)\n", ""),
            (
                "self.optimizer.step()",
                "self.average.update_parameters(self.model)\n            self.optimizer.step()",
            ),
        ),
        1,
        "averages",
        "head",
    ),
    "decay that is coupled": Bug(
        "plain", "adamw", (("optim.AdamW", "optim.Adam"),), 1, "steps", "head"
    ),
    "a group's rate": Bug(
        "plain",
        'rate 3 for "trunk.first"',
        (("RATE * math.prod(factors)", "RATE"),),
        1,
        "steps",
        "trunk.first",
    ),
    "an L2 term that is lost": Bug(
        "plain", "sgd", (("loss = loss + self.model.l2_penalty()", ""),), 1, "steps", "trunk.first"
    ),
    "a loss without its weight": Bug(
        "heads", "sgd", (("0.3 * F.cross_entropy", "F.cross_entropy"),), 1, LOSS, "kinds"
    ),
    "a mirror of the wrong axis": Bug(
        "plain",
        "moved",
        (("axis = int(vertical)", "axis = 1 - int(vertical)"),),
        1,
        "images",
        "trunk.first",
    ),
    "batches in another order": Bug(
        "plain",
        "sgd",
        (("SEED, self.epoch):", "SEED, self.epoch % 2):"),),
        5,
        "images",
        "trunk.first",
    ),
    "pixels without their mean": Bug(
        "residual", "sgd", (("images = images - self.mean", ""),), 1, "images", "trunk.first"
    ),
    "noise in the second epoch": Bug(
        "plain",
        "sgd",
        (("self.model.train()", "self.model.train(self.epoch == 0)"),),
        3,
        LOSS,
        "softmax",
    ),
}
IN_KERAS = {
    "epsilon inside the root": Bug(
        "plain",
        "thawed",
        (("(BETA_2, count))", "(BETA_2, count) + EPSILON)"), ("root + EPSILON", "root")),
        1,
        "steps",
        "head",
    ),
    "no bias correction": Bug(
        "plain",
        "thawed",
        (("mean / one_minus_power(BETA_1, count)", "mean"),),
        1,
        "steps",
        "head",
    ),
    "t of the optimizer": Bug(
        "plain",
        "thawed",
        (("count = ops.cast(self.counts[index]", "count = ops.cast(self.iterations + 1"),),
        3,
        "steps",
        "trunk.norm",
    ),
    "a step behind the velocity": Bug(
        "plain", "momentum", (("rate * kept", "rate * (kept - gradient)"),), 1, "steps", "head"
    ),
    "dropout of frozen layers": Bug(
        "plain",
        "frozen",
        (("0.0 if is_frozen else ", ""),),
        1,
        LOSS,
        "softmax",
    ),
    "smoothing that is lost": Bug(
        "plain",
        "average",
        (("from_logits=True, label_smoothing=0.1", "from_logits=True"),),
        1,
        LOSS,
        "softmax",
    ),
    "an average that hardly moves": Bug(
        "plain", "average", (("ema_momentum=AVERAGE", "ema_momentum=0.99"),), 2, "averages", "head"
    ),
    "decay of biases": Bug(
        "plain",
        "momentum",
        (("if self.paths[index].endswith(DECAYED)", "if True"),),
        1,
        "steps",
        "head",
    ),
}
IN_NUMPY = {
    "a schedule without its warm-up": Bug(
        "plain", "cosine", (("return factor * rise", "return factor"),), 1, "steps", "head"
    ),
    "clipping that is lost": Bug("plain", "nesterov", (("clip=0.05,", ""),), 1, "steps", "head"),
}
PLAIN = (("torch", "an L2 term that is lost"),)
SLOW = (
    ("torch", "a mirror of the wrong axis"),
    ("torch", "frozen norms that move"),
    ("numpy", "a schedule without its warm-up"),
)


def with_bug(backend: Backend, changes: tuple[tuple[str, str], ...]) -> Backend:
    """A backend whose training scripts are changed."""

    def trainer(network: Any, recipe: Any) -> Artifact:
        script = backend.trainer(network, recipe)
        text = script.text
        for before, after in changes:
            assert before in text, text
            text = text.replace(before, after)
        return Artifact(script.suffix, text)

    changed: Backend = replaced(backend, trainer=trainer)
    return changed


def cases() -> list[Any]:
    found = {"torch": (TORCH, IN_TORCH), "keras": (KERAS, IN_KERAS), "numpy": (NUMPY, IN_NUMPY)}
    marks = {**dict.fromkeys(PLAIN, ()), **dict.fromkeys(SLOW, pytest.mark.slow)}
    return [
        pytest.param(
            backend, one, id=f"{name}-{title}", marks=marks.get((name, title), pytest.mark.long)
        )
        for name, (backend, bugs) in found.items()
        for title, one in bugs.items()
    ]


@pytest.mark.parametrize(("backend", "planted"), cases())
def test_bug_is_found(backend: Backend, planted: Bug, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = with_bug(backend, planted.changes)
    if backend is NUMPY:
        monkeypatch.setattr("cnndsl.verify.lessons.find_backend", lambda _name: changed)
        found = training(planted.net, planted.recipe)
        trial = Trial(found.network, batch=4)
        first = Proof(trial, found.recipe, batch=4).compare(TORCH).first
    else:
        first = proof(planted.net, planted.recipe).compare(changed).first
    assert first is not None
    assert (first.step, first.kind, first.layer.path) == planted[3:]


@pytest.mark.slow
def test_command_names_step_and_line(
    cnndsl: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = IN_TORCH["layers that thaw late"]
    model, losses = NETS["plain"]
    lines = f'{losses.format(e=0)}\nfreeze "trunk.*" for 1\noptimizer adam(0.01)'
    (tmp_path / "net.cnn").write_text(f"{model}\nrecipe late {{\n{lines}\n}}\n")
    monkeypatch.chdir(tmp_path)
    install(monkeypatch, torch=with_bug(TORCH, planted.changes))
    options = "--train", "--dtype", "float64", "--backends", "torch"
    status, out, err = cnndsl("verify", "net.cnn", *options, "--quiet")
    assert (status, err) == (1, "")
    first, place, *_ = out.splitlines()
    assert first.startswith(
        "CNN704 torch (float64, recipe late, step 3) first differs from NumPy in the loss of "
        "softmax `softmax`: relative error "
    )
    assert place == " --> net.cnn:8:44"
    status, out, err = cnndsl("verify", "net.cnn", *options, "--format", "json", "--steps", 2)
    found = json.loads(out)
    assert (status, found["agree"]) == (0, True)
    assert found["training"] == {
        "recipe": "late",
        "steps": 2,
        "steps_of_an_epoch": 2,
        "untrained": {},
    }
    status, out, err = cnndsl("verify", "net.cnn", *options, "--format", "json")
    (row,) = (one for one in json.loads(out)["comparisons"] if one["mode"] == "recipe late")
    assert (status, row["first_difference"]["step"]) == (1, 3)
