"""How long an editor waits for the language server, in texts of 2,000 lines, as one types.

    python tests/benchmarks/editing.py [--lines 2000]

A line is typed key by key, in the middle of a text of many blocks and of one of a single model, so
that most versions are broken. Then lines are put in and taken out, and numbers changed, at the
start, in the middle and at the end of texts of one long definition. Every figure is the time from a
key to the answer, as the editor sees it. A check of the whole text, in one process, stands beside
them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from statistics import median
from time import perf_counter, sleep
from typing import Any

from checking import median as median_of

from cnndsl.commands.checker import Checker, Options
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
TYPED = "conv(filters, 3x3, pad=same) -> relu"
URI = "file:///network/net.cnn"
RUNS = 5
BETWEEN_EDITS = 0.05
"""As one types quickly, in seconds."""


def of_blocks(lines: int) -> str:
    """A model that calls so many blocks that the text has about that many lines."""
    numbers = range((lines - 6) // LINES)
    blocks = "".join(BLOCK.format(number=number) for number in numbers)
    calls = "".join(f"    unit{number}({8 + number % 3})\n" for number in numbers)
    return f"{blocks}model net {{\n    input 32x32x3\n{calls}    global_avg_pool -> dense(10)\n}}\n"


def of_one_model(lines: int) -> str:
    body = "    conv(filters, 3x3, pad=same) -> relu\n" * (lines - 4)
    return f"model net(filters = 8) {{\n    input 32x32x3\n{body}    flatten -> dense(10)\n}}\n"


def of_one_block(lines: int) -> str:
    body = "    conv(filters, 3x3, pad=same) -> relu\n" * (lines - 8)
    calls = "    input 32x32x3\n    part -> flatten -> dense(10)\n"
    return f"block part(filters = 8) {{\n{body}}}\n\nmodel net {{\n{calls}}}\n"


def of_one_list(lines: int) -> str:
    rows = "".join(f"        [{one % 7 + 1}, {one % 5 + 1}, 3],\n" for one in range(lines - 8))
    calls = "    conv(rows[3][0], 3x3) -> relu\n    flatten -> dense(10)\n"
    return f"model net {{\n    input 32x32x3\n    let rows = [\n{rows}    ]\n{calls}}}\n"


class Editor:
    """The client's side of the protocol."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "cnndsl", "lsp"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.number = 0
        self.request("initialize", capabilities={}, processId=None, rootUri=None)
        self.send("initialized", {})

    def send(self, method: str, params: Any, **more: Any) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": params, **more}
        body = json.dumps(message).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        length = 0
        while line := self.process.stdout.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        found: dict[str, Any] = json.loads(self.process.stdout.read(length))
        return found

    def request(self, method: str, **params: Any) -> Any:
        """What is answered."""
        self.number += 1
        self.send(method, params, id=self.number)
        while (message := self.receive()).get("id") != self.number:
            pass
        return message.get("result")

    def open(self, text: str) -> None:
        self.version = 1
        item = {"uri": URI, "languageId": "cnn", "version": 1, "text": text}
        self.send("textDocument/didOpen", {"textDocument": item})
        self.findings()

    def change(self, text: str) -> None:
        self.version += 1
        document = {"uri": URI, "version": self.version}
        params = {"textDocument": document, "contentChanges": [{"text": text}]}
        self.send("textDocument/didChange", params)

    def findings(self) -> list[Any]:
        """Those of the last version."""
        while True:
            message = self.receive()
            params = message.get("params", {})
            if params.get("version") == self.version:
                found: list[Any] = params["diagnostics"]
                return found


def questions(row: int, column: int) -> dict[str, dict[str, Any]]:
    """What an editor asks for at a place, and of what is around it."""
    document = {"textDocument": {"uri": URI}}
    place = {**document, "position": {"line": row, "character": column}}
    shown = {"start": {"line": row - 30, "character": 0}, "end": {"line": row + 30, "character": 0}}
    return {
        "hover": {**place, "position": {"line": row - 1, "character": 8}},
        "completion": place,
        "inlayHint": {**document, "range": shown},
        "semanticTokens/full": document,
        "documentSymbol": document,
        "codeLens": document,
    }


