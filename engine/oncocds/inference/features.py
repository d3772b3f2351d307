"""The atoms' values on one patient, computed once and shared by the agenda and the compiled reading.

One Python function is generated for all atoms: each fact is read once, each list is walked once, and an item's fields
are read once per item. The generated source holds the rules' own names and constants only, as literals.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from oncocds.inference.atoms import Atom, Atoms, leaves
from oncocds.inference.generated import Generated
from oncocds.inference.kleene import certainty_source
from oncocds.language.tree import Compare, Condition, Constant, Count, Known, Quantified
from oncocds.profile.finding import PARTLY_KNOWN, Facts

Values = tuple[bool | None, ...]


def compile_features(atoms: Sequence[Atom]) -> Generated:
    """Compile a function from a patient's facts to the atoms' values: True, False or None (unknown), in order."""
    return Generated.of(features_source(atoms), "<features of the rules>")


def features_of(compiled: Generated) -> Callable[[Facts], Values]:
    """Return the function that ``compile_features`` compiled."""
    features: Callable[[Facts], Values] = compiled.run({})["features"]
    return features


def compile_atoms(atoms: Sequence[Atom]) -> Generated:
    """Compile a function for each atom, from a patient's facts to its value: for those who ask for a few of them."""
    sources = [
        features_source([atom]).replace("def features(", f"def atom{number}(").replace("return (a0, )", "return a0")
        for number, atom in enumerate(atoms)
    ]
    names = "".join(f"atom{number}, " for number in range(len(atoms)))
    return Generated.of("".join(sources) + f"atoms = ({names})\n", "<atoms of the rules>")


def atoms_of(compiled: Generated) -> tuple[Callable[[Facts], bool | None], ...]:
    """Return the functions that ``compile_atoms`` compiled."""
    atoms: tuple[Callable[[Facts], bool | None], ...] = compiled.run({})["atoms"]
    return atoms


def features_source(atoms: Sequence[Atom]) -> str:
    """Return the source of the function that ``compile_features`` compiles."""
    lines = ["def features(facts):", "    finding = facts.finding"]
    patient: dict[str, list[tuple[int, Compare | Known]]] = {}
    lists: dict[str, list[tuple[int, Quantified | Count]]] = {}
    for number, atom in enumerate(atoms):
        if isinstance(atom, Compare | Known):
            patient.setdefault(atom.fact, []).append((number, atom))
        else:
            lists.setdefault(atom.list, []).append((number, atom))
    for fact, asked in patient.items():
        lines += [f"    {line}" for line in value_source(fact)]
        lines += [f"    a{number} = {leaf_source(atom, 'value')}" for number, atom in asked]
    for name, quantified in lists.items():
        lines += _walk(name, quantified)
    lines.append(f"    return ({''.join(f'a{number}, ' for number in range(len(atoms)))})")
    return "\n".join(lines) + "\n"


def leaf_source(atom: Compare | Known, value: str) -> str:
    """Return an expression for an atom's value, True, False or None, given the variable of its fact's value."""
    if isinstance(atom, Known):
        return f"{value} is not None"
    constant = atom.value
    if atom.operator in ("<", "<="):
        return f"None if {value} is None else {value} {atom.operator} {_literal(constant)}"
    # A set display of constants in a membership test is folded into a frozenset by the compiler.
    constants = constant if isinstance(constant, tuple) else (constant,)
    among = "{" + ", ".join(_literal(one) for one in constants) + "}" if constants else "()"
    if isinstance(constant, tuple):
        many = f"any(one in {among} for one in {value})"
        single = f"{value} in {among}"
    else:
        many = f"{_literal(constant)} in {value}"
        single = f"{value} == {_literal(constant)}"
    if atom.fact in PARTLY_KNOWN:  # the finding's open codes stand beside the value
        open_ = f"open_ and not open_.isdisjoint({among})"
        matches = f"(({many}) if {value}.__class__ is tuple else {single})"
        return f"None if {value} is None else True if {matches} else None if {open_} else False"
    return f"None if {value} is None else ({many}) if {value}.__class__ is tuple else {single}"


