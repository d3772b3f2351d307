"""What one memory keeps from patient to patient changes nothing that is said of any of them, and is worked out once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as given_that
from hypothesis import strategies as st

from fhir_support import AS_OF, ICD10, LOINC, bundle, concept, condition, observation, quantity
from oncocds.vocabulary.code_loader import bundled_codes
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds_fhir import unread
from oncocds_fhir.bundle import collect
from oncocds_fhir.mapping import map_bundle
from oncocds_fhir.memory import Memory

NAMES = ["钠", "尿肌酐", "肌酐（急诊）", "血钙复查", "HER2状态（肝转移灶）", "ER（复发灶）", "LVEF描述", "右室射血分数"]
CODES = [concept(LOINC, "2951-2"), concept(LOINC, "2160-0"), *({"text": name} for name in NAMES)]
VALUES: list[dict[str, Any]] = [
    {"valueQuantity": quantity(97, "umol/L")},
    {"valueQuantity": quantity(2.4, "mmol/L")},
    {"valueString": "阳性"},
    {"dataAbsentReason": {"text": "未测"}},
    {"valueQuantity": quantity(97, "umol/L"), "specimen": {"display": "尿"}},
]
STATUSES = [None, "confirmed", "refuted", "疑似", "已排除", "?"]
RESULTS = st.builds(
    lambda code, value, day: observation(f"o{day}", code, f"2025-01-{day:02}", **value),
    st.sampled_from(CODES),
    st.sampled_from(VALUES),
    st.integers(1, 28),
)
DIAGNOSES = st.builds(
    lambda code, verification, clinical: condition("c", code, verification, clinical),
    st.sampled_from([concept(ICD10, "C50.9"), concept(ICD10, "C79.5"), {"text": "骨转移"}]),
    st.sampled_from(STATUSES),
    st.sampled_from([None, "active", "remission", "已治愈", "?"]),
)
PATIENTS = st.lists(st.tuples(st.lists(RESULTS, max_size=4), DIAGNOSES), min_size=2, max_size=4)


def told(records: list[dict[str, Any]], memory: Memory | None = None) -> object:
    found = map_bundle(collect(bundle(*records)), bundled_vocabulary(), bundled_codes(), AS_OF, memory=memory)
    return found.profile, found.report(), found.sources


@given_that(PATIENTS)
def test_a_memory_that_others_share_changes_nothing(
    patients: list[tuple[list[dict[str, Any]], dict[str, Any]]],
) -> None:
    shared = Memory(bundled_vocabulary(), bundled_codes())
    for results, diagnosis in patients:
        assert told([*results, diagnosis], shared) == told([*results, diagnosis])


def test_what_the_words_of_unknown_results_name_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_through: list[str] = []
    search = unread._named_biomarkers
    monkeypatch.setattr(
        unread, "_named_biomarkers", lambda code, codes: looked_through.append(code.text) or search(code, codes)
    )
    shared = Memory(bundled_vocabulary(), bundled_codes())
    for value in (140, 141, 139):
        told([observation("o", {"text": "HER2状态（肝转移灶）"}, valueString=f"{value}")], shared)
        told([observation("o", {"text": "钠"}, valueQuantity=quantity(value, "mmol/L"))], shared)
    assert looked_through == ["HER2状态（肝转移灶）", "钠"]


def test_no_value_is_kept_of_an_unknown_result() -> None:
    shared = Memory(bundled_vocabulary(), bundled_codes())
    told([observation("o-4711", {"text": "钠"}, "2024-12-24", valueQuantity=quantity(143.75, "mmol/L"))], shared)
    kept = repr(shared._kept)
    assert "钠" in kept
    assert not any(value in kept for value in ("143.75", "4711", "2024-12-24"))
