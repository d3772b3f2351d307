"""Reads a scenario's tables into a profile and a policy, by path, label or synonym in either language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from oncocds.scenarios.cells import UNSET, fold
from oncocds.scenarios.items import ItemTables
from oncocds.scenarios.lexicon import lexicon_of, words_of
from oncocds.scenarios.said import said
from oncocds.scenarios.tables import STEP, Mistake, Rows, ScenarioError
from oncocds.vocabulary.notes import Sign

__all__ = ["STEP", "Mistake", "Rows", "ScenarioError", "TableReader"]

_SURGERY_HEADERS = ("手术名称", "术式", "operation")


@dataclass(frozen=True, slots=True)
class TableReader(ItemTables):
    """Reads tables with the words of one vocabulary; messages are in ``language``. Raises ``ScenarioError``."""

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
