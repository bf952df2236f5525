"""Differences of networks as text, Markdown and JSON."""

from __future__ import annotations

from .differences import ADDED, REMOVED, RENAMED
from .formats import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .differences import Change, Difference, LayerChange, WeightChanges

FORMAT_VERSION = "1.0"
SAME = "the same\n"
"""What is said of networks that do not differ."""
MOST_LINES = 200
"""More changes of a kind than this are counted and not listed."""
SIGNS = {ADDED: "+", REMOVED: "-", RENAMED: ">"}
NUMBERS = ("parameters", "trainable", "macs", "layers", "MACs")


def as_text(differences: Sequence[Difference]) -> str:
    """Lines for people."""
    return "\n".join(_text(one) for one in differences)


def _text(one: Difference) -> str:
    lines = [f"{one.model}", *(f"  {line}" for line in fact_lines(one))]
    lines += _section("layers", [_layer(layer) for layer in one.layers])
    lines += _section("weights", _weights(one.weights))
    return "\n".join(lines) + "\n"


def fact_lines(one: Difference) -> list[str]:
    """What differs of a network as a whole, its budgets among it."""
    return [*map(_fact, one.facts), *map(_budget, one.budgets)]


def _section(title: str, lines: Sequence[str]) -> list[str]:
    """Lines below their title; of very many, the first ones and how many are left out."""
    more = [f"... and {len(lines) - MOST_LINES:,} more"] if len(lines) > MOST_LINES else []
    return (
        [f"  {title}", *(f"    {line}" for line in (*lines[:MOST_LINES], *more))] if lines else []
    )


def _fact(one: Change) -> str:
    if one.name in NUMBERS:
        old, new = int(one.before or 0), int(one.after or 0)
        return f"{one.name}: {old:,} -> {new:,} ({new - old:+,})"
    return f"{one.name}: {arrow(one)}"


def arrow(one: Change) -> str:
    """`3x3 -> 5x5`, `1,000 -> none`."""
    texts = [_or_none(text) for text in (one.before, one.after)]
    if one.name in NUMBERS:
        texts = [f"{int(text):,}" for text in texts]
    return " -> ".join(texts)


def _or_none(text: str | None) -> str:
    return "none" if text is None else text or "none"


def _budget(one: Change) -> str:
    return f"+ expect {one.after}" if one.before is None else f"- expect {one.before}"


def _layer(one: LayerChange) -> str:
    if one.before is None or one.after is None:
        return f"{SIGNS[one.kind]} {one.before or one.after}: {one.op}"
    changes = ", ".join(f"{each.name} {arrow(each)}" for each in one.changes)
    if one.kind == RENAMED:
        return f"> {one.before} is now {one.after}" + (f": {changes}" if changes else "")
    return f"~ {one.after}: {changes}"


def _weights(one: WeightChanges) -> list[str]:
    lines = [f"> {before} is now {after}" for before, after in one.renamed]
    lines += [f"~ {each.name}: {arrow(each)}, does not load" for each in one.reshaped]
    lines += [f"- {key}" for key in one.lost] + [f"+ {key}" for key in one.new]
    if not lines:
        return []
    renamed = f", {len(one.renamed):,} under another name" if one.renamed else ""
    return [f"{counted(one.kept, 'weight')} as before{renamed}", *lines]


def as_markdown(differences: Sequence[Difference]) -> str:
    """A comment for a pull request: the facts as a table, the rest folded."""
    return "\n".join(_markdown(one) for one in differences)


def _markdown(one: Difference) -> str:
    lines = [f"### `{one.model}`", ""]
    facts = [_row(fact) for fact in one.facts]
    if facts:
        lines += ["| | before | after |", "|---|---|---|", *facts, ""]
    if one.budgets:
        lines += ["```diff", *map(_budget, one.budgets), "```", ""]
    layers = [_layer(layer) for layer in one.layers]
    for title, body in (("layers", layers), ("weights", _weights(one.weights))):
        if body:
            lines += [f"<details><summary>{title}</summary>", "", "```diff"]
            lines += [line.strip() for line in _section(title, body)[1:]]
            lines += ["```", "", "</details>", ""]
    return "\n".join(lines)


def _row(one: Change) -> str:
    cells = [
        f"{int(text):,}" if text and one.name in NUMBERS else f"`{text}`" if text else "none"
        for text in (one.before, one.after)
    ]
    return f"| {one.name} | {cells[0]} | {cells[1]} |".replace("\n", " ")


def as_json(differences: Sequence[Difference]) -> str:
    """All of it as one JSON object. Later minor versions of the format only add fields."""
    import json  # deferred: only `--format json` needs it

    whole = {
        "format_version": FORMAT_VERSION,
        "same": not differences,
        "models": [_plain(one) for one in differences],
    }
    return json.dumps(whole, indent=2) + "\n"


def _plain(value: object) -> object:
    """Records as objects of their fields."""
    fields = getattr(value, "__fields__", None)
    if fields is not None:
        return {name: _plain(getattr(value, name)) for name in fields}
    return [_plain(one) for one in value] if isinstance(value, tuple) else value
