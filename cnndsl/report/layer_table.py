"""A network as a table: each layer with its output shape, parameters and MACs."""

from __future__ import annotations

from ..project.outcome import checked_model, output_shapes, shown
from ..values import write
from .formats import aligned, counted, scaled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ..ir.network import Network
    from ..project.facts import Facts
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
MOST_ROWS = 10_000
"""More layers than this are counted and not listed."""


COLUMNS = ("Layer", "Path", "Op", "Output shape", "Parameters", "MACs")
PATH = COLUMNS.index("Path")
NUMBERS = ("Layer", "Parameters", "MACs")
OPTIONAL = ("Layer", "Op")
"""Columns that are left out where the terminal is too narrow; the first one goes first."""


def rows_of(network: Network) -> list[Row]:
    """The cells of each layer in the order of `COLUMNS`, and the sums as the last row.

    Of a very large network, the first layers and a row that counts the others.
    """
    layers = [
        (
            str(layer.index + 1),
            layer.path,
            layer.op.name,
            str(layer.shape),
            "shared" if layer.is_again else f"{layer.cost.params:,}",
            f"{layer.cost.macs:,}",
        )
        for layer in network.first_layers(MOST_ROWS)
    ]
    cost = network.cost
    if len(layers) == MOST_ROWS < cost.layers:
        layers.append(("", f"{CUT} {cost.layers - MOST_ROWS:,} more layers", "", "", "", ""))
    return [*layers, ("", "Total", "", "", f"{cost.params:,}", f"{cost.macs:,}")]


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


def plain(network: Network, width: int | None = None, facts: Facts | None = None) -> str:
    """The table in aligned columns, as text that ends its last line.

    Where `width` is given, paths are cut in the middle and columns left out to keep to it.
    """
    return f"{heading(network)}\n\n{_table(network, width)}\n{totals(network, facts)}"


def unfinished(network: Network, width: int | None = None) -> str:
    """The table of a network that does not hold, up to its first error."""
    return f"{heading(network)}, up to the first error\n\n{_table(network, width)}"


def _table(network: Network, width: int | None) -> str:
    *rows, sums = rows_of(network)
    widths = widths_of((*rows, sums))
    shown = fit(widths, width)
    ruler = tuple("-" * size for size in widths)
    table = (COLUMNS, ruler, *rows, ruler, sums)
    cells = [[elide(row[number], widths[number]) for number in shown] for row in table]
    return aligned(cells, NUMBERS)


def fit(widths: list[int], width: int | None) -> list[int]:
    """Narrow the path's column and choose the columns to show, to keep to a width."""
    shown = list(range(len(COLUMNS)))
    if width is None:
        return shown

    def excess() -> int:
        return sum(widths[number] + len(GAP) for number in shown) - len(GAP) - width

    narrowest = min(widths[PATH], NARROWEST_PATH)
    for title in OPTIONAL:
        if excess() > widths[PATH] - narrowest:
            shown.remove(COLUMNS.index(title))
    widths[PATH] = max(narrowest, widths[PATH] - max(excess(), 0))
    return shown


def elide(text: str, width: int) -> str:
    """The text with its middle left out where it is longer than `width`."""
    if len(text) <= width:
        return text
    head = (width - len(CUT)) // 2
    return text[:head] + CUT + text[len(text) - (width - len(CUT) - head) :]


def show(network: Network, facts: Facts | None = None) -> bool:
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
    *rows, sums = rows_of(network)
    widths = widths_of((*rows, sums))
    frame = (BORDER - len(GAP)) * len(COLUMNS)
    shown = fit(widths, console.width - frame - BORDER)
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
