"""`cnndsl weights`: weights from and to the files of Keras, PyTorch and NumPy."""

from __future__ import annotations

from functools import partial

from ..report.formats import aligned, counted
from ..weights.files import (
    as_entries,
    changes,
    extension_of,
    files_of,
    format_of,
    formats,
    read_weights,
    write_weights,
)
from ..weights.mapping import written_map
from ..weights.screen import told
from .argument_parser import Parser, at_least, one_of, run_action
from .failure import CLEAN, FINDINGS, CommandError, write
from .files import write_atomically
from .spec import load
from .weight_options import add_reading, warn, weights_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping, Sequence

    from ..weights.files import Change
    from ..weights.screen import Entry
    from .argument_parser import Action

DESCRIPTION = """\
Carry weights between frameworks. The canonical format is a flat mapping from a layer's path to
an array in the language's layout, as .npz or .safetensors. The extension decides the format:

  .npz .safetensors           canonical arrays, by `path/weight`
  .pt .pth .ckpt .bin .safetensors
                              a PyTorch state dict, by its own keys
  .keras .weights.h5 .h5      a Keras model, or its weights

  export SPEC FROM TO         canonical weights into the file of a framework
  import SPEC FROM TO         the file of a framework into canonical weights
  convert SPEC FROM TO        any into any
  diff A B                    the largest difference of each entry; status 1 if there is any

Layouts are transposed, rows behind a flatten reordered, and batch normalisation's statistics taken
along. An entry that is missing, too many or of another shape is an error that says so; nothing is
ever unpickled but plain arrays, and a file is written whole or not at all."""
EXAMPLES = """\
cnndsl weights import torchvision/resnet50 resnet50.pth resnet50.npz
cnndsl weights export torchvision/resnet50 resnet50.npz resnet50.keras
cnndsl weights convert keras/resnet50 resnet50.weights.h5 resnet50.pt
cnndsl weights convert torchvision/resnet50 resnet50.pth six.npz \\
    --set classes=6 --allow-missing 'fc/.*'
cnndsl weights diff before.npz after.npz
cnndsl weights diff a.pt b.weights.h5 --spec keras/resnet50"""


def main(arguments: Sequence[str]) -> int:
    return run_action("weights", ACTIONS, DESCRIPTION, EXAMPLES, arguments)


CARRYING = {
    "export": (
        "Write canonical weights as a PyTorch state dict or for Keras.",
        "cnndsl weights export lenet5 lenet5.npz lenet5.pt\n"
        "cnndsl weights export lenet5 lenet5.npz lenet5.weights.h5\n"
        "cnndsl weights export lenet5 lenet5.npz torch.safetensors",
    ),
    "import": (
        "Read a PyTorch state dict, or a file of Keras, into canonical weights.",
        "cnndsl weights import torchvision/resnet18 resnet18.pth resnet18.npz\n"
        "cnndsl weights import keras/resnet50 resnet50.weights.h5 resnet50.safetensors\n"
        "cnndsl weights import net.cnn checkpoint.pt net.npz --entry ema --rename backbone.=\n"
        "cnndsl weights import net.cnn other.pt net.npz --by-order --save-map names.toml\n"
        "cnndsl weights import net.cnn other.pt net.npz --map names.toml",
    ),
    "convert": (
        "Read weights in any format and write them in any other.",
        "cnndsl weights convert lenet5 lenet5.keras lenet5.pt\n"
        "cnndsl weights convert lenet5 lenet5.pt lenet5.safetensors --to torch",
    ),
}
"""The actions that write a file: what they do, and examples."""


def parser_for(action: str) -> Parser:
    """The options of an action that reads one file and writes another."""
    parser = Parser(f"weights {action}", *CARRYING[action])
    parser.add_argument("spec", metavar="SPEC", help="a file, - for stdin, or a zoo name")
    parser.add_argument("source", metavar="FROM", help="the file to read")
    parser.add_argument("target", metavar="TO", help="the file to write")
    parser.add_model()
    add_reading(parser, "FROM")
    parser.add_value("--seed", "N", "of what is drawn (default 0)", type=at_least(0), default=0)
    parser.add_value("--save-map", "FILE", "write which entry was which weight, for --map")
    if action == "convert":
        known = one_of(formats(), "format")
        listed = ", ".join(formats())
        for name, what in (("--from", "read"), ("--to", "written")):
            meaning = f"{listed}: the format {what}, where the extension leaves it open"
            parser.add_value(name, "FORMAT", meaning, dest=f"{what}_as", type=known)
    parser.add_flag("--quiet", "-q", help="do not say what was written")
    return parser


