"""Derived facts that the document on lung cancer needs, as cases, and certainty tried over every completion."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from facts_support import bone, brain, facts_of, found

Plain = dict[str, Any]
Case = tuple[Plain, Plain, Any, tuple[str, ...]]
TKI = {"drug": "osimertinib", "status": "active"}


def _lesions(*trends: str | None, **more: Any) -> Plain:
    """Return a profile on systemic therapy with one bone lesion (L0, L1, …) per trend."""
    lesions = [bone(id=f"L{n}", **({"trend": trend} if trend else {})) for n, trend in enumerate(trends)]
    return {"medications": [TKI], "lesions": lesions, **more}


def _plateau(*trends: str | None, **more: Any) -> Plain:
    return _lesions(*trends, treatment={"response_plateau": True, **more})


_INITIAL = {"treatment": {"timepoint": "initial_diagnosis"}}

CASES: dict[str, list[Case]] = {
    "derived.non_small_cell_lung_cancer": [
        ({"diagnosis": {"tumour_type": "nsclc"}}, {}, True, ()),
        ({"diagnosis": {"tumour_type": "sclc"}}, {}, False, ()),
        ({"diagnosis": {"tumour_type": "breast"}}, {}, False, ()),
        ({"diagnosis": {"tumour_type": "lung_nos"}}, {}, None, ("diagnosis.tumour_type",)),
        ({}, {}, None, ("diagnosis.tumour_type",)),
    ],
    "derived.advanced": [
        ({"diagnosis": {"extent": "metastatic"}}, {}, True, ()),
        ({"lesions": [bone()]}, {}, True, ()),
        ({"lesions": [brain()], "diagnosis": {"extent": "early"}}, {}, True, ()),
        ({"lesions": [], "diagnosis": {"extent": "early"}}, {}, False, ()),
        ({"lesions": [], "diagnosis": {"extent": "locally_advanced"}}, {}, False, ()),
        ({"lesions": []}, {}, None, ("diagnosis.extent",)),
        ({"diagnosis": {"extent": "early"}}, {}, None, ("lesions",)),
        (
            {"lesions": [bone(id="B1", status="suspected")], "diagnosis": {"extent": "early"}},
            {},
            None,
            ("lesions[B1].status",),
        ),
    ],
    "derived.oligometastatic_at_baseline": [
        (_INITIAL | {"lesions": [bone()] * 3}, {"oligomet_max": 3}, True, ()),
        (_INITIAL | {"lesions": [bone()] * 4}, {"oligomet_max": 3}, False, ()),
        (_INITIAL | {"lesions": [bone()] * 2}, {"oligomet_max": 3}, True, ()),
        (_INITIAL | {"lesions": [bone()]}, {}, None, ("policy.oligomet_max",)),
        (_INITIAL | {"lesions": []}, {"oligomet_max": 3}, False, ()),
        (_INITIAL | {"lesions": [{"organ": "lung", "is_primary": True}]}, {"oligomet_max": 3}, False, ()),
        (
            _INITIAL | {"lesions": [bone(), bone(), bone(), bone(id="B4", status="suspected")]},
            {"oligomet_max": 3},
            None,
            ("lesions[B4].status",),
        ),
        (_INITIAL | {"lesions": [bone(), bone(status="suspected")]}, {"oligomet_max": 2}, True, ()),
        ({"lesions": [bone()]}, {"oligomet_max": 3}, None, ("treatment.timepoint",)),
        ({"lesions": [bone()], "treatment": {"timepoint": "on_treatment"}}, {}, False, ()),
        ({"diagnosis": {"oligomet_baseline": True}}, {}, True, ()),
        (_INITIAL | {"diagnosis": {"oligomet_baseline": False}, "lesions": [bone()]}, {"oligomet_max": 3}, False, ()),
        (_INITIAL, {}, None, ("lesions",)),
    ],
    "derived.oligoresidual": [
        (_plateau("residual", "stable", "responding"), {"oligoresidual_max": 2}, True, ()),
        (_plateau("residual", "stable", "stable"), {"oligoresidual_max": 2}, False, ()),
        (_plateau("residual"), {"oligoresidual_max": 2}, True, ()),
        (_plateau("residual", "progressing"), {"oligoresidual_max": 2}, False, ()),
        (_plateau("residual", "new"), {}, False, ()),
        (_plateau("responding", "resolved"), {}, False, ()),
        (_plateau("residual", None), {"oligoresidual_max": 2}, None, ("lesions[L1].trend",)),
        (_plateau("residual", "not_assessed"), {"oligoresidual_max": 2}, None, ("lesions[L1].trend",)),
        (_plateau("residual", None), {"oligoresidual_max": 0}, False, ()),
        (_plateau(None), {"oligoresidual_max": 0}, False, ()),
        (_plateau("residual"), {}, None, ("policy.oligoresidual_max",)),
        (
            _lesions("residual"),
            {"oligoresidual_max": 2},
            None,
            ("treatment.response_plateau", "treatment.timepoint"),
        ),
        (_lesions("residual", treatment={"response_plateau": False}), {"oligoresidual_max": 2}, False, ()),
        (_lesions("residual", **_INITIAL), {"oligoresidual_max": 2}, False, ()),
        (
            _plateau("residual", timepoint="initial_diagnosis"),
            {"oligoresidual_max": 2},
            None,
            ("treatment.response_plateau", "treatment.timepoint"),
        ),
        (_plateau("residual", timepoint="on_treatment"), {"oligoresidual_max": 2}, True, ()),
        ({"diagnosis": {"oligoresidual": True}}, {}, True, ()),
        (_plateau("residual") | {"diagnosis": {"oligoresidual": False}}, {"oligoresidual_max": 2}, False, ()),
        (_plateau(), {}, False, ()),
        ({"treatment": {"response_plateau": True}}, {}, None, ("lesions",)),
    ],
    "derived.oligoprogression": [
        (_lesions("progressing", "stable", "responding"), {"oligoprog_max": 1}, True, ()),
        (_lesions("new", "stable", "responding"), {"oligoprog_max": 1}, True, ()),
        (_lesions("progressing", "resolved", "residual"), {"oligoprog_max": 3}, True, ()),
        (_lesions("progressing", "progressing", *["stable"] * 3), {"oligoprog_max": 2}, True, ()),
        (_lesions("progressing", "progressing", *["stable"] * 3), {"oligoprog_max": 1}, False, ()),
        (_lesions("progressing", "progressing"), {"oligoprog_max": 3}, False, ()),
        (_lesions("progressing", "stable"), {"oligoprog_max": 3}, False, ()),
        (_lesions("stable", "stable"), {}, False, ()),
        (_lesions("progressing", "stable", "stable"), {}, None, ("policy.oligoprog_max",)),
        (_lesions("progressing", "progressing"), {}, False, ()),
        (_lesions("progressing", "stable", "stable", "stable", None), {"oligoprog_max": 2}, True, ()),
        (
            _lesions("progressing", "stable", "stable", "stable", None),
            {"oligoprog_max": 1},
            None,
            ("lesions[L4].trend",),
        ),
        (_lesions("progressing", "stable", "not_assessed"), {"oligoprog_max": 2}, None, ("lesions[L2].trend",)),
        (_lesions(None), {"oligoprog_max": 3}, False, ()),
        (_lesions("progressing", "stable", "stable", medications=[]), {"oligoprog_max": 3}, False, ()),
        (
            _lesions("progressing", "stable", "stable", medications=[]) | {"treatment": {"on_systemic": True}},
            {"oligoprog_max": 3},
            True,
            (),
        ),
        (_lesions(medications=[], diagnosis={"oligoprogression": True}), {}, False, ()),
        ({"medications": [TKI], "diagnosis": {"oligoprogression": True}}, {}, True, ()),
        (_lesions("progressing", "stable", "stable", diagnosis={"oligoprogression": False}), {}, False, ()),
        ({"diagnosis": {"oligoprogression": True}}, {}, None, ("medications",)),
        (
            _lesions("progressing", "stable", "stable", medications=[{**TKI, "status": "planned"}]),
            {"oligoprog_max": 3},
            False,
            (),
        ),
        (
            _lesions("progressing", "stable", "stable", medications=[{"id": "M", "drug": "osimertinib"}]),
            {"oligoprog_max": 3},
            None,
            ("medications[M].status",),
        ),
        (_lesions(), {}, False, ()),
        ({"medications": [TKI]}, {}, None, ("lesions",)),
    ],
}


@pytest.mark.parametrize(
    ("fact", "profile", "policy", "value", "asks"),
    [pytest.param(fact, *case, id=f"{fact}-{n}") for fact, cases in CASES.items() for n, case in enumerate(cases)],
)
def test_derived(fact: str, profile: Plain, policy: Plain, value: Any, asks: tuple[str, ...]) -> None:
    finding = found(fact, profile, **policy)
    assert finding.value == value
    assert set(asks) <= set(finding.missing)
    assert bool(finding.missing) is (value is None)


COURSE = {"id": "R", "site": "bone", "status": "ongoing"}
COURSE_CASES: list[tuple[str, Plain, Any, tuple[str, ...]]] = [
    ("sbrt_selected", {"radiotherapy": []}, False, ()),
    ("sbrt_selected", {}, False, ()),
    ("sbrt_selected", {"radiotherapy": [{**COURSE, "targets": ["B1"]}]}, None, ("lesions[B1].sbrt_selected",)),
    ("sbrt_selected", {"radiotherapy": [{**COURSE, "targets": ["B2"]}]}, False, ()),
    ("sbrt_selected", {"radiotherapy": [COURSE]}, None, ("lesions[B1].sbrt_selected",)),
    ("sbrt_selected", {"radiotherapy": [{**COURSE, "site": "brain"}]}, False, ()),
    ("sbrt_selected", {"radiotherapy": [{**COURSE, "status": "completed", "targets": ["B1"]}]}, False, ()),
    ("planned_target", {"radiotherapy": [{**COURSE, "status": "planned", "targets": ["B1"]}]}, True, ()),
    ("planned_target", {"radiotherapy": [{**COURSE, "status": "completed", "targets": ["B1"]}]}, False, ()),
    ("planned_target", {"radiotherapy": [{**COURSE, "status": "planned"}]}, None, ("radiotherapy[R].targets",)),
    ("irradiated", {"radiotherapy": [{**COURSE, "targets": ["B1"]}]}, True, ()),
    ("irradiated", {"radiotherapy": [{**COURSE, "status": "completed", "targets": ["B2", "B1"]}]}, True, ()),
    ("irradiated", {"radiotherapy": [{**COURSE, "status": "planned", "targets": ["B1"]}]}, False, ()),
    ("irradiated", {"radiotherapy": [{**COURSE, "targets": ["B2"]}]}, False, ()),
    ("irradiated", {"radiotherapy": [COURSE]}, None, ("radiotherapy[R].targets",)),
    ("irradiated", {"radiotherapy": [{**COURSE, "site": "brain"}]}, False, ()),
    ("irradiated", {"radiotherapy": [{"id": "R", "targets": ["B1"]}]}, None, ("radiotherapy[R].status",)),
    ("irradiated", {"radiotherapy": []}, False, ()),
    ("irradiated", {}, None, ("radiotherapy",)),
]


@pytest.mark.parametrize(("field", "profile", "value", "asks"), COURSE_CASES)
def test_radiotherapy_of_a_lesion(field: str, profile: Plain, value: Any, asks: tuple[str, ...]) -> None:
    finding = found(f"lesions.{field}", {"lesions": [bone(id="B1"), bone(id="B2")], **profile})
    assert finding.value == value
    assert set(asks) <= set(finding.missing)
    assert bool(finding.missing) is (value is None)


def test_a_recorded_selection_stands_whatever_was_planned() -> None:
    for selected, courses in itertools.product((True, False), ([], [COURSE])):
        profile = {"lesions": [bone(sbrt_selected=selected)], "radiotherapy": courses}
        assert found("lesions.sbrt_selected", profile).value is selected


TARGETS: list[tuple[list[Plain] | None, list[str] | None, Any, tuple[str, ...]]] = [
    ([bone(id="B1", site="cervical_spine")], ["B1"], True, ()),
    ([bone(id="B1", site="thoracic_spine")], ["B1"], True, ()),
    ([bone(id="B1", site="lumbar_spine")], ["B1"], True, ()),
    ([bone(id="B1", site="sacrum")], ["B1"], False, ()),
    ([bone(id="B1", site="rib"), bone(id="B2", site="lumbar_spine")], ["B1"], False, ()),
    ([bone(id="B1", site="rib"), bone(id="B2", site="lumbar_spine")], ["B1", "B2"], True, ()),
    ([bone(id="B1")], ["B1"], None, ("lesions[B1].site",)),
    ([bone(id="B1", site="lumbar_spine")], None, None, ("radiotherapy[R].targets",)),
    ([bone(id="B1", site="lumbar_spine")], [], None, ("radiotherapy[R].targets",)),
    ([bone(id="B1")], None, None, ("radiotherapy[R].targets", "lesions[B1].site")),
    ([bone(id="B1", site="rib"), brain()], None, False, ()),
    ([], None, False, ()),
    (None, None, None, ("radiotherapy[R].targets",)),
]


@pytest.mark.parametrize(("lesions", "targets", "value", "asks"), TARGETS)
def test_a_course_reaches_the_cord_at_cervical_thoracic_and_lumbar_targets(
    lesions: list[Plain] | None, targets: list[str] | None, value: Any, asks: tuple[str, ...]
) -> None:
    course = COURSE if targets is None else {**COURSE, "targets": targets}
    profile = {"radiotherapy": [course], **({} if lesions is None else {"lesions": lesions})}
    finding = found("radiotherapy.vertebral", profile)
    assert finding.value == value
    assert set(asks) <= set(finding.missing)
    assert bool(finding.missing) is (value is None)


FIELDS: list[tuple[Plain, list[Plain] | None, Any]] = [
    *(({"site": site}, None, True) for site in ("breast", "chest_wall", "regional_nodes", "lung", "mediastinum")),
    ({"site": "brain"}, None, False),
    ({"site": "liver"}, [bone(id="B1", site="rib")], False),
    *(
        ({"site": "bone", "targets": ["B1"]}, [bone(id="B1", site=site)], True)
        for site in ("thoracic_spine", "rib", "sternum")
    ),
    ({"site": "bone", "targets": ["B1"]}, [bone(id="B1", site="lumbar_spine"), bone(id="B2", site="rib")], False),
    ({"site": "other", "targets": ["P"]}, [{"id": "P", "organ": "pleura"}], True),
    ({"site": "bone"}, [bone(id="B1", site="rib")], None),
    ({"site": "bone"}, [bone(id="B1", site="femur")], False),
    ({"site": "bone"}, [], False),
    ({"site": "bone"}, None, None),
    ({}, [], None),
]


@pytest.mark.parametrize(("course", "lesions", "value"), FIELDS)
def test_a_field_holds_lung_by_its_site_or_by_a_target_in_the_chest(
    course: Plain, lesions: list[Plain] | None, value: Any
) -> None:
    plain = {"id": "R", "status": "planned", **course}
    profile = {"radiotherapy": [plain], **({} if lesions is None else {"lesions": lesions})}
    finding = found("radiotherapy.holds_lung", profile)
    assert finding.value is value
    assert bool(finding.missing) is (value is None)


def test_the_trends_behind_a_conclusion_are_named() -> None:
    finding = found("derived.oligoprogression", _lesions("new", "stable", "stable"), oligoprog_max=1)
    assert {"lesions[L0].trend", "lesions[L2].trend", "policy.oligoprog_max"} <= set(finding.used)


_TRENDS = ("progressing", "new", "stable", "residual", "responding", "resolved", None)


def _ways(trends: tuple[str | None, ...]) -> list[tuple[str, ...]]:
    return list(itertools.product(*([trend] if trend else ["progressing", "stable", "responding"] for trend in trends)))


@pytest.mark.parametrize("maximum", [None, 0, 1, 2])
@pytest.mark.parametrize("fact", ["oligoprogression", "oligoresidual"])
def test_limited_disease_is_certain_exactly_when_no_open_trend_and_no_setting_could_change_it(
    fact: str, maximum: int | None
) -> None:
    setting = {"oligoprogression": "oligoprog_max", "oligoresidual": "oligoresidual_max"}[fact]
    for number in range(5):
        for trends in itertools.combinations_with_replacement(_TRENDS, number):
            value = found(f"derived.{fact}", _plateau(*trends), **{setting: maximum}).value
            outcomes = {
                found(f"derived.{fact}", _plateau(*way), **{setting: allowed}).value
                for way in _ways(trends)
                for allowed in ([0, 1, 2, 3, 4] if maximum is None else [maximum])
            }
            assert None not in outcomes
            assert ({value} if value is not None else {True, False}) == outcomes, (trends, maximum)


def test_systemic_therapy_is_asserted_or_an_active_systemic_drug() -> None:
    progressing = _lesions("progressing", "stable", "stable")
    denosumab = {"drug": "denosumab", "status": "active"}
    for medications, asserted, value in (
        ([TKI], None, True),
        ([TKI], False, False),
        ([denosumab], None, False),
        ([denosumab], True, True),
    ):
        profile = {**progressing, "medications": medications, "treatment": {"on_systemic": asserted}}
        assert facts_of(profile, oligoprog_max=1).finding("derived.oligoprogression").value is value
