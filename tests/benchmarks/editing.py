"""How long an editor waits, in a text of 2,000 lines, beside a check of the same text.

    python tests/benchmarks/editing.py [--lines 2000] [--runs 9]

Every figure is the median of several runs, and every comparison is made in this one run.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

from checking import median

from cnndsl.commands.checker import Checker, Options
from cnndsl.editing import completion, hints, hover, outline
from cnndsl.editing.analysis import Analysis
from cnndsl.project.config import Configs
from cnndsl.text import Source

BLOCK = """\
# A residual unit.
block unit{number}(filters, stride = 1) {{
    add {{
        conv(filters, 3x3, stride, pad=1, bias=false) -> batch_norm -> relu
            -> conv(filters, 3x3, pad=same, bias=false) -> batch_norm
        conv(filters, 1x1, stride, bias=false) -> batch_norm
    }} -> relu
}}

"""
LINES = BLOCK.count("\n") + 1
"""Those of a block and its call."""


def text_of(lines: int) -> str:
    """A model that calls so many blocks that the text has about that many lines."""
    numbers = range((lines - 6) // LINES)
    blocks = "".join(BLOCK.format(number=number) for number in numbers)
    calls = "".join(f"    unit{number}({8 + number % 3})\n" for number in numbers)
    return f"{blocks}model net {{\n    input 32x32x3\n{calls}    global_avg_pool -> dense(10)\n}}\n"


def answers(analysis: Analysis, text: str) -> Iterator[tuple[str, Callable[[], object]]]:
    """What an editor asks for, with what answers it."""
    middle = text.index("conv", len(text) // 2)
    yield "hover", lambda: hover.hover(analysis, middle)
    yield "completion", lambda: completion.completions(analysis, text, middle + len("conv("))
    yield "hints of 60 lines", lambda: list(hints.hints(analysis, middle, middle + 60 * 40))
    yield "semantic tokens", lambda: outline.semantic_tokens(analysis)
    yield "symbols", lambda: outline.symbols(analysis)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=2_000)
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    text = text_of(options.lines)
    print(f"{text.count(chr(10)):,} lines, {len(text):,} characters")

    def checked() -> object:
        return Checker(Options(("net.cnn",)), Configs()).findings(Source("net.cnn", text))

    whole = median(checked, options.runs)
    print(f"{'check, in one process':<24}{whole:8.1f} ms   1.00")
    edit = median(lambda: Analysis(Source("net.cnn", text)), options.runs)
    print(f"{'findings after an edit':<24}{edit:8.1f} ms {edit / whole:6.2f}")
    analysis = Analysis(Source("net.cnn", text))
    for name, answer in answers(analysis, text):
        answer()  # the first one of a text prepares what the others share
        found = median(answer, options.runs)
        print(f"{name:<24}{found:8.1f} ms {found / whole:6.2f}")


if __name__ == "__main__":
    main()
