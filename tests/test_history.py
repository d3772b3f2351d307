"""Earlier results: what nobody said is filled in, what was given goes first, and an open list fills in nothing."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncocds import Engine
from oncocds.advice.result import Evaluation
from oncocds.cli import main
from oncocds.errors import ProfileError
from oncocds.explaining.explain import explain
from oncocds.profile.facts import PatientFacts
from oncocds.profile.history import series_names
from oncocds.profile.identity import identified
from oncocds.profile.policy import STRICT
from oncocds.profile.reading import read_profile
from oncocds.profile.schema import profile_schema
from oncocds.reference.pages import Reference
from oncocds.scenarios.check import check_file
from oncocds.scenarios.stories import read_stories
from oncocds.scenarios.writer import write_feature, write_scenario
from oncocds.text import Language, Text
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds_api.pages.answer import shelves
from oncocds_api.pages.as_text import as_text
from oncocds_api.pages.form import form
from oncocds_api.pages.overview import drawn
from oncocds_api.pages.told_facts import ToldFacts
from profile_strategies import HISTORIES

Plain = dict[str, Any]
VOCABULARY = bundled_vocabulary()
AS_OF = "2026-09-01"
LATEST, BASELINE, LOWEST, ECHO = (f"cardiac.{n}" for n in ("lvef_latest", "lvef_baseline", "lvef_nadir", "echo_date"))


def lvef(*points: tuple[str, float]) -> list[Plain]:
    return [{"of": "lvef", "date": day, "value": value, "unit": "%"} for day, value in points]


FALLING = lvef(("2026-05-02", 47), ("2026-01-02", 62), ("2026-03-02", 45))
TRASTUZUMAB = {"id": "H", "drug": "trastuzumab", "status": "active", "start_date": "2026-01-10"}
PATIENT: Plain = {
    "diagnosis": {"tumour_type": "breast"},
    "biomarkers": {"her2_status": "positive"},
    "medications": [TRASTUZUMAB],
    "history": FALLING,
}


def facts_of(patient: Plain, as_of: str = AS_OF) -> PatientFacts:
    day = datetime.date.fromisoformat(as_of)
    return PatientFacts(identified(read_profile(patient, VOCABULARY)), STRICT, VOCABULARY, day)


def found(patient: Plain, *names: str, as_of: str = AS_OF) -> list[Any]:
    facts = facts_of(patient, as_of)
    return [facts.finding(name).value for name in names]


def conflicts(evaluation: Evaluation) -> set[tuple[str, str]]:
    return {(one.id, fact) for one in evaluation.data_conflicts for fact in (*one.asks, "")[:1]}


def test_the_latest_the_baseline_and_the_lowest_lvef_are_filled_in(engine: Engine) -> None:
    assert found(PATIENT, LATEST, ECHO, BASELINE, LOWEST) == [47, "2026-05-02", 62, 45]
    answer = engine.evaluate(PATIENT, {"lvef_drop_abs": 10}, AS_OF)
    assert answer.verdicts["HER2RT-16"] == "fires"
    said = {**PATIENT, "cardiac": {"lvef_latest": 47, "echo_date": "2026-05-02", "lvef_baseline": 62, "lvef_nadir": 45}}
    del said["history"]
    assert engine.evaluate(said, {"lvef_drop_abs": 10}, AS_OF).verdicts == answer.verdicts
    (series,) = answer.series
    assert series.text.en == "LVEF (%): 62 (2026-01-02, baseline) → 45 (2026-03-02, lowest) → 47 (2026-05-02, latest)"
    assert series.text.zh == "LVEF（%）：62（2026-01-02，基线） → 45（2026-03-02，最低） → 47（2026-05-02，最近）"
    assert [one.date for one in series.points] == ["2026-01-02", "2026-03-02", "2026-05-02"]


def test_the_latest_of_a_laboratory_test_is_filled_in_with_the_limits_that_were_given() -> None:
    results = [
        {"of": "calcium", "date": "2026-03-02", "value": 11.2, "unit": "mg/dL"},
        {"of": "calcium", "date": "2026-02-02", "value": 2.3, "unit": "mmol/L"},
    ]
    value, day = found({"history": results}, "labs.calcium.value", "labs.calcium.date")
    assert (round(value, 2), day) == (2.79, "2026-03-02")
    limited = {"labs": {"calcium": {"reference_high": 10.2, "unit": "mg/dL"}}, "history": results}
    value, high, reading = found(
        limited, "labs.calcium.value", "labs.calcium.reference_high", "labs.calcium.interpretation"
    )
    assert (round(value, 2), round(high, 2), reading) == (2.79, 2.54, "high")


def test_what_was_given_goes_first_and_is_asked_about_where_it_differs(engine: Engine) -> None:
    given_ = {**PATIENT, "cardiac": {"lvef_latest": 60, "lvef_baseline": 60, "lvef_nadir": 50}}
    assert found(given_, LATEST, BASELINE, LOWEST, ECHO) == [60, 60, 50, None]
    told = conflicts(engine.evaluate(given_, as_of=AS_OF))
    assert told == {("result-beside-its-history", fact) for fact in (LATEST, BASELINE, LOWEST)}
    same_day = {**PATIENT, "cardiac": {"lvef_latest": 60, "echo_date": "2026-03-02"}}
    assert conflicts(engine.evaluate(same_day, as_of=AS_OF)) == {("result-beside-its-history", LATEST)}
    newer = {**PATIENT, "cardiac": {"lvef_latest": 60, "echo_date": "2026-06-02"}}
    assert conflicts(engine.evaluate(newer, as_of=AS_OF)) == set()
    calcium = [{"of": "calcium", "date": "2026-03-02", "value": 2.3, "unit": "mmol/L"}]
    lab = {"labs": {"calcium": {"value": 9.2184, "unit": "mg/dL", "date": "2026-03-02"}}, "history": calcium}
    assert conflicts(engine.evaluate(lab, as_of=AS_OF)) == set()  # the same, in another unit
    lab["labs"]["calcium"]["value"] = 10.4  # type: ignore[index]
    assert conflicts(engine.evaluate(lab, as_of=AS_OF)) == {("result-beside-its-history", "labs.calcium.value")}


def test_a_day_without_a_value_is_not_that_of_another_result() -> None:
    """An echocardiography of June, its value unknown, is later than the history's last: what it found is unknown."""
    assert found({**PATIENT, "cardiac": {"echo_date": "2026-06-02"}}, LATEST, ECHO) == [None, "2026-06-02"]
    limited = {"labs": {"calcium": {"date": "2026-06-02"}}}
    history = [{"of": "calcium", "date": "2026-03-02", "value": 2.3, "unit": "mmol/L"}]
    assert found({**limited, "history": history}, "labs.calcium.value", "labs.calcium.date") == [None, "2026-06-02"]


