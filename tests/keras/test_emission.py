"""The emitted text: the code that an expert would write, laid out, linted and typed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from cnndsl_keras.backend import BACKEND
from cnndsl_numpy.backend import BACKEND as NUMPY
from intricate_specs import intricate_spec
from model_shapes import shapes_in
from spec_text import findings_of, network_of


def emitted(text: str) -> str:
    assert not findings_of(text), findings_of(text)
    return BACKEND.emit(network_of(text)).text


def functions(text: str) -> str:
    """What a spec becomes, from the first function on."""
    code = emitted(text)
    return code[code.index("\ndef ") + 1 :]


def lines(text: str) -> list[str]:
    """The statements of the model's function from its input on, without return."""
    code = functions(text)
    body = code[code.rindex("    inputs = ") :].splitlines()
    return [line.removeprefix("    ") for line in body if line and "return" not in line]


def test_a_block_is_a_function_with_its_own_parameters() -> None:
    text = functions(
        "# A convolution and\n# its normalisation.\n"
        "block unit(filters, kernel = 3x3, stride = 1, norm = true) {\n"
        "    conv(filters, kernel, stride, pad=same, bias=not norm)\n"
        "    if norm { batch_norm }\n    relu\n}\n"
        "model net(classes = 10) {\n    input 32x32x3\n"
        "    unit(16) -> unit(32, stride=2) -> unit(32, 1x1, norm=false) * 2\n"
        "    global_avg_pool -> dense(classes)\n}\n"
    )
    assert (
        text
        == '''\
def unit(
    x: keras.KerasTensor,
    filters: int,
    kernel: int = 3,
    stride: int = 1,
    norm: bool = True,
    *,
    name: str,
) -> keras.KerasTensor:
    """Block `unit` (spec.cnn, line 3).

    A convolution and its normalisation.
    """
    x = layers.Conv2D(
        filters,
        kernel,
        strides=stride,
        padding="same",
        use_bias=not norm,
        name=f"{name}.conv",
    )(x)
    if norm:
        x = layers.BatchNormalization(
            momentum=0.9, epsilon=1e-05, name=f"{name}.batch_norm"
        )(x)
    return layers.ReLU(name=f"{name}.relu")(x)


def net(classes: int = 10) -> keras.Model:
    """Model `net` (spec.cnn, line 8)."""
    if keras.config.image_data_format() != "channels_last":
        raise RuntimeError("image_data_format must be channels_last")
    if keras.config.backend() == "torch":
        raise RuntimeError(
            "KERAS_BACKEND=torch takes no dots in layer names: use tensorflow or jax"
        )
    inputs = keras.Input(shape=(32, 32, 3))
    x = unit(inputs, 16, name="unit1")
    x = unit(x, 32, stride=2, name="unit2")
    for i in range(2):
        x = unit(x, 32, 1, norm=False, name=f"unit3.{i}")
    x = layers.GlobalAveragePooling2D(name="global_avg_pool")(x)
    x = layers.Dense(classes, name="dense")(x)
    return keras.Model(inputs, x, name="net")
'''
    )


def test_loops_stay_loops() -> None:
    assert lines(
        "model net(widths = [16, 32]) {\n    input 8x8x3\n"
        "    for width, count in [(4, 1), (8, 2)] { conv(width, 1x1) * count -> relu }\n"
        "    for width in widths { conv(width, 1x1) -> relu }\n"
        "    for i in range(3) { conv(i + 1, 1x1) }\n"
        "    for _ in [1, 2] { tanh }\n}\n"
    ) == [
        "inputs = keras.Input(shape=(8, 8, 3))",
        "index = itertools.count()",
        "x = inputs",
        "for width, count in [(4, 1), (8, 2)]:",
        "    for _ in range(count):",
        '        x = layers.Conv2D(width, 1, name=f"layers1.{next(index)}")(x)',
        '    x = layers.ReLU(name=f"layers1.{next(index)}")(x)',
        "for i, width in enumerate(widths):",
        '    x = layers.Conv2D(width, 1, name=f"layers2.{2 * i}")(x)',
        '    x = layers.ReLU(name=f"layers2.{2 * i + 1}")(x)',
        "for i in range(3):",
        '    x = layers.Conv2D(i + 1, 1, name=f"layers3.{i}")(x)',
        "for i in range(2):",
        '    x = layers.Activation("tanh", name=f"layers4.{i}")(x)',
    ]


def test_a_group_for_each_channel_goes_by_the_quick_operation() -> None:
    first, second = lines(
        "model net { input 8x8x4\n conv(8, 3x3, groups=4) -> conv(8, 3x3, groups=4) }\n"
    )[1:]
    assert first == 'x = GroupedConv2D(8, 3, groups=4, name="conv1")(inputs)'
    assert second == 'x = layers.Conv2D(8, 3, groups=4, name="conv2")(x)'


