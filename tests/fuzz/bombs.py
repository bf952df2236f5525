"""Check small files that are made to take long: `python tests/fuzz/bombs.py --count 2000`.

Prints for each command the files that take the most processor time and memory, each in a process
of its own that is ended after ten seconds. Ends with status 1 if any ends otherwise than with a
report, or takes five seconds or 200 MB: it should be one second, but machines differ. A command
that needs one model or recipe may refuse a file of several, in its own words. A command that
refuses a plain spec too is an error of its own, for it would say nothing of any file.

`--command` gives one command, where `{path}` is the file (else it comes last), `{other}` the file
with another number in it, `{text}` the file's text, `{model}` the last of its models, and `{out}` a
file to write. `--every` runs all those that need no framework; `lsp` is the work of a language
server for a text and an edit in it.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import bombs
import mixed_bombs
import parametric_bombs

import cnndsl.cli

LIMIT, MOST_SECONDS, MOST_MEGABYTES = 10, 5, 200
BROKEN = 70
"""The status of a command that fails otherwise than in its own words."""
PLAIN = "model m {\n    input 4x4x3\n    conv(2, 1x1) -> relu -> global_avg_pool -> softmax\n}\n"
COMMANDS = (
    "check",
    "check --output-format json",
    "check --fix",
    "fmt",
    "compile --backend torch --model {model}",
    "compile --backend keras --model {model}",
    "compile --backend numpy --model {model}",
    "summary --model {model}",
    "summary --facts --depth 1 --model {model}",
    "summary --format json --model {model}",
    "view --model {model} -o {out}.html",
    "view --model {model} -o {out}.svg",
    "view --model {model} -o {out}.mmd",
    "view --model {model} -o {out}.dot",
    "diff {path} {path}",
    "diff {path} {other}",
    "diff --model {model} {path} {other} -o {out}.svg",
    "lock",
    "lsp",
)
"""Those that read a spec and need no framework."""
BACKENDS = ("torch", "keras", "numpy")
SORTS = {"plain": bombs, "parametric": parametric_bombs, "mixed": mixed_bombs}
LATE = [f"cnndsl.commands.{command.split()[0]}" for command in COMMANDS]
LATE += [f"cnndsl_{name}.backend" for name in BACKENDS]
LATE += ["cnndsl.explain.fixes", "cnndsl.project.lints", "cnndsl.syntax.recovery"]
LATE += ["cnndsl.language_server.server", "cnndsl.language_server.findings"]


class Run(NamedTuple):
    """What one command took: its exit status, processor time in seconds, peak memory in MB."""

    status: int
    seconds: float
    megabytes: float
    name: str

    @property
    def is_failure(self) -> bool:
        is_large = self.seconds > MOST_SECONDS or self.megabytes > MOST_MEGABYTES
        return self.status not in (0, 1, 2) or is_large

    def __str__(self) -> str:
        return f"{self.seconds:6.2f} s {self.megabytes:6.0f} MB, {self.name} (status {self.status})"


def changed(text: str) -> str:
    """The text with another number in it, in the middle."""
    places = [one.span() for one in re.finditer(r"\b[1-9]\b", text)]
    start, end = places[len(places) // 2] if places else (0, 0)
    return f"{text[:start]}{'2' if text[start:end] == '1' else '1'}{text[end:]}"


def edit(path: Path) -> int:
    """The work of a language server for a text, and for one that an editor sends next."""
    from cnndsl.language_server.documents import Documents
    from cnndsl.language_server.findings import diagnostics

    documents, text = Documents(), path.read_text(encoding="utf-8")
    for version, one in enumerate((text, changed(text))):
        document = documents.put(path.as_uri(), one, version)
        analysis = documents.analysis(document)
        diagnostics(documents, document)
        len(analysis.occurrences), len(analysis.works), len(analysis.links)
    return 0


def run(arguments: list[str], path: Path) -> int:
    return edit(path) if arguments[0] == "lsp" else cnndsl.cli.main(arguments)


def measured(text: str, command: str, name: str = "") -> Run:
    """Run one command on a text, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path, other = Path(folder) / "bomb.cnn", Path(folder) / "other.cnn"
        path.write_text(text, encoding="utf-8")
        other.write_text(changed(text), encoding="utf-8")
        models = re.findall(r"\bmodel (\w+)", text) or ["m"]
        model = "m" if "m" in models else models[-1]
        words = {"path": path, "other": other, "model": model, "out": f"{folder}/out"}
        parts = command.split()
        if not {"{path}", "{text}"} & {*parts}:
            parts.append("{path}")
        arguments = [text if one == "{text}" else one.format(**words) for one in parts]
        child = os.fork()
        if child == 0:
            import resource

            resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT))
            os.chdir(folder)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            sys.stderr = said = io.StringIO()
            ended = run(arguments, path)
            os._exit(BROKEN if "internal error" in said.getvalue() else ended)
        _, status, usage = os.wait4(child, 0)
    seconds = usage.ru_utime + usage.ru_stime
    return Run(os.waitstatus_to_exitcode(status), seconds, usage.ru_maxrss / 1e3, name)


def refuse_misuse(command: str) -> None:
    """Leave if a command does not even take a plain spec, or an op's name as its text."""
    plain = measured("conv" if "{text}" in command else PLAIN, command)
    allowed = (0, 1) if command.startswith("diff") else (0,)
    if plain.status not in allowed:
        sys.exit(f"status {plain.status} of `{command}` for what is right: no such command?")


def texts_of(seeds: range, sort: str) -> dict[str, str]:
    """The texts to try, by their names."""
    kinds, one = SORTS[sort].KINDS, SORTS[sort].bomb
    return {f"{seed} ({kinds[seed % len(kinds)].__name__})": one(seed) for seed in seeds}


def report(command: str, runs: list[Run]) -> int:
    """Print the worst of a command's runs, and give how many have failed."""
    refused = sum(one.status == 2 for one in runs)
    failed = [(one.status, one.name) for one in runs if one.is_failure]
    print(f"{command}:")
    for what, place in (("time", 1), ("memory", 2)):
        for one in sorted(runs, key=lambda one: -one[place])[:5]:
            print(f"most {what}: {one}")
    print(f"{len(runs)} files, {refused} refused, {len(failed)} failed: {failed[:10]}", flush=True)
    return len(failed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("files", nargs="*", type=Path, help="these files instead")
    parser.add_argument("--count", type=int, default=2000, help="how many files (default: 2000)")
    parser.add_argument("--seed", type=int, default=0, help="where to start (default: 0)")
    parser.add_argument("--sort", choices=SORTS, default="plain", help="what files (plain)")
    parser.add_argument("--command", default="check", help="the command to run (default: check)")
    parser.add_argument("--every", action="store_true", help="every command without a framework")
    given = parser.parse_args()
    texts = {str(path): path.read_text(encoding="utf-8") for path in given.files}
    texts = texts or texts_of(range(given.seed, given.seed + given.count), given.sort)
    for name in LATE:
        importlib.import_module(name)
    failed = 0
    for command in COMMANDS if given.every else (given.command,):
        refuse_misuse(command)
        failed += report(command, [measured(text, command, name) for name, text in texts.items()])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