def test_a_history_that_may_be_incomplete_fills_in_nothing_and_calls_nothing_overdue(engine: Engine) -> None:
    open_ = {**PATIENT, "incomplete": ["history"]}
    assert found(open_, LATEST, BASELINE, LOWEST, ECHO) == [None] * 4
    answer = engine.evaluate(open_, {"echo_interval_months": 3}, AS_OF)
    assert answer.verdicts["HER2RT-16"] == "undetermined"
    assert answer.series[0].whole is False
    (due,) = (one for one in answer.monitoring if one.monitoring == "echocardiography")
    assert (due.last, due.due, due.overdue) == ("2026-05-02", "2026-08-02", None)
    assert due.text.en.endswith("(earlier results may be missing: whether it is overdue is open)")


def test_the_last_time_is_the_newest_of_what_was_given_and_the_history(engine: Engine) -> None:
    policy = {"echo_interval_months": 3}
    given_ = {**PATIENT, "cardiac": {"lvef_latest": 60, "echo_date": "2026-03-02"}}
    assert [one.last for one in engine.evaluate(given_, policy, AS_OF).monitoring] == ["2026-05-02"]
    given_["cardiac"] = {"lvef_latest": 60, "echo_date": "2026-08-02"}
    assert [one.last for one in engine.evaluate(given_, policy, AS_OF).monitoring] == ["2026-08-02"]


def test_what_comes_after_the_day_of_the_evaluation_does_not_count_and_is_told(engine: Engine) -> None:
    assert found(PATIENT, LATEST, LOWEST, as_of="2026-02-01") == [62, 62]
    answer = engine.evaluate(PATIENT, as_of="2026-02-01")
    assert "history-dated-in-the-future" in {one.id for one in answer.data_conflicts}
    assert len(answer.series[0].points) == 1


