"""Derived facts of lists that may be incomplete: what further items could change is unknown, the rest is certain."""

from __future__ import annotations

from typing import Any

import pytest

from facts_support import bone, brain, facts_of, found
from oncocds.errors import ProfileError
from oncocds.profile.contradictions import contradictions
from oncocds.profile.finding import Finding
from oncocds.profile.identity import identified, input_digest
from oncocds.profile.reading import read_profile
from oncocds.vocabulary.loader import bundled_vocabulary

Plain = dict[str, Any]
_ZOLEDRONATE = {"id": "z", "drug": "zoledronate", "status": "active"}
_DENOSUMAB = {"id": "d", "drug": "denosumab", "status": "active"}
_STOPPED = {"id": "z", "drug": "zoledronate", "status": "stopped", "stop_reason": "adverse_event"}
_COURSE = {"id": "c", "site": "liver", "status": "completed"}
NAMES = (
    "one of lesions, medications, radiotherapy, toxicities, history, surgeries, "
    "skeletal_events.pathological_fracture, skeletal_events.vertebral_fracture, skeletal_events.cord_compression, "
    "skeletal_events.hypercalcaemia, skeletal_events.on_bma, comorbidities.dialysis, plans.stop_bma, "
    "plans.switch_systemic, clinical_questions.whole_body_assessment, labs.alp.interpretation, "
    "labs.tracp5b.interpretation"
)
_DENIED = {"diagnosis": {"bone_metastases": False}}


