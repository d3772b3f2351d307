"""Laws of lists that may be incomplete, tried on variations of every known patient."""

from __future__ import annotations

import copy
import datetime
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from corpus import SCENARIOS
from oncocds.engine import Engine, directories, load_bundled_or
from oncocds.language.explain import Explainer
from oncocds.language.truth import truth
from oncocds.profile.derived import DERIVED, EFFECTIVE
from oncocds.profile.facts import PatientFacts
from oncocds.profile.finding import SETS
from oncocds.profile.identity import identified
from oncocds.profile.made import models_of
from oncocds.profile.models import ITEM_LISTS, LISTS
from oncocds.profile.policy import STRICT
from oncocds.profile.reading import read_policy, read_profile
from oncocds.proofs.declared import read_declared
from oncocds.proofs.situation import read_by
from profile_strategies import ITEMS, Plain

KNOWLEDGE = load_bundled_or(None)
ENGINE = Engine(KNOWLEDGE, STRICT)
DECLARED = read_declared(directories(None)[0], KNOWLEDGE)
PATIENTS: list[tuple[Plain, Plain]] = [(c["patient"], c["policy"]) for c in SCENARIOS] + [
    (dict(e.given), dict(e.policy)) for rule in KNOWLEDGE.rules.values() for e in rule.examples
]
OF_SEVERAL = (*ITEM_LISTS, *SETS)
LISTED = [case for case in PATIENTS if any(name in case[0] for name in OF_SEVERAL)]
CLOSED = models_of(KNOWLEDGE.vocabulary).closed
OPEN = st.sets(st.sampled_from((*OF_SEVERAL, *CLOSED)), min_size=1).map(sorted)
READINGS = st.sampled_from(("low", "normal", "high"))
OPERATIONS = st.lists(st.sampled_from(sorted(KNOWLEDGE.vocabulary.value_sets["surgery"].members)), max_size=2)
WORDS = {True: "fires", False: "silent", None: "undetermined"}
MAXIMA = st.fixed_dictionaries(
    {},
    optional={
        name: st.integers(0, 2)
        for name in ("oligomet_max", "brain_oligo_max", "oligoresidual_max", "oligoprog_max", "pain_nrs")
    },
)


def exempt(rule: str, lists: list[str]) -> bool:
    """Whether further items may turn a rule: what it asks is whether facts are known, or it is declared."""
    read = read_by(KNOWLEDGE.rule_condition(rule), KNOWLEDGE)
    return "is known" in read or not DECLARED.may_turn(read).isdisjoint(lists)


def with_ids(patient: Plain) -> Plain:
    """Return a patient whose items keep their ids whatever is added."""
    named = copy.deepcopy(patient)
    profile = identified(read_profile(patient, KNOWLEDGE.vocabulary)).model_dump(
        mode="json", by_alias=True, exclude_none=True
    )
    return {**named, **{name: profile[name] for name in ITEM_LISTS if name in profile}}


def facts_of(patient: Plain, policy: Plain) -> PatientFacts:
    profile = identified(read_profile(patient, KNOWLEDGE.vocabulary))
    settings_ = read_policy(policy, KNOWLEDGE.vocabulary)
    return PatientFacts(profile, settings_, KNOWLEDGE.vocabulary, datetime.date(2026, 1, 1))