def value_source(field: str) -> list[str]:
    """Return the lines that read a fact of the patient, or a field of an item, for ``leaf_source``."""
    if field in PARTLY_KNOWN:
        return [f"found = finding({field!r})", "value, open_ = found.value, found.open"]
    return [f"value = finding({field!r}).value"]


def _literal(constant: Constant | tuple[Constant, ...]) -> str:
    if isinstance(constant, bool | int | float | str):
        return repr(constant)
    raise TypeError("a single constant was expected")


def _walk(name: str, quantified: Sequence[tuple[int, Quantified | Count]]) -> list[str]:
    """Return the lines that walk one list once for all atoms about it."""
    inner = Atoms()
    before: list[str] = []
    within: list[str] = []
    after: list[str] = []
    for number, atom in quantified:
        certainly, impossible = (
            certainty_source(atom.where, lambda leaf: _inner_variable(inner, leaf), positive=positive)
            for positive in (True, False)
        )
        if isinstance(atom, Quantified):
            before.append(f"a{number} = False")
            within += [
                f"if a{number} is not True:",
                f"    if {certainly}: a{number} = True",
                f"    elif not ({impossible}): a{number} = None",
            ]
        elif atom.distinct is None:
            before.append(f"sure{number} = possible{number} = 0")
            within += [
                f"if {certainly}: sure{number} += 1",
                f"elif not ({impossible}): possible{number} += 1",
            ]
            after.append(_threshold(number, atom.number, f"sure{number}", f"sure{number} + possible{number}"))
        else:
            before += [f"sure{number} = set()", f"seen{number} = set()", f"any{number} = 0", f"blank{number} = 0"]
            within += [
                f"if not ({impossible}):",
                f"    certain = {certainly}",
                f"    value = finding({atom.distinct!r}).value",
                "    if value is None:",
                f"        blank{number} += 1",
                f"        if certain: any{number} = 1",
                "    else:",
                f"        seen{number}.add(value)",
                f"        if certain: sure{number}.add(value)",
            ]
            least, most = f"(len(sure{number}) or any{number})", f"len(seen{number}) + blank{number}"
            after.append(_threshold(number, atom.number, least, most))
    reading: list[str] = []
    fields: dict[str, list[tuple[int, Compare | Known]]] = {}
    for number, leaf in enumerate(inner.all):
        if not isinstance(leaf, Compare | Known):
            raise TypeError(f"only comparisons may stand inside a quantifier over {name}")
        fields.setdefault(leaf.fact, []).append((number, leaf))
    for field, asked in fields.items():
        reading += value_source(field)
        reading += [f"i{number} = {leaf_source(leaf, 'value')}" for number, leaf in asked]
    return [
        f"    items = facts.items({name!r})",
        "    if items is None:",
        f"        {' = '.join(f'a{number}' for number, _ in quantified)} = None",
        "    else:",
        *(f"        {line}" for line in before),
        "        for item in items:",
        "            finding = item.finding",
        *(f"            {line}" for line in (*reading, *within)),
        *(f"        {line}" for line in after),
        # Of further items nothing is known: what asks whether there is one, or enough, may be true but never false.
        f"        if facts.incomplete({name!r}):",
        *(f"            a{number} = a{number} or None" for number, _ in quantified),
    ]


def _threshold(number: int, bound: int, least: str, most: str) -> str:
    return f"a{number} = True if {least} >= {bound} else False if {most} < {bound} else None"


def _inner_variable(inner: Atoms, leaf: Condition) -> tuple[str, bool]:
    (only,) = leaves(leaf)
    if not isinstance(only, Compare | Known):
        raise TypeError("only comparisons may stand inside a quantifier")
    number, positive = inner.number(only)
    return f"i{number}", positive
