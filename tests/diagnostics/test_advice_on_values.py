"""Values, numbers, sizes and lists in each other's places: what to write stands in the report."""

from __future__ import annotations

import pytest
from spec_text import codes_of, in_model, module_of

from cnndsl.project.loading import check_module

BOTH = "block both(width) {\n    conv(width, 1x1) as wide -> relu\n    output main, wide\n}\n"
TWO = "block two(width = 4) {\n    input low, high\n    concat(low, high) -> conv(width, 1x1)\n}\n"
VALUES = "conv(4, 1x1) as c4 -> conv(4, 3x3, pad=same) as m5\n"

SIZES = {
    "resize(in.size * 2)": (
        "(in.height * 2, in.width * 2)",
        "resize((in.height * 2, in.width * 2))",
    ),
    "conv(4, 3x3) as x -> center_crop(x.size - 2)": (
        "(x.height - 2, x.width - 2)",
        "conv(4, 3x3) as x -> center_crop((x.height - 2, x.width - 2))",
    ),
    "let s = 16 // in.size\n resize(s)": (
        "(16 // in.height, 16 // in.width)",
        "let s = (16 // in.height, 16 // in.width)\n resize(s)",
    ),
    "conv(8, 3x1 + 2)": ("(3 + 2, 1 + 2)", "conv(8, (3 + 2, 1 + 2))"),
    "conv(8, (3, 1) * (1, 3))": ("(3 * 1, 1 * 3)", "conv(8, (3 * 1, 1 * 3))"),
    "resize((in.height * 2, in.width) - 1)": (
        "((in.height * 2) - 1, in.width - 1)",
        "resize(((in.height * 2) - 1, in.width - 1))",
    ),
    "crop(-in.size)": ("(-in.height, -in.width)", None),
    "if in.size > 4 { relu }": (
        "in.height > 4 and in.width > 4",
        "if in.height > 4 and in.width > 4 { relu }",
    ),
    "conv(min(in.size), 1x1)": (
        "min(in.height, in.width)",
        "conv(min(in.height, in.width), 1x1)",
    ),
    "resize(max(in.size, 3x9))": (
        "(max(in.height, 3), max(in.width, 9))",
        "resize((max(in.height, 3), max(in.width, 9)))",
    ),
    "conv(in.size[1], 1x1)": ("in.width", "conv(in.width, 1x1)"),
    "relu : (in.size, 4)": ("(height, width, channels)", None),
    "let k = 3x5\n conv(8, (k[0], 1))": (
        "write `(k_height, k_width)`",
        "let k_height = 3\n let k_width = 5\n conv(8, (k_height, k_width))",
    ),
    "let k = 3x3\n conv(8, k, pad=k // 2)": ("let `k` be 3", "let k = 3\n conv(8, k, pad=k // 2)"),
    "let k = [1, 3]\n conv(8, k * 2)": ("`list[0]`", None),
}
VALUES_AND_NUMBERS = {
    "two(c4, m5, 8)": ("(c4, m5) -> two(8)", "(c4, m5) -> two(8)"),
    "let x = two(c4, width=8)": (
        "(c4, main) -> two(width=8)",
        "let x = (c4, main) -> two(width=8)",
    ),
    "upsample(m5, 2)": ("m5 -> upsample(2)", "m5 -> upsample(2)"),
    "conv(c4, 3x3)": ("c4 -> conv(...)", None),
    "dense(units=c4)": ("units=c4.channels", "conv(filters=c4.channels, kernel=1x1)"),
    "conv(c4 * 2, 1x1)": ("c4.channels", "conv(c4.channels * 2, 1x1)"),
    "relu * c4": ("c4.channels", "relu * c4.channels"),
    "let n = 8\n concat(c4, n)": ("named by `as` or `let`", None),
    "let n = 8\n output n": ("named by `as` or `let`", None),
    "add(c4, 64)": ("named by `as` or `let`", None),
    "(c4, m5) -> concat": ("concat(a, main)", "concat(c4, main)"),
    "split(2) -> relu": ("split(2) as left, right", "split(2) as left, right\n left -> relu"),
}
SEVERAL = {
    "both(4) -> relu": ("`as a, b`", "both(4) as a, b\n relu"),
    "both(4)\n conv(2, 1x1)": ("`as a, b`", "both(4) as a, b\n conv(2, 1x1)"),
    "both(4)": ("`as a, b`", "both(4) as a, b"),
    "concat {\n both(4)\n relu\n }": ("`as a, b`", "concat {\n both(4) as a, b\n relu\n }"),
    "let x = both(4)\n add(x, x)": ("`as a, b`", "let x = both(4) as a, b\n add(a, b)"),
    "stage s { both(4) -> relu }": ("a block", None),
    "for i in range(2) { both(4) -> relu }": ("a block", None),
    "(c4, m5) -> relu": ("concat(c4, m5)", "concat(c4, m5) -> relu"),
    "conv(4, 1x1) -> two": ("-> two`; `main`", "(c4, main) -> two"),
    "stage s { two }": ("a stage takes one value", None),
    "for i in range(1) { two }": ("(a, b) -> for", None),
}
SLICES = {
    "for w in widths[1:3] { conv(w, 1x1) }": (
        "for i in range(1, 3)",
        "for i in range(1, 3) { conv(widths[i], 1x1) }",
    ),
    "for w in widths[:-1] { conv(w, 1x1) }": (
        "for i in range(len(widths) - 1)",
        "for i in range(len(widths) - 1) { conv(widths[i], 1x1) }",
    ),
    "for w in widths[::2] { conv(w, 1x1) }": (
        "for i in range(0, len(widths), 2)",
        "for i in range(0, len(widths), 2) { conv(widths[i], 1x1) }",
    ),
    "for w in widths[::-1] { conv(w, 1x1) }": (
        "for i in range(len(widths) - 1, -1, -1)",
        "for i in range(len(widths) - 1, -1, -1) { conv(widths[i], 1x1) }",
    ),
    "for w in reversed(widths) { conv(w, 1x1) }": ("range(len(list) - 1, -1, -1)", None),
    "relu as x -> tanh\n x[:, :, 0:2] -> relu": ("slice(0, 4)", None),
    "main[1:] -> relu": ("slice(0, 4)", None),
    "for w in widths { conv(w, 1x1) as kept[] }\n concat(kept[:-1])": ("`kept[i]`", None),
    "for w in widths { conv(w, 1x1) as kept[] }\n for i in range(len(kept)) { relu }": (
        "`for i in range(n) { ... }`",
        None,
    ),
}
TABLES = (SIZES, ""), (VALUES_AND_NUMBERS, VALUES), (SEVERAL, VALUES), (SLICES, "")


