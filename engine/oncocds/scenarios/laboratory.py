"""Reads a scenario's tables of laboratory results, with the columns that reports are printed with."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from oncocds.profile.history import LATEST, LVEF
from oncocds.scenarios.cells import Wrong, fold, number_and_unit, unit_read
from oncocds.scenarios.lexicon import lexicon_of
from oncocds.scenarios.said import Said, said
from oncocds.scenarios.tables import STEP, Mistake, Rows, ScenarioError, Tables
from oncocds.vocabulary.models import Field

_RANGE = re.compile(r"(\d+(?:\.\d+)?)\s*[-~–—～至到]+\s*(\d+(?:\.\d+)?)\s*(\D.*)?")
IDS = {"编号", "序号", "id"}
_LAB_COLUMNS = {
    word: name
    for name, words in {
        "value": ("值", "value", "结果", "result", "数值"),
        "unit": ("单位", "unit", "units"),
        "reference_low": ("下限", "lower", "参考下限", "正常下限", "lln", "lowerlimit"),
        "reference_high": ("上限", "upper", "参考上限", "正常上限", "uln", "upperlimit"),
        "reference": ("参考范围", "参考值", "正常范围", "range", "referencerange"),
        "interpretation": ("判读", "reading", "提示", "flag"),
        "date": ("日期", "date", "检验日期", "检查日期"),
    }.items()
    for word in words
}


@dataclass(frozen=True, slots=True)
class LaboratoryTables(Tables):
    """Reads tables of laboratory results."""

    def labs(self, rows: Rows, profile: dict[str, Any]) -> list[str]:
        """Read laboratory results: analyte, value with unit, the laboratory's limits, its reading, the date."""
        if not rows:
            raise ScenarioError([Mistake(STEP, 0, self._say("表格是空的", "the table is empty"))])
        mistakes: list[Mistake] = []
        columns = self._lab_columns(rows[0], mistakes)
        if mistakes and "value" not in columns.values():
            columns.setdefault(mistakes[0].column, "value")  # a wrong name: its cells are still checked
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
                limits = name.startswith("reference")
                if name == "unit" or not text.strip() or (limits and self.cells.is_word("unknown", text)):
                    continue
                parts = {name: text}
                if name == "reference":
                    low, high = self._cell(column, lambda t=text: self._reference(fact, t))  # type: ignore[misc]
                    parts = {"reference_low": low, "reference_high": high}
                measured = name == "value" or (limits and not self._has_unit(profile, fact))
                for part, told in parts.items():
                    if measured and unit_at is not None:
                        told = self._cell(column, lambda t=told: self._with_unit(fact, t, cells[unit_at]))  # type: ignore[misc]
                    remarks.append(self._put(profile, fact, part, told, column))

        self._each(rows, row, header=True, before=mistakes)
        return [remark for remark in remarks if remark]

    def history(self, rows: Rows, profile: dict[str, Any]) -> list[str]:
        """Read earlier results, one to a row: what was measured, the day, the value with its unit."""
        if not rows:
            raise ScenarioError([Mistake(STEP, 0, self._say("表格是空的", "the table is empty"))])
        mistakes: list[Mistake] = []
        header = rows[0]
        ids = len(header) - 1 if fold(header[-1]) in IDS else None
        columns = {name: column for column, name in self._lab_columns(header[:ids], mistakes).items()}
        read: list[dict[str, Any]] = []
        remarks: list[str] = []
        wanted, known = ("date", "value"), ("date", "value", "unit")
        if not mistakes and (not set(wanted) <= set(columns) or not set(columns) <= set(known)):
            message = self._say("历次结果的表：项目、日期、值、单位", "earlier results: analyte, date, value, unit")
            mistakes.append(Mistake(0, 0, message))
        if mistakes:
            raise ScenarioError(mistakes)

        def row(cells: Sequence[str]) -> None:
            text, unit = cells[columns["value"]], cells[columns["unit"]] if "unit" in columns else ""
            of = LVEF if self._is_lvef(cells[0]) else ""
            fact = self.vocabulary.fields[LATEST]
            if not of:
                fact = self._cell(0, lambda: self.candidates(cells[0], "labs.", text or None))[0]
                of = fact.name.split(".")[1]
            if unit:
                text = self._cell(columns["unit"], lambda t=text: self._with_unit(fact, t, unit))  # type: ignore[misc]
            found: Said = self._cell(columns["value"], lambda: said(self.cells, [fact], text))
            dated = self.vocabulary.fields["labs.calcium.date"]  # as any date of a result is read
            day: Said = self._cell(columns["date"], lambda: said(self.cells, [dated], cells[columns["date"]]))
            for column, sets in ((columns["value"], found.sets), (columns["date"], day.sets)):
                if not sets:
                    zh = "历次结果的每一行要有日期和值；没有结果的行请删去"
                    en = "each earlier result has its date and its value; take a row without them out"
                    raise ScenarioError([Mistake(0, column, self._say(zh, en))])
            told = found.sets[fact.name]
            measured = {"value": told, "unit": "%"} if of == LVEF else told
            identity = {} if ids is None or not cells[ids].strip() else {"id": cells[ids].strip()}
            read.append({**identity, "of": of, "date": day.sets[dated.name], **measured})
            remarks.extend([found.remark, day.remark])

        self._each(rows, row, header=True)
        profile["history"] = [*profile.get("history", []), *read]
        return [remark for remark in remarks if remark]

    def column_of(self, part: str, header: Sequence[str]) -> int:
        """Return the column of a table of laboratory results that tells one part of them, such as its date."""
        told = [_LAB_COLUMNS.get(fold(cell), "") for cell in header]
        found = [column for column, name in enumerate(told) if name and part.startswith(name)]
        return found[0] if found else told.index("value") if "value" in told else 1

    @staticmethod
    def _has_unit(profile: dict[str, Any], fact: Field) -> bool:
        return "unit" in profile.get("labs", {}).get(fact.name.split(".")[1], {})

    def _with_unit(self, fact: Field, text: str, column: str) -> str:
        """Return a number with the unit of its column. Raises ``Wrong`` where it has another one of its own."""
        if not column.strip() or self.cells.is_word("unknown", column):
            return text
        if text.strip()[-1:].isdigit():
            return f"{text} {column}"
        found = number_and_unit(text)
        quantity = self.vocabulary.quantities.get(fact.name.split(".")[1])
        accepted = [fact.unit or ""] if quantity is None else list(quantity.factors)
        own = None if found is None else self.cells.unit(found[1], accepted)
        if own is None or own == self.cells.unit(unit_read(column), accepted):
            return text  # what is no unit is told when the cell is read
        zh = f"“{text}”的单位与单位一列的“{column}”不同，请改成一致"
        raise Wrong(self._say(zh, f"the unit of '{text}' is not that of the column, '{column}'; make them one"))

    def _is_lvef(self, word: str) -> bool:
        lexicon = lexicon_of(self.vocabulary)
        return any(one.name == LATEST for one in lexicon.candidates(word, ""))

    def _lab_columns(self, header: Sequence[str], mistakes: list[Mistake]) -> dict[int, str]:
        columns: dict[int, str] = {}
        if lexicon_of(self.vocabulary).candidates(header[0], "labs.") or self._is_lvef(header[0]):
            message = self._say(
                f"“{header[0]}”是项目，不是列名；第一行写列名，如 | 化验 | 值 | 单位 | 日期 |，以下每行一项",
                f"'{header[0]}' is a test, no column; the first row names the columns, as "
                "| lab | value | unit | date |, each row below is a test",
            )
            raise ScenarioError([Mistake(0, 0, message)])
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

    def _put(self, profile: dict[str, Any], analyte: Field, name: str, text: str, column: int) -> str:
        """Put one cell of a result into the profile and return how it was read, if otherwise than written."""
        fact = self.vocabulary.fields[analyte.name.removesuffix("value") + name]
        if not name.startswith("reference_"):
            found: Said = self._cell(column, lambda: said(self.cells, [fact], text))
            for each, value in found.sets.items():
                self._tell(profile, {}, each, value, column)
            return found.remark
        target = profile.setdefault("labs", {}).setdefault(fact.name.split(".")[1], {})
        quantity = self.vocabulary.quantities[fact.name.split(".")[1]]
        target.update(self._cell(column, lambda: self.cells.limit(fact, quantity, target.get("unit"), text)))
        return ""
