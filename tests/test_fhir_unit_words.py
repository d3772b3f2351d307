"""Units are read however a laboratory's system prints them, and never as a unit of another size."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_support import ANNA, fact, mapped, observation, reasons
from oncocds.vocabulary.code_loader import bundled_codes
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds_fhir.mapping import Mapped
from oncocds_fhir.measures import known_unit
from oncocds_fhir.unit_words import folded

CODES, QUANTITIES = bundled_codes(), bundled_vocabulary().quantities
MEASURED = {
    **{name: tuple(kind.factors) for name, kind in QUANTITIES.items()},
    **{name: tuple(factors) for name, factors in CODES.units.items()},
}
SPELT = sorted({*CODES.spellings, *CODES.spellings.values()})
PRINTED = [
    ("creatinine", "umol/L", ["μMol/L", "umol·L-1", "μmol·L⁻¹", "μ mol/L", "micromol/L", "uM", "ｕｍｏｌ／Ｌ"]),
    ("creatinine", "mg/dL", ["mg%", "mg/100ml", "Mg/Dl"]),
    ("calcium", "mmol/L", ["mmol·L-1", "mmol/liter", "mmol / l", "MMol/L"]),
    ("albumin", "g/dL", ["gm/dL", "g%", "gm%", "GM/DL"]),
    ("platelets", "10*9/L", ["x 10^9/L", "X10^9/L", "*10^9/L", "10~9/L", "10 9/L", "109/L", "10E+9/L"]),
    ("platelets", "10*9/L", ["G/L", "Giga/L", "/nL"]),
    ("platelets", "10*3/uL", ["K/ul", "K/μL", "10^3/ul", "10³/µL", "x10³/µL", "Thou/uL", "10^3/mm3", "X10(3)/UL"]),
    ("platelets", "/uL", ["/mm³", "/cmm", "cells/cumm", "#/uL", "Cells/µL"]),
    ("alt", "U/L", ["u/l", "iu/l", "units/L", "Unit/L", "单位/升", "[IU]/l"]),
    ("ca153", "U/mL", ["KU/L", "IU/ml", "u/ml", "[U]/mL", "k[IU]/L", "units/mL"]),
    ("mass", "kg", ["kgs", "kG"]),
    ("mass", "[lb_av]", ["LB", "Lbs"]),
]  # fmt: skip
OTHER = [
    ("creatinine", ["mmol/L", "mmol/24h", "umol/kg", "nmol/L", "mg/g", "mg/L", "umol", "pM", "umol/dL"]),
    ("calcium", ["umol/L", "mEq/L", "mmol/24h", "mmol/d", "mol/L", "mg"]),
    ("albumin", ["G/L", "mg/L", "g/24h", "g", "umol/L", "g/mL", "kg/L"]),
    ("platelets", ["10*12/L", "10^12/L", "10^6/L", "10*6/uL", "10^4/uL", "万/uL", "g/L", "%", "10*9", "fL", "M/uL"]),
    ("alt", ["ukat/L", "nkat/L", "U/mL", "mU/L", "kU/L", "U/g"]),
    ("mass", ["mg", "斤", "st", "oz", "ug", "t"]),
    ("Gy", ["mGy", "MGy", "rad"]),
]


@pytest.mark.parametrize(("of", "unit", "word"), [(of, unit, word) for of, unit, words in PRINTED for word in words])
def test_a_unit_is_read_as_it_is_printed(of: str, unit: str, word: str) -> None:
    assert known_unit(word, MEASURED[of], CODES) == unit


@pytest.mark.parametrize(("of", "word"), [(of, word) for of, words in OTHER for word in words])
def test_a_unit_of_another_size_is_not_known(of: str, word: str) -> None:
    assert known_unit(word, MEASURED[of], CODES) is None


KNOWN = [(of, word) for of, units in sorted(MEASURED.items()) for word in SPELT if known_unit(word, units, CODES)]


@given(st.sampled_from(KNOWN), st.data())
def test_case_and_spaces_make_no_other_unit_of_it(known: tuple[str, str], data: st.DataObject) -> None:
    """Whatever is done to the letters of a spelling, it is the same unit, or none."""
    of, word = known
    printed = "".join(data.draw(st.sampled_from((one, one.upper(), one.lower(), f" {one}"))) for one in word)
    assert known_unit(printed, MEASURED[of], CODES) in (known_unit(word, MEASURED[of], CODES), None)


@pytest.mark.parametrize("of", sorted(MEASURED))
def test_no_two_units_of_a_measurement_are_written_in_one_way(of: str) -> None:
    units = MEASURED[of]
    assert len({folded(unit) for unit in units}) == len(units)


def test_a_result_is_read_in_the_unit_as_it_is_printed_and_refused_in_another() -> None:
    def platelets(unit: str) -> Mapped:
        return mapped(ANNA, observation("o", "777-3", valueQuantity={"value": 180, "unit": unit}))

    assert fact(platelets("X10^9/L"), "labs.platelets.value") == 180
    assert fact(platelets("10^12/L"), "labs.platelets") is None
    assert reasons(platelets("10^12/L"))["unknown-unit"] == ["Observation/o"]
