"""What derived facts rest on: what each derivation declares that it reads, followed to what is recorded."""

from __future__ import annotations

from collections.abc import Mapping

from oncocds.vocabulary.models import Vocabulary


def facts_read(vocabulary: Vocabulary) -> Mapping[str, frozenset[str]]:
    """Return, for each derived fact, the other facts, lists and settings that it may read, at any remove.

    What a derivation reads as it was recorded it does not read by way of that fact's own derivation.
    """
    derived = [name for name, field in vocabulary.fields.items() if field.derivation is not None]
    return {name: frozenset(_reached(name, vocabulary)) - {name} for name in derived}


def _reached(name: str, vocabulary: Vocabulary) -> set[str]:
    found: set[str] = set()
    recorded: set[str] = set()
    waiting = [name]
    while waiting:
        field = vocabulary.fields.get(waiting.pop())
        if field is None:
            continue  # a list
        recorded.update(field.recorded)
        new = set(field.reads) - found
        found |= new
        waiting += new
    return found | recorded