@pytest.mark.parametrize(
    ("fact", "profile", "policy", "value", "missing"),
    [
        ("derived.bone_metastases", {"lesions": [bone()]}, {}, True, ()),
        ("derived.bone_metastases", {"lesions": []}, {}, None, ("lesions",)),
        ("derived.bone_metastases", {"lesions": [brain()]}, {}, None, ("lesions",)),
        (
            "derived.bone_metastases",
            {"lesions": [{"id": "B", "organ": "bone"}]},
            {},
            None,
            ("lesions[B].status", "lesions"),
        ),
        ("derived.bone_metastases", {"lesions": [brain()], **_DENIED}, {}, False, ()),
        ("derived.bone_metastases_suspected", {"lesions": [brain()], **_DENIED}, {}, None, None),
        ("derived.brain_metastases", {"lesions": [bone()]}, {}, None, ("lesions",)),
        ("derived.visceral_metastases", {"lesions": [bone()]}, {}, None, ("lesions",)),
        ("derived.visceral_metastases", {"lesions": [{"organ": "liver", "status": "confirmed"}]}, {}, True, ()),
        (
            "derived.oligometastatic",
            {"lesions": [bone()]},
            {"oligomet_max": 3},
            None,
            ("diagnosis.oligometastatic", "lesions"),
        ),
        (
            "derived.oligometastatic",
            {"lesions": [bone()]},
            {},
            None,
            ("diagnosis.oligometastatic", "policy.oligomet_max"),
        ),
        ("derived.oligometastatic", {"lesions": [bone(), bone()]}, {"oligomet_max": 1}, False, ()),
        ("derived.oligometastatic", {"lesions": []}, {"oligomet_max": 0}, False, ()),
        (
            "derived.brain_oligometastases_new",
            {"lesions": [brain(is_new=True)]},
            {"brain_oligo_max": 3},
            None,
            ("diagnosis.brain_oligo_new", "lesions"),
        ),
        (
            "derived.brain_oligometastases_new",
            {"lesions": [brain(is_new=False)]},
            {"brain_oligo_max": 3},
            None,
            ("diagnosis.brain_oligo_new", "lesions"),
        ),
        ("derived.brain_oligometastases_new", {"lesions": [brain(is_new=False)]}, {"brain_oligo_max": 1}, False, ()),
        ("derived.brain_oligometastases_new", {"lesions": [brain(is_new=True)]}, {"brain_oligo_max": 0}, False, ()),
        ("derived.brain_oligometastases_new", {"lesions": []}, {"brain_oligo_max": 0}, False, ()),
        (
            "derived.brain_oligometastases_new",
            {"lesions": []},
            {"brain_oligo_max": 1},
            None,
            ("diagnosis.brain_oligo_new", "lesions"),
        ),
        (
            "derived.oligoresidual",
            {"lesions": [bone(trend="new")], "treatment": {"response_plateau": True}},
            {},
            False,
            (),
        ),
        (
            "derived.oligoresidual",
            {"lesions": [bone(trend="stable")], "treatment": {"response_plateau": True}},
            {"oligoresidual_max": 3},
            None,
            ("diagnosis.oligoresidual", "lesions"),
        ),
        (
            "derived.oligoprogression",
            {"lesions": [bone(trend="new")], "treatment": {"on_systemic": True}},
            {"oligoprog_max": 2},
            None,
            ("diagnosis.oligoprogression", "lesions"),
        ),
        (
            "derived.oligoprogression",
            {"lesions": [bone(trend="new"), bone(trend="new")], "treatment": {"on_systemic": True}},
            {"oligoprog_max": 1},
            False,
            (),
        ),
        ("derived.bone_scan_done", {"lesions": [bone(imaging=["bone_scan"])]}, {}, True, ()),
        ("derived.bone_agents_together", {"medications": [_ZOLEDRONATE, _DENOSUMAB]}, {}, True, ()),
        ("derived.bone_agents_together", {"medications": [_ZOLEDRONATE]}, {}, None, ("medications",)),
        ("derived.bone_agents_together", {"medications": []}, {}, None, ("medications",)),
        ("derived.bone_agent_listed_twice", {"medications": [_ZOLEDRONATE, {**_ZOLEDRONATE, "id": "y"}]}, {}, True, ()),
        ("derived.bone_agent_listed_twice", {"medications": [_ZOLEDRONATE]}, {}, None, ("medications",)),
        ("derived.bone_agent_stop_reason", {"medications": [_STOPPED]}, {}, None, ("medications",)),
        ("derived.renal_concern", {"medications": [], "comorbidities": {"renal_insufficiency": True}}, {}, True, ()),
        (
            "derived.skeletal_event_on_bone_agent",
            {"medications": [_ZOLEDRONATE], "skeletal_events": {"cord_compression": True}},
            {},
            True,
            (),
        ),
        (
            "derived.skeletal_event_on_bone_agent",
            {"medications": [], "skeletal_events": {"cord_compression": True}},
            {},
            None,
            ("medications",),
        ),
        ("derived.radiotherapy_in_anti_her2_course", {"radiotherapy": [_COURSE]}, {}, None, None),
        ("derived.prior_radiotherapy", {"radiotherapy": [_COURSE]}, {}, True, ()),
        ("derived.prior_radiotherapy", {"radiotherapy": []}, {}, None, ("hcc.prior_rt", "radiotherapy")),
        ("derived.prior_radiotherapy_sites", {"radiotherapy": [_COURSE]}, {}, ("liver",), ()),
        ("lesions.solitary", {"lesions": [bone(id="B")]}, {}, None, ("lesions[B].solitary", "lesions")),
        ("lesions.irradiated", {"lesions": [bone()], "radiotherapy": []}, {}, None, ("radiotherapy",)),
        (
            "lesions.sbrt_selected",
            {"lesions": [bone(id="B")], "radiotherapy": []},
            {},
            None,
            ("lesions[B].sbrt_selected", "radiotherapy"),
        ),
        (
            "radiotherapy.vertebral",
            {"lesions": [], "radiotherapy": [{"id": "c"}]},
            {},
            None,
            ("radiotherapy[c].targets", "lesions"),
        ),
        (
            "radiotherapy.vertebral",
            {"lesions": [bone(id="B", site="femur")], "radiotherapy": [{"targets": ["B"]}]},
            {},
            False,
            (),
        ),
        ("radiotherapy.vertebral", {"lesions": [], "radiotherapy": [{"targets": ["B"]}]}, {}, None, ("lesions",)),
    ],
)
def test_what_further_items_could_change_is_unknown(
    fact: str, profile: Plain, policy: Plain, value: Any, missing: tuple[str, ...] | None
) -> None:
    finding = found(fact, {**profile, "incomplete": ["lesions", "medications", "radiotherapy"]}, **policy)
    assert finding.value == value
    if missing is not None:
        assert finding.missing == missing