def test_merges_and_named_values() -> None:
    assert lines(
        "model net {\n    input 8x8x3\n    conv(4, 1x1) as entry -> relu\n"
        "    let side = entry -> tanh\n    add { identity\n conv(in.channels, 1x1) -> relu }\n"
        "    concat(side, main, entry)\n    output main, side\n}\n"
    ) == [
        "inputs = keras.Input(shape=(8, 8, 3))",
        'entry = layers.Conv2D(4, 1, name="entry")(inputs)',
        'x = layers.ReLU(name="relu1")(entry)',
        'side = layers.Activation("tanh", name="side")(entry)',
        'residual = layers.Conv2D(x.shape[-1], 1, name="conv")(x)',
        'residual = layers.ReLU(name="relu2")(residual)',
        'x = layers.Add(name="add")([x, residual])',
        'x = layers.Concatenate(name="concat")([side, x, entry])',
    ]


def test_in_is_what_enters_the_braces() -> None:
    assert lines(
        "model net {\n    input 6x5x3\n"
        "    stage s { relu -> conv(in.channels * 2, 1x1) -> conv(in.channels, 1x1) }\n"
        "    (conv(in.height, 3x3, stride=2, pad=1)) * 1\n}\n"
    ) == [
        "inputs = keras.Input(shape=(6, 5, 3))",
        'x = layers.ReLU(name="s.0")(inputs)',
        'x = layers.Conv2D(inputs.shape[-1] * 2, 1, name="s.1")(x)',
        'x = layers.Conv2D(inputs.shape[-1], 1, name="s.2")(x)',
        "for i in range(1):",
        '    x = layers.ZeroPadding2D(1, name=f"layers.{i}.pad")(x)',
        '    x = layers.Conv2D(inputs.shape[1], 3, strides=2, name=f"layers.{i}")(x)',
    ]


def test_a_size_and_an_integer_stay_different() -> None:
    """`stride == 1` is false of 1x1, which Python writes as 1 too: the block becomes two."""
    text = functions(
        "block b(stride) { if stride == 1 { relu } else { tanh } }\n"
        "model net { input 4x4x1\n b(1) -> b(1x1) }\n"
    )
    assert "if " not in text[: text.index("def net")]
    assert text.count("def b") == 2


def test_division_keeps_its_kind() -> None:
    text = functions(
        "model net(rate = 0.5, width = 8) { input 4x4x1\n conv(width / 2, 1x1)\n"
        "for r in [0.5, 0.25] { dropout(r / 2) }\n dropout(rate / 2) }\n"
    )
    assert "width // 2" in text
    assert "r / 2" in text
    assert "rate / 2" in text


def test_padding_is_said_in_words_where_it_can_be() -> None:
    def first(layer: str) -> str:
        return lines(f"model net {{ input 8x8x3\n {layer} as a }}\n")[1]

    assert first("conv(4, 3x3, pad=1)") == (
        'x = layers.Conv2D(4, 3, padding="same", name="a")(inputs)'
    )
    assert first("conv(4, 3x3, stride=2, pad=1)") == (
        'x = layers.ZeroPadding2D(1, name="a.pad")(inputs)'
    )
    assert first("conv(4, 1x3, stride=2, pad=0x1)") == (
        'x = layers.ZeroPadding2D((0, 1), name="a.pad")(inputs)'
    )
    assert first("max_pool(3, stride=1, pad=1)") == (
        'x = layers.MaxPooling2D(3, strides=1, padding="same", name="a")(inputs)'
    )


NASTY_COMMENTS = [
    '"""\nimport os\nos.abort()\n"""',
    "ends with a backslash \\",
    'a quote at the end"',
    '""""""""',
    "\\N{DIGIT ONE} \\x41 \\u0041 {braces} %s",
    "a tab\tand a bell\x07 and an escape\x1b[31m and \x00 and \x7f",
    "next line \x85 and line separator \u2028 and right to left \u202e",
    "long " * 80,
    "x" * 300,
    "# coding: ascii",
    "type: ignore",
]


def commented(comment: str) -> str:
    above = "\n".join(f"# {line}" for line in comment.split("\n"))
    return f"{above}\nblock b {{ relu }}\n{above}\nmodel net {{ input 4\n b }}\n"


@pytest.mark.parametrize("comment", NASTY_COMMENTS)
def test_comments_stay_docstrings(comment: str, tmp_path: Path) -> None:
    code = emitted(commented(comment))
    assert all(character.isprintable() or character == "\n" for character in code)
    names: dict[str, object] = {}
    tree = compile(code, "emitted", "exec")
    exec(tree, names)  # noqa: S102  # the code under test
    assert "os" not in names
    words = comment.split()
    documentation = names["b"].__doc__ or ""
    assert len(words) < 2 or words[0] in documentation
    assert_clean({"net.py": code}, tmp_path, types=False)


