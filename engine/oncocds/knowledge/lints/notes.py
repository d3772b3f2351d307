"""What stands inside a critical item was looked up: nothing from memory alone speaks in an emergency."""

from __future__ import annotations

from collections.abc import Iterator

from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.lints.lint import Lint, place
from oncocds.knowledge.lints.places import Complaint
from oncocds.knowledge.models import Note


class CheckedWhereCritical(Lint):
    """A note from memory is no critical notice and stands beside no rule whose item can be critical."""

    def whole(self, knowledge: Knowledge) -> Iterator[Complaint]:
        """Check the notes against every item they can stand in."""
        critical = _critical_actions(knowledge)
        for note in knowledge.notes.values():
            if note.status != "memory":
                continue
            if note.urgency == "critical":
                yield _unchecked(note, "is critical")
            for rule in note.attached_to:
                named = knowledge.rules.get(rule)
                if named is not None and named.action in critical:
                    yield _unchecked(note, f"stands beside {rule}, whose item '{named.action}' can be critical")


def _critical_actions(knowledge: Knowledge) -> frozenset[str | None]:
    """Return the actions whose items can be critical, by a rule of theirs or by a note that raises one."""
    raised = {rule for note in knowledge.notes.values() if note.urgency == "critical" for rule in note.attached_to}
    return frozenset(
        rule.action
        for rule in knowledge.rules.values()
        if rule.action is not None and (rule.urgency == "critical" or rule.id in raised)
    )


def _unchecked(note: Note, where: str) -> Complaint:
    words = f"note: status 'memory', but it {where}; look it up and cite it, or take it out there"
    return place(note.path, words, "status")
