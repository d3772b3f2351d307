"""What the claims are told as data (``rules/claims.yaml``): what opposes what, and exceptions with their reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from oncocds.errors import Issue, KnowledgeError
from oncocds.knowledge.knowledge import Knowledge
from oncocds.reading.record import as_json
from oncocds.reading.yaml import read_yaml

_FILE = "rules/claims.yaml"


@dataclass(frozen=True, slots=True)
class Opposition:
    """Two groups of rules whose advice cannot be followed together."""

    id: str
    one: tuple[str, ...]
    other: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flip:
    """Facts whose learning may flip rules that read one of some facts, and why that is meant."""

    learning: tuple[str, ...]
    reading: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Declaration:
    """A claim that is known not to hold for some subjects (with * for any words), and why."""

    claim: str
    subject: str
    why: str

    def covers(self, subject: str) -> bool:
        """Return whether it is about a subject."""
        return fnmatchcase(subject, self.subject)


@dataclass(frozen=True, slots=True)
class Declared:
    """Everything that is declared."""

    oppositions: tuple[Opposition, ...] = ()
    flips: tuple[Flip, ...] = ()
    exceptions: tuple[Declaration, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def may_turn(self, read: Set[str]) -> frozenset[str]:
        """Return the facts whose learning may turn what reads some facts."""
        return frozenset(fact for flip in self.flips if read & set(flip.reading) for fact in flip.learning)

    def exception(self, claim: str, subject: str) -> str | None:
        """Return why a claim does not hold for a subject, None where none is declared."""
        return next((one.why for one in self.exceptions if one.claim == claim and one.covers(subject)), None)

    def unneeded(self, declared: Mapping[str, Iterable[str]]) -> list[Declaration]:
        """Return the exceptions that no subject needed, of the claims whose declared subjects are given."""
        return [
            one for one in self.exceptions if one.claim in declared and not any(map(one.covers, declared[one.claim]))
        ]


def read_declared(rules_dir: Path, knowledge: Knowledge) -> Declared:
    """Read the file. Raises ``KnowledgeError`` for what cannot be read and for rules and actions nobody knows."""
    path = rules_dir / "claims.yaml"
    if not path.is_file():
        return Declared()
    plain: Any = as_json(read_yaml(path, shown_as=_FILE))
    try:
        declared = Declared(
            tuple(
                Opposition(one["id"], _rules(one["one"], knowledge), _rules(one["other"], knowledge))
                for one in plain.get("oppositions", ())
            ),
            tuple(
                Flip(tuple(one["learning"]), tuple(one["reading"]), str(one["why"]["en"]))
                for one in plain.get("learning", ())
            ),
            (
                *(
                    Declaration(one["claim"], str(one["subject"]), str(one["why"]["en"]))
                    for one in plain.get("exceptions", ())
                ),
                *_restated(plain.get("restated", {}), knowledge),
            ),
            {name: _rules(named, knowledge) for name, named in plain.get("groups", {}).items()},
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise KnowledgeError([Issue(_FILE, 1, 1, f"missing or misshapen: {error}")]) from None
    return declared


def _restated(plain: Any, knowledge: Knowledge) -> Iterator[Declaration]:
    for rule, others in plain.items():
        (one,) = _rules([rule], knowledge)
        for other in _rules(others, knowledge):
            yield Declaration("adds-something", f"{one} beside {other}", "it states a passage of its own")


def _rules(names: Any, knowledge: Knowledge) -> tuple[str, ...]:
    """Return rules named by their ids, by their actions, or as those whose action gives a class of drugs."""
    found: list[str] = []
    for name in names:
        drugs = name.removeprefix("gives ")
        actions = {one.id for one in knowledge.actions.values() if drugs != name and drugs in one.gives} or {name}
        of_action = [rule.id for rule in knowledge.rules.values() if rule.action in actions and rule.kind != "evidence"]
        if not of_action and name not in knowledge.rules:
            raise KnowledgeError([Issue(_FILE, 1, 1, f"no rule and no action of a rule has the name '{name}'")])
        found += of_action or [name]
    return tuple(dict.fromkeys(found))
