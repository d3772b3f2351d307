"""Tags and security labels of a record that say that it is an error, a test or a part of the record."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_support import fact, implausible, lvef, mapped, patient, reasons

_ERROR = {"code": "entered-in-error"}
_TEST = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}


@pytest.mark.parametrize("place", ["tag", "security"])
@pytest.mark.parametrize(
    ("mark", "reason"),
    [
        (_ERROR, "marked-as-error"),
        ({"display": "Entered in Error"}, "marked-as-error"),
        ({"code": "X1", "display": "錄入錯誤"}, "marked-as-error"),
        (_TEST, "test-data"),
        ({"display": "测试数据"}, "test-data"),
    ],
)
def test_marked_result_is_not_used_and_leaves_the_older_one_open(place: str, mark: dict[str, Any], reason: str) -> None:
    found = mapped(patient(), lvef("old", "2024-12-01", 62), lvef("new", "2025-01-10", 38, meta={place: [mark]}))
    assert fact(found, "cardiac.lvef_latest") is None
    assert reasons(found)[reason] == ["Observation/new"]
    older = mapped(patient(), lvef("old", "2024-12-01", 38, meta={place: [mark]}), lvef("new", "2025-01-10", 62))
    assert fact(older, "cardiac.lvef_latest") == 62


def test_patient_of_the_tests_is_told_and_the_records_are_used() -> None:
    marked = {"meta": {"security": [_TEST]}}
    found = mapped(patient(**marked), lvef("a", "2025-01-10", 62, **marked))
    assert fact(found, "cardiac.lvef_latest") == 62
    assert implausible(found) == ["patient-test-data"]
    assert "test-data" not in reasons(found)


def test_patient_recorded_in_error_is_told() -> None:
    assert implausible(mapped(patient(meta={"tag": [_ERROR]}))) == ["patient-marked-as-error"]


def test_part_of_a_record_is_used_and_said() -> None:
    found = mapped(patient(), lvef("a", "2025-01-10", 62, meta={"tag": [{"code": "SUBSETTED"}]}))
    assert fact(found, "cardiac.lvef_latest") == 62
    assert reasons(found)["abridged"] == ["Observation/a"]


@pytest.mark.parametrize(
    "meta", [{}, {"tag": []}, {"tag": "HTEST"}, {"tag": [5]}, {"tag": [{"code": 5}]}, {"security": [{"code": "N"}]}, []]
)
def test_other_tags_and_such_that_are_none_change_nothing(meta: Any) -> None:
    found = mapped(patient(), lvef("a", "2025-01-10", 62, meta=meta))
    assert fact(found, "cardiac.lvef_latest") == 62
    assert not {"marked-as-error", "test-data", "abridged", "unreadable"} & reasons(found).keys()
