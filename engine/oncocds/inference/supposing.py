"""What would follow if one more fact were known: conditions read again, those alone that are asked about.

Plain Python alone speaks here, no durable-rules. What it promises is held against the whole engine in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import NamedTuple, cast

from oncocds.inference.atoms import Atom, Atoms, leaves
from oncocds.inference.demand import Asked, Verdict
from oncocds.inference.features import Values, atoms_of, compile_atoms
from oncocds.inference.generated import Generated
from oncocds.inference.normal import Literal, conjunctions, normal_form, width
from oncocds.language import references
from oncocds.language.tree import All, Any, Compare, Condition, Count, Fired, Holds, Known, Not, Quantified
from oncocds.profile.finding import Facts, Finding

MOST_WAYS = 256  # of a rule that could fire in more ways, every answer is tried: slower, and as right


class Bits(NamedTuple):
    """Sets of atoms by number, each a bit: those that are true and those that are false, or that have to be."""

    true: int
    false: int


ANY_WAY = Bits(0, 0)
_DIGITS = ({True: "1", False: "0", None: "0"}, {True: "0", False: "1", None: "0"})


@dataclass(frozen=True, slots=True)
class Supposed:
    """What can be made before a patient comes: the atoms, compiled, the facts that each reads, the ways to each rule.

    ``asks`` are the atoms that ask whether a fact is known. A rule's ways are the conjunctions of atoms that make it
    fire, by way of concepts and other rules too. ``asked`` are the atoms that each condition asks, of rules and others,
    ``alone`` those that ask of one fact about the patient, by that fact.
    """

    atoms: Generated
    all: tuple[Atom, ...]
    reads: tuple[frozenset[str], ...]
    asks: int
    ways: Mapping[str, tuple[Bits, ...]]
    asked: Mapping[str, int]
    alone: Mapping[str, int]

    @classmethod
    def of(
        cls,
        rules: Mapping[str, Condition],
        concepts: Mapping[str, Condition],
        others: Mapping[str, Condition],
        atoms: Atoms,
    ) -> Supposed:
        """Look through the conditions of rules, concepts and others, whose atoms are ``atoms``."""
        found = tuple(atoms.all)
        spelled_out = {name: _spelled_out(one, rules, concepts) for name, one in {**others, **rules}.items()}
        alone: dict[str, int] = {}
        for number, atom in enumerate(found):
            if isinstance(atom, Compare | Known):
                alone[atom.fact] = alone.get(atom.fact, 0) | 1 << number
        return cls(
            compile_atoms(found),
            found,
            tuple([frozenset(references.facts(atom)) for atom in found]),
            _bits(n for n, atom in enumerate(found) if any(isinstance(one, Known) for one in references.walk(atom))),
            {rule: _ways(spelled_out[rule], atoms) for rule in rules},
            {name: _bits(_number(leaf, atoms) for leaf in leaves(one)) for name, one in spelled_out.items()},
            alone,
        )


class Affected(NamedTuple):
    """What may be concluded otherwise where a fact is learnt: atoms by bit, and facts derived about the patient.

    Of the atoms, ``changing`` are those that may be concluded otherwise although they are known by now: what asks
    whether a fact is known, and what reads a derivation over which a clinician's word goes.
    """

    atoms: int
    changing: int
    derived: frozenset[str]


Way = tuple[Bits, int, int]
"""A way to a rule; the atoms that are known to be otherwise, and those that are not known."""


def within_reach(ways: Iterable[Way], affected: Affected) -> list[Bits]:
    """Return the ways in which a rule may fire once a fact is learnt: all else that they ask is so already."""
    wrong, open_ = ~affected.changing, ~affected.atoms
    return [way for way, against, needed in ways if not (against & wrong or needed & open_)]


class Supposing:
    """Reads the rules again on facts that are not recorded; shared by threads."""

    def __init__(self, supposed: Supposed) -> None:
        self._supposed = supposed
        self._atoms = atoms_of(supposed.atoms)
        self.atoms = supposed.all
        self.reads = supposed.reads
        self.asks = supposed.asks

    def ways(self, rule: str, known: Bits) -> list[Way]:
        """Return the ways to a rule, each with what speaks against it by now and what it still needs."""
        true, false = known
        unknown = ~(true | false)
        return [(way, way[0] & false | way[1] & true, (way[0] | way[1]) & unknown) for way in self._supposed.ways[rule]]

    def asked(self, names: Iterable[str]) -> int:
        """Return the atoms that some conditions, by name, ask by themselves or by way of others."""
        return reduce(or_, (self._supposed.asked[name] for name in names), 0)

    def compared(self, fact: str, asked: int) -> tuple[Compare | None, ...]:
        """Return what some atoms compare a fact (of items: by list and field) with, None where its values count."""
        found: dict[str, Compare | None] = {}
        for number in numbers(asked):
            atom = self._supposed.all[number]
            of_list = f"{atom.list}." if isinstance(atom, Quantified | Count) else ""
            for part in references.walk(atom):
                if isinstance(part, Compare) and of_list + part.fact == fact:
                    found[repr(part)] = part
            if isinstance(atom, Count) and atom.distinct is not None and of_list + atom.distinct == fact:
                found[""] = None
        return tuple(found.values())

    def read(self, asked: int) -> frozenset[str]:
        """Return the facts that some atoms read."""
        return frozenset().union(*(self.reads[number] for number in numbers(asked)))

    def learnt(
        self, known: Bits, affected: Affected, supposed: Callable[[], Facts], fact: str, found: Finding | None
    ) -> Learnt:
        """Suppose that one fact is learnt: how the facts would be, and what is ``found`` of it if about the patient."""
        alone = 0 if found is None else self._supposed.alone.get(fact, 0)
        return Learnt(self._atoms, known, affected, alone, cast(Facts, _Only(found)), supposed)


class Learnt:
    """The atoms' values where one fact is learnt, each worked out when it is asked for.

    Most atoms ask of that fact ``alone``: they are told by what is found of it, without all the facts.
    """

    __slots__ = ("_affected", "_alone", "_atoms", "_false", "_made", "_only", "_open", "_supposed", "_true")

    def __init__(
        self,
        atoms: Sequence[Callable[[Facts], Verdict]],
        known: Bits,
        affected: Affected,
        alone: int,
        only: Facts,
        supposed: Callable[[], Facts],
    ) -> None:
        self._atoms = atoms
        self._true, self._false = known
        self._open = affected.atoms & (affected.changing | ~(known.true | known.false))
        self._alone = alone
        self._only = only
        self._supposed = supposed
        self._made: Facts | None = None

    @property
    def facts(self) -> Facts:
        """All facts, as they would be."""
        if self._made is None:
            self._made = self._supposed()
        return self._made

    def told(self, asked: int) -> Bits:
        """Return the atoms' values; of those that may be concluded otherwise, only the ones ``asked`` are told."""
        for number in numbers(asked & self._open):
            self._tell(number)
        return Bits(self._true, self._false)

    def meets(self, way: Bits) -> bool:
        """Tell whether all atoms are as a way needs them. The first that is not ends the question."""
        true, false = way
        if true & ~(self._true | self._open) or false & ~(self._false | self._open):
            return False
        asked = (true | false) & self._open
        for some in (asked & self._alone, asked & ~self._alone):
            for number in numbers(some):
                if self._tell(number) is not bool(true >> number & 1):
                    return False
        return True

    def _tell(self, number: int) -> Verdict:
        bit = 1 << number
        value = self._atoms[number](self._only if self._alone & bit else self.facts)
        self._true = self._true | bit if value is True else self._true & ~bit
        self._false = self._false | bit if value is False else self._false & ~bit
        self._open &= ~bit
        return value

    def atoms(self) -> Asked:
        """Return the atoms' values by number, worked out when they are asked for."""
        return Asked(lambda number: value_of(self.told(1 << number), number))


