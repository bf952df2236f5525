"""`cnndsl train`: write the script that trains a network, and run it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import partial

from ..backend import backend_names, find_backend
from ..chatter import STANDARD_ERROR, Relay
from ..interruption import Undoing, end_with
from ..project.replacement import replacing
from ..report.formats import counted
from ..text import escaped, printable
from .argument_parser import Parser, at_least
from .failure import CLEAN, FAILED, CommandError, complain, write
from .files import write_atomically
from .output_folder import OutputFolder
from .recipe_options import load_training, script_of
from .spec import backend_of
from .weight_options import say, warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from ..project.recipes import Training

DESCRIPTION = """\
Train a network by its recipe, or by the usual one: write the script that `cnndsl compile --train`
writes to OUT/train.py, and run it. DATA is a folder with a folder of pictures for each class, a
.npz file of arrays `x` and `y`, a .csv file of paths and labels, or `digits`, which is the default:
scikit-learn's 1,797 handwritten digits.

OUT gets the script, a table of each epoch (log.csv), the state after the last epoch, and the
weights with the lowest held-out loss, which `run`, `evaluate` and `weights` read. Ctrl-C keeps the
last whole epoch, and --resume goes on from it.

Exit status: 0 trained, 1 findings, 2 usage mistake, unreadable file, missing backend or data."""
EXAMPLES = """\
cnndsl train lenet5_modern
cnndsl train net.cnn photos --backend torch --out runs/first
cnndsl train resnet50 photos --set classes=6 --with 'epochs 2' --with 'optimizer adam'
cnndsl train net.cnn photos --resume --out runs/first"""
START = "start.npz"
"""Where weights of a format that scripts do not read are, converted."""
LAST = "last."
"""How the file begins that training goes on from."""
PREFERRED = ("torch", "keras")
"""The backends to train with, where their frameworks are there; NumPy else."""


def main(arguments: Sequence[str]) -> int:
    parser = Parser("train", DESCRIPTION, EXAMPLES)
    parser.add_spec()
    parser.add_argument("data", metavar="DATA", nargs="?", help="what to learn from")
    parser.add_recipe()
    meaning = "one of torch, keras, numpy (default: the first of them that is there)"
    parser.add_value("--backend -b", "NAME", meaning)
    parser.add_value("--out -o", "FOLDER", "where all is written (default: runs/RECIPE)")
    parser.add_flag("--resume", help="go on from the last epoch in OUT")
    meaning = "what to start from, of any format, in place of the recipe's"
    parser.add_value("--weights", "FILE", meaning)
    parser.add_value("--epochs", "N", "in place of the recipe's", type=at_least(1))
    parser.add_value("--batch", "N", "in place of the recipe's", type=at_least(1))
    options = parser.parse(arguments)
    for name in ("epochs", "batch"):
        if getattr(options, name) is not None:
            options.changes.append(f"{name} {getattr(options, name)}")
    backend = backend_of(options.backend or _preferred())
    training, _ = load_training(options)
    given = options.weights or training.recipe.weights
    folder = options.out or os.path.join("runs", training.recipe.name)
    is_own = given is None or given.endswith(backend.starts_from)
    start = given if is_own else os.path.join(folder, START)
    training = training.replaced(recipe=training.recipe.replaced(weights=start))
    script = script_of(backend, training)
    need_data(options.data)
    with OutputFolder(folder) as out:
        if given is not None and not is_own:
            convert(given, out.file(START), training)
        path = out.file(f"train{script.suffix}")
        write_atomically(path, script.content)
        write(f"{_heading(training, backend.name)}; the script is {escaped(path)}\n")
        if sys.stdout is not None:
            sys.stdout.flush()
        chatter = backend.framework.chatter if backend.framework else ()
        status = _run([sys.executable, path, *_passed_on(options, folder)], chatter)
        if status == FAILED and not any(one.startswith(LAST) for one in os.listdir(folder)):
            out.take_back()
    return status


def need_data(path: str | None) -> None:
    """Raise `CommandError` for what is plainly nothing to learn from."""
    if path is None:
        return
    if path != "digits" and not os.path.exists(path):
        raise CommandError(f"{escaped(path)}: there is no such file or folder")
    if os.path.isdir(path) and not any(one.is_dir() for one in os.scandir(path)):
        raise CommandError(f"{escaped(path)}: there are no pictures in folders, one a class")


def convert(source: str, target: str, training: Training) -> None:
    """Write the weights of a file as arrays that scripts read, but for those that may be missing.

    Raises `WeightFileError`.
    """
    import numpy as np  # noqa: TID251  # deferred: NumPy, for weights of another format alone

    from ..weights.files import read_weights
    from ..weights.naming import Request

    found: dict[str, str] = {}
    missing = [rf"{re.escape(one)}[./].*" for one in training.recipe.missing]
    request = Request(tell=say, warn=warn)
    weights = read_weights(
        source, training.network, allow_missing=missing, request=request, found=found
    )
    with replacing(target) as partial, open(partial, "wb") as file:
        np.savez(file, **{key: weights[key] for key in found})
    write(f"the weights of {printable(source)} are in {escaped(target)}, converted\n")


def _preferred() -> str:
    installed = backend_names()
    for name in PREFERRED:
        if name in installed:
            framework = find_backend(name).framework
            if framework is None or framework.is_installed:
                return name
    return "numpy"


def _heading(training: Training, backend: str) -> str:
    recipe = training.recipe
    return (
        f"training {training.network.name} on {backend} by recipe {recipe.name}: "
        f"{counted(recipe.epochs, 'epoch')} of batches of {recipe.batch}"
    )


def _passed_on(options: Namespace, folder: str) -> list[str]:
    """The script's own arguments."""
    given = ["--out", folder]
    given += ["--data", options.data] if options.data else []
    given += ["--resume"] if options.resume else []
    return given


def _run(command: list[str], chatter: Sequence[str]) -> int:
    """Run the script, which gets a Ctrl-C itself, and give its exit status."""
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        relay = Relay(process.stderr.fileno(), STANDARD_ERROR, chatter)  # type: ignore[union-attr]  # it is a pipe
        with Undoing(partial(_leave_nothing, process, relay)), relay:
            status = process.wait()
    if status == CLEAN:
        return CLEAN
    if status < 0:
        complain(f"error: training was ended by signal {-status}")
        return 128 - status
    return status if status == 130 else FAILED


def _leave_nothing(process: subprocess.Popen[bytes], relay: Relay) -> None:
    """See that the script ends with this command, whatever ends that, and without last words."""
    if process.returncode is None:
        relay.close()
        end_with(process.pid)
