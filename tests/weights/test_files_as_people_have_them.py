"""Checkpoints as training scripts leave them, for `weights import`, `run` and `verify`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import torch
from command_line import Command, Outcome
from safetensors.torch import save_file
from spec_text import network_of
from weight_networks import assert_identical, drawn

from cnndsl.weights.files import read_weights, write_weights

SPEC = """\
model net(classes = 5) {
    input 8x8x3
    conv(4, 3x3, pad=1, bias=false) as conv1 -> batch_norm as bn1 -> relu
    stage layer1 {
        add {
            identity
            conv(4, 3x3, pad=1, bias=false) -> batch_norm -> relu
        }
    }
    global_avg_pool -> dense(classes) as fc -> softmax
}
"""
NETWORK = network_of(SPEC)
WEIGHTS = drawn(NETWORK)
State = dict[str, Any]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.cnn").write_text(SPEC)


def state(seed: int = 0) -> State:
    write_weights("plain.pt", NETWORK, drawn(NETWORK, seed))
    found: State = torch.load("plain.pt", weights_only=True)
    Path("plain.pt").unlink()
    return found


def before(prefix: str, found: State) -> State:
    return {f"{prefix}{key}": one for key, one in found.items()}


def saved(path: str, **parts: Any) -> str:
    torch.save(parts, path)
    return path


def optimizer() -> Any:
    moments = {"step": torch.tensor(9.0), "exp_avg": torch.ones(4)}
    return {"state": {0: moments}, "param_groups": [{"lr": 0.1, "params": [0]}]}


def lightning() -> str:
    callbacks = {
        "ModelCheckpoint{'monitor': 'loss'}": {"best_model_score": torch.tensor(0.3), "dirpath": ""}
    }
    found = {"state_dict": before("model.", state()), "callbacks": callbacks}
    script = {"epoch": 3, "optimizer_states": [optimizer()], "hyper_parameters": {"lr": 0.1}}
    loops = {"fit_loop": {"state_dict": {}, "epoch_progress": {"total": 3}}}
    return saved("last.ckpt", **found, **script, loops=loops)


def timm() -> str:
    script = {"arch": "net", "optimizer": optimizer(), "args": argparse.Namespace(lr=0.1)}
    ema = before("module.", state(1))
    return saved("best.pth.tar", state_dict=state(), state_dict_ema=ema, **script, metric=80.5)


def imagenet_example() -> str:
    found = before("module.", state())
    return saved("model_best.pth.tar", state_dict=found, best_acc1=np.float64(3), epoch=3)


def compiled() -> str:
    torch.save(before("_orig_mod.module.", state()), "compiled.pt")
    return "compiled.pt"


def sharded() -> str:
    inside = {
        key.replace("layer1.", "layer1._checkpoint_wrapped_module."): one
        for key, one in before("_fsdp_wrapped_module.", state()).items()
    }
    return saved("sharded.pt", model=inside)


def averaged() -> str:
    torch.save({"n_averaged": torch.tensor(3), **before("module.", state())}, "swa.pt")
    return "swa.pt"


def without_counters() -> str:
    found = {key: one for key, one in state().items() if "num_batches" not in key}
    torch.save(found, "old.pth", _use_new_zipfile_serialization=False)
    return "old.pth"


def hugging_face() -> str:
    torch.save(before("model.", state()), "pytorch_model.bin")
    return "pytorch_model.bin"


def keras_model(is_nested: bool) -> Any:
    first = keras.Input((8, 8, 3))
    names = iter(["stem", "stem_norm", "inner", "inner_norm"])

    def convolved(x: Any) -> Any:
        convolution = keras.layers.Conv2D(4, 3, padding="same", use_bias=False, name=next(names))
        norm = keras.layers.BatchNormalization(epsilon=1e-5, name=next(names))
        return keras.layers.ReLU()(norm(convolution(x)))

    x = convolved(first)
    if is_nested:
        entry = keras.Input((8, 8, 4))
        x = keras.layers.Add()([x, keras.Model(entry, convolved(entry))(x)])
    else:
        x = keras.layers.Add()([x, convolved(x)])
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(first, keras.layers.Dense(5, activation="softmax", name="top")(x))
    layers = [*model.layers, *[one for layer in model.layers for one in within(layer)]]
    for layer in layers:
        keys = KERAS_KEYS.get(layer.name, ())
        if keys:
            layer.set_weights([WEIGHTS[key] for key in keys])
    return model


def within(layer: Any) -> list[Any]:
    return layer.layers if isinstance(layer, keras.Model) else []


NORM = ("gamma", "beta", "moving_mean", "moving_variance")
KERAS_KEYS = {
    "stem": ("conv1/kernel",),
    "stem_norm": tuple(f"bn1/{name}" for name in NORM),
    "inner": ("layer1.0.conv/kernel",),
    "inner_norm": tuple(f"layer1.0.batch_norm/{name}" for name in NORM),
    "top": ("fc/kernel", "fc/bias"),
}


def keras_file(name: str, is_nested: bool = False) -> Callable[[], str]:
    def make() -> str:
        model = keras_model(is_nested)
        (model.save_weights if name.endswith(".weights.h5") else model.save)(name)
        return name

    return make


RIGHT: dict[str, tuple[Callable[[], str], tuple[str, ...], str]] = {
    "lightning": (lightning, (), "left out of the names in the file: `model.`"),
    "timm": (timm, (), "read `state_dict` of state_dict, state_dict_ema"),
    "imagenet_example": (imagenet_example, (), "`module.`"),
    "compiled": (compiled, (), "`_orig_mod.`, `module.`"),
    "sharded": (sharded, (), "`_fsdp_wrapped_module.`, `_checkpoint_wrapped_module.`"),
    "averaged": (averaged, (), "`module.`"),
    "without_counters": (without_counters, (), ""),
    "hugging_face": (hugging_face, (), "`model.`"),
    "keras": (keras_file("net.keras"), (), ""),
    "keras_nested": (keras_file("net.keras", True), (), ""),
    "keras_weights": (keras_file("net.weights.h5"), (), ""),
    "keras_2": (keras_file("net.h5"), (), ""),
    "keras_2_nested": (keras_file("net.h5", True), (), ""),
}
"""What makes each file, the options that it needs, and a part of what is told."""


def all_three(cnndsl: Command, path: str, *options: str) -> tuple[Outcome, Outcome, Outcome]:
    imported = cnndsl("weights", "import", "net.cnn", path, "out.npz", *options)
    ran = cnndsl("run", "net.cnn", "--weights", path, *options)
    verified = cnndsl("verify", "net.cnn", "--weights", path, "-b", "torch", *options)
    return imported, ran, verified


@pytest.mark.parametrize("name", RIGHT)
def test_what_fits(cnndsl: Command, name: str) -> None:
    make, options, words = RIGHT[name]
    path = make()
    outcomes = all_three(cnndsl, path, *options)
    assert [(one.status, one.err) for one in outcomes] == [(0, "")] * 3
    assert all(words in one.out for one in outcomes)
    assert_identical(read_weights("out.npz", NETWORK), WEIGHTS)
    assert f"weights      {path}\n" in outcomes[1].out
    assert "numpy and torch compute the same" in outcomes[2].out
    expected = cnndsl("run", "net.cnn", "--weights", "out.npz").out
    classes = [line for line in expected.splitlines() if "class " in line]
    assert all(line in outcomes[1].out for line in classes)


def test_the_other_set(cnndsl: Command) -> None:
    outcomes = all_three(cnndsl, timm(), "--entry", "state_dict_ema")
    assert [one.status for one in outcomes] == [0, 0, 0]
    assert_identical(read_weights("out.npz", NETWORK), drawn(NETWORK, 1))


@pytest.mark.parametrize("kind", ["half", "brain"])
def test_half_precision(cnndsl: Command, kind: str) -> None:
    narrow = torch.float16 if kind == "half" else torch.bfloat16
    halves = {
        key: one.to(narrow) if one.is_floating_point() else one for key, one in state().items()
    }
    save_file(halves, "half.safetensors", metadata={"format": "pt"})
    torch.save(halves, "half.pt")
    for path in ("half.safetensors", "half.pt"):
        assert [one.status for one in all_three(cnndsl, path)] == [0, 0, 0]
        for key, array in read_weights("out.npz", NETWORK).items():
            wanted = torch.from_numpy(WEIGHTS[key]).to(narrow).float().numpy()
            np.testing.assert_array_equal(np.asarray(array, np.float32), wanted)


def test_digits_that_are_lost_and_numbers_that_are_none(cnndsl: Command) -> None:
    wide = {k: one.double() + 1e-12 if one.ndim else one for k, one in state().items()}
    torch.save(wide, "wide.pt")
    _, *others = all_three(cnndsl, "wide.pt")
    for status, _, err in others:
        warning = "warning: the model holds float32: 12 arrays had more digits\n"
        assert (status, err) == (0, warning)
    wide["fc.bias"][0] = 1e300
    torch.save(wide, "wide.pt")
    _, *others = all_three(cnndsl, "wide.pt")
    for status, _, err in others:
        assert status == 2
        assert "error: cannot use wide.pt: fc/bias has 1 number beyond float32\n" in err
    strange = state()
    strange["fc.bias"][0], strange["fc.weight"][1, 1] = torch.nan, torch.inf
    torch.save(strange, "strange.pt")
    for status, _, err in all_three(cnndsl, "strange.pt"):
        assert status == 0
        assert "fc/bias is infinite or no number in 1 of 5 numbers" in err


def test_json_is_json_whatever_is_told(cnndsl: Command) -> None:
    import json

    command = ("verify", "net.cnn", "--weights", timm(), "-b", "torch", "--format", "json")
    status, out, err = cnndsl(*command)
    assert (status, json.loads(out)["agree"]) == (0, True)
    assert err.startswith("read `state_dict` of")
    assert cnndsl(*command[:-2], "--quiet") == (0, "", "")


class Script(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 4, 3)


def resized(head: str) -> str:
    found = state()
    for name, shape in (("weight", (1000, 4)), ("bias", (1000,))):
        del found[f"fc.{name}"]
        found[f"{head}.{name}"] = torch.zeros(shape)
    torch.save(found, "resized.pt")
    return "resized.pt"


def beside() -> str:
    torch.save({**state(), "criterion.weight": torch.ones(5)}, "loss.pt")
    return "loss.pt"


def whole() -> str:
    return saved("whole.pt", model=Script(), epoch=3)


def scripted() -> str:
    torch.jit.script(torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3))).save("script.pt")
    return "script.pt"


def renamed() -> str:
    torch.save({key.replace("fc.", "head."): one for key, one in state().items()}, "head.pt")
    return "head.pt"


def quoted() -> str:
    torch.save(before("it's; \x1b[31m.", state()), "quoted.pt")
    return "quoted.pt"


def no_tensors() -> str:
    return saved("optimizer.pt", **optimizer())


def of_pickled_arrays() -> str:
    arrays = {key: one.numpy() for key, one in state().items()}
    torch.save({"weights": arrays}, "arrays.pt")
    return "arrays.pt"


WRONG: dict[str, tuple[Callable[[], str], tuple[str, ...]]] = {
    "resized_head": (
        lambda: resized("fc"),
        (
            "fc/kernel (fc.weight): expected shape (5, 4), found (1000, 4)",
            "help: for transfer learning, `--allow-missing 'fc/.*'` draws anew what matches",
        ),
    ),
    "other_head": (
        lambda: resized("head"),
        (r"`--allow-missing 'fc/.*'` draws anew what matches and `--allow-extra 'head\..*'`",),
    ),
    "beside": (beside, (r"help: `--allow-extra 'criterion\..*'` leaves aside what matches",)),
    "renamed_head": (renamed, ("help: `--rename 'head.=fc.'` finds 2 weights more",)),
    "quoted": (quoted, (r"`--rename 'it'\''s; \x1b[31m.='` finds 12 weights more",)),
    "whole": (
        whole,
        ("objects of ", ".Script", "help: save `model.state_dict()`, not the model"),
    ),
    "scripted": (scripted, ("is a TorchScript archive", "save `model.state_dict()`")),
    "no_tensors": (no_tensors, ("optimizer.pt holds no state dict",)),
    "pickled_arrays": (of_pickled_arrays, ("no plain state dict", "save its tensors alone")),
    "keras_nested": (
        keras_file("net.weights.h5", True),
        (
            "has models in its model",
            '\n  [weights]\n  "conv1/kernel" = "stem[0]"\n',
            "`--map FILE`",
        ),
    ),
}
"""What makes each file, and what is said of it."""


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit(cnndsl: Command, name: str) -> None:
    make, words = WRONG[name]
    for status, out, err in all_three(cnndsl, make()):
        assert status == 2
        assert "\x1b" not in out + err
        assert all(one in err for one in words), err
    assert not Path("out.npz").exists()


def test_what_is_advised_works(cnndsl: Command) -> None:
    for make, *options in (
        (lambda: resized("fc"), "--allow-missing", "fc/.*"),
        (lambda: resized("head"), "--allow-missing", "fc/.*", "--allow-extra", r"head\..*"),
        (beside, "--allow-extra", r"criterion\..*"),
        (renamed, "--rename", "head.=fc."),
    ):
        outcomes = all_three(cnndsl, make(), *options)
        assert [(one.status, one.err) for one in outcomes] == [(0, "")] * 3
        is_drawn = "--allow-missing" in options
        assert all(("drawn anew: fc/kernel, fc/bias" in one.out) == is_drawn for one in outcomes)


def test_options_without_a_file(cnndsl: Command) -> None:
    for command in ("run", "verify"):
        for options in (("--entry", "ema"), ("--by-order",), ("--allow-missing", "fc/.*")):
            status, out, err = cnndsl(command, "net.cnn", *options)
            assert (status, out) == (2, "")
            assert err == f"error: `{options[0]}` says how to read `--weights FILE`\n"
