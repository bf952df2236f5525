"""How long a cold `cnndsl check` takes: one spec, the whole zoo, and a thousand specs.

    python tests/benchmarks/check_many.py [--specs 1000] [--runs 5]

Every figure is the median over whole processes, all of this one run, with the fastest and the
processor time of all processes beside it, which other work on the machine disturbs less; the
machine's own floor is `python -c pass`. The aims are 80 ms for one spec, 300 ms for the zoo, and
times for many specs that are linear in their number and fall with the processes.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
ZOO = ROOT / "specs" / "cnndsl_zoo"
PROCESSES = (1, 2)


class Timing(NamedTuple):
    """Milliseconds of several runs of one command."""

    median: float
    fastest: float
    processor: float


def timing(command: list[str], runs: int) -> Timing:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    environment.pop("GITHUB_ACTIONS", None)
    times, processor = [], []
    for _ in range(runs + 1):
        before, started = processor_time(), time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment, cwd=ROOT)
        times.append((time.perf_counter() - started) * 1e3)
        processor.append((processor_time() - before) * 1e3)
    # The first run compiles modules.
    return Timing(statistics.median(times[1:]), min(times[1:]), statistics.median(processor[1:]))


def processor_time() -> float:
    """What all processes that have ended here took of the processor, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def checking(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "cnndsl", "check", *map(str, arguments)]


def spec(number: int) -> str:
    """A residual network of its own sizes, some 30 lines long."""
    width, depth, classes = 8 + number % 24, 1 + number % 3, 2 + number % 97
    stages = "".join(
        f"    stage part{stage} {{\n"
        f"        unit({width * 2**stage}, stride = {1 + (stage > 0)})\n"
        f"        unit({width * 2**stage}) * {depth}\n"
        f"    }}\n"
        for stage in range(3)
    )
    return f"""\
# Network {number} of a benchmark.
block unit(filters, stride = 1) {{
    add {{
        conv_bn(filters, 3x3, stride) -> relu -> conv_bn(filters, 3x3)
        if stride == 1 and in.channels == filters {{ identity }} else {{ shortcut(filters) }}
    }} -> relu
}}
block shortcut(filters) {{ conv_bn(filters, 1x1, stride = 2) }}
block conv_bn(filters, kernel, stride = 1) {{
    conv(filters, kernel, stride, pad = same, bias = false) -> batch_norm
}}
model net{number}(classes = {classes}) {{
    input 64x64x3
    conv({width}, 7x7, stride = 2, pad = 3) -> batch_norm -> relu : 32x32x{width}
    max_pool(3x3, stride = 2, pad = 1)
{stages}    global_avg_pool -> dropout(0.{1 + number % 8}) -> dense(classes) -> softmax
    expect params < 100M
}}
"""


def show(what: str, found: Timing, remark: str = "") -> None:
    print(
        f"{what:<36}{found.median:8.1f} ms, fastest {found.fastest:8.1f}, "
        f"processor {found.processor:8.1f}   {remark}"
    )


def counted(jobs: int) -> str:
    return f"{jobs} process{'es' if jobs > 1 else ''}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--specs", type=int, default=1000, help="how many specs to generate")
    parser.add_argument("--runs", type=int, default=5, help="how often to run each command")
    options = parser.parse_args()

    nothing = timing([sys.executable, "-c", "pass"], 3 * options.runs)
    show("python -c pass", nothing)

    def ratio(found: Timing) -> str:
        return f"{found.median / nothing.median:6.1f} times that"

    one = timing(checking(ZOO / "resnet50.cnn"), 3 * options.runs)
    show("one spec (resnet50)", one, ratio(one))
    count = len(list(ZOO.rglob("*.cnn")))
    scaling(f"the zoo ({count} specs)", ZOO, count, options.runs, ratio)
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(options.specs):
            part = Path(scratch, f"{number * 4 // options.specs}")
            part.mkdir(exist_ok=True)
            (part / f"net{number:04}.cnn").write_text(spec(number))
        quarter = Path(scratch, "0")
        few = len(list(quarter.iterdir()))
        small = scaling(f"{few:,} generated specs", quarter, few, options.runs, ratio)
        whole = scaling(
            f"{options.specs:,} generated specs", Path(scratch), options.specs, options.runs, ratio
        )
    for jobs in PROCESSES:
        more, base = whole[jobs], small[jobs]
        wall = (more.median - one.median) / (base.median - one.median)
        processor = (more.processor - one.processor) / (base.processor - one.processor)
        print(
            f"{options.specs / few:.1f} times the specs on {counted(jobs)}: {wall:.2f} times the "
            f"time above that of one spec, {processor:.2f} times the processor time"
        )


def scaling(
    what: str, folder: Path, count: int, runs: int, ratio: Callable[[Timing], str]
) -> dict[int, Timing]:
    """Time a folder on each number of processes, and on what `check` chooses itself."""
    found = {jobs: timing(checking("--jobs", jobs, folder), runs) for jobs in PROCESSES}
    for jobs, taken in found.items():
        remark = f"{ratio(taken)}, {taken.median / count:.2f} ms each"
        if jobs > 1:
            remark += f", {found[1].median / taken.median:.2f} times as fast as 1"
        show(f"{what}, {counted(jobs)}", taken, remark)
    chosen = timing(checking(folder), runs)
    show(f"{what}, as it chooses", chosen, ratio(chosen))
    return found


if __name__ == "__main__":
    main()
