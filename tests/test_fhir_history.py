"""FHIR results as a history: each dated one is an item, and a record that is left out opens its own series alone."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from fhir_support import (
    AS_OF,
    LOCAL,
    LOINC,
    bundle,
    concept,
    lvef,
    mapped,
    observation,
    open_lists,
    patient,
    profile,
    quantity,
    reasons,
    statement,
)
from oncocds import Engine
from oncocds.profile.codes import MAX_RESULTS
from oncocds.profile.history import completed, series_names
from oncocds.profile.reading import read_profile
from oncocds.vocabulary.code_loader import bundled_codes
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds_fhir.bundle import collect
from oncocds_fhir.mapping import Mapped, map_bundle

Plain = dict[str, Any]
VOCABULARY = bundled_vocabulary()
POLICY = {"echo_interval_months": 3, "lvef_drop_abs": 10}
CALCIUM = "17861-6"
EVERYTHING = sorted(VOCABULARY.value_sets["result_series"].members)
HER2 = observation("her2", concept(LOCAL, "biomarkers.her2_status"), "2024-01-01", valueString="positive")


def calcium(identity: str, when: str | None, value: float, unit: str = "mg/dL", **fields: Any) -> Plain:
    return observation(identity, CALCIUM, when, valueQuantity=quantity(value, unit), **fields)


def trastuzumab(start: str, **fields: Any) -> Plain:
    return statement("t", "trastuzumab", effectivePeriod={"start": start}, **fields)


def items(found: Mapped) -> list[tuple[Any, ...]]:
    return [(one["of"], one["date"], one["value"], one["unit"]) for one in found.profile.get("history", ())]


def opened(found: Mapped) -> list[str] | None:
    """The series that are open; ``history`` where all are."""
    if "history" in found.profile.get("incomplete", ()):
        return ["history"]
    return found.profile.get("history_incomplete")


OLD, NEW = lvef("a", "2024-03-01", 62), lvef("b", "2024-09-01", 55)
SERUM = calcium("c", "2024-08-01", 9.0)


def test_each_dated_result_is_an_item_and_the_facts_stay_as_they_are() -> None:
    found = mapped(patient(), OLD, NEW, SERUM, calcium("d", "2024-02-01", 2.3, "mmol/L"), trastuzumab("2024-03-10"))
    assert items(found) == [
        ("calcium", "2024-02-01", 2.3, "mmol/L"),
        ("calcium", "2024-08-01", 9.0, "mg/dL"),
        ("lvef", "2024-03-01", 62, "%"),
        ("lvef", "2024-09-01", 55, "%"),
    ]
    assert opened(found) is None
    assert found.profile["cardiac"] == {"echo_date": "2024-09-01", "lvef_baseline": 62, "lvef_latest": 55}
    assert found.profile["labs"] == {"calcium": {"date": "2024-08-01", "unit": "mg/dL", "value": 9.0}}
    assert found.sources["history[lvef-2024-03-01]"] == ["Observation/a"]
    told = found.report()
    assert [one.name for one in told.open_lists] == []


def test_the_answer_shows_the_series_and_no_conflict_with_what_the_mapping_says() -> None:
    found = mapped(patient(), OLD, lvef("m", "2024-06-01", 50), NEW, trastuzumab("2024-03-10"))
    answer = Engine.load().evaluate(found.profile, as_of=AS_OF)
    (series,) = answer.series
    assert [one.date for one in series.points] == ["2024-03-01", "2024-06-01", "2024-09-01"]
    assert "50 (2024-06-01, lowest)" in series.text.en
    assert [one.id for one in answer.data_conflicts if "history" in one.id] == []


def test_without_a_history_the_verdicts_are_the_same() -> None:
    engine = Engine.load()
    records = [patient(), HER2, OLD, NEW, SERUM, trastuzumab("2024-03-10"), lvef("p", "2024-12-01", 40)]
    for status in ("final", "preliminary", "unknown"):
        found = mapped(*records[:-1], {**records[-1], "status": status})
        plain = {key: value for key, value in found.profile.items() if not key.startswith("history")}
        plain["incomplete"] = [one for one in plain.pop("incomplete", ()) if one != "history"]
        one, other = (engine.evaluate(each, POLICY, AS_OF) for each in (found.profile, plain))
        assert one.verdicts == other.verdicts


@pytest.mark.parametrize(
    ("record", "series"),
    [
        (lvef("x", "2024-12-01", 40, status="preliminary"), ["lvef"]),
        (lvef("x", "2020-12-01", 40, status="preliminary"), ["lvef"]),  # it may be the lowest, or the baseline
        (lvef("x", "2024-12-01", 40, status="unknown"), ["lvef"]),
        (lvef("x", "2024-12-01", 40, status="odd"), ["lvef"]),
        (lvef("x", "2024-12-01", 40, status=None), ["lvef"]),
        (lvef("x", "2024-12-01", 40, status="entered-in-error"), None),
        (lvef("x", "2024-12-01", 40, status="cancelled"), None),
        (lvef("x", None, 40), ["lvef"]),
        (lvef("x", "2024", 40), ["lvef"]),
        (lvef("x", "2025-06-01", 40), ["lvef"]),  # the latest by now cannot be told
        (lvef("x", "2024-12-01", 0.4), ["lvef"]),
        (lvef("x", "2024-09-01", 40), ["lvef"]),  # two of one day
        (observation("x", "10230-1", "2024-12-01", valueString="moderately reduced"), ["lvef"]),
        (observation("x", "10230-1", "2024-12-01"), ["lvef"]),
        (observation("x", "10230-1", "2025-12-01", status="registered"), None),  # it is yet to be done
        (observation("x", "10230-1", dataAbsentReason={"coding": [{"code": "not-performed"}]}), None),
        (lvef("x", "2024-12-01", 40, modifierExtension=[{"url": "https://x.example"}]), ["lvef"]),
        (lvef("x", "2024-12-01", 40, subject={"reference": "urn:uuid:1"}), ["lvef"]),
        (calcium("x", "2024-12-01", 9.1, "furlong"), ["calcium"]),
        (observation("x", CALCIUM, valueQuantity={"value": 9.1}), ["calcium"]),
        (observation("x", CALCIUM, "2024-12-01", interpretation=[{"coding": [{"code": "H"}]}]), ["calcium"]),
        (observation("x", {"text": "LVEF (Teichholz, 床旁)"}, valueString="60"), ["lvef"]),
        (observation("x", {"text": "校正血钙值"}, valueQuantity=quantity(2.5, "mmol/L")), ["calcium"]),
        (observation("x", {"text": "降钙素原"}, valueQuantity=quantity(2.5, "ug/L")), None),
        (observation("x", {"text": "heart rate"}, valueQuantity=quantity(80, "/min")), None),
        (observation("x", concept("https://x.example", "1"), valueQuantity=quantity(80, "/min")), None),
        (observation("x", concept("https://x.example", "1"), valueQuantity=quantity(55, "%")), ["lvef"]),
        ({"resourceType": "DiagnosticReport", "id": "x", "status": "final", "code": {"text": "chest x-ray"}}, None),
        (
            {"resourceType": "DiagnosticReport", "id": "x", "status": "final", "code": {"text": "EF by MUGA"}},
            ["lvef"],
        ),
        (
            {"resourceType": "DiagnosticReport", "id": "x", "code": {}, "result": [{"reference": "Observation/zz"}]},
            ["history"],
        ),
        ({"resourceType": "DiagnosticReport", "id": "x", "code": {}, "result": [{"reference": "Observation/a"}]}, None),
        ({"resourceType": "Observation", "id": "x", "status": "final", "code": 7}, ["history"]),
        (observation("x", {}, valueQuantity=quantity(55, "%")), ["lvef"]),
        (observation("x", {}, valueQuantity={"value": 55, "unit": "percent"}), ["lvef"]),
        (observation("x", {}, valueString="45 ％"), ["lvef"]),
        (observation("x", {}, valueQuantity=quantity(30, "%") | {"comparator": "<"}), ["lvef"]),
        (observation("x", {}, valueQuantity=quantity(1, "ug/L") | {"comparator": "<"}), ["bap", "osteocalcin", "p1np"]),
        (observation("x", {}, valueQuantity={"value": 5.2}), EVERYTHING),
        (observation("x", {}, valueString="5.2"), EVERYTHING),
        (observation("x", {}, valueQuantity=quantity(80, "/min")), None),
    ],
)
def test_a_record_that_was_left_out_opens_its_own_series(record: Plain, series: list[str] | None) -> None:
    record = {key: value for key, value in record.items() if value is not None}
    found = mapped(patient(), OLD, NEW, SERUM, record)
    assert opened(found) == series
    told = {label for labels in open_lists(found).get("history", {}).values() for label in labels}
    assert bool(told) is (series is not None)
    assert {(of, day) for of, day, *_ in items(found)} >= {("lvef", "2024-03-01"), ("calcium", "2024-08-01")}


def test_codes_that_disagree_open_what_each_of_them_means() -> None:
    code = {"coding": [{"system": LOINC, "code": CALCIUM}, {"system": LOINC, "code": "10230-1"}]}
    found = mapped(OLD, SERUM, observation("x", code, "2024-12-01", valueQuantity=quantity(9, "mg/dL")))
    assert opened(found) == ["calcium", "lvef"]


def test_two_versions_of_which_none_is_the_newest_open_their_series() -> None:
    found = mapped(OLD, SERUM, lvef("b", "2024-09-01", 55), lvef("b", "2024-09-01", 45))
    assert opened(found) == ["lvef"]
    assert [of for of, *_ in items(found)] == ["calcium", "lvef"]


def test_further_pages_open_all_of_it() -> None:
    page = {**bundle(OLD, NEW), "type": "searchset", "link": [{"relation": "next", "url": "https://x.example/2"}]}
    found = map_bundle(collect(page), VOCABULARY, bundled_codes(), AS_OF)
    lists = [name for name in found.profile["incomplete"] if "." not in name]
    assert (opened(found), lists) == (["history"], ["history"])
    page["link"].append({"relation": "self", "url": "https://x.example/Condition?patient=1"})
    assert opened(map_bundle(collect(page), VOCABULARY, bundled_codes(), AS_OF)) is None


def test_of_one_day_the_last_counts_and_the_same_value_is_one_result() -> None:
    morning, evening = "2024-08-01T08:00:00+08:00", "2024-08-01T20:00:00+08:00"
    found = mapped(calcium("a", morning, 9.5), calcium("b", evening, 9.0), calcium("c", "2024-07-01", 8.0))
    assert items(found) == [("calcium", "2024-07-01", 8.0, "mg/dL"), ("calcium", "2024-08-01", 9.0, "mg/dL")]
    assert opened(found) is None
    lower = mapped(calcium("a", morning, 7.0), calcium("b", evening, 9.0), calcium("c", "2024-07-01", 8.0))
    assert opened(lower) == ["calcium"]  # the lowest is not among the items
    units = mapped(calcium("a", "2024-08-01", 2.495, "mmol/L"), calcium("b", "2024-08-01", 10.0))
    assert len(items(units)) == 1
    assert opened(units) == ["calcium"]  # which of the two is the latest result the mapping leaves open
    twice = mapped(calcium("a", "2024-08-01", 9.0), calcium("b", "2024-08-01", 9.0))
    assert (items(twice), opened(twice)) == ([("calcium", "2024-08-01", 9.0, "mg/dL")], None)
    assert twice.sources["history[calcium-2024-08-01]"] == ["Observation/a", "Observation/b"]


def test_what_is_overdue_is_told_where_the_latest_is_known_and_left_open_where_it_is_not() -> None:
    engine = Engine.load()

    def overdue(*records: Plain) -> list[tuple[str | None, bool | None]]:
        found = mapped(patient(), HER2, OLD, NEW, trastuzumab("2024-03-10"), *records)
        answer = engine.evaluate(found.profile, POLICY, AS_OF)
        return [(one.last, one.overdue) for one in answer.monitoring if one.monitoring == "echocardiography"]

    assert overdue() == [("2024-09-01", True)]
    assert overdue(calcium("x", "2024-12-01", 9.1, "furlong")) == [("2024-09-01", True)]
    assert overdue(lvef("x", "2020-12-01", 40, status="preliminary")) == [("2024-09-01", None)]  # some may be missing
    assert overdue(lvef("x", "2024-12-01", 40, status="preliminary")) == [("2024-09-01", None)]


def test_a_long_stay_keeps_the_newest_and_the_lowest_and_says_so() -> None:
    first = datetime.date(2020, 1, 1)
    days = [(first + datetime.timedelta(days=number)).isoformat() for number in range(MAX_RESULTS + 100)]
    many = [calcium(f"c{number}", day, 9 + number % 7 / 10) for number, day in enumerate(days)]
    many[3] = calcium("c3", days[3], 7.5)
    found = mapped(patient(), OLD, NEW, *many)
    told = items(found)
    assert len(told) == MAX_RESULTS
    assert ("calcium", days[3], 7.5, "mg/dL") in told
    assert told[-3][1] == days[-1]
    assert {("lvef", "2024-03-01", 62, "%"), ("lvef", "2024-09-01", 55, "%")} <= {*told}
    assert opened(found) is None
    (dropped,) = (one for one in found.report().unmapped if one.reason == "too-many-items")
    assert (dropped.count, dropped.facts) == (102, ["history"])


@pytest.mark.parametrize(("ended", "baseline", "series"), [("2023-03-01", 62, None), ("2024-01-01", None, ["lvef"])])
def test_a_baseline_that_only_the_history_would_tell_is_not_filled_in(
    ended: str, baseline: float | None, series: list[str] | None
) -> None:
    """Whether a therapy went on through a gap the records tell better than the start of what runs does."""
    before = statement("t0", "trastuzumab", "completed", effectivePeriod={"start": "2022-02-01", "end": ended})
    found = mapped(patient(), lvef("z", "2022-01-20", 65), OLD, NEW, before, trastuzumab("2024-03-10"))
    assert (found.profile["cardiac"].get("lvef_baseline"), opened(found)) == (baseline, series)
    filled = completed(read_profile(found.profile, VOCABULARY), VOCABULARY, AS_OF)
    assert filled.cardiac is not None
    assert filled.cardiac.lvef_baseline == baseline


def test_tests_whose_results_may_lack_are_those_of_a_history() -> None:
    members = VOCABULARY.value_sets["result_series"].members
    assert set(members) == set(series_names(VOCABULARY))


def test_a_profile_names_the_tests_of_which_results_may_lack() -> None:
    history = [
        {"of": "calcium", "date": "2024-03-02", "value": 2.3, "unit": "mmol/L"},
        {"of": "lvef", "date": "2024-03-02", "value": 60, "unit": "%"},
    ]
    filled = completed(
        read_profile({"history": history, "history_incomplete": ["calcium"]}, VOCABULARY), VOCABULARY, AS_OF
    )
    assert filled.labs is None
    assert filled.cardiac is not None
    assert filled.cardiac.lvef_latest == 60


def test_nothing_is_said_of_a_history_where_no_result_is_dated() -> None:
    found = mapped(lvef("a", None, 60), calcium("c", "2024-08-01", 9, status="preliminary"))
    assert "history" not in found.profile
    assert "history_incomplete" not in found.profile
    assert open_lists(found) == {}
    assert "not-final" in reasons(found)
    assert profile(SERUM)["history"][0]["id"] == "calcium-2024-08-01"


NEWER = "2024-12-20"
ECHO = {"text": "心脏超声"}


def report(**fields: Any) -> Plain:
    return {"resourceType": "DiagnosticReport", "id": "x", "status": "final", "effectiveDateTime": NEWER, **fields}


def echo_procedure(status: str) -> Plain:
    code = {"coding": [{"system": "http://snomed.info/sct", "code": "40701008", "display": "Echocardiography"}]}
    return {"resourceType": "Procedure", "id": "x", "status": status, "code": code, "performedDateTime": NEWER}


@pytest.mark.parametrize(
    "record",
    [
        lvef("x", NEWER, 45, status="unknown"),
        lvef("x", None, 45, effectiveTiming={"event": [NEWER, "2024-12-27"]}),
        lvef("x", "2024-02-30", 45),
        observation("x", {"text": "左心室射血分数(某法)"}, NEWER, valueQuantity=quantity(45, "%")),
        observation("x", {"text": "LV ejection fraction, biplane"}, NEWER, valueQuantity=quantity(45, "%")),
        observation("x", ECHO, NEWER, component=[{"code": {"text": "EF(某法)"}, "valueQuantity": quantity(45, "%")}]),
        observation("x", {"text": "超声心动图"}, NEWER, valueString="EF 45%"),
        observation("x", {"text": "panel"}, NEWER, hasMember=[{"reference": "Observation/elsewhere"}]),
        report(code={"text": "Echo"}, contained=[lvef("k", NEWER, 45)], result=[{"reference": "#k"}]),
        report(code=ECHO),
        report(code={"text": "imaging"}, conclusion="LVEF 45%"),
        report(code={"coding": [{"system": LOINC, "code": "34552-0"}]}),
        echo_procedure("completed"),
    ],
)
def test_nothing_is_overdue_where_a_record_tells_of_a_later_check_that_was_not_read(record: Plain) -> None:
    found = mapped(patient(), HER2, OLD, NEW, trastuzumab("2024-03-10"), record)
    answer = Engine.load().evaluate(found.profile, POLICY, AS_OF)
    assert [(one.last, one.overdue) for one in answer.monitoring] == [("2024-09-01", None)]


def test_what_was_not_done_and_other_checks_leave_it_overdue() -> None:
    others = [
        echo_procedure("not-done"),
        report(code=ECHO, status="cancelled"),
        report(code={"text": "CT"}),
        observation("x", {"text": "RVEDV"}, NEWER, valueQuantity=quantity(120, "mL")),
    ]
    for record in others:
        found = mapped(patient(), HER2, OLD, NEW, trastuzumab("2024-03-10"), record)
        answer = Engine.load().evaluate(found.profile, POLICY, AS_OF)
        assert [(one.last, one.overdue) for one in answer.monitoring] == [("2024-09-01", True)]


@pytest.mark.parametrize("name", ["射血分数", "最近LVEF", "latest EF"])
def test_an_lvef_by_any_name_of_ours_keeps_its_day(name: str) -> None:
    found = mapped(patient(), OLD, NEW, observation("x", {"text": name}, NEWER, valueQuantity=quantity(45, "%")))
    assert found.profile["cardiac"] == {"echo_date": NEWER, "lvef_latest": 45}
    assert opened(found) is None


def pressure(identity: str, when: str | None, **fields: Any) -> Plain:
    parts = (("8480-6", 130), ("8462-4", 85))
    values = [{"code": concept(LOINC, code), "valueQuantity": quantity(value, "mm[Hg]")} for code, value in parts]
    return observation(identity, "85354-9", when, **{"component": values, **fields})


@pytest.mark.parametrize(
    "record",
    [
        pressure("x", NEWER, status="preliminary"),
        pressure("x", NEWER, status="unknown"),
        pressure("x", NEWER, status=None),
        pressure("x", None),
        pressure("x", "2024-12"),
        pressure("x", NEWER, component=[{"code": concept(LOINC, "8480-6"), "valueString": "high"}]),
    ],
)
def test_a_blood_pressure_that_may_be_later_leaves_open_when_the_last_was_taken(record: Plain) -> None:
    assert mapped(patient(), pressure("a", "2024-06-01")).profile["vitals"]["blood_pressure_date"] == "2024-06-01"
    found = mapped(patient(), pressure("a", "2024-06-01"), record)
    assert "blood_pressure_date" not in found.profile.get("vitals", {})
    earlier = pressure("x", "2024-01-01", status="preliminary")
    known = mapped(patient(), pressure("a", "2024-06-01"), earlier)
    assert known.profile["vitals"]["blood_pressure_date"] == "2024-06-01"
