"""What is due again by the site's intervals: said in the item's line, by local policy, deciding nothing."""

from __future__ import annotations

import datetime
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_support import Desk, view
from corpus import SCENARIOS
from oncocds import Engine
from oncocds.advice.first import Monitored
from oncocds.advice.result import Evaluation
from oncocds.cli import main
from oncocds.derived_examples import failed_due, what_is_wrong_with_due
from oncocds.engine import directories
from oncocds.errors import KnowledgeError, PolicyError
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.loader import load_knowledge
from oncocds.profile.facts import PatientFacts
from oncocds.profile.monitoring import Due, due, later
from oncocds.profile.reading import read_policy
from oncocds.reference.pages import Reference
from oncocds.vocabulary.bundled import bundled_knowledge
from oncocds.vocabulary.loader import bundled_vocabulary, load_vocabulary
from oncocds.vocabulary.monitoring import Monitoring
from oncocds_api.pages.answer import shelves
from oncocds_api.pages.as_text import as_text
from oncocds_api.pages.changed_settings import changed_settings

VOCABULARY = bundled_vocabulary()
INTERVALS = {one.every.removeprefix("policy."): one.unit for one in VOCABULARY.monitoring.values()}
AS_OF = "2026-09-01"
ON_TRASTUZUMAB: dict[str, Any] = {
    "diagnosis": {"tumour_type": "breast"},
    "biomarkers": {"her2_status": "positive"},
    "medications": [{"id": "H", "drug": "trastuzumab", "status": "active"}],
    "cardiac": {"lvef_latest": 61, "echo_date": "2026-05-02"},
}
ON_ZOLEDRONATE: dict[str, Any] = {
    "diagnosis": {"tumour_type": "breast"},
    "medications": [{"id": "Z", "drug": "zoledronate", "status": "active", "indication": "bone_metastasis"}],
    "lesions": [{"id": "B", "organ": "bone", "status": "imaging_positive", "symptomatic": True}],
    "labs": {"creatinine": {"value": 70, "unit": "umol/L", "date": "2026-08-01"}},
}
ON_SELPERCATINIB: dict[str, Any] = {
    "diagnosis": {"tumour_type": "nsclc"},
    "biomarkers": {"ret_fusion": "positive"},
    "medications": [{"id": "S", "drug": "selpercatinib", "status": "active"}],
    "lesions": [{"id": "B", "organ": "bone", "status": "imaging_positive"}],
    "vitals": {"systolic": 150, "diastolic": 95},
    "labs": {
        "alt": {"value": 30, "unit": "U/L", "date": "2026-08-30"},
        "bilirubin": {"value": 10, "unit": "umol/L", "date": "2026-08-10"},
    },
}


def told(evaluation: Evaluation) -> dict[str, Monitored]:
    return {one.monitoring: one for one in evaluation.monitoring}


def line_of(evaluation: Evaluation, action: str) -> tuple[str, str]:
    lines = [one for one in evaluation.briefing if action in {ref.ref for ref in one.covers}]
    assert len(lines) == 1
    return lines[0].line.zh, lines[0].line.en


