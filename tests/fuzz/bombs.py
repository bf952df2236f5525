"""Check small files that are made to take long: `python tests/fuzz/bombs.py --count 2000`.

Prints the ones that take the most processor time and memory, each in a process of its own that
is ended after ten seconds. Ends with status 1 if any ends otherwise than with a report, or takes
five seconds or 200 MB: it should be one second, but machines differ. A command that needs one model
or recipe may refuse a file of several, in its own words. A command that refuses a plain spec too is
an error of its own, for it would say nothing of any file.

The command is given the file's path, or its text instead where it says `{text}`.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from bombs import KINDS, bomb

import cnndsl.cli
import cnndsl.explain.fixes
import cnndsl.project.lints
import cnndsl.syntax.recovery

LIMIT, MOST_SECONDS, MOST_MEGABYTES = 10, 5, 200
BROKEN = 70
"""The status of a command that fails otherwise than in its own words."""
PLAIN = "model m {\n    input 4x4x3\n    conv(2, 1x1) -> relu -> global_avg_pool -> softmax\n}\n"
TEXT = "{text}"


def measured(text: str, command: list[str]) -> tuple[int, float, float]:
    """The exit status, processor time in seconds, and peak memory in MB of one command."""
    path = Path(tempfile.gettempdir()) / f"bomb{os.getpid()}.cnn"
    arguments = [text if one == TEXT else one for one in command]
    if TEXT not in command:
        arguments.append(str(path))
    path.write_text(text, encoding="utf-8")
    child = os.fork()
    if child == 0:
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT))
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.stderr = said = io.StringIO()
        ended = cnndsl.cli.main(arguments)
        os._exit(BROKEN if "internal error" in said.getvalue() else ended)
    _, status, usage = os.wait4(child, 0)
    path.unlink()
    return os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1e3


def refuse_misuse(command: list[str]) -> None:
    """Leave if a command does not even take a plain spec, or an op's name as its text."""
    status, _, _ = measured("conv" if TEXT in command else PLAIN, command)
    if status != 0:
        sys.exit(f"status {status} of `{' '.join(command)}` for what is right: no such command?")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("files", nargs="*", type=Path, help="these files instead")
    parser.add_argument("--count", type=int, default=2000, help="how many files (default: 2000)")
    parser.add_argument("--seed", type=int, default=0, help="where to start (default: 0)")
    parser.add_argument("--command", default="check", help="the command to run (default: check)")
    given = parser.parse_args()
    texts = {str(path): path.read_text(encoding="utf-8") for path in given.files}
    if not texts:
        seeds = range(given.seed, given.seed + given.count)
        texts = {f"{seed} ({KINDS[seed % len(KINDS)].__name__})": bomb(seed) for seed in seeds}
    command = given.command.split()
    refuse_misuse(command)
    results = [(*measured(text, command), name) for name, text in texts.items()]
    refused = sum(status == 2 for status, *_ in results)
    failed = [
        (status, name)
        for status, seconds, megabytes, name in results
        if status not in (0, 1, 2) or seconds > MOST_SECONDS or megabytes > MOST_MEGABYTES
    ]
    for what, place in (("time", 1), ("memory", 2)):
        for _, seconds, megabytes, name in sorted(results, key=lambda one: -one[place])[:5]:
            print(f"most {what}: {seconds:6.2f} s {megabytes:6.0f} MB, {name}")
    print(f"{len(results)} files, {refused} refused, {len(failed)} failed: {failed[:10]}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
