"""What a scenario says before it is evaluated: the patient, the site's settings, the date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from oncocds.profile.codes import calendar_date
from oncocds.scenarios.cells import date_read, fold, parts
from oncocds.scenarios.patient import STEP, Mistake, Rows, ScenarioError, TableReader
from oncocds.scenarios.phrase import Phrase

_RULE_HEADERS = {"规则", "rule"}


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A row of a table of rules: the rule's id, its title and the facts it lacks, where the table says them."""

    rule: str
    title: str = ""
    missing: tuple[str, ...] = ()


@dataclass(slots=True)
class Story:
    """A patient as a scenario tells it, step by step. ``shipped`` asks for the policy as it ships.

    ``remarks`` say what was read otherwise than it is written, or left out.
    """

    profile: dict[str, Any] = field(default_factory=dict)
    policy: dict[str, Any] = field(default_factory=dict)
    shipped: bool = False
    as_of: str | None = None
    remarks: list[str] = field(default_factory=list)

    def tell(self, phrase: Phrase, words: Mapping[str, str], rows: Rows, reader: TableReader) -> None:
        """Add what one given step says. Raises ``ScenarioError`` naming each cell that cannot be read."""
        match phrase.id:
            case "patient" | "symptoms":
                self.remarks += reader.patient(rows, self.profile)
            case "policy":
                reader.policy(rows, self.policy)
            case "labs":
                self.remarks += reader.labs(rows, self.profile)
            case "surgeries" | "no_surgeries" | "open_surgeries" | "incomplete_surgeries":
                self._tell_surgeries(phrase, rows, reader)
            case "shipped":
                self.shipped = True
            case "as_of":
                date = date_read(words["date"])
                try:
                    calendar_date(date)
                except ValueError:
                    message = reader.cells.say(
                        f"“{words['date']}”不是日期，请写成 2025-01-31 的样子",
                        f"'{words['date']}' is no date; write it as 2025-01-31",
                    )
                    raise ScenarioError([Mistake(STEP, 0, message)]) from None
                self.as_of = date
            case about:
                said, _, name = about.rpartition("_")
                self._tell_list(phrase, said, name, rows, reader)

    def _tell_surgeries(self, phrase: Phrase, rows: Rows, reader: TableReader) -> None:
        known, open_ = self.profile.get("surgeries"), "surgeries" in self.profile.get("incomplete", ())
        fits = not known and not open_ if phrase.id == "no_surgeries" else known != [] or open_
        self._agree(phrase, fits, reader)
        if phrase.id in ("open_surgeries", "incomplete_surgeries"):
            self.profile["incomplete"] = sorted({*self.profile.get("incomplete", ()), "surgeries"})
        self.profile["surgeries"] = [*(known or ()), *reader.surgeries(rows)]

    def _tell_list(self, phrase: Phrase, said: str, name: str, rows: Rows, reader: TableReader) -> None:
        """Add what a step says of a list: ``no`` items, some, some and maybe others (``open``), or maybe some."""
        incomplete: list[str] = self.profile.get("incomplete", [])
        if said == "no":
            self._agree(phrase, not self.profile.get(name) and name not in incomplete, reader)
            self.profile[name] = []
            return
        self._agree(phrase, self.profile.get(name) != [] or name in incomplete, reader)
        if said in ("open", "incomplete"):
            self.profile["incomplete"] = sorted({*incomplete, name})
        if said == "incomplete":
            self.profile.setdefault(name, [])
        else:
            read = reader.history if name == "history" else partial(reader.items, name)
            self.remarks += read(rows, self.profile)

    def _agree(self, phrase: Phrase, agrees: bool, reader: TableReader) -> None:
        """Refuse a list and the statement that there is none."""
        if not agrees:
            message = reader.cells.say(
                f"“{phrase.zh}”与前面说的相矛盾（有，或者没有）",
                f"'{phrase.en}' contradicts what was said before (some, or none)",
            )
            raise ScenarioError([Mistake(STEP, 0, message)])


def rule_rows(rows: Rows) -> list[tuple[int, RuleRow]]:
    """Return the rows of a table of rules with their numbers (from 0), the header left out."""
    found = []
    for number, cells in enumerate(rows):
        if number == 0 and fold(cells[0]) in _RULE_HEADERS:
            continue
        rule, title, missing = [*(cell.strip() for cell in cells[:3]), "", ""][:3]
        found.append((number, RuleRow(rule, title, tuple(parts(missing)))))
    return found
