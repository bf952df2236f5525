"""Which set of a file is read, what is left out of names, and which entry is which weight."""

from __future__ import annotations

import random
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from command_line import Command
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file
from weight_networks import SPEC, assert_identical, drawn, network

from cnndsl.weights.files import WeightFileError, read_weights, write_weights
from cnndsl.weights.mapping import written_map
from cnndsl.weights.naming import PREFIXES, WRAPPERS, Request

NETWORK = network()
WEIGHTS = drawn(NETWORK)
OTHERS = drawn(NETWORK, seed=1)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.cnn").write_text(SPEC)


def state_of(weights: Any) -> dict[str, Any]:
    write_weights("state.pt", NETWORK, weights)
    found: dict[str, Any] = torch.load("state.pt", weights_only=True)
    return found


def imported(cnndsl: Command, source: str, *options: str) -> tuple[Any, str]:
    status, out, err = cnndsl("weights", "import", "net.cnn", source, "out.npz", *options)
    assert (status, err) == (0, ""), err
    return read_weights("out.npz", NETWORK), out


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("state_dict", "ema"),
        ("model", "model_ema"),
        ("state_dict", "state_dict_ema"),
        ("model_state_dict", "ema_state_dict"),
        ("state_dict", "teacher"),
    ],
)
@pytest.mark.parametrize("is_turned", [False, True])
def test_the_choice_is_said_and_can_be_made(
    cnndsl: Command, first: str, second: str, is_turned: bool
) -> None:
    sets = {first: state_of(WEIGHTS), "epoch": 3, second: state_of(OTHERS), "args": {"lr": 0.1}}
    torch.save(dict(reversed(sets.items())) if is_turned else sets, "net.pt")
    found, out = imported(cnndsl, "net.pt")
    assert_identical(found, WEIGHTS)
    assert f"read `{first}` of" in out
    assert second in out
    found, out = imported(cnndsl, "net.pt", "--entry", second)
    assert_identical(found, OTHERS)
    assert "read `" not in out
    status, _, err = cnndsl("weights", "import", "net.cnn", "net.pt", "x.npz", "--entry", "emma")
    assert status == 2
    assert "has no entry emma" in err


def test_unknown_sets_are_to_be_chosen(cnndsl: Command) -> None:
    torch.save({"teacher": state_of(WEIGHTS), "pupil": {"deep": state_of(OTHERS)}}, "net.pt")
    status, _, err = cnndsl("weights", "import", "net.cnn", "net.pt", "out.npz")
    assert status == 2
    assert "several sets of weights: teacher, pupil.deep" in err
    assert "--entry NAME" in err
    assert_identical(imported(cnndsl, "net.pt", "--entry", "pupil.deep")[0], OTHERS)


def test_sets_in_flat_files(cnndsl: Command) -> None:
    flat = {f"model.{key}": one for key, one in state_of(WEIGHTS).items()}
    flat |= {f"ema.{key}": one for key, one in state_of(OTHERS).items()}
    save_file({key: one.clone() for key, one in flat.items()}, "net.safetensors")
    found, out = imported(cnndsl, "net.safetensors")
    assert_identical(found, WEIGHTS)
    assert "read `model` of" in out
    assert_identical(imported(cnndsl, "net.safetensors", "--entry", "ema")[0], OTHERS)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(PREFIXES), max_size=4),
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from(sorted(WRAPPERS))), max_size=3),
)
def test_known_prefixes_in_any_nesting(before: list[str], inside: list[Any]) -> None:
    said: list[str] = []
    state = {}
    for key, tensor in state_of(WEIGHTS).items():
        parts = key.split(".")
        for at, wrapper in inside:
            parts.insert(min(at, len(parts) - 1), wrapper)
        state[".".join([*before, *parts])] = tensor
    torch.save(state, "net.pt")
    found = read_weights("net.pt", NETWORK, request=Request(tell=said.append))
    assert_identical(found, WEIGHTS)
    used = {*before, *(wrapper for _, wrapper in inside)}
    assert {part for part in used if f"`{part}.`" in "".join(said)} == used
    assert bool(said) == bool(used)


