"""Records that differ in ids, dates and values alone are read once; what is said of each of them stays the same."""

from __future__ import annotations

import copy
import datetime
import json
import operator
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as given_that
from hypothesis import strategies as st

from fhir_support import condition, observation, procedure, request
from oncocds.errors import InputError
from oncocds.reading.strict_json import parse_json
from oncocds_cohort.fhir import templates
from oncocds_cohort.fhir.patients import PatientMapping, moment_of
from oncocds_cohort.fhir.templates import Templates
from oncocds_fhir import shapes, use_in_words
from oncocds_fhir.bundle import Resource
from oncocds_fhir.elements import Characters
from oncocds_fhir.phrases import Phrases

TAKEN = datetime.datetime(2025, 3, 1, 6, tzinfo=datetime.UTC)
EXAMPLES = sorted((Path(__file__).resolve().parent.parent / "examples" / "fhir").glob("*.json"))
RECORDS = [one["resource"] for path in EXAMPLES for one in json.loads(path.read_text())["entry"]] + [
    condition("c", {"text": "左乳癌术后，腰椎骨转移"}, note=[{"text": "已排除肝转移"}]),
    observation("n", {"text": "钠"}, "2025-01-05", valueQuantity={"value": 140, "unit": "mmol/L"}),
    observation("h", {"text": "HER2"}, "2025-01-05", valueString="HER2：2+（FISH阳性）"),
    request("m", "唑来膦酸", authoredOn="2025-01-05", note=[{"text": "2025-01-20起停用"}]),
    procedure("r", {"text": "放疗"}, performedDateTime="2025-01-20"),
    request("d", "曲妥珠单抗", dosageInstruction=[{"doseAndRate": [{"doseQuantity": {"value": 6, "unit": "mg"}}]}]),
    {**request("o", "x"), "medicationCodeableConcept": None, "medicationReference": {"reference": "Medication/a"}},
    request("i", "地舒单抗", reasonReference=[{"reference": "Condition/c"}]),
    observation("f", "85319-2", valueString="阳性", focus=[{"reference": "Observation/a"}]),
    observation("s", "2160-0", specimen={"reference": "#a"}, valueQuantity={"value": 97, "unit": "umol/L"}),
    observation("v", {"text": "LVEF"}, "2025-01-05", valueString="58%"),
]
PERSON = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1961-03-20"}
MEDICATIONS = [
    {"resourceType": "Medication", "id": "a", "code": {"text": "唑来膦酸"}},
    {"resourceType": "Medication", "id": "b", "code": {"text": "地舒单抗"}},
    condition("c", {"text": "骨转移"}),
]
REFERRED_TO = ["Medication/a", "Medication/b", "Patient/q", "Condition/c", "Observation/x", "#a"]
NUMBERS: list[float] = [0, 0.0, 6, 58.5, 140, 1000]
VALUES = [
    "2025-02-30", "2026-05-01", "2024-12-24T08:00:00+08:00", "final", "active", "entered-in-error", "HTEST", "阳性",
    "已停用", "排除骨转移", "Patient/other", "#a", "", " ", 0, -1, 62, 0.5, 1e300, True, None, [], {}, ["x"], [{}],
    {"text": "骨转移"}, {"reference": "Medication/m"}, [{"text": "2024-01-05"}], {"value": 0, "unit": "mg"},
]  # fmt: skip
KEYS = ["status", "value", "id", "note", "extension", "modifierExtension", "meta", "effectiveDateTime", "display"]
"""Keys that are added at random places, beside those that are there."""


for _one in RECORDS:
    _one["subject"] = {"reference": "Patient/p"}


def mapping() -> PatientMapping:
    return PatientMapping(None, None, moment_of(TAKEN, None), TAKEN.isoformat())


