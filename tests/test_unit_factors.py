"""Every unit factor of the vocabulary, held against what the units are: prefixes, definitions, molar masses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction

import pytest

from oncocds.vocabulary.code_loader import bundled_codes
from oncocds.vocabulary.loader import bundled_vocabulary

# CIAAW abridged standard atomic weights (2021), g/mol.
ATOMIC_WEIGHTS = {
    "H": 1.008, "C": 12.011, "N": 14.007, "O": 15.999, "Mg": 24.305, "P": 30.974, "Ca": 40.078,
}  # fmt: skip
# What is weighed where a laboratory writes mg/dL; phosphate is given as phosphorus.
FORMULAS = {"creatinine": "C4H7N3O", "calcium": "Ca", "phosphate": "P", "magnesium": "Mg", "bilirubin": "C33H36N4O6"}
POUND = Fraction("0.45359237")  # kg, international avoirdupois pound: exact by definition
PREFIXES = {"": 0, "k": 3, "d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12}
# What a unit without its prefix measures, and how many of the kind's base unit it is.
UNITS: Mapping[str, tuple[str, Fraction]] = {
    "g": ("mass", Fraction(1)),
    "[lb_av]": ("mass", POUND * 1000),
    "mol": ("amount", Fraction(1)),
    "L": ("volume", Fraction(1)),
    "m": ("length", Fraction(1)),
    "Gy": ("dose", Fraction(1)),
    "U": ("activity", Fraction(1)),
    # An assay's own unit, which UCUM writes as arbitrary and laboratories as U: the same number.
    "[arb'U]": ("activity", Fraction(1)),
    "mol{creat}": ("amount of creatinine", Fraction(1)),
    "10*3": ("count", Fraction(10**3)),
    "10*9": ("count", Fraction(10**9)),
    "": ("count", Fraction(1)),
    "%": ("percentage", Fraction(1)),
    "m[Hg]": ("pressure", Fraction(1)),
    "{score}": ("score", Fraction(1)),
    "a": ("years", Fraction(1)),
    "wk": ("weeks", Fraction(1)),
    "d": ("days", Fraction(1)),
}
_TOLERANCE = 0.001  # factors are written with three or four digits, as laboratories use them
VOCABULARY, CODES = bundled_vocabulary(), bundled_codes()
MEASURED = [
    *((of, kind.unit, unit, size) for of, kind in VOCABULARY.quantities.items() for unit, size in kind.factors.items()),
    *((of, of, unit, size) for of, sizes in CODES.units.items() for unit, size in sizes.items()),
]  # fmt: skip


def _read(unit: str) -> tuple[str, Fraction]:
    """Return the kind of a unit without a division and its size in the kind's base unit."""
    for prefix, power in PREFIXES.items():
        if unit.startswith(prefix) and unit.removeprefix(prefix) in UNITS:
            kind, size = UNITS[unit.removeprefix(prefix)]
            return kind, size * Fraction(10) ** power
    raise AssertionError(f"{unit}: this test knows no definition of it; write it down in UNITS")


def _parts(unit: str) -> Iterator[tuple[str, Fraction]]:
    return map(_read, unit.split("/"))


def _molar_mass(formula: str) -> Fraction:
    atoms = re.findall(r"([A-Z][a-z]?)(\d*)", formula)
    return sum((Fraction(str(ATOMIC_WEIGHTS[atom])) * int(count or 1) for atom, count in atoms), Fraction(0))


def factor_by_definition(of: str, unit: str, preferred: str) -> Fraction:
    """Return what a value in a unit is multiplied with to be one in another."""
    (kind, size), *below = _parts(unit)
    (wanted, whole), *below_wanted = _parts(preferred)
    assert [one for one, _ in below] == [one for one, _ in below_wanted], f"{of}: {unit} beside {preferred}"
    if (kind, wanted) == ("mass", "amount"):
        size, kind = size / _molar_mass(FORMULAS[of]), "amount"
    assert kind == wanted, f"{of}: {unit} measures {kind}, {preferred} {wanted}"
    for (_, one), (_, other) in zip(below, below_wanted, strict=True):
        size, whole = size / one, whole / other
    return size / whole


@pytest.mark.parametrize(("of", "preferred", "unit", "factor"), MEASURED)
def test_a_factor_is_what_its_units_are(of: str, preferred: str, unit: str, factor: float) -> None:
    definition = factor_by_definition(of, unit, preferred)
    said = f"{of}: 1 {unit} is {float(definition)} {preferred}"
    assert factor == pytest.approx(float(definition), rel=_TOLERANCE), said


def test_the_definitions_are_those_of_the_textbooks() -> None:
    masses = {name: round(float(_molar_mass(formula)), 2) for name, formula in FORMULAS.items()}
    assert masses == {
        "creatinine": 113.12, "calcium": 40.08, "phosphate": 30.97, "magnesium": 24.3, "bilirubin": 584.67,
    }  # fmt: skip


@pytest.mark.parametrize("wrong", [2, 0.5, 10, 0.1, 1000, 0.001])
def test_every_factor_that_is_wrong_by_a_slip_is_noticed(wrong: float) -> None:
    for of, preferred, unit, factor in MEASURED:
        definition = float(factor_by_definition(of, unit, preferred))
        assert factor * wrong != pytest.approx(definition, rel=_TOLERANCE), (of, unit)
