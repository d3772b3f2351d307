"""Layers of columns: what a statement computes once and uses again stands in a layer below.

A *piece* of SQL may be used from a layer on, and says which columns it needs: a layer passes on what a later one needs
and nothing else. Columns are of the patient or fields of the items of a list; the first layer reads the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from oncocds_cohort.sql.dialects import Dialect

PATIENT = ""
PLACE = "place"
ITEM = "item"
"""The variable with which the first layer reads the items of a list."""
SOURCE = "p"
_Column: TypeAlias = tuple[str, str]  # the list, or PATIENT, and the name


@dataclass(frozen=True, slots=True)
class Piece:
    """An expression: how many layers lie below it, and the columns that it needs of them."""

    text: str
    depth: int = 0
    needs: frozenset[_Column] = frozenset()


def joined(text: str, parts: Iterable[Piece]) -> Piece:
    """Return a piece that is made of others."""
    several = list(parts)
    depth = max((one.depth for one in several), default=0)
    return Piece(text, depth, frozenset().union(*(one.needs for one in several)))


@dataclass
class Layer:
    """What a layer adds: columns of the patient, and of each list fields by the variable that they are said with."""

    patient: dict[str, Piece] = field(default_factory=dict)
    items: dict[str, dict[str, dict[str, Piece]]] = field(default_factory=dict)


class Layers:
    """Columns by layers, and the statement that they make. ``lists`` are the lists that are carried along."""

    def __init__(self, dialect: Dialect, table: str) -> None:
        self._dialect = dialect
        self._table = table
        self._layers: list[Layer] = []
        self.lists: dict[str, None] = {}

    def of_patient(self, name: str, piece: Piece) -> Piece:
        """Keep a column of the patient; return what stands for it from then on."""
        depth = self._at(piece.depth)
        self._layers[piece.depth].patient[name] = piece
        return Piece(self._dialect.quoted(name), depth, frozenset({(PATIENT, name)}))

    def of_item(self, of_list: str, variable: str, name: str, piece: Piece) -> Piece:
        """Keep a field of the items of a list; ``variable`` is the item that the piece speaks of."""
        depth = self._at(piece.depth)
        self._layers[piece.depth].items.setdefault(of_list, {}).setdefault(variable, {})[name] = piece
        return self.field(of_list, variable, name, depth)

    def field(self, of_list: str, variable: str, name: str, depth: int) -> Piece:
        """Return what stands for a field of an item that is kept."""
        self.lists.setdefault(of_list)
        text = f"{self._dialect.quoted(variable)}.{self._dialect.quoted(name)}"
        return Piece(text, depth, frozenset({(of_list, name)}))

    def items(self, of_list: str) -> Piece:
        """Return a list of items."""
        self.lists.setdefault(of_list)
        self._at(0)
        return Piece(self._dialect.quoted(of_list), 1, frozenset({(of_list, PLACE)}))

    def statement(self, last: Mapping[str, Piece]) -> str:
        """Return the statement whose columns are given."""
        needed: set[_Column] = set().union(*(one.needs for one in last.values()))
        texts: list[str] = []
        for number in range(len(self._layers), 0, -1):
            layer = self._layers[number - 1]
            columns = self._columns(number, layer, needed)
            source = f"{self._table if number == 1 else self._named(number - 1)} AS {SOURCE}"
            chosen = ",\n    ".join(f"{made} AS {name}" if made != name else name for name, made in columns.items())
            texts.append(f"{self._named(number)} AS (\n  SELECT\n    {chosen}\n  FROM {source}\n)")
            needed = self._below(layer, needed)
        chosen = ",\n  ".join(f"{one.text} AS {self._dialect.quoted(name)}" for name, one in last.items())
        return f"WITH {', '.join(reversed(texts))}\nSELECT\n  {chosen}\nFROM {self._named(len(self._layers))}"

    def _at(self, depth: int) -> int:
        while len(self._layers) <= depth:
            self._layers.append(Layer())
        return depth + 1

    def _named(self, number: int) -> str:
        return self._dialect.quoted(f"layer {number}")

    def _columns(self, number: int, layer: Layer, needed: set[_Column]) -> dict[str, str]:
        """Return the columns of a layer as SQL, by their quoted names."""
        quoted = self._dialect.quoted
        of_patient = sorted(name for of, name in needed if of == PATIENT)
        columns = {
            quoted(name): layer.patient[name].text if name in layer.patient else quoted(name) for name in of_patient
        }
        for of_list in self.lists:
            fields = sorted(name for of, name in needed if of == of_list)
            if fields:
                columns[quoted(of_list)] = self._items(number, of_list, layer.items.get(of_list, {}), fields)
        return columns

    def _items(self, number: int, of_list: str, added: Mapping[str, Mapping[str, Piece]], fields: list[str]) -> str:
        """Return a list with the fields that are needed of it; what is said with another variable, in another pass."""
        quoted = self._dialect.quoted
        made = f"{SOURCE}.{quoted(of_list)}" if number == 1 else quoted(of_list)
        of_variables = {one: [name for name in fields if name in names] for one, names in added.items()}
        passes = [(one, names) for one, names in of_variables.items() if names]
        if number == 1:  # here all fields are read with one variable
            read = {name: added[ITEM][name].text for _, names in passes for name in names}
            return self._dialect.placed(made, ITEM, PLACE, self._dialect.record({PLACE: quoted(PLACE), **read}))
        for at, (variable, names) in enumerate(passes):
            later = [(name, added[other][name]) for other, others in passes[at + 1 :] for name in others]
            carried = {*fields, *(name for _, piece in later for of, name in piece.needs if of == of_list)}
            carried -= {name for name, _ in later}
            record = {
                name: added[variable][name].text if name in names else f"{quoted(variable)}.{quoted(name)}"
                for name in sorted(carried)
            }
            made = self._dialect.each(made, variable, self._dialect.record(record))
        return made

    def _below(self, layer: Layer, needed: set[_Column]) -> set[_Column]:
        """Return what a layer needs of the one below it so that it has what is needed of it."""
        found: set[_Column] = set()
        for of, name in needed:
            added = layer.patient if of == PATIENT else self._added(layer, of)
            if name in added:
                found |= added[name].needs
            else:
                found.add((of, name))
        return found

    @staticmethod
    def _added(layer: Layer, of_list: str) -> Mapping[str, Piece]:
        return {name: piece for names in layer.items.get(of_list, {}).values() for name, piece in names.items()}
