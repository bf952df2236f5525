"""How long checking takes, beside other things that take time here.

    python tests/benchmarks/checking.py [--keras]

Every figure is the median of several runs, and every comparison is made in this one run.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from cnndsl.project.loading import Loader, check_module
from cnndsl.text import Source

ROOT = Path(__file__).parents[2]
VGG16 = ROOT / "specs" / "cnndsl_zoo" / "vgg16.cnn"


def median(function: Callable[[], object], runs: int) -> float:
    """The median time of a call, in milliseconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3


def process(*command: str) -> Callable[[], object]:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    return lambda: subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, env=environment, cwd=ROOT
    )


def layered(count: int) -> str:
    """A spec with `count` layers, each on a line of its own."""
    kinds = ("conv({}, 3x3, pad = same)", "batch_norm", "relu", "dropout(0.1)")
    lines = [
        f"    {kinds[number % 4].format(8 + number % 3)}  # layer {number}"
        for number in range(count)
    ]
    return "model deep {\n    input 32x32x3\n" + "\n".join(lines) + "\n}\n"


def check(text: str, path: str = "bench.cnn") -> None:
    findings = check_module(Loader().module(Source(path, text, path)))
    if findings:
        raise SystemExit(findings[0].diagnostic.message)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keras", action="store_true", help="build VGG16 in Keras too")
    options = parser.parse_args()

    nothing = median(process(sys.executable, "-c", "pass"), 15)
    command = process(sys.executable, "-m", "cnndsl", "check", str(VGG16))
    command()
    cold = median(command, 15)
    print(f"python -c pass                      {nothing:8.1f} ms")
    print(f"cnndsl check vgg16.cnn, cold        {cold:8.1f} ms   {cold / nothing:.1f} times that")

    text = layered(200)
    print(f"check 200 layers in process         {median(lambda: check(text), 15):8.1f} ms")
    per_layer = []
    for count in (10_000, 100_000):
        text = layered(count)
        taken = median(lambda text=text: check(text), 3 if count < 50_000 else 1)
        tracemalloc.start()
        check(text)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        per_layer.append(taken / count)
        print(
            f"check {count:7,} layers               {taken:8.0f} ms   "
            f"{taken / count * 1e3:.1f} us and {peak / count:,.0f} bytes a layer at the peak"
        )
    print(f"time a layer, 100,000 to 10,000     {per_layer[1] / per_layer[0]:8.2f} times")

    vgg = VGG16.read_text()
    checked = median(lambda: check(vgg, str(VGG16)), 15)
    print(f"check vgg16 in process              {checked:8.2f} ms")
    if options.keras:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        import keras

        def build() -> None:
            keras.applications.VGG16(weights=None)
            keras.backend.clear_session()

        built = median(build, 3)
        print(f"build VGG16 in Keras                {built:8.1f} ms   {built / checked:,.0f} times")


if __name__ == "__main__":
    main()