def test_what_is_recorded_elsewhere_stands_beside_an_incomplete_list() -> None:
    denied = {"lesions": [brain()], "incomplete": ["lesions"], **_DENIED, "symptoms": {"bone_pain": False}}
    assert found("derived.bone_metastases", denied).value is False
    stated = {"lesions": [], "incomplete": ["lesions"], "hcc": {"extrahepatic_mets": False}}
    assert found("derived.largest_metastasis_cm", stated).value == 0.0


def test_of_operations_that_may_not_be_all_the_others_are_open() -> None:
    profile: Plain = {"surgeries": ["mastectomy"], "incomplete": ["surgeries"]}
    finding = found("surgeries", profile)
    assert (finding.value, finding.used, finding.missing) == (("mastectomy",), ("surgeries",), ())
    assert {"breast_conserving", "orthopaedic"} <= finding.open
    assert "mastectomy" not in finding.open
    assert found("surgeries", {"surgeries": ["mastectomy"]}).open == frozenset()
    assert facts_of(profile).incomplete("surgeries")
    assert found("surgeries", {**profile, "surgeries": []}).value == ()


_CALCIUM = "skeletal_events.hypercalcaemia"
_UNSUSPECTED: Plain = {"symptoms": {"bone_pain": False, "cord_signs": False}, "lesions": []}
_NORMAL: Plain = {
    "labs": {
        "calcium": {"value": 2.3, "unit": "mmol/L", "reference_high": 2.52},
        "albumin": {"value": 40, "unit": "g/L"},
    }
}
_CORD, _ON_AGENT = "skeletal_events.cord_compression", "skeletal_events.on_bma"
_ALP = "labs.alp.interpretation"


@pytest.mark.parametrize("fact", [_CORD, _ON_AGENT, "comorbidities.dialysis", "plans.stop_bma", _ALP])
def test_where_nothing_recorded_means_no_it_may_be_said_that_it_is_not_known(fact: str) -> None:
    closed = found(fact, {})
    assert closed.value in (False, "normal")
    assert found(fact, {"incomplete": [fact]}) == Finding(None, (), (fact,))
    assert _digest({"incomplete": [fact]}) != _digest({})


@pytest.mark.parametrize("value", [True, False])
def test_a_recorded_fact_is_known_whatever_is_said_of_it(value: bool) -> None:
    profile: Plain = {"skeletal_events": {"cord_compression": value}}
    assert found(_CORD, {**profile, "incomplete": [_CORD]}).value is value
    assert _digest({**profile, "incomplete": [_CORD]}) == _digest(profile)


def test_a_reading_that_is_not_known_is_what_value_and_limits_say() -> None:
    result = {"value": 200, "unit": "U/L", "reference_high": 120}
    assert found(_ALP, {"labs": {"alp": result}, "incomplete": [_ALP]}).value == "high"
    assert found(_ALP, {"labs": {"alp": {"interpretation": "low"}}, "incomplete": [_ALP]}).value == "low"
    assert found(_ALP, {"labs": {"calcium": {"interpretation": "low"}}, "incomplete": [_ALP]}).missing == (_ALP,)


@pytest.mark.parametrize(
    ("fact", "profile", "opened", "value", "missing"),
    [
        ("derived.skeletal_event_on_bone_agent", {"medications": [_ZOLEDRONATE]}, [_CORD], None, (_CORD,)),
        ("derived.skeletal_event_on_bone_agent", {"medications": []}, [_CORD], False, ()),
        ("derived.skeletal_event_on_bone_agent", {}, [_CORD], None, (_CORD, "medications")),
        ("derived.skeletal_event_on_bone_agent", {"medications": []}, [_ON_AGENT], None, (_ON_AGENT,)),
        (
            "derived.skeletal_event_on_bone_agent",
            {"medications": [_ZOLEDRONATE], "skeletal_events": {"cord_compression": True}},
            [_ON_AGENT],
            True,
            (),
        ),
        (
            "derived.skeletal_event_on_bone_agent",
            {"medications": [], "skeletal_events": {"on_bma": True}},
            [_CORD],
            True,
            (),
        ),
        ("derived.bone_agent_stop_reason", {"medications": []}, ["plans.stop_bma"], None, ("plans.stop_bma",)),
        (
            "derived.bone_agent_stop_reason",
            {"medications": [], "plans": {"stop_bma_reason": "progression"}},
            ["plans.stop_bma"],
            None,
            ("plans.stop_bma",),
        ),
        ("derived.bone_metastases_suspected", _UNSUSPECTED, [_CALCIUM], None, (_CALCIUM,)),
        ("derived.bone_metastases_suspected", _UNSUSPECTED, [_CORD], None, (_CORD,)),
        ("derived.bone_metastases_suspected", {**_UNSUSPECTED, **_NORMAL}, [_CALCIUM], False, ()),
        (
            "derived.bone_metastases_suspected",
            {"symptoms": {"bone_pain": True}},
            [_CORD],
            True,
            (),
        ),
    ],
)
def test_what_a_fact_that_is_not_known_could_change_is_unknown(
    fact: str, profile: Plain, opened: list[str], value: Any, missing: tuple[str, ...]
) -> None:
    finding = found(fact, {**profile, "incomplete": opened})
    assert (finding.value, finding.missing) == (value, missing)