@pytest.mark.parametrize(
    ("medications", "baseline"),
    [
        ([TRASTUZUMAB], 62),
        ([{**TRASTUZUMAB, "start_date": "2026-03-02"}], 45),
        ([{**TRASTUZUMAB, "start_date": "2025-12-01"}], None),  # none was measured before
        ([{**TRASTUZUMAB, "start_date": None}], None),
        ([{**TRASTUZUMAB, "status": "planned", "start_date": None}], 47),  # what is known now
        ([{**TRASTUZUMAB, "status": None}], None),
        ([{**TRASTUZUMAB, "status": "stopped"}], None),
        ([], None),
        ([{"id": "X", "drug": "denosumab", "status": "active"}], None),
        ([TRASTUZUMAB, {"id": "X", "drug": "other", "name": "x", "status": "active"}], None),  # it may be one
        ([TRASTUZUMAB, {"id": "X", "drug": "other", "name": "x", "not_class": ["anti_her2"]}], 62),
        # an earlier drug may belong to the same therapy: both beginnings must say the same
        ([TRASTUZUMAB, {"id": "P", "drug": "pertuzumab", "status": "stopped", "start_date": "2026-01-05"}], 62),
        ([TRASTUZUMAB, {"id": "P", "drug": "pertuzumab", "status": "stopped", "start_date": "2025-01-05"}], None),
        (None, None),
    ],
)
def test_the_baseline_is_the_newest_before_the_therapy_began(medications: list[Plain] | None, baseline: Any) -> None:
    assert found({**PATIENT, "medications": medications}, BASELINE) == [baseline]
    if medications:
        assert found({**PATIENT, "medications": medications, "incomplete": ["medications"]}, BASELINE) == [None]


@pytest.mark.parametrize(
    ("entry", "pointer", "reason"),
    [
        ({"of": "lvf"}, "/history/0/of", "not a series of results"),
        ({"value": 0.62}, "/history/0/value", "this looks like a fraction"),
        ({"value": 99}, "/history/0/value", "implausible"),
        ({"unit": "mmol/L"}, "/history/0/unit", "a unit that is not accepted here"),
        ({"of": "calcium", "unit": "mmol/L"}, "/history/0/value", "implausible in the unit given"),
        ({"date": "2026-02-30"}, "/history/0/date", "not a date"),
        ({"date": None}, "/history/0/date", ""),
        ({"value": None}, "/history/0/value", ""),
        ({"unit": None}, "/history/0/unit", ""),
        ({"organ": "bone"}, "/history/0/organ", "unknown key"),
    ],
)
def test_what_is_wrong_with_a_result_is_said_at_its_place(entry: Plain, pointer: str, reason: str) -> None:
    with pytest.raises(ProfileError) as refused:
        read_profile({"history": [{**lvef(("2026-01-02", 62))[0], **entry}]}, VOCABULARY)
    assert [(one.pointer, one.reason[: len(reason)]) for one in refused.value.problems] == [(pointer, reason)]


def test_two_results_of_one_day_are_refused_and_so_are_two_of_one_id() -> None:
    twice = lvef(("2026-01-02", 62), ("2026-01-02", 60))
    with pytest.raises(ProfileError, match="/history/1/date: two results of one day"):
        read_profile({"history": twice}, VOCABULARY)
    named = [{**one, "id": "E"} for one in FALLING]
    with pytest.raises(ProfileError, match="/history/1/id: this id stands twice"):
        read_profile({"history": named}, VOCABULARY)


def test_the_order_changes_nothing_and_a_history_is_part_of_the_input(engine: Engine) -> None:
    answer = engine.evaluate(PATIENT, as_of=AS_OF)
    turned = engine.evaluate({**PATIENT, "history": FALLING[::-1]}, as_of=AS_OF)
    assert turned == answer
    shorter = engine.evaluate({**PATIENT, "history": FALLING[:2]}, as_of=AS_OF)
    assert shorter.input_digest != answer.input_digest


def test_an_explanation_rests_on_the_same_facts(engine: Engine) -> None:
    explained = explain(engine, "HER2RT-16", PATIENT, {"lvef_drop_abs": 10}, AS_OF, seconds=0)
    assert explained.verdict == "fires"


def test_old_results_of_a_history_are_taken_out_as_others_are() -> None:
    profile = identified(read_profile(PATIENT, VOCABULARY))
    day = datetime.date(2027, 9, 1)
    policy = Engine.load().effective({"result_age_months": 6})
    assert PatientFacts(profile, policy, VOCABULARY, day).finding(LATEST).value is None
    assert PatientFacts(profile, policy, VOCABULARY, day).finding(BASELINE).value == 62


