"""A drug that a record names and nobody knows may be any that its classes do not exclude: which one stays open."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cohort_agreement import Beside
from corpus import SCENARIOS
from fhir_support import ATC, concept, mapped, request
from oncocds.advice.decisions import Decisions
from oncocds.engine import Engine, load_bundled_or
from oncocds.language.tree import Compare, Quantified
from oncocds.language.truth import truth
from oncocds.profile.facts import PatientFacts
from oncocds.profile.identity import identified
from oncocds.profile.policy import STRICT
from oncocds.profile.reading import read_policy, read_profile
from oncocds.proofs.situation import read_by
from oncocds.vocabulary.drug_classes import contradiction

Plain = dict[str, Any]
KNOWLEDGE = load_bundled_or(None)
ENGINE = Engine(KNOWLEDGE, STRICT)
VOCABULARY = KNOWLEDGE.vocabulary
DRUGS = {code: drug for code, drug in VOCABULARY.drugs.items() if code != "other"}
BONE: Plain = {
    "diagnosis": {"tumour_type": "breast"},
    "lesions": [{"id": "T8", "organ": "bone", "status": "imaging_positive"}],
}
ADJUVANT: Plain = {
    "diagnosis": {"tumour_type": "breast", "extent": "early"},
    "biomarkers": {"her2_status": "positive"},
    "treatment": {"phase": "adjuvant"},
    "radiotherapy": [{"site": "breast", "status": "planned"}],
}
ON_ZOLEDRONATE, WITH_TRASTUZUMAB = "BCBM-56", "HER2RT-04"


def unknown(**told: Any) -> Plain:
    return {"id": "X", "drug": "other", "name": "择某", "status": "active", **told}


def facts_of(patient: Plain, policy: Plain) -> PatientFacts:
    profile = identified(read_profile(patient, VOCABULARY))
    return PatientFacts(profile, read_policy(policy, VOCABULARY), VOCABULARY, datetime.date(2026, 1, 1))


TOLD = [
    ({}, "undetermined", "undetermined"),
    ({"status": "stopped"}, "silent", "silent"),
    ({"not_class": ["chemotherapy"]}, "undetermined", "undetermined"),
    ({"has_class": ["bisphosphonate"]}, "undetermined", "silent"),
    ({"has_class": ["bone_modifying_agent"]}, "undetermined", "silent"),
    ({"has_class": ["systemic"]}, "silent", "undetermined"),
    ({"has_class": ["anti_her2"], "not_class": ["adc"]}, "silent", "undetermined"),
    ({"has_class": ["anti_her2", "adc"]}, "silent", "silent"),
    ({"not_class": ["bone_modifying_agent"]}, "silent", "undetermined"),
    ({"not_class": ["systemic"]}, "undetermined", "silent"),
    ({"class": []}, "silent", "silent"),
    ({"class": ["bisphosphonate"]}, "silent", "silent"),  # who tells all classes knows the drug
]


@pytest.mark.parametrize(("told", "bone", "adjuvant"), TOLD)
def test_a_rule_on_one_drug_is_open_as_long_as_it_may_be_that_one(told: Plain, bone: str, adjuvant: str) -> None:
    on_bone = ENGINE.evaluate({**BONE, "medications": [unknown(**told)]})
    assert on_bone.verdicts[ON_ZOLEDRONATE] == bone
    assert ENGINE.evaluate({**ADJUVANT, "medications": [unknown(**told)]}).verdicts[WITH_TRASTUZUMAB] == adjuvant
    asked = {one.fact: one.would_decide for one in on_bone.questions.clinician}
    assert (ON_ZOLEDRONATE in asked.get("medications[X].drug", ())) is (bone == "undetermined")


def test_files_of_patients_say_the_same(tmp_path: Path) -> None:
    beside = Beside.of(ENGINE)
    patients = [{**of, "medications": [unknown(**told)]} for told, *_ in TOLD for of in (BONE, ADJUVANT)]
    assert beside.differences(patients, tmp_path) == []
    assert beside.derived(patients, tmp_path) == []


def test_what_is_asked_of_a_drug_as_it_was_recorded_is_certain() -> None:
    facts = facts_of({"medications": [unknown()]}, {})
    asked = {
        code: truth(Quantified("some", "medications", Compare("drug", "is", code)), facts, KNOWLEDGE)
        for code in ("other", "zoledronate")
    }
    assert asked == {"other": True, "zoledronate": None}
    either = Compare("drug", "in", ("zoledronate", "other"))
    assert truth(Quantified("every", "medications", either), facts, KNOWLEDGE) is True
    neither = Compare("drug", "is not", "zoledronate")
    assert truth(Quantified("every", "medications", neither), facts, KNOWLEDGE) is None


# --- Drugs that are told by their names -----------------------------------------------------------------------------

BY_NAME = [
    ({"drug": "other", "name": "择泰"}, "zoledronate"),
    ({"name": "择泰"}, "zoledronate"),
    ({"drug": "other", "name": "Zometa 4mg 注射液"}, "zoledronate"),
    ({"drug": "other", "name": "赫赛汀"}, "trastuzumab"),
    ({"drug": "other", "name": "择某"}, None),
    ({"drug": "other", "name": "唑来膦酸?"}, None),
    ({"drug": "other", "name": "唑来膦酸或地舒单抗"}, None),
    ({"drug": "other", "name": "唑来膦酸、地舒单抗"}, None),
    ({"drug": "other", "name": "择泰", "class": []}, None),  # who tells classes says that it is another
    ({"drug": "other", "name": "择泰", "not_class": ["anti_her2"]}, None),
]


@pytest.mark.parametrize(("told", "drug"), BY_NAME)
def test_what_was_read_once_is_read_again_as_it_is(told: Plain, drug: str | None) -> None:
    profile = read_profile({**BONE, "medications": [told]}, VOCABULARY)
    assert read_profile(profile, VOCABULARY) is profile
    (read,) = profile.medications or ()
    assert (read.drug == drug) is (drug is not None)


@pytest.mark.parametrize(("told", "drug"), BY_NAME)
@pytest.mark.parametrize("of", [BONE, ADJUVANT])
def test_a_name_that_the_vocabulary_knows_is_that_drug(of: Plain, told: Plain, drug: str | None) -> None:
    entry = {"id": "X", "status": "active", **told}
    found = ENGINE.evaluate({**of, "medications": [entry, {"drug": "denosumab", "status": "active"}]})
    known = {**entry, "drug": drug or "other"}
    (read,) = read_profile({"medications": [entry]}, VOCABULARY).medications or ()
    assert (read.drug, read.name) == (drug or told["drug"], told["name"])
    if drug is not None:
        other = ENGINE.evaluate({**of, "medications": [known, {"drug": "denosumab", "status": "active"}]})
        assert found.as_json() == other.as_json()
        assert not [one.fact for one in found.questions.clinician if one.fact == "medications[X].drug"]


def test_files_of_patients_read_the_same_names(tmp_path: Path) -> None:
    beside = Beside.of(ENGINE)
    patients = [
        {**of, "medications": [{"id": "X", "status": "active", **told}, *more]}
        for told, _ in BY_NAME
        for of in (BONE, ADJUVANT)
        for more in ([], [{"drug": "denosumab", "status": "active"}, {"status": "active"}])
    ]
    assert beside.differences(patients, tmp_path) == []
    assert beside.derived(patients, tmp_path) == []


@pytest.mark.parametrize(
    ("told", "differ"),
    [
        ({"drug": "denosumab", "name": "择泰"}, True),
        ({"drug": "zoledronate", "name": "择泰"}, False),
        ({"drug": "zoledronate", "name": "某某"}, False),
        ({"drug": "other", "name": "择泰"}, False),
    ],
)
def test_a_drug_with_the_name_of_another_is_told(told: Plain, differ: bool) -> None:
    found = ENGINE.evaluate({**BONE, "medications": [{**told, "status": "active"}]}).data_conflicts
    assert ("drug-named-otherwise" in {one.id for one in found}) is differ


# --- What is asked --------------------------------------------------------------------------------------------------


def asked_of(patient: Plain) -> list[str]:
    found = ENGINE.evaluate(patient).questions.clinician
    return [one.fact for one in found if one.fact.startswith("medications[")]


def test_the_drug_and_its_classes_are_asked_as_one_topic() -> None:
    found = ENGINE.evaluate({**ADJUVANT, "medications": [unknown()]}).questions
    asked = {one.fact: one for one in found.clinician if one.fact.startswith("medications[")}
    assert asked.keys() == {"medications[X].class", "medications[X].drug"}
    assert [{*topic.facts} for topic in found.topics if asked.keys() & {*topic.facts}] == [asked.keys()]
    which = asked["medications[X].drug"]
    assert (which.label.zh, which.label.en) == ("药物 择某：哪种药物", "medication 择某: which drug")
    assert WITH_TRASTUZUMAB in which.would_decide
    assert "HER2RT-15" in asked["medications[X].class"].would_decide


def test_a_drug_is_asked_about_only_where_something_is_said_of_one() -> None:
    lung = asked_of({"diagnosis": {"tumour_type": "lung_nos"}, "medications": [unknown()]})
    assert "medications[X].class" in lung  # where nothing is said of a single drug
    assert "medications[X].drug" not in lung
    none_of_ours = unknown(not_class=["systemic", "bone_modifying_agent"])
    assert "medications[X].drug" not in asked_of({**ADJUVANT, "medications": [none_of_ours]})
    assert asked_of({**ADJUVANT, "medications": [unknown(**{"class": []})]}) == []


def test_three_unknown_drugs_are_one_line() -> None:
    drugs = [unknown(id=f"m{number}", name=name) for number, name in enumerate(("复方丹参滴丸", "百令胶囊", "择某"))]
    found = ENGINE.evaluate({**ADJUVANT, "medications": drugs})
    (line,) = [one.line for one in found.briefing if "药物复方丹参滴丸、百令胶囊、择某" in one.line.zh]
    assert "药物复方丹参滴丸、百令胶囊、择某：药物类别？若“抗HER2药物”→" in line.zh
    assert "药物复方丹参滴丸、百令胶囊、择某：哪种药物？若“曲妥珠单抗”→" in line.zh
    assert "medication 复方丹参滴丸, 百令胶囊, 择某: which drug? if “trastuzumab” →" in line.en.replace(
        "medications", "medication"
    )


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_drugs_that_differ_by_their_names_alone_are_answered_as_each_would_be_by_itself(data: st.DataObject) -> None:
    told = st.fixed_dictionaries(
        {"drug": st.just("other"), "name": st.sampled_from(["甲", "乙", "丙", "zz", "ZZ"])},
        optional={"status": st.sampled_from(["active", "planned"]), "has_class": st.just(["bone_modifying_agent"])},
    )
    drugs = data.draw(st.lists(told | st.just({"drug": "zoledronate", "status": "active"}), min_size=2, max_size=5))
    patient = {**data.draw(st.sampled_from([BONE, ADJUVANT])), "medications": drugs}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Decisions, "_kind", lambda *_: None)
        anew = ENGINE.evaluate(patient).model_dump_json()
    assert ENGINE.evaluate(patient).model_dump_json() == anew


def answers(told: Plain, field: str) -> set[str]:
    found = ENGINE.evaluate({**ADJUVANT, "medications": [unknown(**told)]}).decisions
    of_field = [one for one in found if one.fact == f"medications[X].{field}"]
    values = [answer.value for one in of_field for answer in one.answers]
    return {code for value in values for code in (value if isinstance(value, list) else [str(value)])}


def test_no_answer_is_offered_that_the_record_excludes() -> None:
    assert answers({}, "drug") == {"trastuzumab", "pertuzumab", "t_dm1", "t_dxd"}
    assert answers({"not_class": ["adc"]}, "drug") == {"trastuzumab", "pertuzumab"}
    assert answers({"has_class": ["adc"]}, "drug") == {"t_dm1", "t_dxd"}
    assert "anti_her2" in answers({"not_class": ["adc"]}, "class")
    assert answers({"not_class": ["anti_her2"]}, "class") == set()


@settings(max_examples=60)
@given(st.deferred(lambda: st.sampled_from(WITH_DRUGS)), st.deferred(lambda: RECORDS))
def test_what_an_answer_promises_comes_true(case: tuple[Plain, Plain], told: Plain) -> None:
    patient, policy = case
    drugs = [{**one, "id": f"D{number}"} for number, one in enumerate(patient["medications"])]
    kept = {key: value for key, value in drugs[0].items() if key not in ("drug", "class", "has_class", "not_class")}
    entry = {**kept, "drug": "other", "name": "某药", **told}
    before = ENGINE.evaluate({**patient, "medications": [entry, *drugs[1:]]}, policy)
    for decision in before.decisions:
        for answer in decision.answers if decision.fact == "medications[D0].drug" else ():
            answered = {**kept, "name": "某药", "drug": answer.value}
            after = ENGINE.evaluate({**patient, "medications": [answered, *drugs[1:]]}, policy, begin=False)
            assert {one.rule: after.verdicts[one.rule] for one in answer.brings} == {
                one.rule: "fires" for one in answer.brings
            }


# --- What records say -----------------------------------------------------------------------------------------------


def of_record(*codes: Plain) -> str:
    orders = [request(f"o{number}", one, authoredOn="2025-01-01") for number, one in enumerate(codes)]
    found = mapped(*orders)
    assert [one["drug"] for one in found.profile["medications"]] == ["other"] * len(codes)
    profile = {**BONE, "medications": found.profile["medications"]}
    return ENGINE.evaluate(profile, begin=False).verdicts[ON_ZOLEDRONATE]


def test_a_code_of_a_record_that_nobody_knows_may_be_the_drug() -> None:
    assert of_record(concept("urn:hospital", "4711", "复方某某滴丸")) == "undetermined"
    assert of_record(concept(ATC, "M05BA99", "某某膦")) == "undetermined"


def test_a_code_that_tells_another_class_is_no_question() -> None:
    assert of_record(concept(ATC, "C10AA99", "某某他汀")) == "silent"


# --- Every drug and every record ------------------------------------------------------------------------------------

CLASSES = st.lists(st.sampled_from(sorted(VOCABULARY.value_sets["drug_class"].members)), max_size=3, unique=True)
RECORDS = st.fixed_dictionaries({}, optional={"class": CLASSES, "has_class": CLASSES, "not_class": CLASSES}).filter(
    lambda told: (
        contradiction(told.get("class"), told.get("has_class"), told.get("not_class"), VOCABULARY.implied_classes)
        is None
    )
)
PATIENTS: list[tuple[Plain, Plain]] = [(case["patient"], case["policy"]) for case in SCENARIOS] + [
    (dict(example.given), dict(example.policy)) for rule in KNOWLEDGE.rules.values() for example in rule.examples
]
WITH_DRUGS = [case for case in PATIENTS if case[0].get("medications")]
_BETWEEN_DRUGS = {"derived.bone_agents_together"}
"""Two entries are taken as two agents as long as neither name nor code says that they are one: the alarm stays."""


def turns(rule: str) -> bool:
    read = read_by(KNOWLEDGE.rule_condition(rule), KNOWLEDGE)
    return "is known" in read or bool(_BETWEEN_DRUGS & read)


STAYING = [rule for rule in KNOWLEDGE.conditions if not turns(rule)]


def excluded(drug: str, told: Plain) -> bool:
    """What a record says against a drug: all classes are told, or one that the drug has not, or its lack of one."""
    of = set(DRUGS[drug].classes)
    return "class" in told or not of >= {*told.get("has_class", ())} or bool(of & {*told.get("not_class", ())})


def test_one_rule_compares_drugs_with_each_other_and_the_others_are_tried() -> None:
    assert [rule for rule, one in KNOWLEDGE.conditions.items() if _BETWEEN_DRUGS & read_by(one, KNOWLEDGE)] == [
        "BCBM-62"
    ]
    assert {ON_ZOLEDRONATE, WITH_TRASTUZUMAB} <= {*STAYING}


@settings(max_examples=250)
@given(st.sampled_from(WITH_DRUGS), st.integers(0, 20), st.sampled_from(sorted(DRUGS)), RECORDS)
def test_what_is_certain_of_a_drug_that_nobody_knows_holds_whichever_it_is(
    case: tuple[Plain, Plain], place: int, drug: str, told: Plain
) -> None:
    assume(not excluded(drug, told))
    patient, policy = case
    drugs = list(patient["medications"])
    at = place % len(drugs)
    others = {key: value for key, value in drugs[at].items() if key not in ("drug", "class", "has_class", "not_class")}
    found = {}
    for name, entry in (("before", {"drug": "other", "name": "某药", **told}), ("after", {"drug": drug})):
        entries = [*drugs[:at], {"name": "某药", **others, "id": "X", **entry}, *drugs[at + 1 :]]
        found[name] = ENGINE.evaluate({**patient, "medications": entries}, policy, begin=False).verdicts
    certain = {rule for rule in STAYING if found["before"][rule] != "undetermined"}
    assert {rule: found["after"][rule] for rule in certain} == {rule: found["before"][rule] for rule in certain}


@settings(max_examples=150)
@given(st.sampled_from(sorted(DRUGS)), RECORDS)
def test_every_drug_is_open_unless_the_record_speaks_against_it(drug: str, told: Plain) -> None:
    facts = facts_of({"medications": [unknown(**told)]}, {})
    asked = truth(Quantified("some", "medications", Compare("drug", "is", drug)), facts, KNOWLEDGE)
    assert asked is (False if excluded(drug, told) else None)
