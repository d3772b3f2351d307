"""What a rule file says must be complete, in both languages, and must not outrun its quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oncocds.errors import Issue
from oncocds.knowledge.audience import PATIENTS
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.lints.lint import CONFLICTS, PRECEDENCE, Lint, at
from oncocds.knowledge.models import Rule
from oncocds.text import Text

_HAN = re.compile(r"[\u4e00-\u9fff]")
_SLOT = re.compile(r"\{(\w+)\}")
_GAP = re.compile(r"[…]+|\.\.\.")
_WORD = re.compile(r"[^\W\d_]")


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
    """A rule states what a passage states, and quotes no passage twice."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Issue]:
        """Check one rule."""
        if not any(quote.role == "states" for quote in rule.quotes):
            yield at(rule, "no quote with role: states")
        seen = set()
        for quote, passage in zip(rule.quotes, knowledge.passages[rule.id], strict=True):
            place = (passage.document, passage.start, passage.end)
            if place in seen:
                yield at(rule, f"the same words are quoted twice: '{quote.exact[:20]}…'", quote.mark)
            seen.add(place)


class Recipients(Lint):
    """Patients and their families are told nothing of a document whose education the manifest keeps from them."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Issue]:
        """Check one rule."""
        told = [one for one in rule.recipients if one in PATIENTS]
        if told and not knowledge.documents[rule.document].patient_education:
            words = f"recipients: {', '.join(told)}; the manifest says that '{rule.document}' is not for patients"
            yield at(rule, f"{words} (patient_education: false)")


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
    """Chinese stands under zh, English under en, in everything that is shown."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Issue]:
        """Check one rule."""
        texts = [
            ("title", rule.title),
            ("then", rule.then),
            ("strength", rule.strength.text),
            ("not_said", rule.not_said),
            ("reading", rule.reading),
            ("evidence: cites", rule.evidence.cites),
            *(("raised: strength", one.strength.text) for one in rule.raised if one.strength is not None),
            *(("slots", piece.text) for pieces in rule.slots.values() for piece in pieces),
        ]
        if rule.extension is not None:
            texts.append(("extended_by: label", rule.extension.label))
        yield from (at(rule, message) for name, text in texts for message in _misplaced(name, text))

    def whole(self, knowledge: Knowledge) -> Iterator[Issue]:
        """Check everything but rules."""
        texts = [(concept.path, "title", concept.title) for concept in knowledge.concepts.values()]
        for action in knowledge.actions.values():
            texts.append((action.path, "title", action.title))
            texts += [(action.path, "alone", title) for _, title in action.alone]
        texts += [(f"rules/flags/{flag.id}.yaml", "text", flag.text) for flag in knowledge.flags.values()]
        texts += [(note.path, "text", note.text) for note in knowledge.notes.values()]
        texts += [(PRECEDENCE, f"{entry.id}: why", entry.why) for entry in knowledge.precedence]
        for conflict in knowledge.conflicts:
            texts += [(CONFLICTS, f"{conflict.id}: title", conflict.title)]
            texts += [(CONFLICTS, f"{conflict.id}: text", conflict.text)]
        for entries in knowledge.ledger.values():
            reasons = {entry.reason: entry for entry in entries}
            for entry in reasons.values():
                for message in _misplaced("reason", entry.reason):
                    yield Issue(entry.mark.path, entry.mark.line, entry.mark.column, message)
        for path, name, text in texts:
            for message in _misplaced(name, text):
                yield Issue(path, 1, 1, message)


class StrengthAsWorded(Lint):
    """The strength is the document's own wording, found in the rule's quotes; an ellipsis marks a gap."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Issue]:
        """Check one rule."""
        quoted = "".join(_quoted(rule).split())
        wordings = [rule.strength, *(one.strength for one in rule.raised if one.strength is not None)]
        for part in (part for wording in wordings for part in re.split(r"[；;]", wording.text.zh)):
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


def _misplaced(name: str, text: Text | None) -> Iterator[str]:
    if text is None or not _WORD.search(_SLOT.sub("", text.zh)):
        return  # a text of slots and punctuation is of no language
    if not _HAN.search(text.zh):
        yield f"{name}.zh holds no Chinese"
    if _HAN.search(_outside_quotes(text.en)):
        yield f"{name}.en holds Chinese outside quotation marks"


def _outside_quotes(text: str) -> str:
    return re.sub(r"[“\"《][^”\"》]*[”\"》]", "", text)
