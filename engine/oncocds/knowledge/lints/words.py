"""What a rule file says must be complete, in both languages, and must not outrun its quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oncocds.errors import Issue
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.lints.lint import Lint, at
from oncocds.knowledge.models import Rule
from oncocds.text import Text

_HAN = re.compile(r"[\u4e00-\u9fff]")
_SLOT = re.compile(r"\{(\w+)\}")
_GAP = re.compile(r"[…]+|\.\.\.")
# A number standing by itself; digits inside a word (HER2, CA153, P1NP, T-DM1, CDK4/6) are part of a name.
_FIGURE = re.compile(r"(?<![A-Za-z0-9.\-/])\d+(?:\.\d+)?(?![A-Za-z0-9])")


def _quoted(rule: Rule) -> str:
    return "".join(quote.exact for quote in rule.quotes)


class Examples(Lint):
    """A rule that fires shows at least when it does and when it does not."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Issue]:
        """Check one rule."""
        if rule.kind == "evidence":
            return
        expected = {example.expect for example in rule.examples}
        if len(rule.examples) < 2 or "fires" not in expected or expected == {"fires"}:
            yield at(rule, "at least two examples are needed: one that fires, one that is silent or undetermined")


class Quotes(Lint):
    """A rule states what a passage states."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Issue]:
        """Check one rule."""
        if not any(quote.role == "states" for quote in rule.quotes):
            yield at(rule, "no quote with role: states")


class Slots(Lint):
    """The slots of the text are the slots that are filled."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Issue]:
        """Check one rule."""
        for language, words in (("zh", rule.then.zh), ("en", rule.then.en)):
            used = set(_SLOT.findall(words))
            for name in sorted(used ^ set(rule.slots)):
                where = "is not declared under slots" if name in used else "is declared but not used"
                yield at(rule, f"slot '{{{name}}}' {where} (then.{language})")


class Languages(Lint):
    """Chinese stands under zh, English under en."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Issue]:
        """Check one rule."""
        pieces = [("slots", piece.text) for texts in rule.slots.values() for piece in texts]
        for name, text in (("title", rule.title), ("then", rule.then), ("not_said", rule.not_said), *pieces):
            if text is None or not _SLOT.sub("", text.zh).strip():
                continue
            if not _HAN.search(text.zh):
                yield at(rule, f"{name}.zh holds no Chinese")
            if _HAN.search(_outside_quotes(text.en)):
                yield at(rule, f"{name}.en holds Chinese outside quotation marks")


class NothingInvented(Lint):
    """A figure in the advice stands in a quote of the rule: no dose, interval or threshold of our own."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Issue]:
        """Check one rule."""
        texts = [rule.then, *(piece.text for pieces in rule.slots.values() for piece in pieces)]
        quoted = set(_FIGURE.findall(_quoted(rule))) | set(re.findall(r"\d+(?:\.\d+)?", _quoted(rule)))
        for text in texts:
            for figure in _FIGURE.findall(text.zh) + _FIGURE.findall(text.en):
                if figure not in quoted:
                    yield at(rule, f"the text says {figure}, which stands in none of the rule's quotes")


class StrengthAsWorded(Lint):
    """The strength is the document's own wording, found in the rule's quotes; an ellipsis marks a gap."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Issue]:
        """Check one rule."""
        quoted = "".join(_quoted(rule).split())
        for part in re.split(r"[；;]", rule.strength.text.zh):
            place = 0
            for piece in _GAP.split("".join(part.split())):
                place = quoted.find(piece, place) if place >= 0 else -1
            if place < 0:
                yield at(rule, f"strength.zh '{part.strip()}' does not stand in the quotes")


class GuidelineNamed(Lint):
    """Who claims a guideline names it."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Issue]:
        """Check one rule."""
        if rule.evidence.level == "guideline" and rule.evidence.cites is None:
            yield at(rule, "evidence level 'guideline' without cites")


class NothingToDo(Lint):
    """A scaffold is no rule yet."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Issue]:
        """Check one rule."""
        texts: list[Text | None] = [rule.title, rule.then, rule.not_said, rule.reading, rule.strength.text]
        if any(text is not None and ("TODO" in text.zh or "TODO" in text.en) for text in texts):
            yield at(rule, "a TODO is left; write what stands there before the rule can load")


def _outside_quotes(text: str) -> str:
    return re.sub(r"[“\"《][^”\"》]*[”\"》]", "", text)