def test_when_a_thing_is_due_is_worked_out_once_an_answer(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counting(facts: PatientFacts, one: Monitoring) -> Due | None:
        asked.append(one.id)
        return due(facts, one)

    monkeypatch.setattr("oncocds.advice.monitoring.due", counting)
    policy = {name: 3 if unit == "mo" else 90 for name, unit in INTERVALS.items()}
    assert engine.evaluate(ON_TRASTUZUMAB, policy=policy, as_of=AS_OF).monitoring
    assert len(set(asked)) == len(asked) > 0


def test_nothing_is_said_where_the_site_has_set_nothing(engine: Engine) -> None:
    for patient in (ON_TRASTUZUMAB, ON_ZOLEDRONATE, ON_SELPERCATINIB):
        found = engine.evaluate(patient, as_of=AS_OF)
        assert found.monitoring == []
        assert "到期" not in found.model_dump_json()


def test_what_is_overdue_is_said_in_the_line_of_its_item_by_local_policy(engine: Engine) -> None:
    found = engine.evaluate(ON_TRASTUZUMAB, {"echo_interval_months": 3}, AS_OF)
    zh, en = line_of(found, "watch-cardiac-safety")
    assert zh.endswith("［心脏超声（LVEF）：上次 2026-05-02；按本院规定（每3个月）2026-08-02 到期，已过期30天］")
    assert en.endswith(
        "[echocardiography (LVEF): last 2026-05-02, due by local policy (every 3 months) 2026-08-02, "
        "overdue by 30 days]"
    )
    one = told(found)["echocardiography"]
    assert (one.last, one.due, one.overdue, one.dated_by) == ("2026-05-02", "2026-08-02", True, "cardiac.echo_date")
    assert (one.setting, one.every, one.unit, one.rules) == ("echo_interval_months", 3, "mo", ["HER2RT-15"])
    ground = next(g for item in found.advice for g in item.grounds if g.rule == "HER2RT-15")
    assert ground.text.zh.endswith(f"［{one.text.zh}］")


def test_on_the_day_itself_it_is_due_and_not_overdue(engine: Engine) -> None:
    policy = {"echo_interval_months": 3}
    assert told(engine.evaluate(ON_TRASTUZUMAB, policy, "2026-08-02"))["echocardiography"].overdue is False
    after = told(engine.evaluate(ON_TRASTUZUMAB, policy, "2026-08-03"))["echocardiography"]
    assert after.overdue is True
    assert after.text.en.endswith("overdue by 1 day")


def test_where_no_date_is_known_it_is_asked_for_and_none_is_invented(engine: Engine) -> None:
    patient = {**ON_TRASTUZUMAB, "cardiac": {"lvef_latest": 61}}
    found = engine.evaluate(patient, {"echo_interval_months": 3}, AS_OF)
    one = told(found)["echocardiography"]
    assert (one.last, one.due, one.overdue, one.asks) == (None, None, None, ["cardiac.echo_date"])
    assert one.text.en == "echocardiography (LVEF): by local policy every 3 months, no date of the last one on record"
    asked = next(question for question in found.questions.clinician if question.fact == "cardiac.echo_date")
    assert "HER2RT-15" in asked.asked_by
    unset = engine.evaluate(patient, as_of=AS_OF)
    assert "cardiac.echo_date" not in {question.fact for question in unset.questions.clinician}


def test_a_date_after_the_day_of_the_evaluation_tells_of_no_check_that_was_made(engine: Engine) -> None:
    patient = {**ON_TRASTUZUMAB, "cardiac": {"echo_date": "2026-09-02"}}
    found = engine.evaluate(patient, {"echo_interval_months": 3}, AS_OF)
    assert told(found)["echocardiography"].last is None
    assert "result-dated-in-the-future" in {one.id for one in found.data_conflicts}


def test_an_item_that_is_said_by_its_title_says_what_is_due_of_each_of_its_rules(engine: Engine) -> None:
    policy = {"zoledronate_creatinine_interval_days": 28, "dental_interval_months": 6}
    found = engine.evaluate(ON_ZOLEDRONATE, policy, AS_OF)
    zh, en = line_of(found, "monitor-renal-function-on-zoledronate")
    assert (
        "同步监测肾功能［血肌酐（唑来膦酸用药期间）：上次 2026-08-01；按本院规定（每28天）2026-08-29 到期，已过期3天］"
        in zh
    )
    assert "last 2026-08-01, due by local policy (every 28 days) 2026-08-29, overdue by 3 days]" in en
    assert "口腔检查：本院规定每6个月一次，未见上次的日期" in line_of(found, "continue-bone-agent")[0]


def test_of_several_parts_the_one_longest_ago_counts_and_is_named(engine: Engine) -> None:
    policy = {"ret_liver_function_interval_days": 14, "ret_blood_count_interval_days": 14}
    policy |= {"ret_blood_pressure_interval_days": 7}
    found = engine.evaluate(ON_SELPERCATINIB, policy, AS_OF)
    liver = told(found)["liver-function-on-ret-inhibitor"]
    assert (liver.last, liver.dated_by) == ("2026-08-10", "labs.bilirubin.date")
    assert liver.text.en.startswith("liver function: last 2026-08-10 (date of bilirubin), due by local policy")
    line = line_of(found, "monitor-ret-inhibitor-toxicity")[1]
    for one in told(found).values():
        assert line.count(one.text.en) == 1
    assert told(found)["blood-pressure-on-ret-inhibitor"].asks == ["vitals.blood_pressure_date"]


def test_an_oral_examination_with_a_date_and_not_done_is_asked_about(engine: Engine) -> None:
    for done, severity in ((None, "hint"), (False, "contradiction")):
        given_ = {"dental_exam_date": "2026-03-01", "dental_exam_done": done}
        found = engine.evaluate({**ON_ZOLEDRONATE, "assessments": given_}, as_of=AS_OF)
        conflict = next(one for one in found.data_conflicts if one.id == "oral-examination-dated-not-done")
        assert (conflict.severity, conflict.asks) == (severity, ["assessments.dental_exam_done"])
    found = engine.evaluate({**ON_ZOLEDRONATE, "assessments": {**given_, "dental_exam_done": True}}, as_of=AS_OF)
    assert found.data_conflicts == []


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(SCENARIOS),
    st.dictionaries(st.sampled_from(sorted(INTERVALS)), st.integers(1, 60), min_size=1),
)
def test_an_interval_changes_no_verdict_no_urgency_and_no_order(
    engine: Engine, case: dict[str, Any], intervals: dict[str, int]
) -> None:
    before = engine.evaluate(case["patient"], case["policy"], AS_OF)
    after = engine.evaluate(case["patient"], {**case["policy"], **intervals}, AS_OF)
    assert after.verdicts == before.verdicts
    assert after.decisions == before.decisions
    standing = [
        [(one.action, one.lesion, one.urgency, one.status) for one in found.advice] for found in (before, after)
    ]
    assert standing[0] == standing[1]
    lines = [[(one.ref, one.section, one.urgency) for one in found.briefing] for found in (before, after)]
    assert lines[0] == lines[1]
    assert {one.setting for one in after.monitoring} <= set(intervals)
    said = after.model_dump_json()
    for one in after.monitoring:  # in words in the answer, whatever the item's line
        assert said.count(one.text.zh) >= 2


