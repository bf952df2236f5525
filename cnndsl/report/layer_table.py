"""A network as a table: each layer with its output shape, parameters and MACs."""

from __future__ import annotations

from itertools import groupby, takewhile
from operator import attrgetter

from ..project.outcome import checked_model, output_shapes, shown
from ..record import Record
from ..values import write
from .formats import aligned, counted, scaled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from ..ir.network import Cost, LayerView, Network
    from ..project.facts import Facts
    from ..values import Value

    Row = tuple[str, ...]

FORMAT_VERSION = "1.0"
CUT = "..."
GAP = "  "
BORDER = 3
"""What a column of a rich table takes beside its text."""
NARROW_PATH, NARROWEST_PATH = 20, 12
"""Columns are left out and bars made shorter before paths are cut to less than the first."""
MOST_ROWS_IN_COLOR = 2_000
"""More rows than this are printed plain: laying out a rich table takes a millisecond a row."""
MOST_ROWS = 10_000
"""More layers than this are counted and not listed."""


COLUMNS = ("Layer", "Path", "Op", "Output shape", "Parameters", "MACs")
PATH, OP = COLUMNS.index("Path"), COLUMNS.index("Op")
SORTS = ("parameters", "macs")
NUMBERS = ("Layer", "Parameters", "MACs")
OPTIONAL = ("Layer", "Op")
"""Columns that are left out where the terminal is too narrow; the first one goes first."""


BAR = 10
"""The characters of the longest bar, where there is room."""
SHORTEST_BAR = 3


class View(Record):
    """What of the layers is shown, and how.

    Layers are folded that agree in the first `depth` parts of their paths, and `sort` puts those
    of most `parameters` or `macs` first. `bar` has the characters for what is there of a
    bar and what is not, where there are bars; the longest has a `length`.
    """

    depth: int | None = None
    sort: str | None = None
    bar: str = ""
    length: int = BAR


WHOLE = View()


class Entry(Record):
    """A row: a layer, or several that are folded into one."""

    number: str
    path: str
    op: str
    shape: str
    parameters: int
    macs: int
    is_again: bool = False


def entries_of(network: Network, view: View = WHOLE) -> list[Entry]:
    """The rows of a network's first layers."""
    layers = network.first_layers(MOST_ROWS)
    entries = [_folded(list(ones)) for _, ones in groupby(layers, lambda one: _scope(one, view))]
    if view.sort is not None:
        entries.sort(key=attrgetter(view.sort), reverse=True)
    return entries


def _scope(layer: LayerView, view: View) -> object:
    """What layers have in common that are one row."""
    parts = layer.path.split(".")
    is_inside = view.depth is not None and len(parts) > view.depth
    return (".".join(parts[: view.depth]), layer.call) if is_inside else layer.index


def _folded(layers: list[LayerView]) -> Entry:
    first, last = layers[0], layers[-1]
    own = [one.cost.params for one in layers if not one.is_again]
    facts = str(last.shape), sum(own), sum(one.cost.macs for one in layers)
    if len(layers) == 1:
        return Entry(str(first.index + 1), first.path, first.op.name, *facts, first.is_again)
    parts = zip(*(one.path.split(".") for one in layers), strict=False)
    path = ".".join(part[0] for part in takewhile(lambda part: len({*part}) == 1, parts))
    numbers = f"{first.index + 1}-{last.index + 1}"
    return Entry(numbers, path, counted(len(layers), "layer"), *facts, first.is_again)


def rows_of(network: Network, view: View = WHOLE) -> list[Row]:
    """The cells of each row in the order of `COLUMNS`, and the sums as the last row.

    Of a very large network, the first layers and a row that counts the others.
    """
    return cells_of(entries_of(network, view), network.cost, view)


def cells_of(entries: Sequence[Entry], cost: Cost, view: View) -> list[Row]:
    """The same of the entries of a network that costs so much."""
    most = [max([getattr(one, name) for one in entries] or [0]) for name in SORTS]
    blank = f" {' ' * view.length}" if view.bar else ""
    rows = [
        (
            one.number,
            one.path,
            one.op,
            one.shape,
            ("shared" if one.is_again else f"{one.parameters:,}")
            + _bar(one.parameters, most[0], view),
            f"{one.macs:,}" + _bar(one.macs, most[1], view),
        )
        for one in entries
    ]
    if cost.layers > MOST_ROWS:
        rows.append(("", f"{CUT} {cost.layers - MOST_ROWS:,} more layers", "", "", "", ""))
    return [*rows, ("", "Total", "", "", f"{cost.params:,}{blank}", f"{cost.macs:,}{blank}")]