def test_import_paths_stay_out(tmp_path: Path) -> None:
    from cnndsl.project.loading import Loader, choose_model, elaborate_model
    from cnndsl.project.regular import read_source

    folder = tmp_path / 'odd """ folder'
    folder.mkdir()
    (folder / "parts.cnn").write_text("block b { relu }\n")
    main = folder / "main.cnn"
    main.write_text('import b from "parts.cnn"\nmodel net { input 4\n b }\n')
    module = Loader().module(read_source(str(main)))
    code = BACKEND.emit(elaborate_model(choose_model(module, None), {})).text
    assert "folder" not in code
    assert "Block `b` (parts.cnn, line 1)." in code


def assert_clean(files: dict[str, str], folder: Path, types: bool) -> None:
    """The files need no formatting, no linter finds anything, and their types hold."""
    for name, text in files.items():
        (folder / name).write_text(text)
    tools = [
        ["ruff", "format", "--check", "--isolated", "."],
        # Not all of ruff's defaults: random specs compare things with themselves.
        ["ruff", "check", "--isolated", "--select", "E4,E7,E9,F,I,A001,A002", "."],
    ]
    if types:
        tools.append(["mypy", "--ignore-missing-imports", "--no-incremental", *files])
    for tool in tools:
        command = [sys.executable, "-m", *tool]
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
        assert result.returncode == 0, result.stdout + result.stderr


def accepted(count: int, first: int = 0) -> dict[str, str]:
    """Emitted files of the first random specs that check."""
    files = {}
    seed = first
    while len(files) < count:
        text = intricate_spec(Random(seed))
        if not findings_of(text):
            files[f"spec{seed}.py"] = BACKEND.emit(network_of(text)).text
        seed += 1
    return files


SIDE_CHAINS = {
    "a_let": "let side = conv(4, 3x3)\nrelu",
    "a_value": "conv(4, 3x3) as a\nlet b = a -> conv(4, 3x3)\nrelu\noutput a",
    "a_loop": "let side = conv(4, 3x3) -> (relu -> conv(4, 1x1)) * 3\ntanh",
    "a_block": "let side = unit(4) -> unit(5)\ntanh",
    "a_branch": "let side = some(true) -> some(false)\nsome(true) -> some(false)",
}


@pytest.mark.parametrize("backend", [BACKEND, NUMPY], ids=lambda backend: backend.name)
@pytest.mark.parametrize("chain", SIDE_CHAINS)
def test_what_no_output_needs_is_left_out(chain: str, backend: Any, tmp_path: Path) -> None:
    """Every line leads to an output; layers, parameters and functions for others are gone."""
    text = (
        "block unit(n) { conv(n, 1x1) -> relu }\n"
        "block some(has) { relu as kept\nif has { conv(4, 1x1) as kept2 }\nsigmoid }\n"
        f"model net {{\ninput 8x8x3\n{SIDE_CHAINS[chain]}\n}}"
    )
    code = backend.emit(network_of(text)).text
    assert_clean({"side.py": code}, tmp_path, types=False)
    assert "side" not in code.replace("side.cnn", "")
    assert "unit" not in code
    network = network_of(text)
    model = backend.build(network)
    assert dict(shapes_in(backend.name, model, network)) == {
        layer.path: layer.shape.dims for layer in network.needed_layers
    }


def test_emitted_files_are_clean(tmp_path: Path) -> None:
    assert_clean(accepted(60), tmp_path, types=True)


@pytest.mark.parametrize(
    ("first", "count"),
    [
        pytest.param(600, 50, marks=pytest.mark.slow),
        pytest.param(1000, 400, marks=pytest.mark.long),
    ],
)
def test_more_emitted_files_are_clean(first: int, count: int, tmp_path: Path) -> None:
    assert_clean(accepted(count, first), tmp_path, types=True)


EMITTING = """
import sys
sys.path[:0] = sys.argv[1:]
from random import Random
from intricate_specs import intricate_spec
from spec_text import findings_of, network_of
from cnndsl_keras.backend import BACKEND
for seed in range(40):
    text = intricate_spec(Random(seed))
    if not findings_of(text):
        print(BACKEND.emit(network_of(text)).text)
"""


@pytest.mark.slow
def test_emission_does_not_depend_on_hashes() -> None:
    support = str(Path(__file__).parents[1] / "support")
    texts = set()
    for seed in ("0", "1", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", EMITTING, support]
        result = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True, timeout=300
        )
        texts.add(result.stdout)
    (text,) = texts
    assert text.count("def ") > 40


def test_emission_does_not_import_the_framework() -> None:
    code = (
        "import sys; from cnndsl_keras.backend import BACKEND; "
        "assert not {'keras', 'tensorflow', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
