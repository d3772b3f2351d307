"""One file becomes one piece of knowledge: the schemas of concept, action, flag, note, precedence and conflict."""

from __future__ import annotations

from typing import Any, cast, get_args

from oncocds.knowledge.documented import Conflict, Gloss, LedgerEntry
from oncocds.knowledge.models import (
    TIERS,
    UNRANKED,
    Action,
    Beside,
    Concept,
    Flag,
    Note,
    NoteExample,
    Precedence,
    PrecedenceExample,
    Urgency,
)
from oncocds.knowledge.rule_files import NO_TEXT, RuleFiles
from oncocds.reading.marks import Node, Scalar, Sequence
from oncocds.reading.nearest import suggestion
from oncocds.reading.record import Record


class Files(RuleFiles):
    """Reads files of knowledge of every kind against one vocabulary, gathering issues."""

    def concept(self, node: Node, path: str) -> Concept | None:
        """Read a concept file."""
        record = self.record(node, "concept")
        when = self._condition(record, "when", required=True)
        identity, title = record.text("id"), record.bilingual("title", required=True) or NO_TEXT
        record.finish()
        return None if when is None else Concept(identity, title, when, path, node.mark)

    def action(self, node: Node, path: str) -> Action:
        """Read an action file."""
        record = self.record(node, "action")
        alone = []
        for inner in record.records("alone"):
            alone.append((frozenset(inner.texts("rules", required=True)), inner.words()))
            inner.finish()
        action = Action(
            id=record.text("id"),
            title=record.bilingual("title", required=True) or NO_TEXT,
            tier=record.choice("tier", TIERS),
            per_lesion=record.choice("per", ("patient", "lesion"), default="patient") == "lesion",
            alone=tuple(alone),
            emergency_rank=record.integer("emergency_rank", default=UNRANKED),
            gives=self._drug_classes(record, "gives"),
            calls_safe=self._drug_classes(record, "calls_safe"),
            local_treatment=record.boolean("local_treatment", default=False),
            background=record.boolean("background", default=False),
            joins=record.text("joins", required=False) or None,
            listed_before=record.bilingual("listed_before"),
            path=path,
            mark=node.mark,
        )
        record.finish()
        return action

    def flag(self, node: Node) -> Flag:
        """Read a flag file."""
        record = self.record(node, "flag")
        flag = Flag(record.text("id"), record.words(), record.boolean("contested", default=False))
        record.finish()
        return flag

    def note(self, node: Node, path: str) -> Note:
        """Read a note file."""
        record = self.record(node, "note")
        urgency = record.choice("urgency", ("", *get_args(Urgency)), default="")
        status = record.choice("status", ("", "checked", "memory"), default="")
        origin = record.choice("origin", ("external", "reading", "engine"))
        if (origin == "external") != bool(status):
            record.issue(record.mark, "note: external notes say whether they were checked; others have no status")
        note = Note(
            id=record.text("id"),
            text=record.words(),
            origin=cast(Any, origin),
            status=cast(Any, status or None),
            when=self._condition(record, "when"),
            attached_to=record.texts("attached_to"),
            beside=self._beside(record),
            rules=record.texts("rules"),
            urgency=cast(Any, urgency or None),
            at_most=cast(Any, record.choice("at_most", ("", *get_args(Urgency)), default="") or None),
            same_lesion=record.boolean("same_lesion", default=False),
            examples=self._note_examples(record),
            path=path,
        )
        if note.same_lesion and note.when is None:
            record.issue(record.mark, "note: 'same_lesion' needs a 'when' that names lesions")
        if note.beside is not None and (note.attached_to or note.when is None):
            record.issue(record.mark, "note: 'beside' needs a 'when' of its own, and no 'attached_to'")
        if note.at_most is not None and not note.attached_to:
            record.issue(record.mark, "note: 'at_most' lowers the rules it is attached to; name them")
        record.finish()
        return note

    def _note_examples(self, record: Record) -> tuple[NoteExample, ...]:
        examples = []
        for inner in record.records("examples"):
            given, policy = inner.plain("given", required=True), inner.plain("policy")
            shown = inner.choice("expect", ("shown", "not shown")) == "shown"
            urgency = cast(Any, inner.choice("urgency", ("", *get_args(Urgency)), default="") or None)
            if urgency is not None and not shown:
                inner.issue(inner.mark, f"{inner.what}: 'urgency' is that of a note which is shown")
            examples.append(NoteExample(given, policy, shown, urgency, inner.mark))
            inner.finish()
        return tuple(examples)

    def _precedence_examples(self, record: Record) -> tuple[PrecedenceExample, ...]:
        examples = []
        for inner in record.records("examples"):
            given, policy = inner.plain("given", required=True), inner.plain("policy")
            expected = inner.record("expect", required=True)
            if expected is not None:
                demoted, active = expected.texts("demoted"), expected.texts("active")
                if not (demoted or active):
                    expected.issue(expected.mark, f"{expected.what}: name the grounds that are 'demoted' or 'active'")
                expected.finish()
                examples.append(PrecedenceExample(given, policy, demoted, active, inner.mark))
            inner.finish()
        return tuple(examples)

    def _beside(self, record: Record) -> Beside | None:
        inner = record.record("beside")
        if inner is None:
            return None
        beside = Beside(inner.texts("actions"), self._drug_classes(inner, "giving"))
        if not beside.actions and not beside.giving:
            inner.issue(inner.mark, "note: 'beside' names neither 'actions' nor 'giving'")
        inner.finish()
        return beside

    def _drug_classes(self, record: Record, key: str) -> tuple[str, ...]:
        known = self._vocabulary.value_sets["drug_class"].members
        named = record.scalars(key)
        for one in named:
            if one.text not in known:
                record.issue(one.mark, f"unknown drug class '{one.text}'{suggestion(one.text, known)}")
        return tuple(one.text for one in named)

    def precedence(self, record: Record) -> Precedence:
        """Read one entry of the precedence list."""
        entry = Precedence(
            id=record.text("id"),
            winners=record.texts("winners"),
            demoted=record.texts("demoted"),
            why=record.bilingual("why", required=True) or NO_TEXT,
            when=self._condition(record, "when"),
            same_lesion=record.boolean("same_lesion", default=False),
            notices=record.texts("notices"),
            examples=self._precedence_examples(record),
            when_alone=record.boolean("when_alone", default=False),
            giving=self._drug_classes(record, "giving"),
            calling_safe=self._drug_classes(record, "calling_safe"),
        )
        if entry.when_alone and entry.when is None:
            record.issue(record.mark, "precedence: 'when_alone' needs a 'when'")
        record.finish()
        return entry

    def conflict(self, record: Record) -> Conflict | None:
        """Read one entry of the list of conflicts."""
        when = self._condition(record, "when", required=True)
        sides = record.node("sides", required=True)
        read: list[tuple[str, ...]] = []
        for side in sides if isinstance(sides, Sequence) else ():
            items = side.items if isinstance(side, Sequence) else ()
            if not items or not all(isinstance(item, Scalar) for item in items):
                record.issue(side.mark, "conflict: a side is a list of rule ids")
            read.append(tuple(item.text for item in items if isinstance(item, Scalar)))
        identity, decided_by = record.text("id"), record.texts("decided_by")
        title, text = record.bilingual("title", required=True), record.bilingual("text", required=True)
        record.finish()
        if when is None or title is None or text is None:
            return None
        return Conflict(identity, title, text, when, tuple(read), decided_by)

    def gloss(self, record: Record) -> Gloss:
        """Read what one quoted passage says in English."""
        gloss = Gloss(record.text("quote"), record.text("en"))
        record.finish()
        return gloss

    def ledger(self, record: Record, document: str) -> tuple[LedgerEntry, ...]:
        """Read one group of a ledger: sentences, by their number, that no rule rests on for the same reason."""
        disposition = record.choice("disposition", ("background", "furniture"))
        reason = record.bilingual("reason", required=True) or NO_TEXT
        listed = record.record("sentences", required=True)
        record.finish()
        entries = []
        for number, words in () if listed is None else listed.entries():
            if isinstance(words, Scalar):
                entries.append(
                    LedgerEntry(document, number.text, words.text, cast(Any, disposition), reason, number.mark)
                )
            else:
                record.issue(words.mark, f"{record.what}: {number.text} holds no text; expected the sentence's words")
        return tuple(entries)
