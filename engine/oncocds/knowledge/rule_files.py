"""A rule file becomes a rule: its schema, every value checked where it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping as Dict
from typing import Any, cast, get_args

from oncocds.errors import Issue
from oncocds.knowledge.documented import Quote
from oncocds.knowledge.models import (
    Evidence,
    EvidenceLevel,
    Example,
    Extension,
    Kind,
    Raised,
    Rule,
    SlotText,
    Strength,
    Urgency,
    Verdict,
    Wording,
)
from oncocds.language.parse import parse_condition
from oncocds.language.tree import All, Condition
from oncocds.reading.marks import Node, Sequence
from oncocds.reading.nearest import suggestion
from oncocds.reading.record import Record
from oncocds.reading.traps import shown
from oncocds.text import Text
from oncocds.vocabulary.models import Vocabulary

_ROLES = ("states", "supports")
NO_TEXT = Text("", "")
RULE_ID = re.compile(r"[A-Z][A-Z0-9]*-[0-9]+")


class RuleFiles:
    """Reads rule files against one vocabulary, gathering issues."""

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
        if evidence:
            record.what = "evidence note"
        # What an evidence note cannot have is not taken from it, and is refused as an unknown key at its place.
        when = None if evidence else self._condition(record, "when", required=True)
        rule = Rule(
            id=record.text("id"),
            revision=self._revision(record),
            document=document,
            title=record.bilingual("title", required=True) or NO_TEXT,
            kind=kind,
            then=record.bilingual("then", required=True) or NO_TEXT,
            strength=self._strength(record),
            evidence=self._evidence(record),
            quotes=self._quotes(record),
            urgency=None if evidence else cast(Urgency, record.choice("urgency", get_args(Urgency))),
            action=None if evidence else record.optional_text("action"),
            tumours=() if evidence else self._tumours(record),
            when=when,
            extension=None if evidence else self._extension(record, when),
            raised=() if evidence else self._raised(record),
            slots={} if evidence else self._slots(record),
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
        if rule.id and not RULE_ID.fullmatch(rule.id):
            record.issue(record.mark_of("id"), f"rule: '{shown(rule.id)}' is no rule id; expected one like BCBM-62")
        return rule

    def _revision(self, record: Record) -> int:
        revision = record.integer("revision")
        if revision < 1 and record.node("revision") is not None:
            record.issue(record.mark_of("revision"), "rule: 'revision' counts from 1")
        return revision

    def _tumours(self, record: Record) -> tuple[str, ...]:
        scope = record.record("scope", required=True)
        if scope is None:
            return ()
        tumours = scope.scalars("tumour", required=True)
        values = self._vocabulary.value_sets["tumour_type"]
        known = [code for code, member in values.members.items() if not member.missing]
        for tumour in tumours:
            if tumour.text not in known:
                hint = suggestion(tumour.text, known)
                words = f"'{shown(tumour.text)}' is no tumour type; known here: {', '.join(known)}{hint}"
                scope.issue(tumour.mark, words)
        if not tumours and isinstance(scope.node("tumour"), Sequence):
            scope.issue(scope.mark_of("tumour"), "rule: scope: 'tumour' is empty; name the document's tumour types")
        scope.finish()
        return tuple(tumour.text for tumour in tumours)

    def _raised(self, record: Record) -> tuple[Raised, ...]:
        raised = []
        for inner in record.records("raised"):
            when = self._condition(inner, "when", required=True)
            urgency = inner.choice("urgency", ("", *get_args(Urgency)), default="")
            strength = self._strength(inner) if inner.node("strength") is not None else None
            if not urgency and strength is None:
                inner.issue(inner.mark, "rule: raised: expected an 'urgency', a 'strength' or both")
            inner.finish()
            if when is not None:
                raised.append(Raised(when, cast("Urgency | None", urgency or None), strength))
        return tuple(raised)

    def _strength(self, record: Record) -> Wording:
        inner = record.record("strength", required=True)
        if inner is None:
            return Wording(NO_TEXT, "descriptive")
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
        switches = [
            name.removeprefix("policy.")
            for name, field in self._vocabulary.fields.items()
            if name.startswith("policy.") and field.type == "boolean"
        ]
        if policy and policy not in switches:
            hint = suggestion(policy, switches)
            inner.issue(
                inner.mark_of("policy"),
                f"extended_by: '{shown(policy)}' is no policy switch; known here: {', '.join(switches)}{hint}",
            )
        scope = inner.choice("scope", ("any tumour", "same"))
        # One of the two: where both stand, the one that is not taken is refused as an unknown key.
        own = inner.node("when") is not None
        condition = self._condition(inner, "when") if own else self._dropped(inner, when)
        label = inner.bilingual("label", required=True) or NO_TEXT
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
            examples.append(
                Example(
                    given=inner.plain("given", required=True),
                    policy=inner.plain("policy"),
                    expect=cast(Verdict, inner.choice("expect", get_args(Verdict))),
                    asks=inner.texts("asks"),
                    mark=inner.mark,
                )
            )
            inner.finish()
        return tuple(examples)