def test_a_reason_to_stop_contradicts_no_plan_that_is_not_known() -> None:
    profile: Plain = {"plans": {"stop_bma_reason": "progression"}}
    assert [one.id for one in contradictions(facts_of(profile))] == ["stop-reason-without-a-stop"]
    assert contradictions(facts_of({**profile, "incomplete": ["plans.stop_bma"]})) == ()


def test_an_absent_list_that_may_be_incomplete_is_absent() -> None:
    assert found("surgeries", {"incomplete": ["surgeries"]}).missing == ("surgeries",)
    assert not facts_of({"incomplete": ["surgeries"]}).incomplete("surgeries")
    assert _digest({"incomplete": ["surgeries"]}) == _digest({})
    assert found("derived.bone_metastases", {"incomplete": ["lesions"]}).missing == ("lesions",)
    assert not facts_of({"incomplete": ["lesions"]}).incomplete("lesions")
    assert _digest({"incomplete": ["lesions"]}) == _digest({})


def test_order_repetition_and_emptiness_of_what_may_be_incomplete_say_nothing() -> None:
    lists: Plain = {"lesions": [], "medications": []}
    one = _digest({**lists, "incomplete": ["medications", "lesions", "lesions"]})
    assert one == _digest({**lists, "incomplete": ["lesions", "medications"]})
    assert _digest({**lists, "incomplete": []}) == _digest(lists) == _digest({**lists, "incomplete": None})
    assert len({one, _digest(lists), _digest({**lists, "incomplete": ["lesions"]})}) == 3


@pytest.mark.parametrize(
    ("incomplete", "pointer", "expected"),
    [
        (["lesion"], "/incomplete/0", NAMES),
        (
            ["lesions", "age"],
            "/incomplete/1",
            NAMES,
        ),
        ("lesions", "/incomplete", "a list"),
        ([True], "/incomplete/0", "text"),
        ({"lesions": True}, "/incomplete", "a list"),
    ],
)
def test_what_is_no_list_of_the_profile_is_refused(incomplete: Any, pointer: str, expected: str) -> None:
    with pytest.raises(ProfileError) as refused:
        read_profile({"incomplete": incomplete}, bundled_vocabulary())
    (problem,) = refused.value.problems
    assert (problem.pointer, problem.expected) == (pointer, expected)


def test_a_course_may_aim_at_a_lesion_that_an_incomplete_list_lacks() -> None:
    profile: Plain = {"lesions": [], "radiotherapy": [{"targets": ["B"]}]}
    with pytest.raises(ProfileError):
        read_profile(profile, bundled_vocabulary())
    read_profile({**profile, "incomplete": ["lesions"]}, bundled_vocabulary())


def test_no_lesions_recorded_is_no_contradiction_where_there_may_be_further_ones() -> None:
    profile: Plain = {"lesions": [], "diagnosis": {"extent": "metastatic"}}
    assert [one.id for one in contradictions(facts_of(profile))] == ["metastases-beside-an-empty-list"]
    assert contradictions(facts_of({**profile, "incomplete": ["lesions"]})) == ()


def _digest(profile: Plain) -> str:
    return input_digest(identified(read_profile(profile, bundled_vocabulary())))
