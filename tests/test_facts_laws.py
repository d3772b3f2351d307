"""Laws of all derived facts: what is missing is honest, learning never reverses, and certainty is exactly certainty."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facts_support import albumin, calcium, facts_of, found
from oncocds.profile.contradictions import contradictions
from oncocds.profile.derived import DERIVED, EFFECTIVE
from oncocds.profile.facts import PatientFacts
from oncocds.profile.finding import Finding
from oncocds.vocabulary.loader import bundled_vocabulary

Plain = dict[str, Any]

# --- Profiles of any completeness ---------------------------------------------------------------------------------

_YES_NO = st.booleans()
_FIELDS: Mapping[str, Mapping[str, st.SearchStrategy[Any]]] = {
    "diagnosis": {
        "bone_metastases": _YES_NO,
        "laterality": st.sampled_from(["left", "right"]),
        "extent": st.sampled_from(["early", "metastatic"]),
        "tumour_type": st.sampled_from(["nsclc", "lung_nos", "breast"]),
        "oligoprogression": _YES_NO,
    },
    "biomarkers": {
        "her2_status": st.sampled_from(["positive", "negative", "equivocal", "unknown"]),
        "her2_ihc": st.sampled_from(["0", "1+", "2+", "3+"]),
        "her2_ish": st.sampled_from(["amplified", "not_amplified", "not_done"]),
        "hr_status": st.sampled_from(["positive", "negative"]),
        "er_pct": st.sampled_from([0.0, 1.0, 90.0]),
        "pr_pct": st.sampled_from([0.0, 50.0]),
        "ret_fusion": st.sampled_from(["positive", "negative", "pending", "not_tested"]),
        "ngs_done": _YES_NO,
        "ngs_includes_ret": _YES_NO,
    },
    "symptoms": {"bone_pain": _YES_NO, "cord_signs": _YES_NO},
    "skeletal_events": {"hypercalcaemia": _YES_NO, "vertebral_fracture": _YES_NO, "on_bma": _YES_NO},
    "assessments": {"bone_scan_done": _YES_NO, "pain_nrs": st.sampled_from([2.0, 8.0])},
    "cardiac": {
        "marked_decline": _YES_NO,
        "lvef_baseline": st.sampled_from([55.0, 65.0]),
        "lvef_latest": st.sampled_from([50.0, 58.0, 95.0]),
    },
    "comorbidities": {"renal_insufficiency": _YES_NO},
    "treatment": {
        "nephrotoxic_drug": _YES_NO,
        "timepoint": st.sampled_from(["initial_diagnosis", "on_treatment"]),
        "response_plateau": _YES_NO,
        "on_systemic": _YES_NO,
    },
    "plans": {"stop_bma": _YES_NO, "stop_bma_reason": st.sampled_from(["switch", "stable_disease"])},
    "labs": {
        "calcium": st.sampled_from(
            [calcium(2.3, low=2.1), calcium(2.7, low=2.1), calcium(1.6, low=2.1), calcium(2.6, None)]
        ),
        "albumin": st.sampled_from([albumin(10), albumin(40), albumin(55)]),
        "creatinine": st.sampled_from([{"value": 60.0, "unit": "umol/L"}, {"value": 300.0, "unit": "umol/L"}]),
    },
    "hcc": {"extrahepatic_mets": _YES_NO, "met_max_cm": st.sampled_from([0.0, 2.0, 4.0]), "prior_rt": _YES_NO},
}
_LESION: Mapping[str, st.SearchStrategy[Any]] = {
    "organ": st.sampled_from(["bone", "brain", "liver", "node"]),
    "site": st.sampled_from(["cervical_spine", "thoracic_spine", "femur", "rib", "pelvis"]),
    "status": st.sampled_from(["suspected", "imaging_positive", "confirmed"]),
    "imaging": st.sampled_from([[], ["bone_scan"], ["bone_scan", "ct"]]),
    "trend": st.sampled_from(["new", "progressing", "stable", "resolved", "not_assessed"]),
    "is_new": _YES_NO,
    "is_primary": _YES_NO,
    "biopsied": _YES_NO,
    "symptomatic": _YES_NO,
    "painful": _YES_NO,
    "pain_significant": _YES_NO,
    "cord_threat": _YES_NO,
    "bone_pattern": st.sampled_from(["lytic", "mixed", "blastic"]),
    "structural_destruction": _YES_NO,
    "impending_fracture": _YES_NO,
    "solitary": _YES_NO,
    "sbrt_selected": _YES_NO,
    "local_intervention_required": _YES_NO,
}
_DATES = st.sampled_from(["2026-01-01", "2026-03-01", "2026-07-01"])
_MEDICATION: Mapping[str, st.SearchStrategy[Any]] = {
    "drug": st.sampled_from(["zoledronate", "denosumab", "alendronate", "cisplatin", "trastuzumab"]),
    "status": st.sampled_from(["active", "planned", "stopped"]),
    "start_date": _DATES,
    "stop_date": _DATES,
    "indication": st.sampled_from(["bone_metastasis", "osteoporosis"]),
    "stop_reason": st.sampled_from(["stable_disease", "adverse_event"]),
    "interval_weeks": st.sampled_from([4.0, 12.0]),
    "monthly": _YES_NO,
}
_COURSE: Mapping[str, st.SearchStrategy[Any]] = {
    "site": st.sampled_from(["breast", "bone", "liver"]),
    "status": st.sampled_from(["planned", "ongoing", "completed"]),
    "dose_gy": st.sampled_from([27.5, 50.0]),
    "fractions": st.sampled_from([5, 25]),
    "laterality": st.sampled_from(["left", "right"]),
    "during_current_antiher2": _YES_NO,
    "targets": st.sampled_from([["l0"], ["l0", "l1"]]),
}
_LISTS = {"lesions": _LESION, "medications": _MEDICATION, "radiotherapy": _COURSE}
_CORE = {"lesions": ("organ", "status"), "medications": ("drug", "status"), "radiotherapy": ("site", "status")}
_SINGLE: Mapping[str, st.SearchStrategy[Any]] = {
    "age": st.sampled_from([40.0, 80.0]),
    "sex": st.sampled_from(["male", "female", "other"]),
    "weight": st.sampled_from([{"value": 50.0, "unit": "kg"}, {"value": 90.0, "unit": "kg"}]),
    "elderly": _YES_NO,
}
_POLICY: Mapping[str, st.SearchStrategy[Any]] = {
    "lvef_drop_abs": st.just(10.0),
    "brain_oligo_max": st.sampled_from([0, 1, 2]),
    "oligomet_max": st.sampled_from([0, 1, 2]),
    "oligoresidual_max": st.sampled_from([0, 1, 2]),
    "oligoprog_max": st.sampled_from([0, 1, 2]),
    "pain_nrs": st.just(4),
    "elderly_age": st.just(65.0),
    "crcl_low": st.just(40.0),
    "cns_counts_as_visceral": _YES_NO,
}


def _optional(fields: Mapping[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Plain]:
    return st.fixed_dictionaries({}, optional=dict(fields))


def _list(name: str) -> st.SearchStrategy[list[Plain]]:
    fields = _LISTS[name]
    core = {field: fields[field] for field in _CORE[name]}
    rest = {field: values for field, values in fields.items() if field not in core}
    dense = st.fixed_dictionaries(core, optional=rest)
    return st.lists(dense | _optional(fields), max_size=3).map(
        lambda items: [{"id": f"{name[0]}{number}", **item} for number, item in enumerate(items)]
    )


def _aimed(profile: Plain) -> Plain:
    """Return the profile with the targets of its courses among its lesions."""
    there = {lesion["id"] for lesion in profile.get("lesions", ())}
    for course in profile.get("radiotherapy", ()):
        if not there.issuperset(course.get("targets", ())):
            del course["targets"]
    return profile


PROFILES = st.fixed_dictionaries(
    {},
    optional={
        **_SINGLE,
        **{group: _optional(fields) for group, fields in _FIELDS.items()},
        **{name: _list(name) for name in _LISTS},
    },
).map(_aimed)
POLICIES = _optional(_POLICY)


def _known_name(path: str) -> bool:
    vocabulary = bundled_vocabulary()
    head, bracket, field = path.partition("].")
    name = f"{head.partition('[')[0]}.{field}" if bracket else path
    return name in vocabulary.fields or name in vocabulary.lists


# --- (1) What is used is recorded, what is missing is nameable, and known and unknown exclude each other -----------


@given(PROFILES, POLICIES)
@settings(max_examples=300)
def test_used_and_missing_are_honest(profile: Plain, policy: Plain) -> None:
    facts = facts_of(profile, **policy)
    findings = [(fact, facts.finding(fact)) for fact in DERIVED]
    for name, fields in EFFECTIVE.items():
        findings += [(f"{i.path}.{field}", i.finding(field)) for i in facts.items(name) or () for field in fields]
    for fact, finding in findings:
        assert (finding.value is None) is bool(finding.missing), fact
        assert not (finding.value is None and finding.used), fact
        assert len(set(finding.used)) == len(finding.used), fact
        for path in finding.used:
            assert facts.recorded(path) is not None, (fact, path)
        for path in finding.missing:
            assert _known_name(path), (fact, path)


@given(PROFILES, POLICIES)
@settings(max_examples=150)
def test_contradictions_name_recorded_facts(profile: Plain, policy: Plain) -> None:
    facts = facts_of(profile, **policy)
    for clash in contradictions(facts):
        for path in clash.facts:
            assert facts.recorded(path) is not None or path in ("plans.stop_bma", "lesions"), (clash.id, path)
        assert all(_known_name(path) for path in clash.asks)


# --- (2) Learning an unrecorded input never turns a derived fact into its opposite ---------------------------------

_CALCIUM = "labs.calcium labs.albumin"
_LESION_GONE = "lesions.trend"
# Derived fact → inputs whose learning may reverse it, and why that is right.
REVERSIBLE: Mapping[str, tuple[str, str]] = {
    "derived.her2_status": ("biomarkers.her2_ish", "IHC 0/1+ counts as negative until ISH is found amplified"),
    "derived.hypercalcaemia": (_CALCIUM, "a value outranks the recorded event; without albumin a high total counts"),
    "derived.hypocalcaemia": ("labs.albumin", "without albumin a low total counts"),
    "derived.skeletal_event_on_bone_agent": (_CALCIUM, "calcium not known to be high is no event"),
    "derived.bone_metastases_suspected": (
        f"{_CALCIUM} lesions.organ lesions.imaging",
        "calcium not known to be high is no sign; a lesion that proves established ends the suspicion",
    ),
    "derived.bone_scan_done": ("lesions.imaging", "a lesion seen on a bone scan outranks a recorded 'not done'"),
    "derived.brain_metastases": (_LESION_GONE, "a lesion is present until it is called resolved"),
    "derived.brain_oligometastases_new": (_LESION_GONE, "a lesion is present until resolved; 'new' by trend outranks"),
    "derived.visceral_metastases": (_LESION_GONE, "a lesion is present until it is called resolved"),
    "derived.oligometastatic": (_LESION_GONE, "a lesion is present until it is called resolved"),
    "derived.bone_agents_together": (
        "medications.start_date medications.stop_date plans.stop_bma_reason",
        "what is not declared to be in sequence, or a switch, counts as simultaneous",
    ),
    "derived.ret_tested": ("biomarkers.ret_fusion", "without a panel RET counts as not tested until a result is known"),
    "medications.monthly": ("medications.interval_weeks", "a recorded interval outranks the answer on monthly dosing"),
    "lesions.symptomatic": ("lesions.painful", "a symptom outranks a recorded 'asymptomatic'"),
    "lesions.pain_significant": ("lesions.painful", "nothing recorded means no until the lesion is known to hurt"),
    "lesions.structural_destruction": ("lesions.bone_pattern", "nothing recorded means no, a lytic pattern yes"),
    "lesions.critical_site": ("lesions.site", "a bone site outranks an organ that is not bone"),
    "lesions.vertebral": ("lesions.site", "a bone site outranks an organ that is not bone"),
    "lesions.weight_bearing": ("lesions.site", "a bone site outranks an organ that is not bone"),
    "lesions.spinal_instability": ("lesions.site", "a bone site outranks an organ that is not bone"),
    "lesions.irradiated": ("radiotherapy.targets", "a lesion that is named outranks the site of the course"),
    "lesions.planned_target": ("radiotherapy.targets", "a lesion that is named outranks the site of the course"),
    "lesions.present_metastasis": (_LESION_GONE, "a lesion is present until it is called resolved"),
    "derived.lvef_in_question": ("cardiac.lvef_latest cardiac.lvef_baseline", "what is not measured forbids nothing"),
    "lesions.local_intervention_required": (
        "lesions.local_intervention_required",
        "in a bone lesion nothing recorded means no",
    ),
    "lesions.sbrt_selected": (
        "lesions.sbrt_selected",
        "nothing recorded means no until radiotherapy of the lesion is planned or ongoing",
    ),
    "medications.for_bone_metastasis": (
        "medications.indication",
        "zoledronate, pamidronate and denosumab are taken as given for bone metastasis",
    ),
    "radiotherapy.laterality": (
        "radiotherapy.laterality",
        "the side of the tumour stands in until the course's is known",
    ),
}
_ZOLEDRONATE, _DENOSUMAB = {"drug": "zoledronate", "status": "active"}, {"drug": "denosumab", "status": "planned"}
_TOGETHER = {"medications": [{**_ZOLEDRONATE, "stop_date": "2026-01-01"}, _DENOSUMAB]}
_BRAIN: Plain = {"lesions": [{"organ": "brain", "status": "confirmed", "is_new": True}]}
# The rarer reversals, so that the list above holds no more than what happens.
_REVERSALS: Mapping[str, tuple[Plain, tuple[Any, ...], Any, Plain]] = {
    "derived.her2_status": ({"biomarkers": {"her2_ihc": "1+"}}, ("biomarkers", "her2_ish"), "amplified", {}),
    "derived.ret_tested": ({"biomarkers": {"ngs_done": False}}, ("biomarkers", "ret_fusion"), "positive", {}),
    "medications.monthly": ({"medications": [{"monthly": True}]}, ("medications", 0, "interval_weeks"), 12.0, {}),
    "derived.hypercalcaemia": ({"labs": {"calcium": calcium(2.6)}}, ("labs", "albumin"), albumin(50), {}),
    "derived.hypocalcaemia": ({"labs": {"calcium": calcium(2.0, low=2.1)}}, ("labs", "albumin"), albumin(20), {}),
    "derived.skeletal_event_on_bone_agent": (
        {"medications": [_ZOLEDRONATE]},
        ("labs", "calcium"),
        calcium(3.0),
        {},
    ),
    "derived.brain_metastases": (_BRAIN, ("lesions", 0, "trend"), "resolved", {}),
    "derived.brain_oligometastases_new": (_BRAIN, ("lesions", 0, "trend"), "resolved", {"brain_oligo_max": 1}),
    "derived.visceral_metastases": ({"lesions": [{"organ": "liver"}]}, ("lesions", 0, "trend"), "resolved", {}),
    "derived.oligometastatic": (_BRAIN, ("lesions", 0, "trend"), "resolved", {"oligomet_max": 1}),
    "derived.bone_agents_together": (_TOGETHER, ("medications", 1, "start_date"), "2026-01-02", {}),
}
_DEPENDENT = {
    "derived.skeletal_event_on_bone_agent": "medications.for_bone_metastasis",
    "derived.bone_metastases_suspected": "derived.hypercalcaemia",
}


def _open_inputs(profile: Plain) -> Iterator[tuple[tuple[Any, ...], str, st.SearchStrategy[Any]]]:
    """Yield the open-world inputs that are not recorded: where they belong, their name, their values."""
    fields = bundled_vocabulary().fields
    for name, values in _SINGLE.items():
        if name not in profile and fields[name].world == "input":
            yield (name,), name, values
    for group, members in _FIELDS.items():
        for name, values in members.items():
            full = f"{group}.{name}"
            if name not in profile.get(group, {}) and (group == "labs" or fields[full].world == "input"):
                yield (group, name), full, values
    for name, members in _LISTS.items():
        for number, item in enumerate(profile.get(name, ())):
            for field, values in members.items():
                full = f"{name}.{field}"
                if field not in item and fields[full].world == "input":
                    yield (name, number, field), full, values


def _with(profile: Plain, place: tuple[Any, ...], value: Any) -> Plain:
    if len(place) == 1:
        return {**profile, place[0]: value}
    if len(place) == 2:
        return {**profile, place[0]: {**profile.get(place[0], {}), place[1]: value}}
    name, number, field = place
    items = [{**item, field: value} if n == number else item for n, item in enumerate(profile[name])]
    return {**profile, name: items}


@given(st.data(), PROFILES, POLICIES)
@settings(max_examples=150)
def test_learning_an_input_never_reverses_a_conclusion(data: st.DataObject, profile: Plain, policy: Plain) -> None:
    before = facts_of(profile, **policy)
    for place, learnt, values in _open_inputs(profile):
        after = facts_of(_aimed(_with(profile, place, data.draw(values))), **policy)
        for fact, old, new in _pairs(before, after):
            if fact == "lesions.status" or isinstance(old.value, tuple | float) or None in (old.value, new.value):
                continue  # no opposites: codes in an order of certainty, many values, a number
            if old.value != new.value:
                allowed = f"{REVERSIBLE.get(fact, ('', ''))[0]} {REVERSIBLE.get(_DEPENDENT.get(fact, ''), ('', ''))[0]}"
                assert learnt in allowed.split(), (fact, learnt, old, new)


def _pairs(before: PatientFacts, after: PatientFacts) -> Iterator[tuple[str, Finding, Finding]]:
    for fact in DERIVED:
        yield fact, before.finding(fact), after.finding(fact)
    for name, fields in EFFECTIVE.items():
        for one, two in zip(before.items(name) or (), after.items(name) or (), strict=True):
            for field in fields:
                yield f"{name}.{field}", one.finding(field), two.finding(field)


@pytest.mark.parametrize("fact", REVERSIBLE)
def test_every_exception_gives_its_reason(fact: str) -> None:
    names, reason = REVERSIBLE[fact]
    assert names
    assert reason
    if fact in _REVERSALS:
        profile, place, value, policy = _REVERSALS[fact]
        before, after = found(fact, profile, **policy), found(fact, _with(profile, place, value), **policy)
        assert None not in (before.value, after.value)
        assert before.value != after.value


# --- (3) Certainty is exactly certainty: every way of completing a small profile, tried ----------------------------


def _outcomes(fact: str, completions: Iterator[tuple[Plain, Plain]]) -> set[Any]:
    return {found(fact, profile, **policy).value for profile, policy in completions}


def _agrees(value: Any, outcomes: set[Any], situation: object) -> None:
    """A known value is the only outcome; an unknown one leaves at least two (or none: what is recorded clashes)."""
    outcomes = outcomes - {None}
    if value is None:
        assert len(outcomes) != 1, situation
    else:
        assert outcomes == {value}, situation


def _given(fields: Mapping[str, Any]) -> Plain:
    return {name: value for name, value in fields.items() if value is not None}


def test_her2_status_is_certain_exactly_when_no_result_could_change_it() -> None:
    statuses, ihcs, ishes = ("positive", "negative"), ("0", "1+", "2+", "3+"), ("amplified", "not_amplified")
    for status, ihc, ish in itertools.product((None, *statuses), (None, *ihcs), (None, *ishes)):
        completions = (
            ({"biomarkers": {"her2_status": a, "her2_ihc": b, "her2_ish": c}}, {})
            for a in ([status] if status else statuses)
            for b in ([ihc] if ihc else ihcs)
            for c in ([ish] if ish else ishes)
            # Convention: IHC 0/1+ counts as negative; an amplified ISH beside it is a discordance, not a completion.
            if (ihc and ish) or not (b in ("0", "1+") and c == "amplified")
        )
        profile = {"biomarkers": _given({"her2_status": status, "her2_ihc": ihc, "her2_ish": ish})}
        value = found("derived.her2_status", profile).value
        if value is None and status == "positive" and ihc in ("0", "1+"):
            continue  # a contradiction that an amplified ISH would settle
        _agrees(value, _outcomes("derived.her2_status", completions), profile)


def test_hormone_receptor_status_is_certain_exactly_when_no_result_could_change_it() -> None:
    statuses, percents = ("positive", "negative"), (0, 1, 80)
    for status, er, pr in itertools.product((None, *statuses), (None, *percents), (None, *percents)):
        completions = (
            ({"biomarkers": {"hr_status": a, "er_pct": b, "pr_pct": c}}, {})
            for a in ([status] if status else statuses)
            for b in ([er] if er is not None else percents)
            for c in ([pr] if pr is not None else percents)
        )
        profile = {"biomarkers": _given({"hr_status": status, "er_pct": er, "pr_pct": pr})}
        value = found("derived.hormone_receptor_status", profile).value
        _agrees(value, _outcomes("derived.hormone_receptor_status", completions), profile)


def test_hypercalcaemia_is_certain_exactly_when_no_result_could_change_it() -> None:
    # The limits that completions take are the ends of the range in which an adult's limit can lie, and one within.
    values, limits, albumins = (1.0, 1.8, 2.0, 2.5, 2.6, 2.76, 3.4), (2.5, 2.52, 2.75), (5, 40, 80)
    for value, limit, protein in itertools.product((None, *values), (None, *limits), (None, *albumins)):
        if value is not None and protein is None and value > (limit or limits[-1]):
            continue  # convention: without albumin a total above the limit counts
        completions = (
            ({"labs": {"calcium": calcium(a, b), "albumin": albumin(c)}}, {})
            for a in ([value] if value else values)
            for b in ([limit] if limit else limits)
            for c in ([protein] if protein else albumins)
        )
        profile = {"labs": _given({"calcium": calcium(value, limit), "albumin": protein and albumin(protein)})}
        concluded = found("derived.hypercalcaemia", profile).value
        outcomes = _outcomes("derived.hypercalcaemia", completions)
        if concluded is None and value is None:
            continue  # with the value missing no bound is reasoned over
        _agrees(concluded, outcomes, profile)


_SWITCH = {"stop_bma": True, "stop_bma_reason": "switch"}


@pytest.mark.parametrize("plans", [{}, _SWITCH], ids=["no switch", "declared switch"])
@pytest.mark.parametrize(
    "dates", [("2026-05-01", "2026-03-01"), ("2026-03-01", "2026-03-01")], ids=["overlap", "sequence"]
)
@pytest.mark.parametrize("fact", ["derived.bone_agents_together", "derived.bone_agent_listed_twice"])
def test_bone_agents_are_together_or_twice_exactly_when_no_entry_could_change_it(
    plans: Plain, dates: tuple[str, str], fact: str
) -> None:
    drugs, statuses = ("zoledronate", "denosumab", "letrozole"), ("active", "planned", "stopped")
    entries = list(itertools.product((None, *drugs), (None, *statuses)))
    for one, two in itertools.combinations_with_replacement(entries, 2):

        def profile(first: tuple[Any, Any], second: tuple[Any, Any]) -> Plain:
            entered = [
                _given({"id": "1", "drug": first[0], "status": first[1], "stop_date": dates[0]}),
                _given({"id": "2", "drug": second[0], "status": second[1], "start_date": dates[1]}),
            ]
            return {"medications": entered, "plans": plans}

        completions = (
            (profile((a, b), (c, d)), {})
            for a in ([one[0]] if one[0] else drugs)
            for b in ([one[1]] if one[1] else statuses)
            for c in ([two[0]] if two[0] else drugs)
            for d in ([two[1]] if two[1] else statuses)
        )
        value = found(fact, profile(one, two)).value
        _agrees(value, _outcomes(fact, completions), (one, two))


def _turned_out(lesions: tuple[Plain, ...], **options: tuple[Any, ...]) -> Iterator[list[Plain]]:
    """Yield every way lesions may turn out: open fields take each option, suspected ones are confirmed or not there."""
    ways = []
    for lesion in lesions:
        open_fields = [name for name in options if lesion.get(name) is None]
        filled = [
            {**lesion, **dict(zip(open_fields, values, strict=True))}
            for values in itertools.product(*(options[name] for name in open_fields))
        ]
        if lesion.get("status") != "confirmed":
            filled = [None, *({**one, "status": "confirmed"} for one in filled)]
        ways.append(filled)
    for way in itertools.product(*ways):
        yield [lesion for lesion in way if lesion is not None]


def _combinations(options: list[Plain], most: int) -> Iterator[tuple[Plain, ...]]:
    for number in range(most + 1):
        yield from itertools.combinations_with_replacement(options, number)


def _maxima(maximum: int | None) -> list[int]:
    return [0, 1, 2, 3, 4] if maximum is None else [maximum]


@pytest.mark.parametrize("maximum", [None, 0, 1, 2])
def test_oligometastatic_exactly_when_no_open_lesion_could_change_it(maximum: int | None) -> None:
    options: list[Plain] = [
        {"organ": "bone", "status": "confirmed"},
        {"organ": "liver", "status": "suspected"},
        {"organ": "node"},
        {"organ": "bone", "status": "confirmed", "trend": "resolved"},
    ]
    for lesions in _combinations(options, 3):
        completions = (
            ({"lesions": way}, {"oligomet_max": number}) for way in _turned_out(lesions) for number in _maxima(maximum)
        )
        value = found("derived.oligometastatic", {"lesions": list(lesions)}, oligomet_max=maximum).value
        _agrees(value, _outcomes("derived.oligometastatic", completions), (lesions, maximum))


@pytest.mark.parametrize("maximum", [None, 0, 1, 2])
def test_new_brain_oligometastases_exactly_when_no_open_lesion_could_change_it(maximum: int | None) -> None:
    options: list[Plain] = [
        {"organ": "brain", "status": "confirmed", "is_new": True},
        {"organ": "brain", "status": "confirmed", "is_new": False},
        {"organ": "brain", "status": "confirmed"},
        {"organ": "brain", "status": "suspected", "is_new": True},
        {"organ": "brain", "status": "suspected", "is_new": False},
        {"organ": "brain"},
        {"status": "confirmed", "is_new": True},
    ]
    fact = "derived.brain_oligometastases_new"
    for lesions in _combinations(options, 3):
        completions = (
            ({"lesions": way}, {"brain_oligo_max": number})
            for way in _turned_out(lesions, is_new=(True, False), organ=("brain", "bone"))
            for number in _maxima(maximum)
        )
        value = found(fact, {"lesions": list(lesions)}, brain_oligo_max=maximum).value
        _agrees(value, _outcomes(fact, completions), (lesions, maximum))


@pytest.mark.parametrize("counts", [None, True, False])
def test_visceral_metastases_exactly_when_no_open_lesion_could_change_it(counts: bool | None) -> None:
    options: list[Plain] = [
        {"organ": "liver", "status": "confirmed"},
        {"organ": "lung", "status": "suspected"},
        {"organ": "brain", "status": "confirmed"},
        {"organ": "bone", "status": "confirmed"},
        {"status": "confirmed"},
        {"organ": "liver", "status": "confirmed", "is_primary": True},
    ]
    for lesions in _combinations(options, 3):
        completions = (
            ({"lesions": way}, {"cns_counts_as_visceral": setting})
            for way in _turned_out(lesions, organ=("liver", "brain", "bone"))
            for setting in ([True, False] if counts is None else [counts])
        )
        value = found("derived.visceral_metastases", {"lesions": list(lesions)}, cns_counts_as_visceral=counts).value
        _agrees(value, _outcomes("derived.visceral_metastases", completions), (lesions, counts))
