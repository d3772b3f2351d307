"""How two databases spell what a statement is made of: a table of spellings for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

_PLAIN = frozenset(" _-.,:/%+()=")  # beside letters and digits: means itself in any string of any setting of Spark


@dataclass(frozen=True, slots=True)
class Dialect:
    """The spellings of one database. Names are given as they are, lists, values and conditions as SQL.

    ``string`` is the type of text, ``quote`` stands around names, ``text`` makes a string that is taken literally.
    """

    name: str
    string: str
    quote: str
    text: Callable[[str], str]
    spelt: Mapping[str, str]

    def quoted(self, name: str) -> str:
        """Return a name that is taken literally."""
        return self.quote + name.replace(self.quote, self.quote * 2) + self.quote

    def each(self, several: str, variable: str, made: str) -> str:
        """Return a list of what is made of each item; of an absent list an absent one."""
        return self.spelt["each"].format(several=several, variable=self.quoted(variable), made=made)

    def placed(self, several: str, variable: str, place: str, made: str) -> str:
        """Return the same; ``place`` is the name of the item's place, which grows along the list."""
        names = {"variable": self.quoted(variable), "place": self.quoted(place)}
        return self.spelt["placed"].format(several=several, made=made, **names)

    def record(self, parts: Mapping[str, str]) -> str:
        """Return a struct."""
        part = self.spelt["part"]
        made = (part.format(name=self.quoted(name), text=self.text(name), made=one) for name, one in parts.items())
        return self.spelt["record"].format(parts=", ".join(made))

    def some(self, several: str, variable: str, condition: str) -> str:
        """Return whether an item fulfils a condition; of an absent list none does."""
        return self.spelt["some"].format(several=several, variable=self.quoted(variable), condition=condition)

    def count(self, several: str, variable: str, condition: str) -> str:
        """Return how many items fulfil a condition, as a whole number."""
        return self.spelt["count"].format(several=several, variable=self.quoted(variable), condition=condition)

    def kinds(self, several: str, variable: str, condition: str, value: str) -> str:
        """Return how many different values those items have that fulfil a condition; an absent value is none."""
        values = self.each(several, variable, f"CASE WHEN {condition} THEN {value} END")
        return self.spelt["kinds"].format(values=values)

    def contains(self, several: str, value: str) -> str:
        """Return whether a list has a value; an absent list or value has none."""
        return self.spelt["contains"].format(several=several, value=value)

    def length(self, several: str) -> str:
        """Return how long a list is, 0 where it is absent."""
        return self.spelt["length"].format(several=several)

    def days(self, text: str) -> str:
        """Return a day's number as Python counts them, null for what is no day."""
        return self.spelt["days"].format(text=text)


def number(value: float) -> str:
    """Return a number in binary double precision, the very one that Python has."""
    return f"CAST('{value!r}' AS DOUBLE)"


def _doubled(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _bytes_where_odd(value: str) -> str:
    # Backslashes mean something or not by a setting, and ${…} is replaced before anything is parsed.
    if all(one.isalnum() or one in _PLAIN for one in value):
        return f"'{value}'"
    return f"CAST(X'{value.encode().hex().upper()}' AS STRING)"


_DUCKDB = {
    "each": "list_transform({several}, lambda {variable}: {made})",
    "placed": "list_transform({several}, lambda {variable}, {place}: {made})",
    "record": "struct_pack({parts})",
    "part": "{name} := {made}",
    "some": "coalesce(list_bool_or(list_transform({several}, lambda {variable}: {condition})), false)",
    "count": "coalesce(len(list_filter({several}, lambda {variable}: {condition})), 0)",
    "kinds": "coalesce(list_unique({values}), 0)",
    "contains": "coalesce(list_contains({several}, {value}), false)",
    "length": "coalesce(len({several}), 0)",
    "days": "(date_diff('day', DATE '0001-01-01', TRY_CAST({text} AS DATE)) + 1)",
}
_SPARK = {
    "each": "transform({several}, {variable} -> {made})",
    "placed": "transform({several}, ({variable}, {place}) -> {made})",
    "record": "named_struct({parts})",
    "part": "{text}, {made}",
    "some": "coalesce(exists({several}, {variable} -> {condition}), false)",
    "count": "greatest(coalesce(size(filter({several}, {variable} -> {condition})), 0), 0)",
    "kinds": "greatest(coalesce(size(array_distinct(array_compact({values}))), 0), 0)",
    "contains": "coalesce(array_contains({several}, {value}), false)",
    "length": "greatest(coalesce(size({several}), 0), 0)",  # by a setting the size of an absent list is -1
    "days": "(datediff(TRY_CAST({text} AS DATE), DATE '0001-01-01') + 1)",
}
DIALECTS: Mapping[str, Dialect] = {
    "duckdb": Dialect("duckdb", "VARCHAR", '"', _doubled, _DUCKDB),
    "spark": Dialect("spark", "STRING", "`", _bytes_where_odd, _SPARK),
}