# --- Each face ------------------------------------------------------------------------------------------------------


def test_cards_the_page_its_text_and_the_command_say_it(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = Engine.load(policy={"echo_interval_months": 3, "ret_liver_function_interval_days": 14})
    said = "按本院规定（每3个月）"
    cards = json.dumps(Desk(site).cards(view("her2-positive-with-radiotherapy")), ensure_ascii=False)
    assert "心脏超声（LVEF）" in cards
    assert "本院规定" in cards
    evaluation = engine.evaluate(ON_TRASTUZUMAB, {"echo_interval_months": 3}, AS_OF)
    documents = Reference(engine.knowledge).documents
    changed = changed_settings(evaluation, engine.knowledge.vocabulary)
    assert said in as_text(evaluation, shelves(evaluation), changed, documents).zh
    for name, plain in (("patient", ON_TRASTUZUMAB), ("policy", {"echo_interval_months": 3})):
        (tmp_path / f"{name}.json").write_text(json.dumps(plain), "utf-8")
    command = ["evaluate", str(tmp_path / "patient.json"), "--policy", str(tmp_path / "policy.json"), "--as-of", AS_OF]
    assert main(command) == 0
    assert said in capsys.readouterr().out


# --- Days and months -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2025-08-31", 6, "2026-02-28"),
        ("2026-02-28", 12, "2027-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2026-10-15", 3, "2027-01-15"),
    ],
)
def test_a_month_keeps_its_day_or_ends(day: str, months: int, expected: str) -> None:
    assert later(datetime.date.fromisoformat(day), months, "mo") == datetime.date.fromisoformat(expected)


@given(st.dates(), st.dates(), st.integers(1, 1000), st.sampled_from(["d", "mo"]))
def test_an_interval_keeps_the_order_of_days_and_ends_with_the_calendar(
    one: datetime.date, other: datetime.date, number: int, unit: Any
) -> None:
    first, second = (later(day, number, unit) for day in sorted((one, other)))
    if second is not None:
        assert first is not None
        assert first <= second
        assert second > max(one, other)
    if first is not None and unit == "mo":  # counted in months, whatever their lengths
        day = min(one, other)
        assert (first.year - day.year) * 12 + first.month - day.month == number


def test_beyond_the_calendar_the_last_day_is_said_and_none_is_due(engine: Engine) -> None:
    patient = {**ON_TRASTUZUMAB, "cardiac": {"echo_date": "9999-12-01"}}
    one = told(engine.evaluate(patient, {"echo_interval_months": 3}, "9999-12-31"))["echocardiography"]
    assert (one.last, one.due, one.overdue) == ("9999-12-01", None, None)
    assert one.text.en == "echocardiography (LVEF): last 9999-12-01, by local policy every 3 months"


