"""What the fields of a vocabulary may be called in a table: by path, label or synonym, in either language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from oncocds.scenarios.cells import fold
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.models import Field, Vocabulary

_UNSPOKEN = re.compile(r"（[^）]*）|\([^)]*\)")
Index = Mapping[str, tuple[Field, ...]]


def words_of(fact: Field) -> tuple[str, ...]:
    """Return everything a field may be called, its path first, without the name of its list."""
    path = fact.name
    paths = (path, path.removesuffix(".value")) if path.startswith("labs.") else (path,)
    labels = (fact.label.zh, fact.label.en)
    plain = tuple(_UNSPOKEN.sub("", label).strip() for label in labels)
    return (*paths, *labels, *plain, *fact.synonyms)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of one vocabulary, indexed once for each kind of table."""

    vocabulary: Vocabulary
    _indexes: dict[str, Index] = field(default_factory=dict)

    def index(self, prefix: str) -> Index:
        """Return the fields by folded word: those of one list or of the policy, or (no prefix) those of the patient."""
        if prefix not in self._indexes:
            self._indexes[prefix] = self._build(prefix)
        return self._indexes[prefix]

    def _build(self, prefix: str) -> Index:
        index: dict[str, list[Field]] = {}
        outside = ("policy.", "derived.", *(name + "." for name in self.vocabulary.lists))
        for name, fact in self.vocabulary.fields.items():
            inside = name.startswith(prefix) if prefix else not name.startswith(outside)
            if not inside or fact.world == "derived" or (prefix == "labs." and not name.endswith(".value")):
                continue
            for word in {fold(word) for word in (*words_of(fact), name.removeprefix(prefix))}:
                index.setdefault(word, []).append(fact)
            if prefix == "labs.":
                index.setdefault(fold(name.split(".")[1]), []).append(fact)
        # a label in full goes before the same word as somebody else's shortened label or synonym
        full = {word: [f for f in facts if word in _full(f)] or facts for word, facts in index.items()}
        return {word: tuple(dict.fromkeys(facts)) for word, facts in full.items()}


@once
def lexicon_of(vocabulary: Vocabulary) -> Lexicon:
    """Return the lexicon of a vocabulary, made once."""
    return Lexicon(vocabulary)


def _full(fact: Field) -> tuple[str, str, str]:
    return fold(fact.label.zh), fold(fact.label.en), fold(fact.name)