MANY, SINGLE = mapping(), mapping()


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return each place in a record, as what holds it and its key or index there."""
    if not isinstance(value, dict | list):
        return []
    keys = [*value] if isinstance(value, dict) else range(len(value))
    return [(value, key) for key in keys] + [place for key in keys for place in places(value[key])]


@st.composite
def changed(draw: st.DrawFn) -> dict[str, Any]:
    """A record, up to two of its elements changed, taken away or added."""
    record: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(RECORDS)))
    for _ in range(draw(st.integers(0, 2))):
        holder, key = draw(st.sampled_from(places(record)))
        what = draw(st.sampled_from(["other", "gone", "added", "twice"]))
        if what == "gone":
            holder.pop(key)
        elif what == "twice":
            holder[key] = [holder[key], copy.deepcopy(holder[key])]
        else:
            at = draw(st.sampled_from(KEYS)) if what == "added" and isinstance(holder, dict) else key
            holder[at] = copy.deepcopy(draw(st.sampled_from(VALUES)))
    return record


def again(value: Any, number: int, key: object = None) -> Any:
    """Return a record as another patient has it: with another id, other dates and values, referring to others."""
    if isinstance(value, dict):
        return {of: again(one, number, of) for of, one in value.items()}
    if isinstance(value, list):
        return [again(one, number, at) for at, one in enumerate(value)]
    if key == "value" and isinstance(value, int | float) and not isinstance(value, bool):
        return NUMBERS[number % len(NUMBERS)]
    if not isinstance(value, str):
        return value
    if key == "reference" and value != "Patient/p":
        return REFERRED_TO[number % len(REFERRED_TO)]
    if value[:2] == "20" and value[4:5] == "-":
        return f"{2020 + number}{value[4:]}"
    return f"{value}{number}" if key == "id" else value


@given_that(st.lists(changed(), min_size=1, max_size=2), st.permutations(range(6)))
def test_records_like_others_are_read_as_they_are_alone(records: list[dict[str, Any]], numbers: list[int]) -> None:
    read_alike(records, numbers)


def read_alike(records: list[dict[str, Any]], numbers: list[int]) -> None:
    """See that records of several patients come to what each comes to where no other was read."""
    MANY._templates = Templates(MANY._memory.traditional)
    for number in numbers:
        others = [again(one, number) for one in records if one.get("resourceType") != "Patient"]
        chart = [PERSON, *others, *MEDICATIONS]
        group = ("p", [(f"{one.get('resourceType')}", "x", json.dumps(one, ensure_ascii=False)) for one in chart])
        SINGLE._templates = Templates(SINGLE._memory.traditional)
        alike, alone = MANY.some([group]), SINGLE.some([group])
        assert (alike.remarks, alike.digest, alike.refused) == (alone.remarks, alone.digest, alone.refused)
        assert alike.faults == 0
        assert alike.batch.equals(alone.batch)


@pytest.mark.parametrize("record", RECORDS, ids=lambda one: f"{one['resourceType']}-{one['id']}")
def test_records_of_each_kind_are_read_as_they_are_alone(record: dict[str, Any]) -> None:
    read_alike([record], [0, 1, 2, 3, 4, 5, 0])


def test_words_that_records_share_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Diagnoses are searched for metastases and findings, orders for words against their use: not in every record."""
    read: list[str] = []

    def counted(holder: Any, name: str) -> None:
        work = getattr(holder, name)
        monkeypatch.setattr(holder, name, lambda *of: read.append(name) or work(*of))

    counted(Phrases, "diagnosis")
    counted(use_in_words, "stops_spoken_of")
    of, chart = mapping(), [one for one in RECORDS if one["id"] in ("c", "d", "n", "v")]
    for number in range(4):
        read.clear()
        written = [json.dumps(one, ensure_ascii=False) for one in (PERSON, *(again(one, number) for one in chart))]
        assert of.some([("p", [("x", "x", text) for text in written])]).refused == 0
    assert read == []


JSON = st.recursive(
    st.sampled_from(
        [*VALUES, '"id":"5"', 'a "2024-01-05"', "\ue0000\ue001", "\\", '\\"2024-01-05', 10**15, 12345678901234]
    ),
    lambda within: (
        st.lists(within, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "reference", "display", "value", "code", "2024-01-05", "x"]), within, max_size=4
        )
    ),
    max_leaves=12,
)


@given_that(st.dictionaries(st.sampled_from(["id", "subject", "value", "code", "contained", "x"]), JSON), st.booleans())
def test_what_is_filled_in_is_what_strict_reading_reads(record: dict[str, Any], compact: bool) -> None:
    found = Templates(Characters({}))
    for number in range(4):
        other = again({"resourceType": "Observation", **record}, number)
        text = json.dumps(other, ensure_ascii=number % 2 == 0, separators=(",", ":") if compact else None)
        made = found.record(text, "/at")
        try:
            read = parse_json(text)
        except InputError:
            assert made is None
            continue
        assert made is None or repr(made.element.raw()) == repr(read)
        assert made is None or (made.type, made.id or "") == ("Observation", (made.element.text("id") or ""))


