"""All knowledge together: read once, checked, immutable, shared by everything that evaluates or shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oncocds.knowledge.documented import Conflict, Gloss, LedgerEntry
from oncocds.knowledge.models import Action, Concept, Flag, Note, Precedence, Rule
from oncocds.language.tree import Condition
from oncocds.sources.documents import Document
from oncocds.sources.passages import Passage
from oncocds.vocabulary.models import Vocabulary


@dataclass(frozen=True)
class Knowledge:
    """The knowledge in force. ``digest`` changes if and only if what it says changes; layout and comments do not count.

    ``conditions`` are the whole conditions of all rules but evidence notes; for rules with an extension ``source_arms``
    and ``extended_arms`` are the two halves of it. ``ledger`` says by document why no rule rests on a sentence,
    ``glosses`` what its quoted passages say in English.
    """

    vocabulary: Vocabulary
    documents: Mapping[str, Document]
    rules: Mapping[str, Rule]
    passages: Mapping[str, tuple[Passage, ...]]
    concepts: Mapping[str, Concept]
    actions: Mapping[str, Action]
    flags: Mapping[str, Flag]
    notes: Mapping[str, Note]
    precedence: tuple[Precedence, ...]
    conflicts: tuple[Conflict, ...]
    ledger: Mapping[str, tuple[LedgerEntry, ...]]
    glosses: Mapping[str, tuple[Gloss, ...]]
    policy: Mapping[str, Any]
    version: str
    digest: str
    digests: Mapping[str, str]
    conditions: Mapping[str, Condition]
    source_arms: Mapping[str, Condition]
    extended_arms: Mapping[str, Condition]

    def concept_condition(self, concept: str) -> Condition:
        """Return the condition of a concept."""
        return self.concepts[concept].when

    def rule_condition(self, rule: str) -> Condition:
        """Return the whole condition of a rule."""
        return self.conditions[rule]

    def notes_of(self, rule: Rule) -> list[Note]:
        """Return the notes that may appear with a rule: attached to it, or beside the items of its action."""
        action = None if rule.action is None else self.actions[rule.action]
        return [
            note
            for note in self.notes.values()
            if rule.id in note.attached_to
            or (action is not None and note.beside is not None and note.beside.covers(action))
        ]