@pytest.mark.parametrize("value", [0, 61, 1.5, "3", True])
def test_an_interval_is_a_whole_number_within_its_range(engine: Engine, value: Any) -> None:
    with pytest.raises(PolicyError) as refused:
        engine.evaluate(ON_TRASTUZUMAB, {"echo_interval_months": value})
    assert "echo_interval_months" in str(refused.value)


# --- The knowledge ----------------------------------------------------------------------------------------------------


def test_the_examples_hold_and_none_is_left_without_some() -> None:
    assert list(failed_due(VOCABULARY)) == []
    assert all(one.examples for one in VOCABULARY.monitoring.values())


@pytest.mark.parametrize("name", sorted(VOCABULARY.monitoring))
def test_every_interval_decides_both_ways(name: str) -> None:
    """A dated example of each check, on the day it is due and on the day after."""
    example = next(one for one in VOCABULARY.monitoring[name].examples if one.due is not None)
    assert example.due is not None
    day = datetime.date.fromisoformat(example.due)
    after = (day + datetime.timedelta(days=1)).isoformat()
    assert what_is_wrong_with_due(name, replace(example, as_of=example.due, overdue=False), VOCABULARY) is None
    assert what_is_wrong_with_due(name, replace(example, as_of=after, overdue=True), VOCABULARY) is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("every: policy.echo_interval_months", "every: policy.echo_intervall", "names no setting"),
        ("every: policy.echo_interval_months", "every: policy.pain_nrs", "is no interval; expected a setting of type"),
        ("every: policy.calcium_interval_days", "every: policy.echo_interval_months", "the interval of"),
        ("dates: [cardiac.echo_date]", "dates: [cardiac.lvef_latest]", "no date 'cardiac.lvef_latest' is recorded"),
        ("dates: [cardiac.echo_date]", "dates: []", "'dates' is empty"),
        (', last: "2026-05-02", due: "2026-08-02"}', "}", "expected one of 'last' and 'due'"),
        ("policy: {echo_interval_months: 3}", "policy: 3", "'policy' must be a mapping"),
        ("rules: [HER2RT-15]", "rule: [HER2RT-15]", "unknown key 'rule'"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    shutil.copytree(directories(None)[0] / "vocabulary", tmp_path / "vocabulary")
    path = tmp_path / "vocabulary" / "monitoring.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(KnowledgeError) as raised:
        load_vocabulary(tmp_path / "vocabulary")
    assert any(message in issue.message for issue in raised.value.issues), raised.value


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What loading says where what is monitored names a rule that is none, one without an item, and where an interval
    is of no use.
    """
    home = tmp_path_factory.mktemp("spoilt")
    for name in ("rules", "seeds"):
        shutil.copytree(bundled_knowledge() / name, home / name)
    path = home / "rules" / "vocabulary" / "monitoring.yaml"
    text = path.read_text("utf-8").replace("[HER2RT-15]", "[HER2RT-99]").replace("[RETBM-13]", "[HER2RT-24]")
    text = text.replace("[BCBM-56]", "[]").replace("[RETBM-12]", "[RETBM-12]\n  x: 1", 0)
    path.write_text(text, "utf-8")
    fields = home / "rules" / "vocabulary" / "fields.yaml"
    unused = fields.read_text("utf-8").replace(
        'policy.pain_nrs:\n  type: "number {score}"', "policy.pain_nrs:\n  type: number d"
    )
    fields.write_text(unused, "utf-8")
    with pytest.raises(KnowledgeError) as refused:
        load_knowledge(home / "rules", home / "seeds")
    return [str(issue) for issue in refused.value.issues]


@pytest.mark.parametrize(
    "message",
    [
        "echocardiography: no rule 'HER2RT-99'; did you mean",
        "calcium: HER2RT-24 makes no item of advice",
        "creatinine-on-zoledronate: 'rules' is empty",
        "policy.pain_nrs: an interval that nothing is monitored by",
    ],
)
def test_what_is_monitored_belongs_to_rules_and_intervals_to_what_is_monitored(spoilt: list[str], message: str) -> None:
    assert any(message in issue for issue in spoilt), spoilt


SETTING = """
policy.bone_marker_interval_months:
  {type: number mo, whole: true, range: {at_least: 1, at_most: 60}, world: policy, zh: 骨代谢标志物间隔,
   en: months between bone markers, description: {zh: 不说, en: not said}, effect: {zh: 说明, en: said}}
"""
BONE_MARKERS = """
bone-markers:
  zh: 骨代谢标志物
  en: bone markers
  reading: {zh: 以P1NP的日期为准, en: dated by P1NP}
  every: policy.bone_marker_interval_months
  dates: [labs.p1np.date]
  rules: [BCBM-19]
  examples:
    - {given: {}, policy: {bone_marker_interval_months: 3}, as_of: "2026-05-10", asks: [labs.p1np.date]}
"""


def test_something_to_be_checked_again_is_added_by_yaml_alone(tmp_path: Path, knowledge: Knowledge) -> None:
    shutil.copytree(directories(None)[0] / "vocabulary", tmp_path / "vocabulary")
    for name, more in (("fields", SETTING), ("monitoring", BONE_MARKERS)):
        with (tmp_path / "vocabulary" / f"{name}.yaml").open("a", encoding="utf-8") as file:
            file.write(more)
    vocabulary = load_vocabulary(tmp_path / "vocabulary")
    assert list(failed_due(vocabulary)) == []
    policy = read_policy({"bone_marker_interval_months": 3}, vocabulary)
    site = Engine(replace(knowledge, vocabulary=vocabulary), policy)
    patient = {**ON_ZOLEDRONATE, "labs": {"p1np": {"value": 30, "unit": "ug/L", "date": "2026-05-02"}}}
    one = told(site.evaluate(patient, as_of=AS_OF))["bone-markers"]
    assert (one.rules, one.due, one.overdue) == (["BCBM-19"], "2026-08-02", True)


@pytest.mark.usefixtures("without_examples")
def test_check_runs_the_examples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("rules", "seeds"):
        shutil.copytree(bundled_knowledge() / name, tmp_path / name)
    path = tmp_path / "rules" / "vocabulary" / "monitoring.yaml"
    text = path.read_text("utf-8")
    path.write_text(text.replace('due: "2026-05-30"}', 'due: "2026-05-29"}', 1), "utf-8")
    assert main(["--knowledge", str(tmp_path), "check"]) == 1
    said = capsys.readouterr().err
    assert "calcium: example 1: last 2026-05-02, due 2026-05-30, expected last 2026-05-02, due 2026-05-29" in said


LATE = {"zoledronate_creatinine_interval_days": 28}


def test_what_is_overdue_leaves_the_background_and_stands_first_of_what_is_considered(engine: Engine) -> None:
    found = engine.evaluate(ON_ZOLEDRONATE, LATE, AS_OF)
    line = next(one for one in found.briefing if "BCBM-56" in one.rules)
    assert (line.section, line.kind, line.ref) == ("consider", "advice", "monitor-renal-function-on-zoledronate")
    assert line == next(one for one in found.briefing if one.section == "consider")
    assert line.urgency == "info"  # the site's interval makes nothing more urgent
    assert "已过期3天" in line.line.zh


@pytest.mark.parametrize("day", ["2026-08-29", "2026-08-05"])
def test_what_is_not_overdue_stays_in_the_background(engine: Engine, day: str) -> None:
    line = next(one for one in engine.evaluate(ON_ZOLEDRONATE, LATE, day).briefing if "BCBM-56" in one.rules)
    assert (line.section, line.kind) == ("background", "group")


def test_what_may_be_overdue_stays_in_the_background(engine: Engine) -> None:
    patient = {**ON_ZOLEDRONATE, "history": [], "incomplete": ["history"]}
    found = engine.evaluate(patient, LATE, AS_OF)
    assert told(found)["creatinine-on-zoledronate"].overdue is None
    assert next(one for one in found.briefing if "BCBM-56" in one.rules).section == "background"


def test_background_actions_that_tell_what_is_due_are_about_patients(knowledge: Knowledge) -> None:
    """What is overdue moves their one item in cohorts as in the briefing."""
    asking = {knowledge.rules[rule].action for one in VOCABULARY.monitoring.values() for rule in one.rules}
    late = [one for one in knowledge.actions.values() if one.id in asking and one.background]
    assert late
    assert not any(one.per_lesion or one.joins for one in late)
