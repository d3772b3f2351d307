"""One file becomes one piece of knowledge: the schemas of rule, concept, action, flag, note, precedence, conflict."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from typing import Any, cast, get_args

from oncocds.errors import Issue
from oncocds.knowledge.models import (
    TIERS,
    Action,
    Concept,
    Conflict,
    Evidence,
    EvidenceLevel,
    Example,
    Extension,
    Flag,
    Kind,
    Note,
    Precedence,
    Quote,
    Rule,
    SlotText,
    Strength,
    Urgency,
    Verdict,
    Wording,
)
from oncocds.language.parse import parse_condition
from oncocds.language.tree import All, Condition
from oncocds.reading.marks import Mapping, Node, Scalar, Sequence
from oncocds.reading.record import Record, as_json
from oncocds.text import Text
from oncocds.vocabulary.models import Vocabulary

_ROLES = ("states", "supports")
_NO_TEXT = Text("", "")


class Files:
    """Reads files of knowledge against one vocabulary, gathering issues."""

    def __init__(self, vocabulary: Vocabulary, issues: list[Issue]) -> None:
        self._vocabulary = vocabulary
        self._issues = issues

    def record(self, node: Node, what: str) -> Record:
        """Open a mapping for reading."""
        return Record(node, self._issues, what)

    def _condition(self, record: Record, key: str, *, required: bool = False) -> Condition | None:
        node = record.node(key, required=required)
        return None if node is None else parse_condition(node, self._issues, self._vocabulary)

    def rule(self, node: Node, document: str, path: str) -> Rule | None:
        """Read a rule file; None where something essential cannot be read."""
        record = self.record(node, "rule")
        kind = cast(Kind, record.choice("kind", get_args(Kind)))
        evidence = kind == "evidence"
        scope = record.record("scope")
        tumours: tuple[Scalar, ...] = ()
        if scope is not None:
            tumours = scope.scalars("tumour", required=True)
            known = self._vocabulary.value_sets["tumour_type"].members
            for tumour in tumours:
                if tumour.text not in known:
                    scope.issue(tumour.mark, f"'{tumour.text}' is no tumour type; known here: {', '.join(known)}")
            scope.finish()
        when = self._condition(record, "when", required=not evidence)
        rule = Rule(
            id=record.text("id"),
            revision=record.integer("revision"),
            document=document,
            title=record.bilingual("title", required=True) or _NO_TEXT,
            kind=kind,
            then=record.bilingual("then", required=True) or _NO_TEXT,
            strength=self._strength(record),
            evidence=self._evidence(record),
            quotes=self._quotes(record),
            urgency=None if evidence else cast(Urgency, record.choice("urgency", get_args(Urgency))),
            action=None if evidence else record.text("action"),
            tumours=tuple(tumour.text for tumour in tumours),
            when=when,
            extension=self._extension(record, when),
            slots=self._slots(record),
            not_said=record.bilingual("not_said"),
            reading=record.bilingual("reading"),
            flags=record.texts("flags"),
            recipients=self._recipients(record),
            supports=record.texts("supports", required=True) if evidence else (),
            attach_when=self._condition(record, "attach_when") if evidence else None,
            examples=() if evidence else self._examples(record),
            path=path,
            mark=node.mark,
        )
        record.finish()
        return rule

    def _strength(self, record: Record) -> Wording:
        inner = record.record("strength", required=True)
        if inner is None:
            return Wording(_NO_TEXT, "descriptive")
        wording = Wording(inner.words(), cast(Strength, inner.choice("reading", get_args(Strength))))
        inner.finish()
        return wording

    def _evidence(self, record: Record) -> Evidence:
        inner = record.record("evidence", required=True)
        if inner is None:
            return Evidence("expert-opinion")
        evidence = Evidence(
            cast(EvidenceLevel, inner.choice("level", get_args(EvidenceLevel))), inner.bilingual("cites")
        )
        inner.finish()
        return evidence

    def _quotes(self, record: Record) -> tuple[Quote, ...]:
        quotes = []
        for inner in record.records("source", required=True):
            quotes.append(
                Quote(
                    document=inner.text("document"),
                    exact=inner.text("exact"),
                    role=cast(Any, inner.choice("role", _ROLES)),
                    prefix=inner.text("prefix", required=False),
                    suffix=inner.text("suffix", required=False),
                    mark=inner.mark,
                )
            )
            inner.finish()
        return tuple(quotes)

    def _extension(self, record: Record, when: Condition | None) -> Extension | None:
        inner = record.record("extended_by")
        if inner is None:
            return None
        policy = inner.text("policy")
        if self._vocabulary.fields.get(f"policy.{policy}") is None:
            inner.issue(inner.mark, f"extended_by: unknown policy switch '{policy}'")
        scope = inner.choice("scope", ("any tumour", "same"))
        own = self._condition(inner, "when")
        condition = own if own is not None else self._dropped(inner, when)
        label = inner.bilingual("label", required=True) or _NO_TEXT
        inner.finish()
        return None if condition is None else Extension(policy, scope == "any tumour", condition, label)

    def _dropped(self, inner: Record, when: Condition | None) -> Condition | None:
        node = inner.node("drop", required=True)
        if when is None or node is None:
            return None
        if not isinstance(node, Sequence):
            inner.issue(node.mark, "extended_by: 'drop' must be a list of the parts of 'when' to leave out")
            return None
        parts: list[Condition] = list(when.parts) if isinstance(when, All) else [when]
        for item in node:
            dropped = parse_condition(item, self._issues, self._vocabulary)
            if dropped is None:
                continue
            if dropped in parts:
                parts.remove(dropped)
            else:
                inner.issue(item.mark, "extended_by: 'drop' names a part that does not stand in 'when'")
        if not parts:
            inner.issue(node.mark, "extended_by: nothing is left of 'when'")
        return All(tuple(parts))

    def _slots(self, record: Record) -> Dict[str, tuple[SlotText, ...]]:
        inner = record.record("slots")
        if inner is None:
            return {}
        slots: dict[str, tuple[SlotText, ...]] = {}
        for name in inner.names():
            pieces = []
            for piece in inner.records(name):
                when = self._condition(piece, "when", required=True)
                words = piece.words()
                piece.finish()
                if when is not None:
                    pieces.append(SlotText(when, words))
            slots[name] = tuple(pieces)
        return slots

    def _recipients(self, record: Record) -> tuple[str, ...]:
        known = self._vocabulary.value_sets["recipient"].members
        recipients = record.scalars("recipients")
        for recipient in recipients:
            if recipient.text not in known:
                record.issue(recipient.mark, f"unknown recipient '{recipient.text}'; known here: {', '.join(known)}")
        return tuple(recipient.text for recipient in recipients)

    def _examples(self, record: Record) -> tuple[Example, ...]:
        examples = []
        for inner in record.records("examples", required=True):
            given = inner.node("given", required=True)
            policy = inner.node("policy")
            examples.append(
                Example(
                    given=cast(Any, as_json(given)) if isinstance(given, Mapping) else {},
                    policy=cast(Any, as_json(policy)) if isinstance(policy, Mapping) else {},
                    expect=cast(Verdict, inner.choice("expect", get_args(Verdict))),
                    asks=inner.texts("asks"),
                    mark=inner.mark,
                )
            )
            inner.finish()
        return tuple(examples)

    def concept(self, node: Node, path: str) -> Concept | None:
        """Read a concept file."""
        record = self.record(node, "concept")
        when = self._condition(record, "when", required=True)
        identity, title = record.text("id"), record.bilingual("title", required=True) or _NO_TEXT
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
            title=record.bilingual("title", required=True) or _NO_TEXT,
            tier=record.choice("tier", TIERS),
            per_lesion=record.choice("per", ("patient", "lesion"), default="patient") == "lesion",
            alone=tuple(alone),
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
            rules=record.texts("rules"),
            urgency=cast(Any, urgency or None),
            path=path,
        )
        record.finish()
        return note

    def precedence(self, record: Record) -> Precedence:
        """Read one entry of the precedence list."""
        entry = Precedence(
            id=record.text("id"),
            winners=record.texts("winners", required=True),
            demoted=record.texts("demoted", required=True),
            why=record.bilingual("why", required=True) or _NO_TEXT,
            when=self._condition(record, "when"),
            same_lesion=record.boolean("same_lesion", default=False),
        )
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
