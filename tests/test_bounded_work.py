"""Work grows with the size of what is sent and no faster, or the size has a limit that says so: steps are counted."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from fhir_support import (
    LOINC,
    SNOMED,
    Resource,
    bundle,
    concept,
    condition,
    given,
    lvef,
    mapped,
    observation,
    patient,
    procedure,
    quantity,
    request,
    statement,
)  # fmt: skip
from oncocds.engine import Engine
from oncocds.errors import InputError
from oncocds.profile.codes import MAX_CODES, MAX_COURSES
from oncocds.reading.strict_json import parse_json
from oncocds.scenarios.check import check_text
from oncocds.scenarios.direct import run_text
from oncocds.scenarios.outlines import LONGEST_CELL
from oncocds.scenarios.site import site
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds.vocabulary.printed_names import printed_names
from oncocds.vocabulary.printed_words import LONGEST
from oncocds_api.app import create_app
from oncocds_fhir.bundle import MOST_ENTRIES, collect
from steps import grows_no_faster, steps

Profile = dict[str, Any]
BREAST = {"diagnosis": {"tumour_type": "breast"}}
DAYS = [
    f"20{year:02d}-{month:02d}-{day:02d}" for year in range(10, 25) for month in range(1, 13) for day in range(1, 29)
]


def medications(count: int, **each: Any) -> Profile:
    return {"medications": [{"id": f"m{number}", **each} for number in range(count)]}


def unknown_drugs(count: int, **each: Any) -> Profile:
    return {"medications": [{"id": f"m{n}", "drug": "other", "name": f"agent {n}", **each} for n in range(count)]}


def dated_agents(count: int) -> Profile:
    """Agents one after the other, each a day: every pair is apart, by its days alone."""
    agents = unknown_drugs(count, status="active", **{"class": "bone_modifying_agent"})
    for number, one in enumerate(agents["medications"]):
        one |= {"start_date": DAYS[number], "stop_date": DAYS[number + 1]}
    return agents


def lesions(count: int, **each: Any) -> Profile:
    return {"lesions": [{"id": f"l{number}", "organ": "bone", **each} for number in range(count)]}


def courses(count: int, of_lesions: int) -> Profile:
    named = [{"id": f"r{n}", "status": "planned", "targets": [f"l{n}"]} for n in range(count)]
    return {**lesions(of_lesions, status="confirmed", painful=True), "radiotherapy": named}


PROFILES: dict[str, Callable[[int], Profile]] = {
    "unknown drugs": lambda n: unknown_drugs(n, status="active"),
    "unknown drugs of unknown status": unknown_drugs,
    "unknown drugs that were stopped": lambda n: unknown_drugs(n, status="stopped"),
    "one agent many times": lambda n: medications(n, drug="zoledronate", status="active"),
    "drugs without a name": lambda n: medications(n, status="active"),
    "agents in sequence": dated_agents,
    "other drugs": lambda n: medications(n, drug="letrozole", status="active"),
    "bone lesions": lesions,
    "bone lesions that hurt": lambda n: lesions(n, status="confirmed", painful=True, trend="progressing"),
    "lesions beside all courses": lambda n: courses(MAX_COURSES // 4, n),
    "toxicities": lambda n: {"toxicities": [{"term": f"t{number}"} for number in range(n)]},
}


@pytest.mark.parametrize("kind", PROFILES)
def test_an_evaluation_grows_with_the_lists_of_the_profile(engine: Engine, kind: str) -> None:
    def work(count: int) -> Callable[[], Any]:
        profile = {**BREAST, **PROFILES[kind](count)}
        return lambda: engine.evaluate(profile, {"pain_nrs": 4}, "2026-01-01")

    grows_no_faster(work, 64)


def test_unknown_drugs_that_differ_by_their_names_alone_are_read_once(engine: Engine) -> None:
    def evaluate(count: int) -> int:
        return steps(lambda: engine.evaluate({**BREAST, **unknown_drugs(count, status="active")}))

    assert evaluate(40) < 5 * evaluate(10)  # one working out for each would be some sixteen times


def test_courses_are_read_beside_lesions_and_have_a_limit_of_their_own(engine: Engine) -> None:
    grows_no_faster(lambda count: lambda: engine.evaluate({**BREAST, **courses(count, 100)}), MAX_COURSES // 2)
    with pytest.raises(InputError, match=f"/radiotherapy: .*at most {MAX_COURSES} items"):
        engine.evaluate(courses(MAX_COURSES + 1, 1))
    aimed = {"radiotherapy": [{"targets": [f"l{number}" for number in range(MAX_CODES + 1)]}]}
    with pytest.raises(InputError, match=f"/radiotherapy/0/targets: .*at most {MAX_CODES} items"):
        engine.evaluate(aimed)


def test_what_an_answer_would_bring_is_worked_out_of_a_bounded_number_of_items(engine: Engine) -> None:
    def evaluate(count: int) -> int:
        profile = {**BREAST, **courses(count, count)}
        for number, course in enumerate(profile["radiotherapy"]):
            course.pop("status" if number % 2 else "id")
        return steps(lambda: engine.evaluate(profile))

    assert evaluate(40) < 4 * evaluate(20)  # beside what grows with both lists, hardly anything


def dose(number: int) -> Resource:
    return {"doseAndRate": [{"doseQuantity": {"value": number, "unit": "mg"}}]}


RECORDS: dict[str, Callable[[int], list[Resource]]] = {
    "metastases": lambda n: [condition(f"c{i}", concept(SNOMED, "94222008")) for i in range(n)],
    "diagnoses in words": lambda n: [condition(f"c{i}", {"text": "左乳癌术后，腰椎转移"}) for i in range(n)],
    "drugs nobody knows": lambda n: [request(f"m{i}", f"agent {i}") for i in range(n)],
    "orders of one drug": lambda n: [request(f"m{i}", "唑来膦酸", authoredOn=DAYS[i]) for i in range(n)],
    "products of one drug": lambda n: [request(f"m{i}", f"Zometa{i} (zoledronic acid) {i} mg") for i in range(n)],
    "products of other doses": lambda n: [
        request(f"m{i}", "唑来膦酸", dosageInstruction=[dose(i + 1)], status="active" if i % 2 else "completed")
        for i in range(4 * n)
    ],
    "doses of a drug without products": lambda n: [
        request(f"m{i}", "letrozole", dosageInstruction=[dose(i + 1)]) for i in range(4 * n)
    ],
    "names of one drug": lambda n: [
        request("m", {"coding": [{"display": f"zoledronic acid {i} mg"} for i in range(n)]})
    ],
    "stops beside orders": lambda n: [
        *(request(f"a{i}", "zoledronic acid", authoredOn=DAYS[-1]) for i in range(3 * n)),
        *(request(f"m{i}", "zoledronic acid", "stopped", authoredOn=DAYS[i]) for i in range(3 * n)),
    ],
    "plans beside ends": lambda n: [
        *(request(f"a{i}", "letrozole", "draft", authoredOn=DAYS[-1]) for i in range(3 * n)),
        *(statement(f"m{i}", "letrozole", "completed", dateAsserted=DAYS[5]) for i in range(3 * n)),
    ],
    "doses far apart": lambda n: [
        lvef("o", DAYS[0], 60),
        *(given(f"a{i}", "trastuzumab", DAYS[25 * i]) for i in range(2 * n)),
        statement("s", "trastuzumab", dateAsserted=DAYS[50 * n], effectiveDateTime=DAYS[50 * n]),
    ],
    "doses": lambda n: [given(f"a{i}", "trastuzumab", DAYS[i]) for i in range(n)],
    "results": lambda n: [lvef(f"o{i}", DAYS[i], 60) for i in range(n)],
    "results that contradict": lambda n: [lvef(f"o{i}", DAYS[0], 40 + i % 30) for i in range(n)],
    "components": lambda n: [
        observation(
            "o", "10230-1", component=[{"code": concept(LOINC, "10230-1"), "valueQuantity": quantity(60, "%")}] * n
        )
    ],
    "sessions": lambda n: [procedure(f"p{i}", {"text": "放疗"}, performedDateTime=DAYS[i]) for i in range(n)],
    "sessions far apart": lambda n: [
        procedure(f"p{i}", {"text": "放疗"}, performedDateTime=DAYS[11 * i]) for i in range(n)
    ],
    "sessions beside courses": lambda n: [
        *(
            procedure(f"c{i}", {"text": "放疗"}, performedPeriod={"start": DAYS[20 * i], "end": DAYS[20 * i + 1]})
            for i in range(n)
        ),
        *(procedure(f"p{i}", {"text": "放疗"}, performedDateTime=DAYS[20 * i + 10]) for i in range(n)),
    ],
    "a ring of parts": lambda n: [
        procedure(f"p{i}", {"text": "放疗"}, partOf=[{"reference": f"Procedure/p{(i + 1) % n}"}]) for i in range(n)
    ],
    "parts of one": lambda n: [
        procedure(f"p{i}", {"text": "放疗"}, partOf=[{"reference": "Procedure/p0"}]) for i in range(n)
    ],
    "contained reasons": lambda n: [
        request(
            "m",
            "zoledronic acid",
            contained=[condition(f"c{i}", {"text": "osteoporosis"}) for i in range(n)],
            reasonReference=[{"reference": f"#c{i}"} for i in range(n)],
        )
    ],
    "a ring of contained drugs": lambda n: [
        {
            **request("m", "x"),
            "contained": [
                {
                    "resourceType": "Medication",
                    "id": f"c{i}",
                    "ingredient": [{"itemReference": {"reference": f"#c{(i + 1) % n}"}}],
                }
                for i in range(n)
            ],
            "medicationReference": {"reference": "#c0"},
        }
    ],
    "ingredients": lambda n: [
        {
            "resourceType": "Medication",
            "id": "c",
            "ingredient": [{"itemCodeableConcept": {"text": f"agent {i}"}} for i in range(n)],
        },
        {
            "resourceType": "MedicationRequest",
            "id": "m",
            "status": "active",
            "intent": "order",
            "medicationReference": {"reference": "Medication/c"},
        },
    ],
    "versions of one record": lambda n: [request("m", "zoledronic acid", note=[{"text": str(i)}]) for i in range(n)],
    "codings": lambda n: [condition("c", {"coding": [{"system": "urn:x", "code": str(i)} for i in range(n)]})],
    "records that cannot be read": lambda n: [condition(f"c{i}", {"coding": 5}) for i in range(n)],
    "names that the profile refuses": lambda n: [request(f"m{i}", "x" * 300 + str(i)) for i in range(n)],
    "merged patients": lambda n: [
        {**patient(), "link": [{"type": "replaces", "other": {"reference": f"Patient/o{i}"}} for i in range(n)]}
    ],
    "records of others": lambda n: [request(f"m{i}", "x", subject={"reference": f"Patient/o{i}"}) for i in range(n)],
    "bundles in a bundle": lambda n: [bundle(condition(f"c{i}", concept(SNOMED, "94222008"))) for i in range(n)],
}


@pytest.mark.parametrize("kind", RECORDS)
def test_a_record_is_mapped_in_steps_that_grow_with_it(kind: str) -> None:
    def work(count: int) -> Callable[[], Any]:
        resources = RECORDS[kind](count)
        first = () if resources[0]["resourceType"] == "Patient" else (patient(),)
        return lambda: mapped(*first, *resources)

    grows_no_faster(work, 50)


def test_a_bundle_of_more_entries_than_any_chart_has_is_refused_before_it_is_read() -> None:
    def read(count: int) -> Callable[[], Any]:
        def refused() -> None:
            with pytest.raises(InputError, match=f"/entry: too many entries.*at most {MOST_ENTRIES}"):
                collect({"resourceType": "Bundle", "type": "collection", "entry": [{}] * count})

        return refused

    assert steps(read(4 * MOST_ENTRIES)) == steps(read(MOST_ENTRIES + 1)) < 500


@pytest.mark.parametrize("text", ["1", "唑来膦酸 1", "zoledronic ", "mg ", "(", "( ", "a-", "™", "①"])
def test_the_name_of_a_drug_is_read_in_steps_that_grow_with_it_up_to_a_limit(text: str) -> None:
    names = printed_names(bundled_vocabulary())
    half = LONGEST // (2 * len(text))
    grows_no_faster(lambda count: lambda: names.read(text * count), half, most=3)
    assert steps(lambda: names.read(text * 16_000)) < 10  # no pattern ever sees it


@pytest.mark.parametrize("text", ["腰椎转移，", "c1-", "t1n0", "左", "肺", "1期", "（", " "])
def test_a_diagnosis_in_words_is_read_up_to_a_limit(text: str) -> None:
    short, long = (steps(lambda n=n: mapped(patient(), condition("c", {"text": text * n}))) for n in (20, 4_000))
    assert long < 20 * short


def nested(opening: str, closing: str, depth: int) -> str:
    return opening * depth + "1" + closing * depth


JSON: dict[str, Callable[[int], str]] = {
    "numbers": lambda n: "[" + "1," * n + "1]",
    "long numbers": lambda n: json.dumps([10**30] * n),
    "members": lambda n: json.dumps({f"k{i}": i for i in range(n)}),
    "escapes": lambda n: '"' + "\\u0041" * n + '"',
    "backslashes": lambda n: '"' + "\\\\" * n + '"',
    "an open text": lambda n: '"' + "\\" * n,
    "brackets": lambda n: nested("[", "]", n),
    "the same member twice": lambda n: "{" + '"a":1,' * n + '"a":1}',
}


@pytest.mark.parametrize("kind", JSON)
def test_json_is_read_in_steps_that_grow_with_it(kind: str) -> None:
    def work(count: int) -> Callable[[], Any]:
        text = JSON[kind](count).encode()

        def read() -> None:
            with contextlib.suppress(InputError):
                parse_json(text)

        return read

    one, two = steps(work(2_000)), steps(work(4_000))
    assert two <= 2.3 * one + 50


@pytest.mark.parametrize("path", ["/rules", "/documents", "/vocabulary"])
def test_what_is_sought_on_a_page_has_a_limit(path: str) -> None:
    client = TestClient(create_app(workers=1))  # not started: only the knowledge is read
    assert client.get(path, params={"q": "骨 " * 50}).status_code == 200
    assert client.get(path, params={"q": "骨 " * 51}).status_code == 422


ENGLISH = "# language: en\nFeature: a\n"
SCENARIOS: dict[str, Callable[[int], str]] = {
    "steps": lambda n: (
        ENGLISH + "Scenario: x\n" + "  Given the patient:\n    | age | 50 |\n" * n + "  When evaluated\n"
    ),
    "examples": lambda n: (
        ENGLISH
        + "Scenario Outline: x\n  Given the patient:\n    | age | <a> |\n  When evaluated\n  Examples:\n    | a |\n"
        + "".join(f"    | {number % 90} |\n" for number in range(n))
    ),
    "lines that are none": lambda n: ENGLISH + "Scenario: x\n  When evaluated\n" + "  x\n" * n,
    "descriptions": lambda n: ENGLISH + "".join(f"  line {i}\n" for i in range(n)) + "Scenario: x\n  When evaluated\n",
    "blank lines": lambda n: "\n" * n + ENGLISH,
    "mistakes": lambda n: ENGLISH + "Scenario: x\n" + "".join(f"  Given nothing {i}\n" for i in range(n)),
}


@pytest.mark.parametrize("kind", SCENARIOS)
def test_a_scenario_file_is_checked_in_steps_that_grow_with_it(kind: str) -> None:
    against = site()
    size = 120 if kind == "lines that are none" else 30
    grows_no_faster(lambda count: lambda: check_text("f", SCENARIOS[kind](count), against), size)


OUTLINE = ENGLISH + "Scenario Outline: x\n  Given {given}\n  When evaluated\n  Examples:\n"
COLUMNS = "bcdefghi"
TOO_MUCH: dict[str, tuple[str, str]] = {
    "placeholders in values": (
        OUTLINE.format(given="a <a>")
        + f"|a|{'|'.join(COLUMNS)}|\n|"
        + "|".join(f"<{column}>" * 10 for column in COLUMNS)
        + "|end|\n",
        "f:3:1: the scenarios are too long once backgrounds and examples are written out",
    ),
    "many rows": (
        OUTLINE.format(given="<a>" * 400) + "|a|\n" + f"|{'v' * 1500}|\n" * 40,
        "f:3:1: the scenarios are too long once backgrounds and examples are written out",
    ),
    "a background before many": (
        ENGLISH
        + "Background:\n"
        + "  Given x\n" * 500
        + "".join(f"Scenario: {i}\n  When evaluated\n" for i in range(100)),
        "the scenarios are too long once backgrounds and examples are written out",
    ),
    "a column that is a pattern": (
        OUTLINE.format(given="a" * 40 + " <(a+)+b>") + "|(a+)+b|\n|x|\n",
        "f:7:2: the column '(a+)+b' has a sign that no placeholder may have",
    ),
    "a long step": (
        ENGLISH + "Scenario: x\n  Given " + "1" * 16_000 + "\n  When evaluated\n",
        f"f:4:3: too long: 16000 characters, at most {LONGEST_CELL}",
    ),
}


@pytest.mark.parametrize("kind", TOO_MUCH)
def test_a_small_file_that_stands_for_an_enormous_one_is_refused_before_it_is_written_out(kind: str) -> None:
    text, told = TOO_MUCH[kind]
    issues = [str(issue) for issue in run_text("f", text, site()).issues]
    assert any(told in issue for issue in issues), issues[-3:]
    assert max(map(len, issues)) < 5_000
