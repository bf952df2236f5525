"""Models with several named inputs: what they mean, and what is said of those that do not hold."""

from __future__ import annotations

import pytest
from spec_text import findings_of, network_of, table_of

import cnndsl
from cnndsl.ir import measures

COMPARE = """
model compare(size = 8) {
    input left: (size, 6, 3), right: 5x7x3, code: 4
    share tower = conv(4, 3x3, pad=same)
    let one = left -> tower -> global_avg_pool
    let other = right -> max_pool(2x2) -> tower -> global_avg_pool
    subtract(one, other) as apart
    concat(apart, code) -> dense(in.channels + left.height)
}
"""


def test_inputs_have_names_shapes_and_numbers() -> None:
    network = network_of(COMPARE, size=9)
    shown = [(name, str(shape)) for name, shape in network.inputs]
    assert shown == [("left", "9x6x3"), ("right", "5x7x3"), ("code", "4")]
    assert [view.inputs for view in network.layers if min(view.inputs) < 0] == [
        (-1,),
        (-2,),
        (5, -3),
    ]
    assert network.layers[-1].shape.channels == 3 + 9  # `in` is the first input


def test_one_without_a_name_is_the_input() -> None:
    assert network_of("model m { input 4x4x3\n relu }").inputs[0][0] == "input"
    assert network_of("model m { input image: 4x4x3\n relu }").inputs[0][0] == "image"


def test_lines_of_their_own_are_the_same() -> None:
    apart = COMPARE.replace(", right", "\n input right").replace(", code:", "\n input code:")
    assert table_of(network_of(apart)) == table_of(network_of(COMPARE))


def test_the_main_line_starts_at_the_first() -> None:
    one, other = (
        network_of(
            f"model m {{ input a: 4x4x3, b: 4x4x3\n {start}conv(2, 1x1)\n concat(main, b) }}"
        )
        for start in ("", "a -> ")
    )
    assert table_of(one) == table_of(other)


def test_layers_leave_the_names_of_inputs_to_them() -> None:
    text = "model m { input conv: 4x4x3, b: 4x4x3\n conv(3, 1x1)\n add(main, b) }"
    assert network_of(text).layers[0].path == "conv1"


def test_facts_are_of_all_inputs() -> None:
    network = network_of(
        "model m { input a: 8x8x3, b: 8x8x3\n a -> conv(3, 3x3, pad=same) -> conv(3, 3x3, pad=same)"
        "\n add(main, b) }"
    )
    assert measures.receptive_field(network) == (5, 5)
    assert measures.training_memory(network) == 4 * 5 * 8 * 8 * 3
    assert measures.inference_memory(network) == 4 * 3 * 8 * 8 * 3
    facts = cnndsl.loads(
        "model m { input v: 4, a: 9x9x3, b: 9x9x2\n a -> conv(2, 5x5) -> "
        "global_avg_pool as one\n b -> global_avg_pool as two\n concat(one, two, v) }"
    ).facts()
    assert (facts.receptive_field, facts.smallest_input) == ((5, 5), (5, 5, 3))


@pytest.mark.parametrize(
    ("lines", "finding"),
    [
        ("input a, b\n relu", "CNN408 1:11-21 names of inputs cannot stand here"),
        ("input a: 3, a: 3\n relu", "CNN205 1:23-24 the name `a` is already defined"),
        ("input a: 3, b: 4x4\n relu", "CNN401 1:26-29 input takes a shape such as 32x32x1"),
        ("input a: 3\n input 3\n relu", "CNN408 2:2-9 a second `input` cannot stand here"),
        ("input a: 3, b: 3\n a -> relu", "CNN420 1:23-24 no output of model m depends on the inp"),
        ("input a: 3, b: 3\n a -> relu as b\n add(a, b)", "CNN205 2:15-16 the name `b` is already"),
        ("input a 3x3x1, b 3\n relu", "CNN130 1:19-24 a `:` is missing before the shape `3x3x1`"),
        ("input a 3, b 3\n add(a, b)", "CNN103 1:19-20 unexpected `3` in this `input`"),
        (
            "input a (4, 4, 3)\n relu",
            "CNN130 1:17-28 a `:` is missing before the shape `(4, 4, 3)`",
        ),
        ("input a: 3, b\n add(a, b)", "CNN103 1:24-24 unexpected end of the line in this `input`"),
        ("input a: 3 b: 3\n add(a, b)", "CNN103 1:22-23 unexpected `b` in this `input`"),
        ("input class: 3, b: 3\n add(main, b)", "CNN206 1:17-22 `class` cannot be a name"),
    ],
)
def test_what_does_not_hold(lines: str, finding: str) -> None:
    found = findings_of(f"model m {{ {lines} }}")
    assert found[0].startswith(finding), found


def test_only_inputs_for_training_are_unread() -> None:
    text = """
        model m { input a: 3, b: 3
            a -> dense(2)
            let more = b -> dense(2)
            output main
            output more for training
        }
    """
    assert [one[:6] for one in findings_of(text)] == ["CNN420"]


PART = """
model part { input a: 4x4x3, b: 6
    a -> global_avg_pool -> concat(main, b) -> dense(2)
}
"""


def test_a_part_takes_as_many_of_these_shapes() -> None:
    def found(lines: str) -> list[str]:
        return findings_of(f"{PART}\nmodel m {{ input x: 4x4x3, y: 6\n {lines} }}")

    assert found("(x, y) -> part") == []
    assert "`part` takes 2 values, and 1 comes" in found("x -> part\n concat(main, y)")[0]
    (wrong,) = found("let v = y -> dense(5)\n (x, v) -> part")
    assert wrong.endswith("model part takes 6 as `b`, and 5 enters here")


@pytest.mark.parametrize(
    ("inputs", "finding"),
    [
        ("photo: 8x8x3, depth: 8x8x1", None),
        ("code: 3, photo: 8x8x3", None),
        ("code: 3, depth: 8x8x1", "CNN312 2:2-12 rgb is 3 channels, but the input 8x8x1 has 1"),
        ("code: 3, more: 4", "CNN305 2:2-12 pixels needs an image"),
    ],
)
def test_pixels_are_those_of_images_with_these_channels(inputs: str, finding: str | None) -> None:
    one, other = (part.partition(":")[0] for part in inputs.split(", "))
    lines = f"{one} -> dense(2)\nlet b = {other} -> dense(2)\noutput main, b"
    for name in {"photo", "depth"} & {one, other}:
        lines = lines.replace(f"{name} ->", f"{name} -> flatten ->")
    found = findings_of(f"model m {{ input {inputs}\n pixels rgb\n{lines}\n}}")
    assert [one[: len(finding or "")] for one in found] == ([finding] if finding else [])
