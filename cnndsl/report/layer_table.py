"""A network as a table: each layer with its output shape, parameters and MACs."""

from __future__ import annotations

from ..project.outcome import output_shapes, shown_outputs
from ..record import Record
from ..values import write
from .formats import aligned, scaled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..ir.network import Network
    from ..values import Value

    Row = tuple[str, ...]

FORMAT_VERSION = "1.0"
CUT = "..."
GAP = "  "
BORDER = 3
"""What a column of a rich table takes beside its text."""
NARROWEST_PATH = 12
MOST_ROWS_IN_COLOR = 2_000
"""More rows than this are printed plain: laying out a rich table takes a millisecond a row."""


class Column(Record):
    title: str
    is_number: bool = False
    is_optional: bool = False
    """Left out where the terminal is too narrow; the first one goes first."""


COLUMNS = (
    Column("Layer", is_number=True, is_optional=True),
    Column("Path"),
    Column("Op", is_optional=True),
    Column("Output shape"),
    Column("Parameters", is_number=True),
    Column("MACs", is_number=True),
)
TITLES = tuple(column.title for column in COLUMNS)
PATH = 1


def rows_of(network: Network) -> list[Row]:
    """The cells of each layer, in the order of `COLUMNS`."""
    return [
        (
            str(layer.index + 1),
            layer.path,
            layer.op.name,
            str(layer.shape),
            f"{layer.cost.params:,}",
            f"{layer.cost.macs:,}",
        )
        for layer in network.layers
    ]


def sums_of(network: Network) -> Row:
    """The table's last row."""
    return "", "Total", "", "", f"{network.cost.params:,}", f"{network.cost.macs:,}"


def widths_of(rows: Sequence[Row], sums: Row) -> list[int]:
    """The width of each column."""
    return [max(map(len, cells)) for cells in zip(TITLES, sums, *rows, strict=True)]


def heading(network: Network) -> str:
    """`resnet50(classes=1000), from resnet50.cnn`."""
    values = ", ".join(f"{name}={write(value)}" for name, value in network.parameters)
    call = f"{network.name}({values})" if values else network.name
    return f"{call}, from {network.template.source.name}"


def totals(network: Network) -> str:
    """The lines below the table."""
    cost = network.cost
    outputs = output_shapes(network)
    facts = [
        ("Input", str(network.input_shape)),
        ("Output" if len(outputs) == 1 else "Outputs", shown_outputs(outputs)),
        ("Layers", f"{cost.layers:,}"),
        ("Parameters", f"{cost.params:,}"),
        ("  trainable", f"{cost.trainable:,}"),
        ("  non-trainable", f"{cost.frozen:,}"),
        ("MACs", f"{cost.macs:,} ({scaled(cost.macs).strip()}; one image, bias excluded)"),
    ]
    return aligned(facts)


def plain(network: Network, width: int | None = None) -> str:
    """The table in aligned columns, as text that ends its last line.

    Where `width` is given, paths are cut in the middle and columns left out to keep to it.
    """
    lines = (heading(network), "", *_table(network, width), "", totals(network))
    return "\n".join(lines)


def unfinished(network: Network, width: int | None = None) -> str:
    """The table of a network that does not hold, up to its first error."""
    title = f"{heading(network)}, up to the first error"
    return "\n".join([title, "", *_table(network, width)]) + "\n"


def _table(network: Network, width: int | None) -> list[str]:
    rows, sums = rows_of(network), sums_of(network)
    widths = widths_of(rows, sums)
    shown = fit(widths, width)
    ruler = tuple("-" * size for size in widths)
    table = (TITLES, ruler, *rows, ruler, sums)
    return [_line(row, widths, shown) for row in table]


def fit(widths: list[int], width: int | None) -> list[int]:
    """Narrow the path's column and choose the columns to show, to keep to a width."""
    shown = list(range(len(COLUMNS)))
    if width is None:
        return shown

    def excess() -> int:
        return sum(widths[number] + len(GAP) for number in shown) - len(GAP) - width

    narrowest = min(widths[PATH], NARROWEST_PATH)
    for number, column in enumerate(COLUMNS):
        if column.is_optional and excess() > widths[PATH] - narrowest:
            shown.remove(number)
    widths[PATH] = max(narrowest, widths[PATH] - max(excess(), 0))
    return shown


def elide(text: str, width: int) -> str:
    """The text with its middle left out where it is longer than `width`."""
    if len(text) <= width:
        return text
    head = (width - len(CUT)) // 2
    return text[:head] + CUT + text[len(text) - (width - len(CUT) - head) :]


def _line(row: Row, widths: Sequence[int], shown: Sequence[int]) -> str:
    cells = []
    for number in shown:
        width = widths[number]
        if COLUMNS[number].is_number:
            cells.append(row[number].rjust(width))
        else:
            cells.append(elide(row[number], width).ljust(width))
    return GAP.join(cells).rstrip()


def show(network: Network) -> bool:
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
    rows, sums = rows_of(network), sums_of(network)
    widths = widths_of(rows, sums)
    frame = (BORDER - len(GAP)) * len(COLUMNS)
    shown = fit(widths, console.width - frame - BORDER)
    table = Table(title=heading(network), title_justify="left", show_footer=True)
    for number in shown:
        side: Any = "right" if COLUMNS[number].is_number else "left"
        table.add_column(COLUMNS[number].title, sums[number], justify=side, no_wrap=True)
    for row in rows:
        table.add_row(*(escape(elide(row[number], widths[number])) for number in shown))
    console.print(table)
    console.print(totals(network), end="", markup=False)
    return True


def as_json(network: Network) -> str:
    """The same facts as one JSON object. Later minor versions of the format only add fields."""
    import json  # deferred: only `--format json` needs it

    cost = network.cost
    whole = {
        "format_version": FORMAT_VERSION,
        "model": network.name,
        "filename": network.template.source.name,
        "parameters": {name: _plain_value(value) for name, value in network.parameters},
        "input_shape": network.input_shape.dims,
        "outputs": [{"name": name, "shape": shape.dims} for name, shape in output_shapes(network)],
        "layers": [
            {
                "path": layer.path,
                "op": layer.op.name,
                "inputs": layer.inputs,
                "output_shape": layer.shape.dims,
                "trainable_params": layer.cost.trainable,
                "non_trainable_params": layer.cost.frozen,
                "macs": layer.cost.macs,
                "row": layer.row,
            }
            for layer in network.layers
        ],
        "trainable_params": cost.trainable,
        "non_trainable_params": cost.frozen,
        "macs": cost.macs,
    }
    return json.dumps(whole, indent=None if cost.layers > MOST_ROWS_IN_COLOR else 2) + "\n"


def _plain_value(value: Value) -> Value:
    """A parameter's value in JSON: as it is, or as a spec writes it."""
    return value if value is None or isinstance(value, bool | int | float) else write(value)