def spec(lines: str, before: str = "") -> str:
    return BOTH + TWO + in_model(f" {before} {lines}", "8x8x4", "(widths = [2, 3, 5])")


@pytest.mark.parametrize(
    ("wrong", "said", "right", "before"),
    [
        (wrong, *answer, before)
        for table, before in (
            (SIZES, ""),
            (VALUES_AND_NUMBERS, VALUES),
            (SEVERAL, VALUES),
            (SLICES, ""),
        )
        for wrong, answer in table.items()
    ],
)
def test_what_to_write_is_said_once(wrong: str, said: str, right: str | None, before: str) -> None:
    (finding,) = (one for one in check_module(module_of(spec(wrong, before))) if one.is_error)
    assert said in f"{finding.diagnostic.message} {finding.diagnostic.help}"
    assert right is None or not [
        one for one in codes_of(spec(right, before)) if not one.startswith("CNN8")
    ]


@pytest.mark.parametrize(
    "value",
    ["min(([], [3]))", "max((3x3, []))", "([], 2) * 2", "((1,), 3x3) < 3", "min((3x3, 2))"],
)
def test_pairs_of_what_has_no_sides_are_said_to_be_no_numbers(value: str) -> None:
    (finding,) = check_module(module_of(in_model(f"conv({value}, 1x1)", "9x9x4")))
    assert (finding.diagnostic.code, finding.diagnostic.help) == ("CNN406", None)


def test_a_block_that_takes_values_as_parameters_is_told_its_inputs() -> None:
    block = "block merge(low, high, width) {\n    conv(width, 1x1)\n    add(low, high)\n}\n"
    text = block + in_model(f" {VALUES} merge(c4, m5, 8)")
    found = [str(one.diagnostic.message) for one in check_module(module_of(text))]
    assert found[0].endswith("what a block takes is named by `input low`")
    assert found[2].endswith("`(c4, m5) -> merge(...)`, and in block merge `input low, high`")


def test_a_comment_above_imports_or_defaults_documents_nothing() -> None:
    text = "# As in Keras.\ndefaults conv(pad=same)\nblock b {\n    relu\n}\n# A net.\n" + in_model(
        " b"
    )
    block, model = module_of(text).definitions
    assert (block.definition.documentation, model.definition.documentation) == ("", "A net.")