def met(text: Callable[[int], str], found: Templates | None = None) -> list[Resource | None]:
    of = Templates(Characters({})) if found is None else found
    return [of.record(text(number), f"/{number}") for number in range(4)]


def test_the_third_of_its_kind_is_filled_in() -> None:
    made = met(lambda n: f'{{"resourceType":"Observation","id":"o{n}","valueQuantity":{{"value":{n}.5,"unit":"g"}}}}')
    assert made[:2] == [None, None]
    last = made[3]
    assert last is not None
    assert (last.type, last.id, last.label) == ("Observation", "o3", "Observation/o3")
    assert last.element.raw()["valueQuantity"] == {"value": 3.5, "unit": "g"}
    assert last.element.pointer == "/3"


@pytest.mark.parametrize(
    "text",
    [
        '{"resourceType":"Observation","id":"%d","id":"5"}',
        '{"resourceType":"Observation","value":%d00000000000000000}',
        '{"resourceType":"Observation","value":0%d}',
        '{"resourceType":"Observation","id":"\\ud800%d"}',
        '{"resourceType":"Observation","id":"%d","x":"\\u0000"}',
        '{"resourceType":"Observation","id":"%d","value":NaN}',
        '{"resourceType":"Observation","id":"%d"',
        '{"resourceType":"Bundle","id":"%d"}',
        '{"resourceType":"Bundle","id":"%d","entry":[{"resource":{"resourceType":"Patient"}}]}',
        '{"resourceType":"OperationOutcome","id":"%d"}',
        '{"resourceType":5,"id":"%d"}',
        '["2024-01-0%d"]',
        "\ufeff" + '{"resourceType":"Observation","id":"%d"}',
    ],
)
def test_what_strict_reading_refuses_or_opens_is_never_filled_in(text: str) -> None:
    assert met(lambda number: text % number) == [None] * 4


def test_nothing_is_kept_of_what_differs() -> None:
    found = Templates(Characters({}))
    met(
        lambda n: (
            f'{{"resourceType":"Observation","id":"o-471{n}","subject":{{"reference":"Patient/P-81{n}",'
            f'"display":"Zhang-{n}"}},"effectiveDateTime":"2024-12-2{n}","valueQuantity":{{"value":143.7{n}}}}}'
        ),
        found,
    )
    kept = repr(found._known) + repr([one._data for one in found._known.values() if one is not None])
    assert "effectiveDateTime" in kept
    assert not any(one in kept for one in ("471", "P-81", "Zhang-", "2024-12", "143.7"))


def test_there_is_room_for_so_many_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "_MOST_CHARACTERS", 400)
    monkeypatch.setattr(templates, "_MOST_SEEN", 5)
    found = Templates(Characters({}))
    for kind in range(40):
        met(lambda n, kind=kind: f'{{"resourceType":"Observation","id":"o{n}","x":"{kind}"}}', found)  # type: ignore[misc]
        assert sum(len("".join(filter(None, key))) for key in found._known) <= 400
        assert len(found._seen) <= 5


@pytest.mark.parametrize(
    "ask",
    [
        str, repr, int, float, bool, len, iter, hash, list, json.dumps, round, abs, operator.neg, operator.not_,
        copy.copy, copy.deepcopy, "{}".format, "".join, "x".__contains__, lambda one: one == "x",
        lambda one: one in ("x", "y"), lambda one: one in {"x", "y"}, lambda one: "x" + one, lambda one: one > 1,
        lambda one: one * 2, lambda one: 2 * one, lambda one: f"{one}", lambda one: isinstance(one, str),
        lambda one: isinstance(one, int | float), lambda one: one.strip(), lambda one: one["x"],
    ],
)  # fmt: skip
def test_nothing_may_be_asked_of_what_differs(ask: Callable[[Any], object]) -> None:
    found = shapes.unknown()
    assert found is not None
    assert not shapes.is_known(found)
    with pytest.raises((shapes.Varies, TypeError)):
        ask(found)


def test_two_places_that_differ_are_not_one() -> None:
    made = met(lambda n: f'{{"resourceType":"Observation","id":"o{n}","x":[{{"value":{n}}},{{"value":{n}}}]}}')
    last = made[3]
    assert last is not None
    assert last.shape is not None
    one, other = last.shape.record.element.raw()["x"]
    with pytest.raises(shapes.Varies):
        assert one == other
