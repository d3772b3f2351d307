"""The conditions that shape an answer beside the rules' own: arms, slots, notes, precedence, conflicts, attachments.

They are read together with the rules, in one pass (``inference``), under the names made here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import Note, Rule, SlotText
from oncocds.language.references import names_items
from oncocds.language.tree import All, Any, Condition, Quantified

LESIONS = "lesions"
TOXICITIES = "toxicities"
MEDICATIONS = "medications"


def source_arm(rule: str) -> str:
    """Name the arm of an extended rule that stays within its document's scope."""
    return f"source {rule}"


def extended_arm(rule: str) -> str:
    """Name the arm of an extended rule that goes beyond its document's scope."""
    return f"extended {rule}"


def attachment(rule: str) -> str:
    """Name the condition under which an evidence note is attached."""
    return f"attach {rule}"


def slot(rule: str, name: str, index: int) -> str:
    """Name one piece of text of a slot."""
    return f"slot {rule} {name} {index}"


def slots(rule: Rule) -> Iterator[tuple[str, SlotText]]:
    """Yield the pieces of text of a rule's slots, each with the name of its condition."""
    for name, pieces in rule.slots.items():
        yield from ((slot(rule.id, name, index), piece) for index, piece in enumerate(pieces))


def asks_for(remark: Note, items: str) -> bool:
    """Tell whether a note by itself asks for an item of a list."""
    return remark.when is not None and names_items(remark.when, items)


def items_meant(condition: Condition | None, items: str) -> Iterator[Condition]:
    """Yield what a condition by itself asks of some item of a list: it speaks of each item that is such."""
    if isinstance(condition, All | Any):
        for part in condition.parts:
            yield from items_meant(part, items)
    elif isinstance(condition, Quantified) and condition.quantifier == "some" and condition.list == items:
        yield condition.where


def raised(rule: str, index: int) -> str:
    """Name a condition under which a rule is raised."""
    return f"raised {rule} {index}"


def note(note_id: str) -> str:
    """Name the condition of a note."""
    return f"note {note_id}"


def precedence(entry_id: str) -> str:
    """Name the condition of a precedence entry."""
    return f"precedence {entry_id}"


def conflict(conflict_id: str) -> str:
    """Name the condition of a conflict."""
    return f"conflict {conflict_id}"


def shaping_conditions(knowledge: Knowledge) -> Mapping[str, Condition]:
    """Return every condition beside the rules' own, by name."""
    return dict(_conditions(knowledge))


def explained_conditions(knowledge: Knowledge) -> Mapping[str, Condition]:
    """Return the conditions that are explained where they are true, by name.

    They are those of rules (of an extended rule, each arm by itself), of what raises them, of notes and precedence
    about single lesions, and of slots and notes that ask for a lesion, which their words then name.
    """
    found = {rule: condition for rule, condition in knowledge.conditions.items() if rule not in knowledge.extended_arms}
    for extended, condition in knowledge.extended_arms.items():
        found[source_arm(extended)] = knowledge.source_arms[extended]
        found[extended_arm(extended)] = condition
    for rule in knowledge.rules.values():
        found |= {raised(rule.id, index): one.when for index, one in enumerate(rule.raised)}
        found |= {name: piece.when for name, piece in slots(rule) if names_items(piece.when, LESIONS)}
    found |= {
        precedence(entry.id): entry.when
        for entry in knowledge.precedence
        if entry.same_lesion and entry.when is not None
    }
    named = {one for entry in knowledge.precedence if entry.same_lesion for one in entry.notices}
    for remark in knowledge.notes.values():
        if remark.when is not None and (remark.same_lesion or remark.id in named or asks_for(remark, LESIONS)):
            found[note(remark.id)] = remark.when
    return found


def _conditions(knowledge: Knowledge) -> Iterator[tuple[str, Condition]]:
    for rule_id in knowledge.extended_arms:
        yield source_arm(rule_id), knowledge.source_arms[rule_id]
    for rule in knowledge.rules.values():
        if rule.attach_when is not None:
            yield attachment(rule.id), rule.attach_when
        for index, one in enumerate(rule.raised):
            yield raised(rule.id, index), one.when
        yield from ((name, piece.when) for name, piece in slots(rule))
    for remark in knowledge.notes.values():
        if remark.when is not None:
            yield note(remark.id), remark.when
    for entry in knowledge.precedence:
        if entry.when is not None:
            yield precedence(entry.id), entry.when
    for dispute in knowledge.conflicts:
        yield conflict(dispute.id), dispute.when
