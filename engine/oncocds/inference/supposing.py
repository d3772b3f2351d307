"""What would follow if one more fact were known: conditions read again, those alone that may be concluded otherwise.

The compiled reading alone speaks here. What it promises is held against the whole engine in the tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from oncocds.inference.atoms import Atoms, leaves
from oncocds.inference.compiled import Reading
from oncocds.inference.features import Values, atoms_of, compile_atoms
from oncocds.inference.generated import Generated
from oncocds.language import references
from oncocds.language.tree import Condition, Fired, Holds, Known
from oncocds.profile.finding import Facts


@dataclass(frozen=True, slots=True)
class Supposed:
    """What can be made before a patient comes: the atoms, compiled, the facts that each reads, the atoms of each rule.

    ``asks`` are the atoms that ask whether a fact is known.
    """

    atoms: Generated
    reads: tuple[frozenset[str], ...]
    asks: frozenset[int]
    of_rules: Mapping[str, frozenset[int]]

    @classmethod
    def of(cls, rules: Mapping[str, Condition], concepts: Mapping[str, Condition], atoms: Atoms) -> Supposed:
        """Look through the conditions of rules and concepts, whose atoms are ``atoms``."""
        found = tuple(atoms.all)
        asking = [any(isinstance(part, Known) for part in references.walk(atom)) for atom in found]
        return cls(
            compile_atoms(found),
            tuple([frozenset(references.facts(atom)) for atom in found]),
            frozenset(number for number, asks in enumerate(asking) if asks),
            {rule: frozenset(_numbers(condition, rules, concepts, atoms)) for rule, condition in rules.items()},
        )


class Supposing:
    """Reads the rules again on facts that are not recorded; shared by threads."""

    def __init__(self, supposed: Supposed, rules: Sequence[str], read: Reading) -> None:
        self._supposed = supposed
        self._atoms = atoms_of(supposed.atoms)
        self._read = read
        self._numbers = {rule: number for number, rule in enumerate(rules)}
        self.reads = supposed.reads
        self.asks = supposed.asks

    def atoms_of(self, rule: str) -> frozenset[int]:
        """Return the numbers of the atoms that a rule reads, by way of concepts and other rules too."""
        return self._supposed.of_rules[rule]

    def values(self, facts: Facts, known: Values, atoms: Iterable[int], changing: frozenset[int]) -> Values:
        """Return the atoms' values on facts that differ from those of ``known`` values.

        ``atoms`` may have another value; what is known of them stays, except of those that are ``changing``.
        """
        values = list(known)
        for number in atoms:
            if values[number] is None or number in changing:
                values[number] = self._atoms[number](facts)
        return tuple(values)

    def fired(self, values: Values, rules: Iterable[str]) -> list[str]:
        """Return which of some rules fire on values of atoms."""
        verdicts = self._read(values)[0]
        return [rule for rule in rules if verdicts[self._numbers[rule]] is True]


def _numbers(
    condition: Condition, rules: Mapping[str, Condition], concepts: Mapping[str, Condition], atoms: Atoms
) -> Iterator[int]:
    for leaf in leaves(condition):
        if isinstance(leaf, Holds):
            yield from _numbers(concepts[leaf.concept], rules, concepts, atoms)
        elif isinstance(leaf, Fired):
            yield from _numbers(rules[leaf.rule], rules, concepts, atoms)
        else:
            yield atoms.number(leaf)[0]
