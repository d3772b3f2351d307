"""Reads a scenario's lists: lesions, drugs, radiotherapy, toxicities, one item to a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from oncocds.scenarios.cells import Wrong, fold
from oncocds.scenarios.laboratory import IDS, LaboratoryTables
from oncocds.scenarios.lexicon import lexicon_of
from oncocds.scenarios.said import said
from oncocds.scenarios.tables import Mistake, Rows, ScenarioError
from oncocds.vocabulary.models import Field
from oncocds.vocabulary.printed_names import printed_names

_NAMED_BY = {"medications": ("drug", "name")}  # an item without any of them says nothing


@dataclass(frozen=True, slots=True)
class ItemTables(LaboratoryTables):
    """Reads lists, besides laboratory results."""

    def items(self, name: str, rows: Rows, profile: dict[str, Any]) -> list[str]:
        """Read a list with one item to a row under a header of field names; an empty cell is not recorded."""
        mistakes: list[Mistake] = []
        columns = self._item_columns(name, rows[0] if rows else (), mistakes)
        has = {facts[0].name.removeprefix(name + ".") for facts in columns.values() if facts}
        if not mistakes and name in _NAMED_BY and has.isdisjoint(_NAMED_BY[name]):
            label = self.vocabulary.fields[f"{name}.{_NAMED_BY[name][0]}"].label.in_(self.language)
            mistakes.append(Mistake(0, 0, self._say(f"表里没有“{label}”这一列", f"the table has no column '{label}'")))
        elif mistakes and name in _NAMED_BY and has.isdisjoint(_NAMED_BY[name]):
            # a column of a wrong name is taken for that of the drugs, to tell at once which of them are unknown
            unknown = min(mistake.column for mistake in mistakes)
            columns.setdefault(unknown, (self.vocabulary.fields[f"{name}.{_NAMED_BY[name][0]}"],))
        read: list[dict[str, Any]] = []
        remarks: list[str] = []

        def row(cells: Sequence[str]) -> None:
            item: dict[str, Any] = {}
            told: dict[str, Any] = {}
            wrong: list[Mistake] = []
            for column, cell in enumerate(cells):
                try:
                    if column not in columns:
                        remarks.extend([self._left_out(rows[0][column], cell)] if cell.strip() else [])
                    elif not columns[column]:
                        item.update({"id": cell.strip()} if cell.strip() else {})
                    elif cell.strip():
                        found = self._cell(column, lambda f=columns[column], c=cell: said(self.cells, f, c))  # type: ignore[misc]
                        remarks.append(found.remark)
                        for fact, value in found.sets.items():
                            self._tell({name: item}, told, fact, value, column)
                except ScenarioError as error:
                    wrong.extend(error.mistakes)
            if wrong:
                raise ScenarioError(wrong)
            for fact, implied in self.vocabulary.notes.implies.items():
                for other, value in implied.items() if fact.removeprefix(name + ".") in item else ():
                    if (key := other.removeprefix(name + ".")) not in has:
                        item.setdefault(key, value)
            if name == "medications":
                remarks.append(self._by_name(item, rows[0], cells))
            read.append(item)

        self._each(rows, row, header=True, before=mistakes)
        profile[name] = [*profile.get(name, []), *read]
        return [remark for remark in remarks if remark]

    def _by_name(self, item: dict[str, Any], header: Sequence[str], cells: Sequence[str]) -> str:
        """Take a drug given by its name for the drug that the vocabulary calls so, unless its class is written."""
        name = item.get("name")
        said_as = next((cell for head, cell in zip(header, cells, strict=True) if cell.strip(' "') == name), "")
        if name is None or item.get("drug", "other") != "other" or said_as.strip().startswith('"'):
            return ""
        drug = printed_names(self.vocabulary).drug(name)
        if drug is None or not item.keys().isdisjoint(("class", "has_class", "not_class")):
            item.setdefault("drug", "other")
            return ""
        item["drug"] = drug
        label = self.vocabulary.drugs[drug].label.in_(self.language)
        return self._say(f"“{name}”读作：{label}", f"'{name}' is read as: {label}")

    def _item_columns(self, name: str, header: Sequence[str], mistakes: list[Mistake]) -> dict[int, tuple[Field, ...]]:
        """Return the fields of each column, none for the id; a column that no rule reads is left out."""
        columns: dict[int, tuple[Field, ...]] = {}
        seen: set[str] = set()
        lexicon = lexicon_of(self.vocabulary)
        for column, cell in enumerate(header):
            try:
                if fold(cell) in IDS:
                    columns[column] = ()
                elif lexicon.candidates(cell, name + ".") or not lexicon.unread(cell):
                    columns[column] = self.candidates(cell, name + ".")
                else:
                    continue
                facts = columns[column]
                self._once(cell, facts[0].name if len(facts) == 1 else fold(cell) if facts else "id", seen, column)
            except Wrong as wrong:
                mistakes.append(Mistake(0, column, self._no_column(name, cell) or str(wrong)))
            except ScenarioError as error:
                mistakes.extend(error.mistakes)
        return columns

    def _no_column(self, name: str, cell: str) -> str:
        """Return what is said of a value where the name of a column stands, as in a table without its first row."""
        fields = (field for path, field in self.vocabulary.fields.items() if path.startswith(f"{name}."))
        for field in fields:
            if field.type in ("code", "codes") and self._reads(field, cell):
                label = field.label.in_(self.language)
                return self._say(
                    f"“{cell}”是“{label}”的内容，不是列名；第一行写列名，以下每行一项",
                    f"'{cell}' is a value of '{label}', no column; the first row names the columns, "
                    "each row below is an item",
                )
        return ""
