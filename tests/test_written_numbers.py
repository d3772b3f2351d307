"""Numbers as a doctor writes them: what was recorded stays, what was converted loses the decimals nobody measured."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from oncocds.advice.wording import written
from oncocds.engine import Engine

ENGINE = Engine.load()


@given(st.decimals(min_value=-99999, max_value=99999, places=3))
def test_a_recorded_number_is_shown_as_it_was_recorded(number: object) -> None:
    assert float(written(float(str(number)))) == float(str(number))


@given(st.floats(min_value=0.001, max_value=1e9))
def test_a_shown_number_has_no_exponent_few_decimals_and_is_near(value: float) -> None:
    shown = written(value)
    assert re.fullmatch(r"\d+(\.\d+)?", shown)
    assert abs(float(shown) - value) <= 0.051 * max(value, 0.1)
    nearly_a_limit = (2 * round(value, 3)).is_integer()  # a whole or a half, which it must not read as
    assert value < 0.1 or nearly_a_limit or re.fullmatch(r"\d+(\.\d{1,3})?", shown)


def test_what_was_converted_is_shown_shortly_and_kept_exactly() -> None:
    patient = {
        "age": 61,
        "sex": "female",
        "weight": {"value": 121, "unit": "[lb_av]"},
        "diagnosis": {"tumour_type": "breast"},
        "lesions": [{"id": "R", "organ": "bone", "site": "rib", "status": "confirmed"}],
        "medications": [{"drug": "zoledronate", "status": "active"}],
        "labs": {
            "creatinine": {"value": 2.31, "unit": "mg/dL"},
            "calcium": {"value": 14.2, "unit": "mg/dL", "reference_high": 10.5},
            "albumin": {"value": 2.9, "unit": "g/dL"},
        },
        "history": [{"of": "calcium", "date": "2025-11-03", "value": 9.9, "unit": "mg/dL"}],
    }
    answer = ENGINE.evaluate(patient, as_of="2026-01-01")
    told = "\n".join(f"{line.line.zh}\n{line.line.en}" for line in answer.briefing)
    told += "\n".join(f"{one.text.zh}\n{one.text.en}" for one in [*answer.values, *answer.series])
    assert "3.76 mmol/L" in told
    assert "3.54 mmol/L" in told
    assert "54.88 kg" in told
    assert not re.search(r"\d\.\d{4}", told)
    values = {one.fact: one.value for one in answer.values}
    assert values["labs.calcium.value"] == 3.5429
    assert values["derived.corrected_calcium"] == 3.7629
