"""Reads a scenario's tables into a profile and a policy, by path, label or synonym in either language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from oncocds.reading.nearest import nearest
from oncocds.scenarios.cells import UNSET, CellReader, Wrong, fold
from oncocds.scenarios.lexicon import lexicon_of
from oncocds.text import Language
from oncocds.vocabulary.models import Field, Vocabulary

Rows = Sequence[Sequence[str]]
_HEADERS = {"事实", "fact", "项目", "field", "设置", "setting", "化验", "analyte"}
_ID = {"编号", "id"}
_LAB_COLUMNS = {
    "值": "value",
    "value": "value",
    "结果": "value",
    "result": "value",
    "下限": "reference_low",
    "lower": "reference_low",
    "上限": "reference_high",
    "upper": "reference_high",
    "判读": "interpretation",
    "reading": "interpretation",
    "日期": "date",
    "date": "date",
}


STEP = -1  # the row of a mistake that is the step's own


@dataclass(frozen=True, slots=True)
class Mistake:
    """One wrong cell: its row (or ``STEP``) and column in the table, from 0, and what would be right."""

    row: int
    column: int
    message: str


class ScenarioError(AssertionError):
    """A scenario says something that cannot be read; ``mistakes`` name each cell."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(mistake.message for mistake in mistakes))


