"""The compiled reading: every condition as plain Python over the atoms' values, with full three-valued verdicts.

It is generated straight from the trees; it shares neither the normal form nor the rules of the agenda, so that the two
can be held against each other on every patient.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from oncocds.inference.atoms import Atoms, leaves
from oncocds.inference.features import Values
from oncocds.inference.generated import Generated
from oncocds.inference.kleene import verdict_source
from oncocds.inference.strata import concept_symbol, reference_symbol, rule_symbol, stratify
from oncocds.language.tree import Condition, Fired, Holds

Reading = Callable[[Values], tuple[Values, Values, Values]]


def compile_reading(
    rules: Mapping[str, Condition], concepts: Mapping[str, Condition], others: Mapping[str, Condition], atoms: Atoms
) -> Generated:
    """Compile a function from the atoms' values to the verdicts of rules, concepts and other conditions, in order.

    Atoms met for the first time are added to ``atoms``. Raises ``ValueError`` for a reference to nothing or to itself.
    """
    return Generated.of(reading_source(rules, concepts, others, atoms), "<compiled rules>")


def reading_of(compiled: Generated) -> Reading:
    """Return the function that ``compile_reading`` compiled."""
    read: Reading = compiled.run({})["read"]
    return read


def reading_source(
    rules: Mapping[str, Condition], concepts: Mapping[str, Condition], others: Mapping[str, Condition], atoms: Atoms
) -> str:
    """Return the source of the function that ``compile_reading`` compiles."""
    variables = {concept_symbol(name): f"c{number}" for number, name in enumerate(concepts)}
    variables |= {rule_symbol(name): f"r{number}" for number, name in enumerate(rules)}
    conditions = {concept_symbol(name): condition for name, condition in concepts.items()}
    conditions |= {rule_symbol(name): condition for name, condition in rules.items()}

    def leaf_variable(leaf: Condition) -> tuple[str, bool]:
        (only,) = leaves(leaf)
        if isinstance(only, Holds | Fired):
            return variables[reference_symbol(only)], True
        number, positive = atoms.number(only)
        return f"a{number}", positive

    body: list[str] = []
    for level in stratify(conditions):
        body += [f"    {variables[symbol]} = {verdict_source(conditions[symbol], leaf_variable)}" for symbol in level]
    for number, condition in enumerate(others.values()):
        for leaf in leaves(condition):
            if isinstance(leaf, Holds | Fired) and reference_symbol(leaf) not in variables:
                raise ValueError(f"{list(others)[number]} refers to {reference_symbol(leaf)}, which does not exist")
        body.append(f"    o{number} = {verdict_source(condition, leaf_variable)}")
    unpacked = "".join(f"a{number}, " for number in range(len(atoms.all)))
    head = ["def read(values):", f"    ({unpacked}) = values"]
    groups = (_tuple("r", rules), _tuple("c", concepts), _tuple("o", others))
    return "\n".join([*head, *body, f"    return {', '.join(groups)}"]) + "\n"


def _tuple(letter: str, names: Mapping[str, Condition] | Sequence[str]) -> str:
    return f"({''.join(f'{letter}{number}, ' for number in range(len(names)))})"
