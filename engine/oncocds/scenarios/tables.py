"""What reading any table of a scenario needs: finding fields by their words, and telling every wrong cell at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from oncocds.reading.nearest import nearest
from oncocds.scenarios.cells import CellReader, Wrong, fold
from oncocds.scenarios.lexicon import lexicon_of
from oncocds.scenarios.said import said
from oncocds.text import Language
from oncocds.vocabulary.models import Field, Vocabulary

Rows = Sequence[Sequence[str]]
_HEADERS = {"事实", "fact", "项目", "field", "设置", "setting", "化验", "analyte"}
_NEAR = 0.6  # the share of letters from which a word is suggested
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
class Tables:
    """Finds fields by the words of one vocabulary; messages are in ``language``."""

    vocabulary: Vocabulary
    language: Language = "zh"

    @property
    def cells(self) -> CellReader:
        """A reader of single cells with the same words."""
        return CellReader(self.vocabulary, self.language)

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
        if (instead := lexicon.instead(word)) is not None:
            raise Wrong(self._say(f"没有“{word}”这一项；", f"no field '{word}'; ") + instead.in_(self.language))
        known = {
            fold(name): fact for facts in lexicon.index(prefix).values() for fact in facts for name in self._shown(fact)
        }
        near = [known[name] for name in nearest(fold(self.vocabulary.simplified(word)), known, 12, _NEAR)]
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

    def _tell(self, profile: dict[str, Any], told: dict[str, Any], name: str, value: Any, column: int = 1) -> None:
        """Set a fact; two cells of one table (or of one item's row) that say different things of it are a mistake."""
        if told.setdefault(name, value) != value:
            zh, en = (self.vocabulary.fields[name].label.in_(language) for language in ("zh", "en"))
            message = self._say(
                f"同一张表里对“{zh}”的说法相互矛盾", f"what the table says of '{en}' contradicts itself"
            )
            raise ScenarioError([Mistake(0, column, message)])
        if value is None:
            profile["incomplete"] = sorted({*profile.get("incomplete", ()), name})
            return
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

    def _once(self, word: str, name: str, seen: set[str], column: int) -> None:
        if name in seen:
            message = self._say(f"“{word}”在这张表里出现了两次", f"'{word}' stands twice in this table")
            raise ScenarioError([Mistake(0, column, message)])
        seen.add(name)

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
        if len(rows) == 1 and not before and (header or (pairs and fold(rows[0][0]) in _HEADERS)):
            zh = "表里只有列名，没有内容；一项也没有时写“没有…”，如“没有用药”"
            en = "the table has no row below its columns' names; where there is none, write so, as 'no medications'"
            mistakes.append(Mistake(0, 0, self._say(zh, en)))
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
