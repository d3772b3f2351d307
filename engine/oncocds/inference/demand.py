"""Verdicts worked out one by one, when they are asked for: for those who ask for few of them, on facts supposed.

It reads the trees as the compiled reading does (``compiled``), a function to each condition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from oncocds.inference.atoms import Atoms, leaves
from oncocds.inference.generated import Generated
from oncocds.inference.kleene import verdict_source
from oncocds.inference.strata import concept_symbol, reference_symbol, rule_symbol
from oncocds.language.tree import Condition, Fired, Holds

Verdict = bool | None


class Asked(dict[int, Verdict]):
    """Verdicts by number, each made when it is first asked for."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[int], Verdict]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, number: int) -> Verdict:
        made = self[number] = self._make(number)
        return made


class Named(Mapping[str, Verdict]):
    """Verdicts by name, made when they are asked for."""

    __slots__ = ("_numbers", "_verdicts")

    def __init__(self, numbers: Mapping[str, int], verdicts: Asked) -> None:
        self._numbers = numbers
        self._verdicts = verdicts

    def __getitem__(self, name: str) -> Verdict:
        return self._verdicts[self._numbers[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)


_Function = Callable[[Asked, Asked, Asked], Verdict]
_GROUPS = ("rules", "concepts", "others")


def compile_each(
    rules: Mapping[str, Condition], concepts: Mapping[str, Condition], others: Mapping[str, Condition], atoms: Atoms
) -> Generated:
    """Compile a function for each condition, from verdicts of atoms, concepts and rules by number to its own."""
    places = {concept_symbol(name): f"c[{number}]" for number, name in enumerate(concepts)}
    places |= {rule_symbol(name): f"r[{number}]" for number, name in enumerate(rules)}

    def leaf_place(leaf: Condition) -> tuple[str, bool]:
        (only,) = leaves(leaf)
        if isinstance(only, Holds | Fired):
            return places[reference_symbol(only)], True
        number, positive = atoms.number(only)
        return f"a[{number}]", positive

    lines = []
    for group, conditions in zip(_GROUPS, (rules, concepts, others), strict=True):
        each = (f"lambda a, c, r: {verdict_source(one, leaf_place)}" for one in conditions.values())
        lines.append(f"{group} = ({''.join(f'{one},{chr(10)}' for one in each)})\n")
    return Generated.of("".join(lines), "<each condition>")


class OnDemand:
    """Works verdicts out when they are asked for; shared by threads."""

    def __init__(self, compiled: Generated, rules: tuple[str, ...], others: tuple[str, ...]) -> None:
        functions = compiled.run({})
        self._rules, self._concepts, self._others = (tuple[_Function, ...](functions[group]) for group in _GROUPS)
        self._numbers = {name: number for number, name in enumerate(rules)}
        self._other_numbers = {name: number for number, name in enumerate(others)}

    def verdicts(self, atoms: Asked) -> tuple[Asked, Asked, Named, Named]:
        """Return the verdicts of concepts and rules by number, and of rules and other conditions by name."""
        concepts = Asked(lambda number: self._concepts[number](atoms, concepts, rules))
        rules = Asked(lambda number: self._rules[number](atoms, concepts, rules))
        others = Asked(lambda number: self._others[number](atoms, concepts, rules))
        return concepts, rules, Named(self._numbers, rules), Named(self._other_numbers, others)