@settings(max_examples=300)
@given(st.sampled_from(LISTED), OPEN)
def test_opening_a_list_only_ever_leaves_more_undetermined(case: tuple[Plain, Plain], lists: list[str]) -> None:
    patient, policy = case
    closed = ENGINE.evaluate(patient, policy, begin=False).verdicts
    opened = ENGINE.evaluate({**patient, "incomplete": lists}, policy, begin=False).verdicts
    for rule, verdict in opened.items():
        if not exempt(rule, []):
            assert verdict in ("undetermined", closed[rule]), f"{rule}: {closed[rule]} → {verdict}"


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(LISTED), OPEN, MAXIMA, st.data())
def test_what_an_open_list_decides_every_longer_list_decides_alike(
    case: tuple[Plain, Plain], lists: list[str], maxima: Plain, data: st.DataObject
) -> None:
    patient, policy = with_ids(case[0]), {**case[1], **maxima}
    recorded = read_profile({**patient, "incomplete": lists}, KNOWLEDGE.vocabulary)
    lists = [name for name in lists if name in (recorded.incomplete or ())]
    assume(lists)
    opened = ENGINE.evaluate({**patient, "incomplete": lists}, policy, begin=False).verdicts
    learnt = lists
    longer = copy.deepcopy(patient)
    for name in set(lists).intersection(CLOSED):
        *groups, fact = name.split(".")
        holder = longer
        for group in groups:
            holder = holder.setdefault(group, {})
        # That an event did not come on the agent goes before what was concluded of it: a clinician's word.
        drawn = st.just(True) if fact == "on_bma" else st.booleans()
        holder[fact] = data.draw(READINGS if fact == "interpretation" else drawn)
    lists = [name for name in lists if name not in CLOSED]
    for name in set(lists).intersection(SETS):
        longer[name] = [*patient[name], *data.draw(OPERATIONS)]
    for name in set(lists).difference(SETS):
        further = [{**item, "id": f"further-{number}"} for number, item in enumerate(data.draw(ITEMS[name]))]
        for course in further if name == "radiotherapy" else ():
            course.pop("targets", None)
        longer[name] = [*patient[name], *further]
    evaluation = ENGINE.evaluate(longer, policy, begin=False)
    assume(not any(conflict.severity == "contradiction" for conflict in evaluation.data_conflicts))
    for rule, verdict in evaluation.verdicts.items():
        if opened[rule] != "undetermined" and not exempt(rule, learnt):
            assert verdict == opened[rule], f"{rule}: {opened[rule]} → {verdict} by further {learnt}"


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(PATIENTS), OPEN, MAXIMA)
def test_agenda_compiled_reading_explanation_and_truth_agree_on_open_lists(
    case: tuple[Plain, Plain], lists: list[str], maxima: Plain
) -> None:
    patient, policy = {**case[0], "incomplete": lists}, {**case[1], **maxima}
    facts = facts_of(patient, policy)
    # evaluate() itself raises where agenda and compiled reading differ
    evaluation = ENGINE.evaluate(patient, policy, "2026-01-01", begin=False)
    questions = (*evaluation.questions.clinician, *evaluation.questions.site)
    explainer = Explainer(facts, KNOWLEDGE)
    for rule, condition in KNOWLEDGE.conditions.items():
        defined = truth(condition, facts, KNOWLEDGE)
        assert WORDS[defined] == evaluation.verdicts[rule], rule
        explained = explainer.explain(condition)
        assert explained.truth is defined, rule
        assert (defined is None) == bool(explained.missing), rule
        assert {one.fact for one in questions if rule in one.would_decide} == set(explained.missing), rule
    asked = [one.fact for one in questions]
    assert len(asked) == len(set(asked))  # a list is asked for once, whatever else is
    for one in questions:
        if facts.incomplete(one.fact) and one.fact not in CLOSED:
            assert one.fact in (*LISTS, *SETS)
            assert one.label.zh.startswith("以上是否为全部")


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(LISTED), OPEN, MAXIMA)
def test_what_is_open_by_an_open_list_alone_asks_for_the_list(
    case: tuple[Plain, Plain], lists: list[str], maxima: Plain
) -> None:
    patient, policy = case[0], {**case[1], **maxima}
    closed, opened = facts_of(patient, policy), facts_of({**patient, "incomplete": lists}, policy)
    found = [(name, closed.finding(name), opened.finding(name)) for name in DERIVED]
    for name, fields in EFFECTIVE.items():
        for one, other in zip(closed.items(name) or (), opened.items(name) or (), strict=True):
            found += [(f"{name}.{field}", one.finding(field), other.finding(field)) for field in fields]
    for fact, of_closed, of_open in found:
        assert (of_open.value is None) is bool(of_open.missing), fact
        assert not (of_open.value is None and of_open.used), fact
        if of_open.value is not None:
            assert of_open.value == of_closed.value, fact
        elif of_closed.value is not None:
            assert not set(of_open.missing).isdisjoint(lists), f"{fact} asks for {of_open.missing}"


def test_two_known_bone_agents_alarm_in_an_incomplete_list() -> None:
    agents: list[Any] = [{"drug": drug, "status": "active"} for drug in ("zoledronate", "denosumab")]
    patient = {"diagnosis": {"tumour_type": "breast", "bone_metastases": True}, "medications": agents}
    assert ENGINE.evaluate({**patient, "incomplete": ["medications"]}).verdicts["BCBM-62"] == "fires"
    patient["medications"] = agents[:1]
    assert ENGINE.evaluate(patient).verdicts["BCBM-62"] == "silent"
    assert ENGINE.evaluate({**patient, "incomplete": ["medications"]}).verdicts["BCBM-62"] == "undetermined"


def test_an_operation_that_was_read_denies_no_other_where_there_may_be_further_ones() -> None:
    operated: Plain = {
        "diagnosis": {"tumour_type": "breast", "extent": "early", "nodal_status": "negative"},
        "biomarkers": {"her2_status": "positive"},
        "radiotherapy": [],
        "surgeries": ["mastectomy"],
    }
    assert ENGINE.evaluate(operated).verdicts["HER2RT-02"] == "silent"
    opened = ENGINE.evaluate({**operated, "incomplete": ["surgeries"]})
    assert opened.verdicts["HER2RT-02"] == "undetermined"
    (question,) = [one for one in opened.questions.clinician if one.fact == "surgeries"]
    assert question.would_decide == ["HER2RT-02"]
    assert question.label.zh == "以上是否为全部手术？"
    assert "surgeries" not in {one.fact for one in opened.decisions}
