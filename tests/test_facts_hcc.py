"""Facts of hepatocellular carcinoma: cases, completeness by brute force, and what contradicts itself."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from facts_support import facts_of, found
from oncocds.profile.contradictions import contradictions

Plain = dict[str, Any]
LIVER_DONE: Plain = {"id": "R1", "site": "liver", "status": "completed"}
BONE_DONE: Plain = {"id": "R2", "site": "bone", "status": "completed"}
BONE: Plain = {"id": "B1", "organ": "bone", "status": "confirmed"}
LARGEST, PRIOR, SITES = (
    "derived.largest_metastasis_cm",
    "derived.prior_radiotherapy",
    "derived.prior_radiotherapy_sites",
)


def _mets(present: bool | None = None, size: float | None = None, **more: Any) -> Plain:
    return {"hcc": {"extrahepatic_mets": present, "met_max_cm": size}, **more}


def _prior(answer: bool | None, *courses: Plain) -> Plain:
    return {"hcc": {"prior_rt": answer}, "radiotherapy": list(courses)}


CASES: list[tuple[str, Plain, Any, tuple[str, ...]]] = [
    (LARGEST, _mets(False), 0.0, ()),
    (LARGEST, _mets(False, 0), 0.0, ()),
    (LARGEST, _mets(True, 3.1), 3.1, ()),
    (LARGEST, _mets(None, 3.1), 3.1, ()),
    (LARGEST, _mets(True), None, ("hcc.met_max_cm",)),
    (LARGEST, _mets(), None, ("hcc.extrahepatic_mets", "hcc.met_max_cm")),
    (LARGEST, _mets(False, 3.1), None, ("hcc.extrahepatic_mets", "hcc.met_max_cm")),
    (LARGEST, _mets(True, 0), None, ("hcc.extrahepatic_mets", "hcc.met_max_cm")),
    (LARGEST, _mets(False, lesions=[BONE]), None, ("hcc.extrahepatic_mets",)),
    (
        LARGEST,
        _mets(False, lesions=[BONE, {"id": "T", "organ": "lung", "imaging": ["ct"]}]),
        None,
        ("hcc.extrahepatic_mets",),
    ),
    (LARGEST, _mets(False, lesions=[{**BONE, "organ": "liver"}]), 0.0, ()),
    (LARGEST, _mets(False, lesions=[{**BONE, "status": "suspected"}]), 0.0, ()),
    (LARGEST, _mets(False, lesions=[{**BONE, "trend": "resolved"}]), 0.0, ()),
    (LARGEST, _mets(False, lesions=[{**BONE, "is_primary": True}]), 0.0, ()),
    (LARGEST, _mets(False, lesions=[{"status": "confirmed"}]), 0.0, ()),
    (LARGEST, _mets(True, 2.0, lesions=[BONE]), 2.0, ()),
    (PRIOR, _prior(True), True, ()),
    (PRIOR, _prior(False), False, ()),
    (PRIOR, {"hcc": {"prior_rt": False}}, False, ()),
    (PRIOR, _prior(False, {"id": "R", "site": "liver", "status": "planned"}), False, ()),
    (PRIOR, _prior(False, {"id": "R", "site": "liver"}), False, ()),
    (PRIOR, _prior(None, BONE_DONE), True, ()),
    (PRIOR, _prior(None, {"id": "R"}, BONE_DONE), True, ()),
    (PRIOR, _prior(True, BONE_DONE), True, ()),
    (PRIOR, _prior(False, BONE_DONE), None, ("hcc.prior_rt", "radiotherapy[R2].status")),
    (PRIOR, _prior(None), None, ("hcc.prior_rt",)),
    (PRIOR, _prior(None, {"id": "R", "status": "ongoing"}), None, ("hcc.prior_rt",)),
    (PRIOR, _prior(None, {"id": "R"}), None, ("hcc.prior_rt", "radiotherapy[R].status")),
    (PRIOR, {}, None, ("hcc.prior_rt", "radiotherapy")),
    (SITES, _prior(True, LIVER_DONE, BONE_DONE), ("bone", "liver"), ()),
    (SITES, _prior(True, {"id": "R", "status": "completed"}, BONE_DONE), ("bone",), ()),
    (SITES, _prior(True, {"id": "R", "status": "completed"}), None, ("radiotherapy[R].site",)),
    (SITES, _prior(True, {"id": "R", "site": "liver", "status": "planned"}), None, ("radiotherapy",)),
    (SITES, _prior(True), None, ("radiotherapy",)),
    (SITES, {}, None, ("radiotherapy",)),
]


@pytest.mark.parametrize(("fact", "profile", "value", "asks"), CASES)
def test_derived(fact: str, profile: Plain, value: Any, asks: tuple[str, ...]) -> None:
    finding = found(fact, profile)
    assert (finding.value, finding.missing) == (value, asks)


@pytest.mark.parametrize(
    ("dose", "fractions", "bed10"),
    [
        (27.5, 5, 42.625),
        (35, 5, 59.5),
        (43, 5, 79.98),
        (43.1, 5, 80.2522),
        (50, 5, 100.0),
        (40, 10, 56.0),
        (60, 30, 72.0),
    ],
)
def test_bed10_is_dose_times_one_plus_dose_per_fraction_over_ten(dose: float, fractions: int, bed10: float) -> None:
    finding = found("radiotherapy.bed10_gy", {"radiotherapy": [{"id": "R", "dose_gy": dose, "fractions": fractions}]})
    assert finding.value == bed10
    assert finding.used == ("radiotherapy[R].dose_gy", "radiotherapy[R].fractions")


def test_bed10_asks_for_dose_and_fractions() -> None:
    for course, asks in (
        ({"dose_gy": 35}, ("radiotherapy[R].fractions",)),
        ({"fractions": 5}, ("radiotherapy[R].dose_gy",)),
        ({}, ("radiotherapy[R].dose_gy", "radiotherapy[R].fractions")),
    ):
        finding = found("radiotherapy.bed10_gy", {"radiotherapy": [{"id": "R", **course}]})
        assert (finding.value, finding.missing) == (None, asks)


def _agrees(value: Any, outcomes: set[Any], situation: object) -> None:
    """A known value is the only outcome; an unknown one leaves at least two (or none: what is recorded clashes)."""
    outcomes = outcomes - {None}
    assert len(outcomes) != 1 if value is None else outcomes == {value}, situation


def test_largest_metastasis_is_certain_exactly_when_no_answer_could_change_it() -> None:
    sizes = (0.0, 2.0, 4.0)
    for present, size in itertools.product((None, True, False), (None, *sizes)):
        outcomes = {
            found(LARGEST, _mets(a, b)).value
            for a in ((True, False) if present is None else (present,))
            for b in (sizes if size is None else (size,))
        }
        _agrees(found(LARGEST, _mets(present, size)).value, outcomes, (present, size))


def test_prior_radiotherapy_is_certain_exactly_when_no_answer_could_change_it() -> None:
    statuses = ("planned", "ongoing", "completed")
    for answer, *courses in itertools.product((None, True, False), (None, *statuses), (None, *statuses)):

        def profile(given: bool | None, states: tuple[str | None, ...]) -> Plain:
            return _prior(given, *({"id": str(n), "status": status} for n, status in enumerate(states)))

        outcomes = {
            found(PRIOR, profile(a, states)).value
            for a in ((True, False) if answer is None else (answer,))
            for states in itertools.product(*(statuses if status is None else (status,) for status in courses))
        }
        _agrees(found(PRIOR, profile(answer, tuple(courses))).value, outcomes, (answer, courses))


@pytest.mark.parametrize(
    ("profile", "clash", "asks"),
    [
        (_mets(False, 3.1), "extrahepatic-metastases-beside-another-size", ("hcc.extrahepatic_mets", "hcc.met_max_cm")),
        (_mets(True, 0), "extrahepatic-metastases-beside-another-size", ("hcc.extrahepatic_mets", "hcc.met_max_cm")),
        (_mets(False, lesions=[BONE]), "extrahepatic-metastases-denied-beside-a-lesion", ("hcc.extrahepatic_mets",)),
        (_prior(False, BONE_DONE), "prior-radiotherapy-denied-beside-a-completed-course", ("hcc.prior_rt",)),
    ],
)
def test_what_cannot_be_right_is_said_and_asked_about(profile: Plain, clash: str, asks: tuple[str, ...]) -> None:
    (contradiction,) = contradictions(facts_of(profile))
    assert (contradiction.id, contradiction.severity, contradiction.asks) == (clash, "contradiction", asks)


@pytest.mark.parametrize(
    "profile",
    [
        _mets(False, 0),
        _mets(True, 0.4, lesions=[BONE]),
        _mets(False, lesions=[{**BONE, "status": "suspected"}]),
        _mets(None, 3.1),
        _prior(None, BONE_DONE),
        _prior(True, BONE_DONE),
    ],
)
def test_what_can_be_right_together_is_no_contradiction(profile: Plain) -> None:
    assert contradictions(facts_of(profile)) == ()