def test_what_belongs_to_the_network_is_kept(tmp_path: Path) -> None:
    from spec_text import network_of

    own = network_of("model m { input 4x4x1\n stage model { conv(2, 3x3) as module } }")
    weights = drawn(own)
    write_weights("own.pt", own, weights)
    said: list[str] = []
    request = Request(tell=said.append)
    assert_identical(read_weights("own.pt", own, request=request), weights)
    assert said == []
    state = {f"module.{key}": one for key, one in torch.load("own.pt").items()}
    torch.save({**state, "module.loss.weight": torch.zeros(1)}, "own.pt")
    with pytest.raises(WeightFileError, match=r"loss\.weight: unexpected"):
        read_weights("own.pt", own)


def test_a_prefix_beside_other_names(cnndsl: Command) -> None:
    state = {f"model.{key}": one for key, one in state_of(WEIGHTS).items()}
    torch.save({**state, "loss.weight": torch.zeros(1)}, "net.pt")
    found, out = imported(cnndsl, "net.pt", "--allow-extra", r"loss\..*")
    assert_identical(found, WEIGHTS)
    assert "left out of the names in the file: `model.`" in out


def test_renames_and_the_hint_for_them(cnndsl: Command) -> None:
    state = {f"trunk.{key}": one for key, one in state_of(WEIGHTS).items()}
    torch.save(state, "net.pt")
    status, _, err = cnndsl("weights", "import", "net.cnn", "net.pt", "out.npz")
    assert status == 2
    assert "`--rename 'trunk.='` finds" in err
    found, _ = imported(cnndsl, "net.pt", "--rename", "trunk.=")
    assert_identical(found, WEIGHTS)
    state = {key.replace("head.", "top."): one for key, one in state_of(WEIGHTS).items()}
    torch.save(state, "net.pt")
    assert_identical(imported(cnndsl, "net.pt", "--rename", "top=head")[0], WEIGHTS)
    for wrong in ("to=head", "head=top", "top"):
        arguments = ("weights", "import", "net.cnn", "net.pt", "x.npz", "--rename", wrong)
        assert cnndsl(*arguments).status == 2
    status, _, err = cnndsl(
        *("weights", "import", "net.cnn", "net.pt", "x.npz"),
        *("--rename", "batch_norm1=conv"),
    )
    assert status == 2
    assert "twice, once names are changed" in err


def strange_state() -> dict[str, Any]:
    return {f"t{at}": one for at, one in enumerate(state_of(WEIGHTS).values()) if one.ndim}


def test_by_order_and_maps(cnndsl: Command) -> None:
    torch.save(strange_state(), "net.pt")
    status, _, err = cnndsl("weights", "import", "net.cnn", "net.pt", "out.npz")
    assert status == 2
    assert "`--by-order` pairs them so" in err
    found, out = imported(cnndsl, "net.pt", "--by-order", "--save-map", "names.toml")
    assert_identical(found, WEIGHTS)
    assert ["conv/kernel", "t0"] in [line.split() for line in out.splitlines()]
    saved = tomllib.loads(Path("names.toml").read_text())["weights"]
    assert saved.keys() == WEIGHTS.keys()
    shuffled = list(strange_state().items())
    random.Random(0).shuffle(shuffled)
    torch.save(dict(shuffled), "net.pt")
    assert_identical(imported(cnndsl, "net.pt", "--map", "names.toml")[0], WEIGHTS)
    status, _, err = cnndsl("weights", "import", "net.cnn", "net.pt", "x.npz", "--by-order")
    assert status == 2
    assert "in order, conv/kernel" in err


