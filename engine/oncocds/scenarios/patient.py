"""Reads a scenario's tables into a profile and a policy, by path, label or synonym in either language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from oncocds.reading.nearest import nearest
from oncocds.text import Language
from oncocds.vocabulary.models import Field, Vocabulary

Rows = Sequence[Sequence[str]]
_YES = {"是", "有", "yes", "true", "y"}
_NO = {"否", "无", "no", "false", "n"}
_HEADERS = {"事实", "fact", "项目", "field", "设置", "setting", "化验", "analyte"}
_LIMITS = {"下限": "reference_low", "lower": "reference_low", "上限": "reference_high", "upper": "reference_high"}
_VALUE = {"值", "value", "结果", "result"}
_NUMBER = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*(.*)")
_UNSPOKEN = re.compile(r"（[^）]*）|\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One wrong cell: its row and column in the table (from 0) and what would be right."""

    row: int
    column: int
    message: str


class ScenarioError(AssertionError):
    """A scenario says something that cannot be read; ``mistakes`` name each cell."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(mistake.message for mistake in mistakes))


class _Wrong(Exception):  # noqa: N818 - carries a message to the place that knows the cell
    pass


def fold(word: str) -> str:
    """Return a word as it is compared: width, case and spaces at the ends do not count."""
    return unicodedata.normalize("NFKC", word).strip().casefold()


def words_of(fact: Field) -> tuple[str, ...]:
    """Return everything a field may be called, its path first, without the name of its list."""
    path = fact.name
    paths = (path, path.removesuffix(".value")) if path.startswith("labs.") else (path,)
    labels = (fact.label.zh, fact.label.en)
    plain = tuple(_UNSPOKEN.sub("", label).strip() for label in labels)
    return (*paths, *labels, *plain, *fact.synonyms)


@dataclass(slots=True)
class TableReader:
    """Reads tables with the words of one vocabulary; messages are in ``language``. Raises ``ScenarioError``."""

    vocabulary: Vocabulary
    language: Language = "zh"
    _indexes: dict[str, dict[str, list[Field]]] = field(default_factory=dict)

    def patient(self, rows: Rows, profile: dict[str, Any]) -> None:
        """Read a table of facts and values into a profile."""

        def row(cells: Sequence[str]) -> None:
            self._put(profile, self._cell(0, lambda: self.find(cells[0], "")), cells[1], 1)

        self._each(rows, row, pairs=True)

    def policy(self, rows: Rows, policy: dict[str, Any]) -> None:
        """Read a table of the site's settings."""

        def row(cells: Sequence[str]) -> None:
            fact = self._cell(0, lambda: self.find(cells[0], "policy."))
            policy[fact.name.removeprefix("policy.")] = self._cell(1, lambda: self.value(fact, cells[1]))

        self._each(rows, row, pairs=True)

    def labs(self, rows: Rows, profile: dict[str, Any]) -> None:
        """Read laboratory results: analyte, value with unit, and the laboratory's lower and upper limit."""
        if not rows:
            raise ScenarioError([Mistake(0, 0, self._say("表格是空的", "the table is empty"))])
        header = [fold(cell) for cell in rows[0]]
        for column, name in enumerate(header[1:], start=1):
            if name not in _VALUE and name not in _LIMITS:
                expected = self._say("值、下限、上限", "value, lower, upper")
                message = self._say(
                    f"化验表没有“{rows[0][column]}”这一列；可用：", f"no column '{rows[0][column]}'; use: "
                )
                raise ScenarioError([Mistake(0, column, message + expected)])

        def row(cells: Sequence[str]) -> None:
            fact = self._cell(0, lambda: self.find(cells[0], "labs."))
            for column in range(1, len(header)):
                if not cells[column].strip():
                    continue
                if header[column] in _VALUE:
                    self._put(profile, fact, cells[column], column)
                else:
                    limit = fact.name.rsplit(".", 1)[0] + "." + _LIMITS[header[column]]
                    self._put(profile, self.vocabulary.fields[limit], cells[column], column)

        self._each(rows, row, header=True)

    def items(self, name: str, rows: Rows, profile: dict[str, Any]) -> None:
        """Read a list with one item to a row under a header of field names; an empty cell is not recorded."""
        columns: list[Field] = []
        mistakes = []
        for column, cell in enumerate(rows[0] if rows else ()):
            try:
                columns.append(self.find(cell, name + "."))
            except _Wrong as wrong:
                mistakes.append(Mistake(0, column, str(wrong)))
        if mistakes:
            raise ScenarioError(mistakes)
        read: list[dict[str, Any]] = []

        def row(cells: Sequence[str]) -> None:
            item: dict[str, Any] = {}
            for column, (fact, cell) in enumerate(zip(columns, cells, strict=True)):
                if cell.strip():
                    value = self._cell(column, lambda f=fact, c=cell: self.value(f, c))  # type: ignore[misc]
                    item[fact.name.removeprefix(name + ".")] = value
            read.append(item)

        self._each(rows, row, header=True)
        profile[name] = [*profile.get(name, []), *read]

    def find(self, word: str, prefix: str) -> Field:
        """Return the field that a word names among those of one list, of the policy or (no prefix) of the patient."""
        index = self._index(prefix)
        found = index.get(fold(word), [])
        if len(found) == 1:
            return found[0]
        if found:
            names = self._list(fact.name for fact in found)
            raise _Wrong(
                self._say(f"“{word}”有几种含义，请写其一：{names}", f"'{word}' is ambiguous; write one of: {names}")
            )
        known = {fold(name): fact for facts in index.values() for fact in facts for name in self._shown(fact)}
        near = nearest(word, known, 12) or tuple(sorted(known, key=lambda k: (-len(set(k) & set(fold(word))), k)))[:12]
        names = self._list(list(dict.fromkeys(known[name].label.in_(self.language) for name in near))[:3])
        raise _Wrong(self._say(f"没有“{word}”这一项；最接近的有：{names}", f"no field '{word}'; the nearest: {names}"))

    def value(self, fact: Field, text: str) -> Any:
        """Return the value that a cell gives a field."""
        text = text.strip()
        match fact.type:
            case "boolean":
                if fold(text) in _YES | _NO:
                    return fold(text) in _YES
                raise self._refusal(fact, text, self._say("是、否", "yes, no"))
            case "number" | "integer":
                return self._number(fact, text)
            case "code":
                return self._code(fact, text)
            case "codes":
                return [self._code(fact, part) for part in re.split(r"[、,，;；]", text) if part.strip()]
            case "texts":
                return [part.strip() for part in re.split(r"[、,，;；]", text) if part.strip()]
        return text

    def _number(self, fact: Field, text: str) -> float | int:
        matched = _NUMBER.fullmatch(unicodedata.normalize("NFKC", text).strip())
        unit = fact.unit or ""
        expected = self._say("数字", "a number") + (f" ({unit})" if unit and not unit.startswith("{") else "")
        if matched is None or (matched[2] and matched[2] not in (unit, "岁", "%")):
            raise self._refusal(fact, text, expected)
        number = float(matched[1])
        if fact.type == "integer" and not number.is_integer():
            raise self._refusal(fact, text, self._say("整数", "a whole number"))
        return int(number) if number.is_integer() else number

    def _code(self, fact: Field, text: str) -> str:
        values = self._values(fact)
        for code, names in values.items():
            if fold(text) in {fold(name) for name in (code, *names)}:
                return code
        at = 0 if self.language == "zh" else 1
        raise self._refusal(fact, text, self._list(names[at] for names in values.values()))

    def _values(self, fact: Field) -> Mapping[str, Sequence[str]]:
        members: Mapping[str, Any]
        if fact.value_set == "drug":
            members = self.vocabulary.drugs
        else:
            members = self.vocabulary.value_sets[fact.value_set or ""].members
        return {code: (member.label.zh, member.label.en, *member.synonyms) for code, member in members.items()}

    def _put(self, profile: dict[str, Any], fact: Field, text: str, column: int) -> None:
        *groups, last = fact.name.split(".")
        target = profile
        for group in groups:
            target = target.setdefault(group, {})
        if fact.name != "weight" and not (fact.name.startswith("labs.") and last == "value"):
            cell = text
            if fact.name.startswith("labs.") and last.startswith("reference_"):
                # limits are in the unit of the result: another unit is refused, not converted
                limit = _NUMBER.fullmatch(text.strip())
                unit = target.get("unit", fact.unit)
                if limit and limit[2] and limit[2] != unit:
                    expected = self._say("数字", "a number") + f" ({unit})"
                    raise ScenarioError([Mistake(0, column, str(self._refusal(fact, text, expected)))])
                cell = limit[1] if limit else text
            target[last] = self._cell(column, lambda: self.value(fact, cell))
            return
        quantity = self.vocabulary.quantities["mass" if last == "weight" else groups[-1]]
        matched = _NUMBER.fullmatch(unicodedata.normalize("NFKC", text).strip())
        if matched is None or matched[2] not in quantity.factors:
            units = self._list(quantity.factors)
            expected = self._say(f"数字加单位，单位为：{units}", f"a number with its unit, one of: {units}")
            raise ScenarioError([Mistake(0, column, str(self._refusal(fact, text, expected)))])
        measured = {"value": float(matched[1]), "unit": matched[2]}
        if last == "weight":
            target[last] = measured
        else:
            target.update(measured)

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
        except _Wrong as wrong:
            raise ScenarioError([Mistake(0, column, str(wrong))]) from None

    def _index(self, prefix: str) -> dict[str, list[Field]]:
        if prefix not in self._indexes:
            index: dict[str, list[Field]] = {}
            outside = ("policy.", "derived.", *(name + "." for name in self.vocabulary.lists))
            for name, fact in self.vocabulary.fields.items():
                inside = name.startswith(prefix) if prefix else not name.startswith(outside)
                if not inside or fact.world == "derived" or (prefix == "labs." and not name.endswith(".value")):
                    continue
                for word in {fold(word) for word in (*words_of(fact), name.removeprefix(prefix))}:
                    index.setdefault(word, []).append(fact)
                if prefix == "labs.":
                    index.setdefault(fold(name.split(".")[1]), []).append(fact)
            for word, facts in index.items():
                # a label in full goes before the same word as somebody else's shortened label or synonym
                exact = [fact for fact in facts if word in (fold(fact.label.zh), fold(fact.label.en), fold(fact.name))]
                index[word] = list(dict.fromkeys(exact or facts))
            self._indexes[prefix] = index
        return self._indexes[prefix]

    def _shown(self, fact: Field) -> Iterable[str]:
        return (fact.label.in_(self.language), fact.name, *fact.synonyms)

    def _refusal(self, fact: Field, text: str, expected: str) -> _Wrong:
        label = fact.label.in_(self.language)
        return _Wrong(
            self._say(
                f"“{label}”不能是“{text}”；可用：{expected}", f"'{label}' cannot be '{text}'; allowed: {expected}"
            )
        )

    def _say(self, zh: str, en: str) -> str:
        return zh if self.language == "zh" else en

    def _list(self, words: Iterable[str]) -> str:
        return ("、" if self.language == "zh" else ", ").join(words)