def _bar(count: int, most: int, view: View) -> str:
    """A bar as long as the count's share of the largest, where there are bars."""
    full = -(-view.length * count // max(most, 1))
    return f" {view.bar[0] * full}{view.bar[1] * (view.length - full)}" if view.bar else ""


def widths_of(rows: Iterable[Row]) -> list[int]:
    """The width of each column, with its title."""
    return [max(map(len, cells)) for cells in zip(COLUMNS, *rows, strict=True)]


def heading(network: Network) -> str:
    """`resnet50(classes=1000), from resnet50.cnn`."""
    values = ", ".join(f"{name}={write(value)}" for name, value in network.parameters)
    call = f"{network.name}({values})" if values else network.name
    return f"{call}, from {network.template.source.name}"


def totals(network: Network, facts: Facts | None = None) -> str:
    """The lines below the table, with further facts where they are asked for."""
    cost, outputs = network.cost, checked_model(network).shown_outputs
    in_inference = inference_facts(network) if network.training_outputs else []
    lines = [
        ("Input" if len(network.inputs) == 1 else "Inputs", shown(network.inputs)),
        *([("Pixels", str(network.pixels))] if network.pixels else []),
        ("Output" if len(network.scope.outputs) == 1 else "Outputs", outputs),
        ("Layers", f"{cost.layers:,}"),
        ("Parameters", f"{cost.params:,}"),
        ("  trainable", f"{cost.trainable:,}"),
        ("  non-trainable", f"{cost.frozen:,}"),
        ("MACs", f"{cost.macs:,} ({scaled(cost.macs).strip()}; one image, bias excluded)"),
        *in_inference,
        *(further_facts(facts) if facts is not None else []),
    ]
    return aligned(lines)


def further_facts(facts: Facts) -> list[tuple[str, str]]:
    """What `--facts` shows."""
    field, smallest = facts.receptive_field, facts.smallest_input
    memory = facts.inference_memory, facts.training_memory
    inference, training = (f"{count:,} bytes ({scaled(count)}B)" for count in memory)
    return [
        ("FLOPs", f"{facts.flops:,} ({scaled(facts.flops).strip()}; one image)"),
        ("Activations", f"{counted(facts.batch, 'image')}, 4 bytes a value"),
        ("  in inference", inference),
        ("  in training", training),
        *([("Receptive field", sized(field))] if field is not None else []),
        *([("Smallest input", sized(smallest))] if smallest is not None else []),
    ]


def sized(sides: tuple[int, ...]) -> str:
    """`32x32x3`."""
    return "x".join(map(str, sides))


def inference_facts(network: Network) -> list[tuple[str, str]]:
    """What is left without the layers that are for training alone."""
    cost = network.inference_cost
    return [
        ("In inference", f"{cost.layers:,} layers"),
        ("  parameters", f"{cost.params:,}"),
        ("  MACs", f"{cost.macs:,} ({scaled(cost.macs).strip()})"),
    ]


def plain(
    network: Network, width: int | None = None, facts: Facts | None = None, view: View = WHOLE
) -> str:
    """The table in aligned columns, as text that ends its last line.

    Where `width` is given, paths are cut in the middle and columns left out to keep to it.
    """
    return f"{heading(network)}\n\n{_table(network, width, view)}\n{totals(network, facts)}"


def unfinished(network: Network, width: int | None = None) -> str:
    """The table of a network that does not hold, up to its first error."""
    return f"{heading(network)}, up to the first error\n\n{_table(network, width)}"


def _table(network: Network, width: int | None, view: View = WHOLE) -> str:
    (*rows, sums), widths, shown = laid_out(network, width, len(GAP), view)
    ruler = tuple("-" * size for size in widths)
    table = (COLUMNS, ruler, *rows, ruler, sums)
    cells = [[elide(row[number], widths[number]) for number in shown] for row in table]
    return aligned(cells, NUMBERS)


def laid_out(
    network: Network, width: int | None, gap: int, view: View
) -> tuple[list[Row], list[int], list[int]]:
    """The rows, the widths of columns that keep to a width, and the columns that are shown.

    Between columns is a `gap`. Bars are made shorter, or left out, where there is no room for them.
    """
    entries, cost = entries_of(network, view), network.cost
    shorter = range(view.length, SHORTEST_BAR - 1, -1) if view.bar else ()
    for one in (*(view.replaced(length=length) for length in shorter), view.replaced(bar="")):
        rows = cells_of(entries, cost, one)
        widths = widths_of(rows)
        shown = fit(widths, width, gap)
        if OP not in shown:
            rows = [_with_op(row) for row in rows]
            widths = widths_of(rows)
            shown = fit(widths, width, gap)
        longest = max(len(row[PATH]) for row in rows)
        is_wide = width is not None and sum(widths[one] + gap for one in shown) - gap > width
        if not is_wide and widths[PATH] >= min(NARROW_PATH, longest):
            break
    return rows, widths, shown


def _with_op(row: Row) -> Row:
    """A row whose path says its op, where that is a number at its end."""
    if not row[PATH].rpartition(".")[2].isdigit():
        return row
    return (*row[:PATH], f"{row[PATH]} {row[OP]}", *row[PATH + 1 :])


def fit(widths: list[int], width: int | None, gap: int) -> list[int]:
    """Narrow the path's column and choose the columns to show, to keep to a width."""
    shown = list(range(len(COLUMNS)))
    if width is None:
        return shown

    def excess() -> int:
        return sum(widths[number] + gap for number in shown) - gap - width

    narrow = min(widths[PATH], NARROW_PATH)
    for title in OPTIONAL:
        if excess() > widths[PATH] - narrow:
            shown.remove(COLUMNS.index(title))
    narrowest = min(widths[PATH], NARROWEST_PATH)
    widths[PATH] = max(narrowest, widths[PATH] - max(excess(), 0))
    return shown


def elide(text: str, width: int) -> str:
    """The text with its middle left out where it is longer than `width`."""
    if len(text) <= width:
        return text
    head = (width - len(CUT)) // 2
    return text[:head] + CUT + text[len(text) - (width - len(CUT) - head) :]


def show(network: Network, facts: Facts | None = None, view: View = WHOLE) -> bool:
    """Print the table in colour with rich; False if it is not installed or the table too long."""
    try:
        from rich.console import Console  # deferred: it is slow, and need not be installed
        from rich.markup import escape
        from rich.table import Table
    except ImportError:
        return False
    if network.cost.layers > MOST_ROWS_IN_COLOR:
        return False
    console = Console(highlight=False)
    (*rows, sums), widths, shown = laid_out(network, console.width - BORDER - 1, BORDER, view)
    table = Table(title=heading(network), title_justify="left", show_footer=True)
    for number in shown:
        title = COLUMNS[number]
        side: Any = "right" if title in NUMBERS else "left"
        table.add_column(title, sums[number], justify=side, no_wrap=True)
    for row in rows:
        table.add_row(*(escape(elide(row[number], widths[number])) for number in shown))
    console.print(table)
    console.print(totals(network, facts), end="", markup=False)
    return True


def as_csv(network: Network, view: View = WHOLE) -> str:
    """The rows as comma-separated values, with bare numbers and without sums."""
    import csv  # deferred: only `--format csv` needs it
    from io import StringIO

    file = StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("layer", "path", "op", "output_shape", *SORTS, "shared"))
    for one in entries_of(network, view):
        values = (getattr(one, name) for name in one.__fields__[:-1])
        writer.writerow((*values, str(one.is_again).lower()))
    return file.getvalue()