def framework_of(path: str, direction: str) -> str:
    """The framework's format that a file has. Raises `CommandError` for a canonical one."""
    extension = extension_of(path)
    for name, form in formats().items():
        if name != "canonical" and extension in form.extensions:
            return name
    raise CommandError(
        f"{told(path)} is canonical, and this command converts {direction} a framework",
        "write `cnndsl weights convert`",
    )


def carry(action: str, arguments: Sequence[str]) -> int:
    """Read, check, write."""
    options = parser_for(action).parse(arguments)
    if action == "export":
        read_as, written_as = "canonical", framework_of(options.target, "to")
    elif action == "import":
        read_as, written_as = framework_of(options.source, "from"), "canonical"
    else:
        read_as, written_as = options.read_as, options.written_as
    network, _ = load(options)
    form = format_of(options.target, written_as) if written_as else None
    names: dict[str, str] = {}
    weights = weights_in(options.source, network, options, read_as, names)
    write_weights(options.target, network, weights, form, warn)
    if options.save_map is not None:
        write_atomically(options.save_map, written_map(names))
    if not options.quiet:
        if options.map is not None or options.by_order:
            write(aligned([(key, told(name)) for key, name in names.items()]))
        size = counted(network.cost.params, "parameter")
        write(f"wrote {told(options.target)}: {counted(len(weights), 'array')}, {size}\n")
    return CLEAN


def diff(arguments: Sequence[str]) -> int:
    """The largest relative difference of each entry of two files."""
    parser = Parser(
        "weights diff",
        "Compare two weight files entry by entry: the largest difference, relative to the largest\n"
        "number of the two. With --spec, both are read as weights of that network, whatever their\n"
        "formats.\n\nExit status: 0 equal, 1 a difference, 2 usage mistake or unreadable file.",
        "cnndsl weights diff before.npz after.npz\n"
        "cnndsl weights diff a.pt b.weights.h5 --spec keras/resnet50 --tolerance 1e-6",
    )
    parser.add_argument("left", metavar="A")
    parser.add_argument("right", metavar="B")
    parser.add_value("--spec", "SPEC", "the network that both are weights of")
    parser.add_model()
    meaning = "the largest relative difference that passes (default: 0)"
    parser.add_value("--tolerance", "X", meaning, type=at_least(0, float), default=0.0)
    parser.add_flag("--quiet", "-q", help="print what differs alone")
    options = parser.parse(arguments)
    left, right = entries_of(options)
    return report(left, right, options)


def entries_of(options: Namespace) -> tuple[Mapping[str, Entry], Mapping[str, Entry]]:
    """The entries of both files. Raises `CommandError`."""
    if options.spec is not None:
        network, _ = load(options)
        left, right = (read_weights(path, network) for path in (options.left, options.right))
        return as_entries(left), as_entries(right)
    found, forms = [], []
    for path in (options.left, options.right):
        form = format_of(path)
        read_entries = files_of(form).read_entries
        if read_entries is None:
            raise CommandError(
                f"what {told(path)} holds depends on the network", "name it with `--spec SPEC`"
            )
        forms.append(form)
        found.append(read_entries(path))
    if forms[0] != forms[1]:
        raise CommandError(
            f"{told(options.left)} and {told(options.right)} are of different formats",
            "name the network with `--spec SPEC`",
        )
    return found[0], found[1]


def report(left: Mapping[str, Entry], right: Mapping[str, Entry], options: Namespace) -> int:
    """Print the entries and give the exit status."""
    found = list(changes(left, right, (options.left, options.right)))
    differing = [one for one in found if not one.difference <= options.tolerance]
    shown = differing if options.quiet else found
    write(aligned([(told(one.name), in_words(one, options)) for one in shown]))
    if differing:
        verb = "differs" if len(differing) == 1 else "differ"
        write(f"{len(differing)} of {entries(len(found))} {verb}\n")
        return FINDINGS
    if not options.quiet:
        within = f" within {options.tolerance:g}" if options.tolerance else ""
        write(f"{entries(len(found))}, all equal{within}\n")
    return CLEAN


def in_words(change: Change, options: Namespace) -> str:
    if change.left is None or change.right is None:
        return f"not in {told(options.right if change.right is None else options.left)}"
    if change.left != change.right:
        return f"{change.left} in {told(options.left)}, {change.right} in {told(options.right)}"
    return f"{change.difference:.2e}" if change.difference else "equal"


def entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count:,} entries"


ACTIONS: dict[str, Action] = {
    **{action: partial(carry, action) for action in CARRYING},
    "diff": diff,
}
