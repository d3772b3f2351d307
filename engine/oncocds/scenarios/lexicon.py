"""What the fields of a vocabulary may be called in a table: by path, label or synonym, in either language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from oncocds.scenarios.cells import fold
from oncocds.text import Text
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.models import Field, Vocabulary
from oncocds.vocabulary.notes import Sign

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
    _chosen: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _signs: dict[str, tuple[str, Sign]] = field(default_factory=dict)
    _unread: set[str] = field(default_factory=set)
    _instead: dict[str, Text] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Index the notes' words."""
        notes = self.vocabulary.notes
        self._chosen.update((fold(word), fields) for word, fields in notes.choices.items())
        for code, sign in notes.signs.items():
            self._signs.update((fold(word), (code, sign)) for word in (sign.label.zh, sign.label.en, *sign.synonyms))
        for other in notes.instead.values():
            self._instead.update((fold(word), other.write) for word in other.words)
        for one in notes.unread.values():
            self._unread.update(map(fold, (one.label.zh, one.label.en, *one.synonyms)))

    def index(self, prefix: str) -> Index:
        """Return the fields by folded word: those of one list or of the policy, or (no prefix) those of the patient."""
        if prefix not in self._indexes:
            self._indexes[prefix] = self._build(prefix)
        return self._indexes[prefix]

    def candidates(self, word: str, prefix: str) -> tuple[Field, ...]:
        """Return the fields that a word may mean in a table; where the value decides, in the order they are tried.

        More than one without the value to decide is an ambiguity, for which the tuple is returned as it is.
        """
        index = self.index(prefix)
        chosen = self._chosen.get(fold(word), ())
        inside = {fact.name for facts in index.values() for fact in facts} if chosen else ()
        return tuple(self.vocabulary.fields[name] for name in chosen if name in inside) or index.get(fold(word), ())

    def decided_by_value(self, word: str) -> bool:
        """Tell whether a word means several fields, of which the value decides."""
        return fold(word) in self._chosen

    def sign(self, word: str) -> tuple[str, Sign] | None:
        """Return the sign that a word names, with its id."""
        return self._signs.get(fold(word))

    def instead(self, word: str) -> Text | None:
        """Return what to write instead of a word that says too much or too little for one fact."""
        return self._instead.get(fold(word))

    def unread(self, word: str) -> bool:
        """Tell whether a word names something that notes hold and no rule reads."""
        return fold(word) in self._unread

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
        for word, facts in index.items():
            full = [one for one in facts if word in map(fold, (one.label.zh, one.label.en, one.name))]
            index[word] = full or facts
        return {word: tuple(dict.fromkeys(facts)) for word, facts in index.items()}


@once
def lexicon_of(vocabulary: Vocabulary) -> Lexicon:
    """Return the lexicon of a vocabulary, made once."""
    return Lexicon(vocabulary)