@dataclass(frozen=True, slots=True)
class TableReader:
    """Reads tables with the words of one vocabulary; messages are in ``language``. Raises ``ScenarioError``."""

    vocabulary: Vocabulary
    language: Language = "zh"

    @property
    def cells(self) -> CellReader:
        """A reader of single cells with the same words."""
        return CellReader(self.vocabulary, self.language)

    def patient(self, rows: Rows, profile: dict[str, Any]) -> None:
        """Read a table of facts and values into a profile; a fact may stand once in a table."""
        seen: set[str] = set()

        def row(cells: Sequence[str]) -> None:
            fact = self._cell(0, lambda: self.find(cells[0], ""))
            self._once(cells[0], fact.name, seen, 0)
            self._put(profile, fact, cells[1], 1)

        self._each(rows, row, pairs=True)

    def policy(self, rows: Rows, policy: dict[str, Any]) -> None:
        """Read a table of the site's settings; ``未设定`` or ``unset`` takes a shipped setting away."""
        seen: set[str] = set()

        def row(cells: Sequence[str]) -> None:
            fact = self._cell(0, lambda: self.find(cells[0], "policy."))
            self._once(cells[0], fact.name, seen, 0)
            unset = fold(cells[1]) in UNSET
            value = None if unset else self._cell(1, lambda: self.cells.value(fact, cells[1]))
            policy[fact.name.removeprefix("policy.")] = value

        self._each(rows, row, pairs=True)

    def labs(self, rows: Rows, profile: dict[str, Any]) -> None:
        """Read laboratory results: analyte, value with unit, the laboratory's limits, its reading, the date."""
        if not rows:
            raise ScenarioError([Mistake(STEP, 0, self._say("表格是空的", "the table is empty"))])
        columns = self._lab_columns(rows[0])
        seen: set[str] = set()

        def row(cells: Sequence[str]) -> None:
            fact = self._cell(0, lambda: self.find(cells[0], "labs."))
            self._once(cells[0], fact.name, seen, 0)
            analyte = fact.name.removesuffix("value")
            # the value first: the limits are in its unit
            for column, name in sorted(columns.items(), key=lambda each: each[1] != "value"):
                if cells[column].strip():
                    self._put(profile, self.vocabulary.fields[analyte + name], cells[column], column)

        self._each(rows, row, header=True)

    def items(self, name: str, rows: Rows, profile: dict[str, Any]) -> None:
        """Read a list with one item to a row under a header of field names; an empty cell is not recorded."""
        columns: list[Field | None] = []
        mistakes = []
        seen: set[str] = set()
        for column, cell in enumerate(rows[0] if rows else ()):
            try:
                fact = None if fold(cell) in _ID else self.find(cell, name + ".")
                self._once(cell, fact.name if fact else "id", seen, column)
                columns.append(fact)
            except Wrong as wrong:
                mistakes.append(Mistake(0, column, str(wrong)))
            except ScenarioError as error:
                mistakes.extend(error.mistakes)
        if mistakes:
            raise ScenarioError(mistakes)
        read: list[dict[str, Any]] = []

        def row(cells: Sequence[str]) -> None:
            item: dict[str, Any] = {}
            for column, (fact, cell) in enumerate(zip(columns, cells, strict=True)):
                if not cell.strip():
                    continue
                if fact is None:
                    item["id"] = cell.strip()
                else:
                    value = self._cell(column, lambda f=fact, c=cell: self.cells.value(f, c))  # type: ignore[misc]
                    item[fact.name.removeprefix(name + ".")] = value
            read.append(item)

        self._each(rows, row, header=True)
        profile[name] = [*profile.get(name, []), *read]

    def find(self, word: str, prefix: str) -> Field:
        """Return the field that a word names among those of one list, of the policy or (no prefix) of the patient.

        Raises ``Wrong`` with the nearest fields.
        """
        index = lexicon_of(self.vocabulary).index(prefix)
        found = index.get(fold(word), ())
        if len(found) == 1:
            return found[0]
        if found:
            names = self.cells.listed(fact.name for fact in found)
            raise Wrong(
                self._say(f"“{word}”有几种含义，请写其一：{names}", f"'{word}' is ambiguous; write one of: {names}")
            )
        known = {fold(name): fact for facts in index.values() for fact in facts for name in self._shown(fact)}
        near = nearest(word, known, 12) or tuple(sorted(known, key=lambda k: (-len(set(k) & set(fold(word))), k)))[:12]
        names = self.cells.listed(list(dict.fromkeys(known[name].label.in_(self.language) for name in near))[:3])
        raise Wrong(self._say(f"没有“{word}”这一项；最接近的有：{names}", f"no field '{word}'; the nearest: {names}"))

    def _lab_columns(self, header: Sequence[str]) -> dict[int, str]:
        columns: dict[int, str] = {}
        for column, cell in enumerate(header[1:], start=1):
            name = _LAB_COLUMNS.get(fold(cell))
            if name is None:
                expected = self._say("值、下限、上限、判读、日期", "value, lower, upper, reading, date")
                message = self._say(f"化验表没有“{cell}”这一列；可用：", f"no column '{cell}'; use: ")
                raise ScenarioError([Mistake(0, column, message + expected)])
            self._once(cell, name, set(columns.values()), column)
            columns[column] = name
        return columns

    def _once(self, word: str, name: str, seen: set[str], column: int) -> None:
        if name in seen:
            message = self._say(f"“{word}”在这张表里出现了两次", f"'{word}' stands twice in this table")
            raise ScenarioError([Mistake(0, column, message)])
        seen.add(name)

    def _put(self, profile: dict[str, Any], fact: Field, text: str, column: int) -> None:
        *groups, last = fact.name.split(".")
        target = profile
        for group in groups:
            target = target.setdefault(group, {})
        cells = self.cells
        if fact.name == "weight":
            quantity = self.vocabulary.quantities["mass"]
            target[last] = self._cell(column, lambda: cells.measurement(fact, quantity, text))
        elif groups[:1] == ["labs"] and last == "value":
            quantity = self.vocabulary.quantities[groups[1]]
            target.update(self._cell(column, lambda: cells.measurement(fact, quantity, text)))
        elif groups[:1] == ["labs"] and last.startswith("reference_"):
            quantity = self.vocabulary.quantities[groups[1]]
            target.update(self._cell(column, lambda: cells.limit(fact, quantity, target.get("unit"), text)))
        else:
            target[last] = self._cell(column, lambda: cells.value(fact, text))

    def _each(
        self, rows: Rows, read: Callable[[Sequence[str]], None], *, pairs: bool = False, header: bool = False
    ) -> None:
        mistakes = []
        for number, cells in enumerate(rows):
            if number == 0 and (header or (pairs and fold(cells[0]) in _HEADERS)):
                continue
            if pairs and len(cells) != 2:
                mistakes.append(
                    Mistake(number, 0, self._say("这里要两列：事实、值", "two columns wanted: fact, value"))
                )
                continue
            try:
                read(cells)
            except ScenarioError as error:
                mistakes.extend(Mistake(number, each.column, each.message) for each in error.mistakes)
        if mistakes:
            raise ScenarioError(mistakes)

    def _cell(self, column: int, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except Wrong as wrong:
            raise ScenarioError([Mistake(0, column, str(wrong))]) from None

    def _shown(self, fact: Field) -> Iterable[str]:
        return (fact.label.in_(self.language), fact.name, *fact.synonyms)

    def _say(self, zh: str, en: str) -> str:
        return self.cells.say(zh, en)