class _Only:
    """Stands for facts where a single one is read."""

    __slots__ = ("_found",)

    def __init__(self, found: Finding | None) -> None:
        self._found = found

    def finding(self, _fact: str) -> Finding | None:
        return self._found


def value_of(bits: Bits, number: int) -> Verdict:
    """Return the value of one atom."""
    return True if bits.true >> number & 1 else False if bits.false >> number & 1 else None


def among(bits: Bits, asked: int) -> Asked:
    """Return the values of some atoms by number. Raises ``LookupError`` where another one is asked for."""

    def value(number: int) -> Verdict:
        if not asked >> number & 1:
            raise LookupError(f"atom {number} is not among those that the conditions were said to ask")
        return value_of(bits, number)

    return Asked(value)


def bits_of(values: Values) -> Bits:
    """Return which atoms are true and which are false."""
    backwards = values[::-1]
    true, false = ("".join(map(digits.__getitem__, backwards)) for digits in _DIGITS)
    return Bits(int(f"0{true}", 2), int(f"0{false}", 2))


def numbers(bits: int) -> Iterator[int]:
    """Yield the numbers of the bits that are set, in order."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _bits(found: Iterable[int]) -> int:
    return reduce(or_, (1 << number for number in found), 0)


def _number(leaf: Condition, atoms: Atoms) -> int:
    assert not isinstance(leaf, Holds | Fired | All | Any | Not)
    return atoms.number(leaf)[0]


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
