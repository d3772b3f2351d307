"""LOINC codes that laboratories use beside the usual ones, each as what it measures and as nothing else."""

from __future__ import annotations

import pytest

from fhir_support import fact, mapped, observation, quantity, reasons

MEASURED = [
    ("labs.creatinine.value", 97, "umol/L", "59826-8 77140-2 101475-2"),
    ("labs.calcium.value", 2.35, "mmol/L", "1996-8 42857-3"),
    ("labs.albumin.value", 38, "g/L", "2862-1 77148-5 101198-0"),
    ("labs.platelets.value", 180, "10*9/L", "778-1 49497-1 97995-5"),
    ("labs.phosphate.value", 1.1, "mmol/L", "24519-1"),
    ("labs.magnesium.value", 0.8, "mmol/L", "2593-2"),
    ("labs.alp.value", 80, "U/L", "1783-0"),
    ("labs.alt.value", 35, "U/L", "1743-4 1744-2 76625-3 77144-4"),
    ("labs.ast.value", 35, "U/L", "30239-8 88112-8"),
    ("labs.bilirubin.value", 15, "umol/L", "54363-7 77137-8 89871-8"),
    ("labs.wbc.value", 5, "10*9/L", "804-5 49498-9"),
    ("labs.neutrophils.value", 3, "10*9/L", "753-4"),
    ("labs.haemoglobin.value", 130, "g/L", "20509-6 30350-3 55782-7"),
    ("labs.urea.value", 5, "mmol/L", "72903-8"),
    ("labs.osteocalcin.value", 20, "ug/L", "2697-1"),
    ("labs.untx.value", 40, "nmol/mmol{creat}", "14115-0"),
    ("vitals.systolic", 150, "mm[Hg]", "8459-0 8461-6"),
    ("vitals.diastolic", 90, "mm[Hg]", "8453-3 8455-8"),
    ("cardiac.lvef_latest", 60, "%", "8810-4 8811-2 77892-8"),
]
# Ionised and corrected calcium, ionised magnesium, clearances and filtration rates: known, and none of the facts.
WITHOUT_A_FACT = [
    ("labs.calcium", 1.2, "mmol/L", "12180-6 13959-2 19072-8 46099-8 47598-8 53140-0"),
    ("labs.magnesium", 0.5, "mmol/L", "2600-5"),
    ("labs.creatinine", 25, "mL/min", "2164-2 35591-7 35592-5 50380-5 48643-1"),
]


@pytest.mark.parametrize(
    ("path", "value", "unit", "code"), [(*row[:3], code) for row in MEASURED for code in row[3].split()]
)
def test_a_code_is_what_it_measures(path: str, value: float, unit: str, code: str) -> None:
    assert fact(mapped(observation("o", code, valueQuantity=quantity(value, unit))), path) == value


@pytest.mark.parametrize(
    ("path", "value", "unit", "code"), [(*row[:3], code) for row in WITHOUT_A_FACT for code in row[3].split()]
)
def test_what_measures_something_else_is_none_of_the_facts(path: str, value: float, unit: str, code: str) -> None:
    found = mapped(observation("o", code, valueQuantity=quantity(value, unit)))
    assert fact(found, path) is None
    assert reasons(found) == {"no-fact": ["Observation/o"]}