def typed(text: str) -> Iterator[tuple[str, int, int]]:
    """The versions of a text as a line of it is typed, each with its place."""
    middle = text.index("conv(filters, 3x3", len(text) // 2)
    start = text.rindex("\n", 0, middle) + 1
    indent = text[start:middle]
    row = text.count("\n", 0, start)
    for length in range(1, len(TYPED) + 1):
        line = f"{indent}{TYPED[:length]}"
        yield f"{text[:start]}{line}\n{text[start:]}", row, len(line)


def measure(text: str, whole: float) -> None:
    """Ask everything once the findings are there, and each thing right behind a key in its turn.

    `whole` is how long a check takes.
    """
    editor = Editor()
    editor.open(text)
    waits: dict[str, list[float]] = {}

    def ask(name: str, params: dict[str, Any], start: float, when: str) -> None:
        editor.request(f"textDocument/{name}", **params)
        waits.setdefault(f"{name}{when}", []).append(1e3 * (perf_counter() - start))

    for number, (version, row, column) in enumerate(typed(text)):
        asked = [*questions(row, column).items()]
        start = perf_counter()
        editor.change(version)
        if number % 2:
            ask(*asked[number // 2 % 3], start, ", at once")
            continue
        editor.findings()
        waits.setdefault("findings", []).append(1e3 * (perf_counter() - start))
        for one in asked:
            ask(*one, perf_counter(), "")
    for name, times in sorted(waits.items()):
        shown = f"{median(times):8.1f} ms {median(times) / whole:6.2f}"
        print(f"    {name:<24}{shown}, at worst {max(times):8.1f} ms {max(times) / whole:6.2f}")
    editor.process.kill()


def edits(text: str, number: int) -> Iterator[tuple[str, str]]:
    """The versions of a text as one of its lines is edited, each with what is done."""
    lines = text.split("\n")
    one = lines[number]
    above, behind = lines[:number], lines[number + 1 :]
    changed = one.replace("3x3", "5x5").replace(", 3]", ", 4]")
    for what, new in (
        ("a line more", [one, one]),
        ("the line gone", []),
        ("another number", [changed]),
        ("a bracket less", [one.replace(")", "", 1) if ")" in one else one.replace("]", "", 1)]),
        ("a shape error", [one.replace("3x3, pad=same", "99x99")]),
        ("as it was", [one]),
    ):
        yield what, "\n".join([*above, *new, *behind])


def measure_edits(text: str) -> None:
    """How long the first findings take of each edit, at three places, several times."""
    editor = Editor()
    editor.open(text)
    lines = text.count("\n")
    waits: dict[str, list[float]] = {}
    for number in (8, lines // 2, lines - 12) * RUNS:
        for what, version in edits(text, number):
            start = perf_counter()
            editor.change(version)
            editor.findings()
            waits.setdefault(what, []).append(1e3 * (perf_counter() - start))
            sleep(BETWEEN_EDITS)
    for what, times in waits.items():
        print(f"    {what:<24}{median(times):8.1f} ms, at worst {max(times):8.1f} ms")
    editor.process.kill()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=2_000)
    options = parser.parse_args()
    for name, made in (("many blocks", of_blocks), ("one model", of_one_model)):
        text = made(options.lines)
        print(f"{name}: {text.count(chr(10)):,} lines, {len(text):,} characters")

        def checked(text: str = text) -> object:
            return Checker(Options(("net.cnn",)), Configs()).findings(Source("net.cnn", text))

        whole = median_of(checked, RUNS)
        print(f"    {'check, in one process':<24}{whole:8.1f} ms   1.00")
        measure(text, whole)
    for name, made in (
        ("one model", of_one_model),
        ("one block", of_one_block),
        ("one list", of_one_list),
    ):
        print(f"edits of {name}: {options.lines:,} lines")
        measure_edits(made(options.lines))


if __name__ == "__main__":
    main()