def test_patterns(cnndsl: Command) -> None:
    torch.save({f"x.{key}": one for key, one in state_of(WEIGHTS).items()}, "net.pt")
    Path("names.toml").write_text(PATTERNS)
    assert_identical(imported(cnndsl, "net.pt", "--map", "names.toml")[0], WEIGHTS)


PATTERNS = r"""
[weights]
"separable_conv/bias" = "x.separable_conv.pointwise.bias"

[patterns]
'x\.(batch_norm\d)\.weight' = '\1/gamma'
'x\.(batch_norm\d)\.bias' = '\1/beta'
'x\.(.*)\.running_mean' = '\1/moving_mean'
'x\.(.*)\.running_var' = '\1/moving_variance'
'x\.(separable_conv)\.(.*)\.weight' = '\1/\2_kernel'
'x\.(separable_conv)\.pointwise\.bias' = '\1/bias'
'x\.subsample\.weight' = 'subsample/gain'
'x\.(.*)\.weight' = '\1/kernel'
'x\.(.*)\.bias' = '\1/bias'
"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1", "unknown entry x"),
        ("weights = 1", "weights is no dict"),
        ("by_order = 1", "by_order is no bool"),
        ("[weights]\n'conv/kernel' = 1", "texts in quotes"),
        ("[weights]\n'conv/kernl' = 'conv.weight'", "did you mean `conv/kernel`?"),
        ("[weights]\n'conv/kernel' = 'conv.weigt'", "did you mean `conv.weight`?"),
        ("[patterns]\n'(' = 'x'", "as TOML"),
        ("[patterns]\n'conv.weight' = '\\2/kernel'", "a group that its pattern has not"),
        ("[patterns]\n'conv.*' = 'conv/kernel'", "the map finds conv/kernel in"),
        ("= ", "as TOML"),
        ("\xff", "as TOML"),
    ],
)
def test_mistakes_in_maps(cnndsl: Command, text: str, words: str) -> None:
    state_of(WEIGHTS)
    Path("names.toml").write_bytes(text.encode("latin-1"))
    status, out, err = cnndsl(
        *("weights", "import", "net.cnn", "state.pt", "out.npz", "--map", "names.toml")
    )
    assert (status, out) == (2, "")
    assert words in err
    assert not Path("out.npz").exists()


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"])),
        st.text(st.characters(exclude_categories=["Cs"])),
    )
)
def test_maps_are_toml(pairs: dict[str, str]) -> None:
    assert tomllib.loads(written_map(pairs))["weights"] == pairs


def test_strange_numbers_are_told(cnndsl: Command) -> None:
    state = state_of(WEIGHTS)
    state["conv.bias"][0], state["head.2.weight"][0, :2] = torch.nan, torch.inf
    torch.save(state, "net.pt")
    status, _, err = cnndsl("weights", "import", "net.cnn", "net.pt", "out.npz", "-q")
    assert status == 0
    assert err.splitlines() == [
        "warning: net.pt: conv/bias is infinite or no number in 1 of 6 numbers",
        "warning: net.pt: head.2/kernel is infinite or no number in 2 of 168 numbers",
    ]


def test_narrowing_is_told_and_overflow_refused(cnndsl: Command) -> None:
    wide = {key: one.astype(np.float64) for key, one in WEIGHTS.items()}
    np.savez("net.npz", **wide)
    assert cnndsl("weights", "export", "net.cnn", "net.npz", "a.keras", "-q") == (0, "", "")
    wide["conv/bias"][0] = 0.1
    np.savez("net.npz", **wide)
    status, _, err = cnndsl("weights", "export", "net.cnn", "net.npz", "a.keras", "-q")
    assert (status, err) == (0, "warning: a.keras holds float32: 1 array had more digits\n")
    wide["conv/bias"][0] = 1e300
    np.savez("net.npz", **wide)
    status, _, err = cnndsl("weights", "export", "net.cnn", "net.npz", "b.keras", "-q")
    assert (status, Path("b.keras").exists()) == (2, False)
    assert "conv/bias has 1 number beyond float32" in err
