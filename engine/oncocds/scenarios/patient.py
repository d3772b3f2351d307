"""Reads a scenario's tables into a profile and a policy, by path, label or synonym in either language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from oncocds.reading.nearest import nearest
from oncocds.scenarios.cells import UNSET, CellReader, Wrong, fold
from oncocds.scenarios.lexicon import lexicon_of, words_of
from oncocds.scenarios.said import said
from oncocds.text import Language
from oncocds.vocabulary.models import Field, Vocabulary
from oncocds.vocabulary.notes import Sign
from oncocds.vocabulary.printed_names import printed_names

Rows = Sequence[Sequence[str]]
_HEADERS = {"事实", "fact", "项目", "field", "设置", "setting", "化验", "analyte"}
_SURGERY_HEADERS = ("手术名称", "术式", "operation")
_ID = {"编号", "序号", "id"}
_NAMED_BY = {"medications": ("drug", "name")}  # an item without any of them says nothing
_NEAR = 0.6  # the share of letters from which a word is suggested
_RANGE = re.compile(r"(\d+(?:\.\d+)?)\s*[-~–—～至到]+\s*(\d+(?:\.\d+)?)\s*(\D.*)?")
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
    "检验日期": "date",
    "检查日期": "date",
    "数值": "value",
    "单位": "unit",
    "unit": "unit",
    "units": "unit",
    "参考下限": "reference_low",
    "正常下限": "reference_low",
    "lln": "reference_low",
    "lowerlimit": "reference_low",
    "参考上限": "reference_high",
    "正常上限": "reference_high",
    "uln": "reference_high",
    "upperlimit": "reference_high",
    "参考范围": "reference",
    "参考值": "reference",
    "正常范围": "reference",
    "range": "reference",
    "referencerange": "reference",
    "提示": "interpretation",
    "flag": "interpretation",
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

    def patient(self, rows: Rows, profile: dict[str, Any]) -> list[str]:
        """Read a table of facts and values into a profile; a fact may stand once in a table.

        Returns what was read otherwise than it is written, in the reader's language, as every table's reading does.
        """
        seen: set[str] = set()
        told: dict[str, Any] = {}
        remarks: list[str] = []
        lexicon = lexicon_of(self.vocabulary)

        def row(cells: Sequence[str]) -> None:
            if not lexicon.candidates(cells[0], "") and (found := lexicon.sign(cells[0])) is not None:
                self._once(cells[0], found[0], seen, 0)
                remarks.append(self._sign(found[1], cells[1], profile, told))
            elif not lexicon.candidates(cells[0], "") and lexicon.unread(cells[0]):
                remarks.append(self._left_out(*cells))
            else:
                facts = self._cell(0, lambda: self.candidates(cells[0], "", cells[1]))
                self._once(cells[0], facts[0].name if len(facts) == 1 else fold(cells[0]), seen, 0)
                found_ = self._cell(1, lambda: said(self.cells, facts, cells[1]))
                remarks.append(found_.remark)
                for name, value in found_.sets.items():
                    self._tell(profile, told, name, value)

        self._each(rows, row, pairs=True)
        return [remark for remark in remarks if remark]

    def policy(self, rows: Rows, policy: dict[str, Any]) -> None:
        """Read a table of the site's settings; ``未设定`` or ``unset`` takes a shipped setting away."""
        seen: set[str] = set()

        def row(cells: Sequence[str]) -> None:
            fact = self._cell(0, lambda: self.candidates(cells[0], "policy.", cells[1]))[0]
            self._once(cells[0], fact.name, seen, 0)
            unset = fold(cells[1]) in UNSET
            value = None if unset else self._cell(1, lambda: self.cells.value(fact, cells[1]))
            policy[fact.name.removeprefix("policy.")] = value

        self._each(rows, row, pairs=True)

    def labs(self, rows: Rows, profile: dict[str, Any]) -> list[str]:
        """Read laboratory results: analyte, value with unit, the laboratory's limits, its reading, the date."""
        if not rows:
            raise ScenarioError([Mistake(STEP, 0, self._say("表格是空的", "the table is empty"))])
        mistakes: list[Mistake] = []
        columns = self._lab_columns(rows[0], mistakes)
        unit_at = next((column for column, name in columns.items() if name == "unit"), None)
        seen: set[str] = set()
        remarks: list[str] = []
        lexicon = lexicon_of(self.vocabulary)

        def row(cells: Sequence[str]) -> None:
            if not lexicon.candidates(cells[0], "labs.") and lexicon.unread(cells[0]):
                remarks.append(self._left_out(*cells[:2]))
                return
            values = [cells[column] for column, name in columns.items() if name == "value"]
            fact = self._cell(0, lambda: self.candidates(cells[0], "labs.", "".join(values) or None))[0]
            self._once(cells[0], fact.name, seen, 0)
            # the value first: the limits are in its unit
            for column, name in sorted(columns.items(), key=lambda each: each[1] != "value"):
                text = cells[column]
                if name == "unit" or not text.strip():
                    continue
                if name == "value" and unit_at is not None and text.strip()[-1:].isdigit():
                    text = f"{text} {cells[unit_at]}"
                if name == "reference":
                    low, high = self._cell(column, lambda t=text: self._reference(fact, t))  # type: ignore[misc]
                    self._put(profile, fact, "reference_low", low, column)
                    self._put(profile, fact, "reference_high", high, column)
                else:
                    remarks.append(self._put(profile, fact, name, text, column))

        self._each(rows, row, header=True, before=mistakes)
        return [remark for remark in remarks if remark]

    def items(self, name: str, rows: Rows, profile: dict[str, Any]) -> list[str]:
        """Read a list with one item to a row under a header of field names; an empty cell is not recorded."""
        mistakes: list[Mistake] = []
        columns = self._item_columns(name, rows[0] if rows else (), mistakes)
        has = {facts[0].name.removeprefix(name + ".") for facts in columns.values() if facts}
        if not mistakes and name in _NAMED_BY and has.isdisjoint(_NAMED_BY[name]):
            label = self.vocabulary.fields[f"{name}.{_NAMED_BY[name][0]}"].label.in_(self.language)
            mistakes.append(Mistake(0, 0, self._say(f"表里没有“{label}”这一列", f"the table has no column '{label}'")))
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

    def surgeries(self, rows: Rows) -> list[str]:
        """Return the operations of a table with one to a row; a second column is refused: there is no fact for it."""
        fact = self.vocabulary.fields["surgeries"]
        found: list[str] = []

        def row(cells: Sequence[str]) -> None:
            if len(cells) != 1:
                raise ScenarioError([Mistake(0, 1, self._say("这里只要一列：手术", "one column wanted: surgery"))])
            found.extend(self._cell(0, lambda: self.cells.value(fact, cells[0])))

        named = bool(rows) and fold(rows[0][0]) in (*map(fold, words_of(fact)), *map(fold, _SURGERY_HEADERS))
        self._each(rows, row, header=named)
        return found

    def find(self, word: str, prefix: str) -> Field:
        """Return the field that a word names among those of one list, of the policy or (no prefix) of the patient.

        Where the value decides, it is the first that may be meant. Raises ``Wrong`` with the nearest fields.
        """
        return self.candidates(word, prefix)[0]

    def candidates(self, word: str, prefix: str, text: str | None = None) -> tuple[Field, ...]:
        """Return the field that a word names or, where the value decides, those it may name.

        Raises ``Wrong``, with fields that are near and, if ``text`` is given, can have that value.
        """
        lexicon = lexicon_of(self.vocabulary)
        found = lexicon.candidates(word, prefix)
        if len(found) == 1 or (found and lexicon.decided_by_value(word)):
            return found
        if found:
            names = self.cells.listed(fact.name for fact in found)
            raise Wrong(
                self._say(f"“{word}”有几种含义，请写其一：{names}", f"'{word}' is ambiguous; write one of: {names}")
            )
        known = {
            fold(name): fact for facts in lexicon.index(prefix).values() for fact in facts for name in self._shown(fact)
        }
        near = [known[name] for name in nearest(fold(word), known, 12, _NEAR)]
        fitting = [fact for fact in near if text is None or self._reads(fact, text)]
        labels = list(dict.fromkeys(fact.label.in_(self.language) for fact in fitting))[:3]
        hint = self._say("；最接近的有：", "; the nearest: ") + self.cells.listed(labels) if labels else ""
        raise Wrong(
            self._say(f"没有“{word}”这一项{hint}", f"no field '{word}'{hint}")
            + self._say(f"（查词：oncocds vocabulary {word}）", f" (look it up: oncocds vocabulary {word})")
        )

    def _reads(self, fact: Field, text: str) -> bool:
        try:
            said(self.cells, [fact], text)
        except Wrong:
            return False
        return True

    def _sign(self, sign: Sign, text: str, profile: dict[str, Any], told: dict[str, Any]) -> str:
        """Read a sign: where it is there, its field is true; else nothing is said of the field, and that is shown."""
        there = self.cells.yes_or_no(text)
        if there is None and text.strip() and not self.cells.is_word("unknown", text):
            label, expected = sign.label.in_(self.language), self._say("有、无、不详", "yes, no, unknown")
            message = self._say(f"“{label}”不能是“{text}”；可用：", f"'{label}' cannot be '{text}'; allowed: ")
            raise ScenarioError([Mistake(0, 1, message + expected)])
        label, field = sign.label.in_(self.language), self.vocabulary.fields[sign.means].label.in_(self.language)
        if there:
            self._tell(profile, told, sign.means, True)
            return self._say(f"“{label}：有”读作：{field} = 是", f"'{label}: yes' is read as: {field} = yes")
        if there is None:
            return ""
        return self._say(
            f"“{label}：无”不能说明“{field}”为否，未记录", f"'{label}: no' does not mean no to '{field}'; not recorded"
        )

    def _tell(self, profile: dict[str, Any], told: dict[str, Any], name: str, value: Any, column: int = 1) -> None:
        """Set a fact; two cells of one table (or of one item's row) that say different things of it are a mistake."""
        if told.setdefault(name, value) != value:
            zh, en = (self.vocabulary.fields[name].label.in_(language) for language in ("zh", "en"))
            message = self._say(
                f"同一张表里对“{zh}”的说法相互矛盾", f"what the table says of '{en}' contradicts itself"
            )
            raise ScenarioError([Mistake(0, column, message)])
        *groups, last = name.removesuffix(".value").split(".") if name.startswith("labs.") else name.split(".")
        target = profile
        for group in groups:
            target = target.setdefault(group, {})
        if name.startswith("labs.") and isinstance(value, dict):
            target.setdefault(last, {}).update(value)
        else:
            target[last] = value

    def _left_out(self, word: str, text: str) -> str:
        return self._say(
            f"“{word}：{text}”没有规则用到，未参与评估", f"'{word}: {text}' is read by no rule and left out"
        )

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
                if fold(cell) in _ID:
                    columns[column] = ()
                elif lexicon.candidates(cell, name + ".") or not lexicon.unread(cell):
                    columns[column] = self.candidates(cell, name + ".")
                else:
                    continue
                facts = columns[column]
                self._once(cell, facts[0].name if len(facts) == 1 else fold(cell) if facts else "id", seen, column)
            except Wrong as wrong:
                mistakes.append(Mistake(0, column, str(wrong)))
            except ScenarioError as error:
                mistakes.extend(error.mistakes)
        return columns

    def _lab_columns(self, header: Sequence[str], mistakes: list[Mistake]) -> dict[int, str]:
        columns: dict[int, str] = {}
        for column, cell in enumerate(header[1:], start=1):
            name = _LAB_COLUMNS.get(fold(cell))
            if name is None and lexicon_of(self.vocabulary).unread(cell):
                continue
            if name is None:
                expected = self._say(
                    "值、单位、下限、上限、参考范围、判读、日期", "value, unit, lower, upper, range, reading, date"
                )
                message = self._say(f"化验表没有“{cell}”这一列；可用：", f"no column '{cell}'; use: ")
                mistakes.append(Mistake(0, column, message + expected))
                continue
            try:
                self._once(cell, name, set(columns.values()), column)
                columns[column] = name
            except ScenarioError as error:
                mistakes.extend(error.mistakes)
        return columns

    def _reference(self, fact: Field, text: str) -> tuple[str, str]:
        """Return the two ends of a laboratory's range, each with the unit if there is one."""
        found = _RANGE.fullmatch(unicodedata.normalize("NFKC", text).strip())
        if found is None:
            raise self.cells.refusal(fact, text, self._say("下限-上限，如 2.11-2.52", "lower-upper, as 2.11-2.52"))
        unit = found[3] or ""
        return f"{found[1]} {unit}".strip(), f"{found[2]} {unit}".strip()

    def _once(self, word: str, name: str, seen: set[str], column: int) -> None:
        if name in seen:
            message = self._say(f"“{word}”在这张表里出现了两次", f"'{word}' stands twice in this table")
            raise ScenarioError([Mistake(0, column, message)])
        seen.add(name)

    def _put(self, profile: dict[str, Any], analyte: Field, name: str, text: str, column: int) -> str:
        """Put one cell of a laboratory result into the profile and return how it was read, if otherwise than written."""
        fact = self.vocabulary.fields[analyte.name.removesuffix("value") + name]
        if not name.startswith("reference_"):
            found = self._cell(column, lambda: said(self.cells, [fact], text))
            for each, value in found.sets.items():
                self._tell(profile, {}, each, value, column)
            return found.remark
        target = profile.setdefault("labs", {}).setdefault(fact.name.split(".")[1], {})
        quantity = self.vocabulary.quantities[fact.name.split(".")[1]]
        target.update(self._cell(column, lambda: self.cells.limit(fact, quantity, target.get("unit"), text)))
        return ""

    def _each(
        self,
        rows: Rows,
        read: Callable[[Sequence[str]], None],
        *,
        pairs: bool = False,
        header: bool = False,
        before: Sequence[Mistake] = (),
    ) -> None:
        """Read each row; the mistakes of all rows, and those found ``before``, are told at once."""
        mistakes = [*before]
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
