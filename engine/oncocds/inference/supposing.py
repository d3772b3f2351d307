"""What would follow if one more fact were known: conditions read again, those alone that may be concluded otherwise.

The compiled reading alone speaks here. What it promises is held against the whole engine in the tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from oncocds.inference.atoms import Atoms
from oncocds.inference.features import Values, atoms_of, compile_atoms
from oncocds.inference.generated import Generated
from oncocds.inference.normal import Literal, conjunctions, normal_form, width
from oncocds.language import references
from oncocds.language.tree import All, Any, Condition, Fired, Holds, Known, Not
from oncocds.profile.finding import Facts

MOST_WAYS = 256  # of a rule that could fire in more ways, every answer is tried: slower, and as right


class Bits(NamedTuple):
    """Sets of atoms by number, each a bit: those that are true and those that are false, or that have to be."""

    true: int
    false: int


ANY_WAY = Bits(0, 0)


@dataclass(frozen=True, slots=True)
class Supposed:
    """What can be made before a patient comes: the atoms, compiled, the facts that each reads, the ways to each rule.

    ``asks`` are the atoms that ask whether a fact is known. A rule's ways are the conjunctions of atoms that make it
    fire, by way of concepts and other rules too.
    """

    atoms: Generated
    reads: tuple[frozenset[str], ...]
    asks: int
    ways: Mapping[str, tuple[Bits, ...]]

    @classmethod
    def of(cls, rules: Mapping[str, Condition], concepts: Mapping[str, Condition], atoms: Atoms) -> Supposed:
        """Look through the conditions of rules and concepts, whose atoms are ``atoms``."""
        found = tuple(atoms.all)
        return cls(
            compile_atoms(found),
            tuple([frozenset(references.facts(atom)) for atom in found]),
            _bits(n for n, atom in enumerate(found) if any(isinstance(one, Known) for one in references.walk(atom))),
            {rule: _ways(_spelled_out(condition, rules, concepts), atoms) for rule, condition in rules.items()},
        )


class Affected(NamedTuple):
    """What may be concluded otherwise where a fact is learnt: atoms by bit, and facts derived about the patient.

    Of the atoms, ``changing`` are those that may be concluded otherwise although they are known by now: what asks
    whether a fact is known, and what reads a derivation over which a clinician's word goes.
    """

    atoms: int
    changing: int
    derived: frozenset[str]


class Supposing:
    """Reads the rules again on facts that are not recorded; shared by threads."""

    def __init__(self, supposed: Supposed) -> None:
        self._supposed = supposed
        self._atoms = atoms_of(supposed.atoms)
        self.reads = supposed.reads
        self.asks = supposed.asks

    def within_reach(self, rule: str, known: Bits, affected: Affected) -> list[Bits]:
        """Return the ways in which a rule may fire once a fact is learnt: all else that they ask is so already."""
        open_, wrong = ~affected.atoms, ~affected.changing
        unknown = ~(known.true | known.false)
        return [
            way
            for way in self._supposed.ways[rule]
            if not ((way.true & known.false | way.false & known.true) & wrong)
            and not ((way.true | way.false) & unknown & open_)
        ]

    def told(self, facts: Facts, known: Bits, affected: Affected, asked: int) -> Bits:
        """Return the atoms' values on facts in which one fact is learnt, of those among ``asked`` that it affects."""
        true, false = known
        for number in numbers(asked & affected.atoms & (affected.changing | ~(true | false))):
            bit = 1 << number
            value = self._atoms[number](facts)
            true = true | bit if value is True else true & ~bit
            false = false | bit if value is False else false & ~bit
        return Bits(true, false)

    def values(self, facts: Facts, known: Values, affected: Affected) -> Values:
        """Return the values of all atoms on facts in which one fact is learnt, ``known`` being those without it."""
        values = list(known)
        for number in numbers(affected.atoms):
            if values[number] is None or affected.changing >> number & 1:
                values[number] = self._atoms[number](facts)
        return tuple(values)


def bits_of(values: Values) -> Bits:
    """Return which atoms are true and which are false."""
    return Bits(
        _bits(n for n, v in enumerate(values) if v is True), _bits(n for n, v in enumerate(values) if v is False)
    )


def numbers(bits: int) -> Iterator[int]:
    """Yield the numbers of the bits that are set, in order."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _bits(found: Iterable[int]) -> int:
    bits = 0
    for number in found:
        bits |= 1 << number
    return bits


def _spelled_out(condition: Condition, rules: Mapping[str, Condition], concepts: Mapping[str, Condition]) -> Condition:
    """Return a condition with the conditions of concepts and rules in the place of their names."""
    match condition:
        case All(parts) | Any(parts):
            return replace(condition, parts=tuple([_spelled_out(part, rules, concepts) for part in parts]))
        case Not(part):
            return Not(_spelled_out(part, rules, concepts))
        case Holds(concept):
            return _spelled_out(concepts[concept], rules, concepts)
        case Fired(rule):
            return _spelled_out(rules[rule], rules, concepts)
        case _:
            return condition


def _ways(condition: Condition, atoms: Atoms) -> tuple[Bits, ...]:
    def leaf(part: Condition) -> Literal:
        assert not isinstance(part, All | Any | Not | Holds | Fired)
        number, positive = atoms.number(part)
        return Literal(str(number), positive)

    formula = normal_form(condition, leaf, holds=True)
    if width(formula) > MOST_WAYS:
        return (ANY_WAY,)
    return tuple(
        [
            Bits(
                _bits(int(one.symbol) for one in conjunction if one.holds),
                _bits(int(one.symbol) for one in conjunction if not one.holds),
            )
            for conjunction in conjunctions(formula)
        ]
    )