def test_the_schema_names_what_a_history_holds() -> None:
    entry = profile_schema(VOCABULARY)["$defs"]["DatedResult"]
    assert entry["required"] == ["of", "date", "value", "unit"]
    assert entry["properties"]["of"]["enum"] == [*series_names(VOCABULARY)]
    assert {"%", "mg/dL", "umol/L"} <= set(entry["properties"]["unit"]["enum"])


def test_the_command_prints_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "patient.json"
    file.write_text(json.dumps(PATIENT), "utf-8")
    assert main(["evaluate", str(file), "--full", "--as-of", AS_OF, "--lang", "en"]) == 0
    assert "Earlier results\n  LVEF (%): 62 (2026-01-02, baseline) → " in capsys.readouterr().out


def test_the_page_shows_it_and_its_text_says_it(engine: Engine) -> None:
    answer = engine.evaluate(PATIENT, as_of=AS_OF)
    text = as_text(answer, shelves(answer), [], Reference(engine.knowledge).documents)
    assert answer.series[0].text.zh in text.zh
    assert answer.series[0].text.en in text.en
    told = dict(ToldFacts(VOCABULARY).facts(read_profile(PATIENT, VOCABULARY)))
    assert told["history[lvef-2026-05-02]"][1] == Text("LVEF 47 %（2026-05-02）", "LVEF 47 % (2026-05-02)")
    calcium = {"history": [{"of": "calcium", "date": "2026-05-02", "value": 10, "unit": "mg/dL"}]}
    converted = ToldFacts(VOCABULARY).conversions(read_profile(calcium, VOCABULARY))
    assert converted == {"history[calcium-2026-05-02]": Text("2.495 mmol/L", "2.495 mmol/L")}
    (rows,) = (rows for section in form(VOCABULARY) for rows in section.rows if rows.name == "history")
    assert [one.name for one in rows.first] == ["of", "date", "value", "unit"]


def test_the_picture_keeps_the_distances_of_days(engine: Engine) -> None:
    (series,) = engine.evaluate({"history": lvef(("2026-01-01", 60), ("2026-01-11", 50), ("2026-02-10", 40))}).series
    assert drawn(series) == [(10, 6), (60, 26), (210, 46)]
    (series,) = engine.evaluate({"history": lvef(("2026-01-01", 60), ("2026-01-11", 60))}).series
    assert drawn(series) == [(10, 46), (210, 46)]
    (series,) = engine.evaluate({"history": lvef(("2026-01-01", 60))}).series
    assert drawn(series) == []


def test_of_a_long_series_the_newest_are_told_and_the_others_counted(engine: Engine) -> None:
    days = [(f"2026-01-{day:02}", 60 + day % 2) for day in range(1, 31)]
    (series,) = engine.evaluate({"history": lvef(*days)}, as_of=AS_OF).series
    assert series.text.en.startswith("LVEF (%): 18 before → 61 (2026-01-19) → ")
    assert len(series.points) == 30


# --- Scenarios --------------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(HISTORIES, st.booleans(), st.sampled_from(("zh", "en")))
def test_a_history_written_as_a_scenario_and_read_back_is_the_same(
    history: list[Plain], open_: bool, language: Language
) -> None:
    profile = read_profile({"history": history, **({"incomplete": ["history"]} if open_ else {})}, VOCABULARY)
    (back,) = read_stories(write_feature("f", [write_scenario(profile, language, "x")], language), VOCABULARY)
    assert read_profile(back.story.profile, VOCABULARY) == profile


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("| 项目 | 日期 |\n | LVEF | 2026-01-02 |", "历次结果的表：项目、日期、值、单位"),
        ("| 项目 | 日期 | 值 | 上限 |\n | 血钙 | 2026-01-02 | 2.3 mmol/L | 2.5 |", "历次结果的表"),
        ("| 项目 | 日期 | 值 |\n | 血盖 | 2026-01-02 | 2.3 mmol/L |", "没有“血盖”这一项"),
        ("| 项目 | 日期 | 值 |\n | LVEF | 昨天 | 61% |", ":6:4: /history/0/date 不是日期"),
    ],
)
def test_a_table_that_cannot_be_read_says_where(tmp_path: Path, table: str, message: str) -> None:
    file = tmp_path / "a.feature"
    text = f"# language: zh-CN\n功能: f\n  场景: s\n    假如 历次结果:\n      {table}\n    当 评估\n"
    file.write_text(text, "utf-8")
    told = "\n".join(map(str, check_file(file)))
    assert message in told
