"""What is wrong with a profile is told at once, all of it, and a key nobody knows is told only what is near."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncocds.errors import ProfileError
from oncocds.profile.reading import read_profile
from oncocds.vocabulary.loader import bundled_vocabulary

VOCABULARY = bundled_vocabulary()
Plain = dict[str, Any]


def refused(profile: Plain) -> list[tuple[str, str]]:
    """Where a profile is refused, and why, without guesses."""
    try:
        read_profile(profile, VOCABULARY)
    except ProfileError as error:
        return sorted((one.pointer, one.reason.partition(";")[0]) for one in error.problems)
    return []


# What one part of a profile shows by itself, and what is only found in it as a whole: each with its place.
FIRST: list[tuple[tuple[Any, ...], Any]] = [
    (("labs", "calcium", "date"), "2026-13-40"),
    (("labs", "albumin", "value"), "low"),
    (("history", 0, "date"), "yesterday"),
    (("history", 1, "value"), "low"),
    (("weight", "value"), "heavy"),
    (("lesions", 0, "status"), "maybe"),
    (("toxicities", 0, "grade"), 9),
    (("age",), -1),
    (("cardiac", "lvef_baseline"), "good"),
]
WHOLE: list[tuple[tuple[Any, ...], Any]] = [
    (("labs", "calcium", "unit"), "g/L"),
    (("labs", "albumin", "unit"), "mmol/L"),
    (("history", 0, "unit"), "g/L"),
    (("history", 1, "unit"), "g/L"),
    (("weight", "unit"), "stone"),
    (("lesions", 1, "id"), "A"),
    (("cardiac", "lvef_latest"), 0.6),
]
SOUND: Plain = {
    "age": 60,
    "weight": {"value": 60, "unit": "kg"},
    "lesions": [{"id": "A", "organ": "bone", "status": "confirmed"}, {"id": "B"}],
    "toxicities": [{"term": "fatigue", "grade": 1}],
    "labs": {
        "calcium": {"value": 2.3, "unit": "mmol/L", "date": "2026-01-02"},
        "albumin": {"value": 38, "unit": "g/L"},
    },
    "history": [
        {"of": "calcium", "date": "2026-01-02", "value": 2.3, "unit": "mmol/L"},
        {"of": "calcium", "date": "2026-01-03", "value": 2.4, "unit": "mmol/L"},
    ],
    "cardiac": {"lvef_baseline": 62, "lvef_latest": 60},
}


BESIDE_A_FAULT: list[tuple[Plain, list[str]]] = [
    ({"drug": "other"}, ["name"]),
    ({"drug": "zoledronate", "class": "adc"}, ["class"]),
    ({"drug": "other", "has_class": "adc", "not_class": "adc"}, ["name", "not_class"]),
    ({"drug": "no such drug", "name": "x", "class": "adc"}, ["drug"]),  # who knows what it is
    ({"drug": "other", "name": 1, "class": "adc"}, ["name"]),
]


@pytest.mark.parametrize(("drug", "faults"), BESIDE_A_FAULT)
@pytest.mark.parametrize("beside", [{}, {"status": "maybe"}, {"start_date": "soon", "dose": 1}])
def test_what_is_wrong_with_a_drug_as_a_whole_is_told_beside_a_field_of_it(
    drug: Plain, faults: list[str], beside: Plain
) -> None:
    profile: Plain = {"age": -1, "medications": [{}, {**drug, **beside}]}
    wanted = ["/age", *(f"/medications/1/{name}" for name in (*faults, *beside))]
    assert [pointer for pointer, _ in refused(profile)] == sorted(wanted)


def with_faults(faults: list[tuple[tuple[Any, ...], Any]]) -> Plain:
    profile = copy.deepcopy(SOUND)
    for (*way, last), value in faults:
        part: Any = profile
        for step in way:
            part = part[step]
        part[last] = value
    return profile


def pointers(faults: list[tuple[tuple[Any, ...], Any]]) -> set[str]:
    return {"".join(f"/{step}" for step in place) for place, _ in faults}


def test_the_sound_profile_is_taken_and_each_fault_is_refused_at_its_place() -> None:
    assert refused(SOUND) == []
    for fault in (*FIRST, *WHOLE):
        assert {place for place, _ in refused(with_faults([fault]))} == pointers([fault])


def test_a_bad_unit_and_a_bad_date_of_one_result_are_told_at_once() -> None:
    assert refused({"labs": {"calcium": {"value": 2.3, "unit": "g/L", "date": "2026-13-40"}}}) == [
        ("/labs/calcium/date", "not a date"),
        ("/labs/calcium/unit", "a unit that is not accepted here"),
    ]


@given(st.lists(st.sampled_from([*FIRST, *WHOLE]), unique_by=lambda fault: fault[0]))
def test_all_faults_are_told_at_once_and_nothing_else(faults: list[tuple[tuple[Any, ...], Any]]) -> None:
    assert {place for place, _ in refused(with_faults(faults))} == pointers(faults)


def test_the_loss_of_a_refused_part_is_no_fault_of_another() -> None:
    aimed = {"lesions": [{"id": 7, "organ": "bone"}], "radiotherapy": [{"targets": ["A"]}]}
    assert [place for place, _ in refused(aimed)] == ["/lesions/0/id"]
    several = {"radiotherapy": [{"id": "a", "targets": [1, 2]}, {"id": "a"}], "medications": [{"drug": "other"}, 7]}
    assert [place for place, _ in refused(several)] == [
        "/medications/0/name",
        "/medications/1",
        "/radiotherapy/0/targets/0",
        "/radiotherapy/0/targets/1",
        "/radiotherapy/1/id",
    ]


def guess(profile: Plain) -> str:
    with pytest.raises(ProfileError) as error:
        read_profile(profile, VOCABULARY)
    (problem,) = error.value.problems
    return problem.reason.removeprefix("unknown key").removeprefix("; did you mean ").strip("'?")


@pytest.mark.parametrize(
    "key", ["name", "Name", "patient", "mrn", "dob", "birthday", "patientId", "notes", "date", "id"]
)
def test_a_key_that_resembles_nothing_is_told_what_there_is_and_no_guess(key: str) -> None:
    assert guess({key: 1}) == ""


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("weigth", "weight"),
        ("ages", "age"),
        ("年零", "age"),
        ("体种", "weight"),
        ("diagnosys", "diagnosis"),
        ("medication", "medications"),
        ("lab", "labs"),
        ("gender", "sex"),
        ("stage", "diagnosis.stage_group"),
        ("HER2", "biomarkers.her2_status"),
        ("drug", "medications.drug"),
    ],
)
def test_a_key_that_is_near_is_told_what_was_meant(key: str, meant: str) -> None:
    assert guess({key: 1}) == meant
