"""What a rule file says must be complete, in both languages, and must not outrun its quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oncocds.knowledge.audience import PATIENTS
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.lints.lint import CONFLICTS, PRECEDENCE, Lint, at, place
from oncocds.knowledge.lints.places import Complaint, Key
from oncocds.knowledge.models import Rule, Wording
from oncocds.text import Text

HAN = re.compile(r"[\u4e00-\u9fff]")
_SLOT = re.compile(r"\{(\w+)\}")
_GAP = re.compile(r"[…]+|\.\.\.")
_WORD = re.compile(r"[^\W\d_]")
_QUOTED = re.compile(r"[“\"《][^”\"》]*[”\"》]")


def _quoted(rule: Rule) -> str:
    return "".join(quote.exact for quote in rule.quotes)


class Examples(Lint):
    """A rule that fires shows at least when it does and when it does not."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Complaint]:
        """Check one rule."""
        if rule.kind == "evidence":
            return
        expected = {example.expect for example in rule.examples}
        if len(rule.examples) < 2 or "fires" not in expected or expected == {"fires"}:
            message = "at least two examples are needed: one that fires, one that is silent or undetermined"
            yield at(rule, message, "examples")


class Quotes(Lint):
    """A rule states what a passage states, and quotes no passage twice."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Complaint]:
        """Check one rule."""
        if not any(quote.role == "states" for quote in rule.quotes):
            yield at(rule, "no quote with role: states", "source")
        seen = set()
        for quote, passage in zip(rule.quotes, knowledge.passages[rule.id], strict=True):
            quoted = (passage.document, passage.start, passage.end)
            if quoted in seen:
                yield at(rule, f"the same words are quoted twice: '{quote.exact[:20]}…'", mark=quote.mark)
            seen.add(quoted)


class Recipients(Lint):
    """Patients and their families are told nothing of a document whose education the manifest keeps from them."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Complaint]:
        """Check one rule."""
        told = [one for one in rule.recipients if one in PATIENTS]
        if told and not knowledge.documents[rule.document].patient_education:
            words = f"recipients: {', '.join(told)}; the manifest says that '{rule.document}' is not for patients"
            yield at(rule, f"{words} (patient_education: false)", "recipients", told[0])


class Slots(Lint):
    """The slots of the text are the slots that are filled."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Complaint]:
        """Check one rule."""
        for language, words in (("zh", rule.then.zh), ("en", rule.then.en)):
            used = set(_SLOT.findall(words))
            for name in sorted(used ^ set(rule.slots)):
                where = "is not declared under slots" if name in used else "is declared but not used"
                keys = ("then", language) if name in used else ("slots", name)
                yield at(rule, f"slot '{{{name}}}' {where} (then.{language})", *keys)


class Languages(Lint):
    """Chinese stands under zh, English under en, in everything that is shown."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Complaint]:
        """Check one rule."""
        texts: list[tuple[str, tuple[Key, ...], Text | None]] = [
            ("title", ("title",), rule.title),
            ("then", ("then",), rule.then),
            ("strength", ("strength",), rule.strength.text),
            ("not_said", ("not_said",), rule.not_said),
            ("reading", ("reading",), rule.reading),
            ("evidence: cites", ("evidence", "cites"), rule.evidence.cites),
            *(
                ("raised: strength", ("raised", number, "strength"), one.strength.text)
                for number, one in enumerate(rule.raised)
                if one.strength is not None
            ),
            *(
                ("slots", ("slots", name, number), piece.text)
                for name, pieces in rule.slots.items()
                for number, piece in enumerate(pieces)
            ),
        ]
        if rule.extension is not None:
            texts.append(("extended_by: label", ("extended_by", "label"), rule.extension.label))
        for name, keys, text in texts:
            for language, message in _misplaced(name, text):
                yield at(rule, message, *keys, language)

    def whole(self, knowledge: Knowledge) -> Iterator[Complaint]:
        """Check everything but rules."""
        texts: list[tuple[str, tuple[Key, ...], str, Text]] = []
        texts += [(concept.path, ("title",), "title", concept.title) for concept in knowledge.concepts.values()]
        for action in knowledge.actions.values():
            texts.append((action.path, ("title",), "title", action.title))
            texts += [(action.path, ("alone", at), "alone", title) for at, (_, title) in enumerate(action.alone)]
        texts += [(f"rules/flags/{flag.id}.yaml", (), "text", flag.text) for flag in knowledge.flags.values()]
        texts += [(note.path, (), "text", note.text) for note in knowledge.notes.values()]
        for number, entry in enumerate(knowledge.precedence):
            texts.append((PRECEDENCE, (number, "why"), f"{entry.id}: why", entry.why))
        for number, conflict in enumerate(knowledge.conflicts):
            texts.append((CONFLICTS, (number, "title"), f"{conflict.id}: title", conflict.title))
            texts.append((CONFLICTS, (number, "text"), f"{conflict.id}: text", conflict.text))
        for entries in knowledge.ledger.values():
            reasons = {entry.reason: entry for entry in entries}
            for one in reasons.values():
                for _, message in _misplaced("reason", one.reason):
                    yield place(one.mark.path, message, mark=one.mark)
        for path, keys, name, text in texts:
            for language, message in _misplaced(name, text):
                yield place(path, message, *keys, language)


class StrengthAsWorded(Lint):
    """The strength is the document's own wording, found in the rule's quotes; an ellipsis marks a gap."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Complaint]:
        """Check one rule."""
        quoted = "".join(_quoted(rule).split())
        wordings: list[tuple[tuple[Key, ...], Wording]] = [((), rule.strength)]
        for number, one in enumerate(rule.raised):
            if one.strength is not None:
                wordings.append((("raised", number), one.strength))
        for keys, part in ((keys, part) for keys, one in wordings for part in re.split(r"[；;]", one.text.zh)):
            found = 0
            for piece in _GAP.split("".join(part.split())):
                found = quoted.find(piece, found) if found >= 0 else -1
            if found < 0:
                message = f"strength.zh '{part.strip()}' does not stand in the quotes"
                yield at(rule, message, *keys, "strength", "zh")


class GuidelineNamed(Lint):
    """Who claims a guideline names it."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Complaint]:
        """Check one rule."""
        if rule.evidence.level == "guideline" and rule.evidence.cites is None:
            yield at(rule, "evidence level 'guideline' without cites", "evidence")


def _misplaced(name: str, text: Text | None) -> Iterator[tuple[str, str]]:
    if text is None or not _WORD.search(_SLOT.sub("", text.zh)):
        return  # a text of slots and punctuation is of no language
    if not HAN.search(text.zh):
        yield "zh", f"{name}.zh holds no Chinese"
    if HAN.search(_QUOTED.sub("", text.en)):
        yield "en", f"{name}.en holds Chinese outside quotation marks"
