"""How much a release of the knowledge contains, counted; and what differs between two releases, in lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.ledger import DISPOSITIONS, ledger
from oncocds.knowledge.released import Released


def contents(knowledge: Knowledge) -> dict[str, int]:
    """Return the counts of a knowledge: its documents with their sentences by what becomes of them, and its pieces."""
    accounts = [account for of_document in ledger(knowledge).values() for account in of_document]
    become = Counter(account.disposition for account in accounts)
    examples = [len(rule.examples) for rule in knowledge.rules.values()]
    examples += [len(entry.examples) for entry in knowledge.precedence]
    examples += [len(note.examples) for note in knowledge.notes.values()]
    examples += [len(one) for one in knowledge.vocabulary.derived_examples.values()]
    return {
        "documents": len(knowledge.documents),
        "sentences": len(accounts),
        **{f"sentences_{disposition}": become[disposition] for disposition in DISPOSITIONS},
        "rules": len(knowledge.conditions),
        "evidence_notes": len(knowledge.rules) - len(knowledge.conditions),
        "concepts": len(knowledge.concepts),
        "actions": len(knowledge.actions),
        "flags": len(knowledge.flags),
        "notes": len(knowledge.notes),
        "precedence": len(knowledge.precedence),
        "conflicts": len(knowledge.conflicts),
        "drugs": len(knowledge.vocabulary.drugs),
        "derived_facts": len([1 for field in knowledge.vocabulary.fields.values() if field.derivation is not None]),
        "examples": sum(examples),
    }


def differences(before: Released | None, now: Released) -> Iterator[str]:
    """Yield a line for everything that one release has otherwise than the one before."""
    before = before or Released("none")
    if before.version != now.version:
        yield f"version: {before.version} → {now.version}"
    yield from _changed(before.contents, now.contents)
    rules, were = (
        {name: f"revision {one.revision}, {one.digest[:15]}…" for name, one in each.rules.items()}
        for each in (now, before)
    )
    yield from _changed(were, rules)


def _changed(before: Mapping[str, object], now: Mapping[str, object]) -> Iterator[str]:
    for name in dict.fromkeys([*before, *now]):
        if before.get(name) != now.get(name):
            yield f"{name}: {before.get(name, 'not there')} → {now.get(name, 'not there')}"