def as_markdown(network: Network, facts: Facts | None = None, view: View = WHOLE) -> str:
    """The table and its totals in Markdown."""
    ruler = ["---:" if title in NUMBERS else "---" for title in COLUMNS]
    rows = [f"| {' | '.join(row)} |" for row in (COLUMNS, ruler, *rows_of(network, view))]
    lines = [f"{heading(network)}", "", *rows, "", "```text", totals(network, facts) + "```", ""]
    return "\n".join(lines)


def as_json(network: Network, facts: Facts | None = None) -> str:
    """The same facts as one JSON object. Later minor versions of the format only add fields."""
    import json  # deferred: only `--format json` needs it

    cost, inference = network.cost, network.inference_cost
    kept = len(network.scope.outputs) - network.training_outputs
    layers = network.first_layers(MOST_ROWS)
    whole = {
        "format_version": FORMAT_VERSION,
        "model": network.name,
        "filename": network.template.source.name,
        "parameters": {name: _plain_value(value) for name, value in network.parameters},
        "input_shape": network.input_shape.dims,
        "inputs": [{"name": name, "shape": shape.dims} for name, shape in network.inputs],
        "pixels": network.pixels and network.pixels.facts,
        "outputs": [
            {"name": name, "shape": shape.dims, "training_only": place >= kept}
            for place, (name, shape) in enumerate(output_shapes(network))
        ],
        "layers": [
            {
                "path": layer.path,
                "op": layer.op.name,
                "inputs": layer.inputs,
                "output_shape": layer.shape.dims,
                "trainable_params": layer.cost.trainable,
                "non_trainable_params": layer.cost.frozen,
                "macs": layer.cost.macs,
                "shared": layer.is_again,
                "row": layer.row,
            }
            for layer in layers
        ],
        "layers_left_out": max(cost.layers - MOST_ROWS, 0),
        "trainable_params": cost.trainable,
        "non_trainable_params": cost.frozen,
        "macs": cost.macs,
        "inference": {"params": inference.params, "macs": inference.macs},
    }
    if facts is not None:
        whole["facts"] = {name: getattr(facts, name) for name in facts.__fields__}
    return json.dumps(whole, indent=None if cost.layers > MOST_ROWS_IN_COLOR else 2) + "\n"


def _plain_value(value: Value) -> Value:
    """A parameter's value in JSON: as it is, or as a spec writes it."""
    return value if value is None or isinstance(value, bool | int | float) else write(value)
