"""Files of patients as they come: odd lines, packed, cut off, from elsewhere; and those that are written here."""

from __future__ import annotations

import errno
import gzip
import io
import json
import math
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cohort_support import KNOWLEDGE, VOCABULARY, issues, patients, refusal, stored
from oncocds.cli import main
from oncocds.errors import InputError
from oncocds.profile.reading import read_profile
from oncocds.reading.strict_json import MAX_BYTES
from oncocds.vocabulary.models import Vocabulary
from oncocds_cohort.ahead import in_order
from oncocds_cohort.files import whole_file, write_patients
from oncocds_cohort.reading.batches import read_batches
from oncocds_cohort.reading.checked import read_line
from oncocds_cohort.reading.ndjson import Ndjson
from oncocds_cohort.reading.parquet import Parquet
from oncocds_cohort.reading.repeated import Repeated
from oncocds_cohort.rows import plain_rows
from oncocds_cohort.schema import profile_schema
from oncocds_cohort.synthetic import line, made_up

SCHEMA = profile_schema(VOCABULARY)
WHOLE = Ndjson(VOCABULARY)
EARLIER = {"of": "lvef", "date": "2026-01-02", "value": 60.0, "unit": "%"}
GOOD = b'{"id":"good","patient":{"age":50,"lesions":[{"id":"L0"}],"radiotherapy":[{"targets":["L0"],"fractions":5}]}}'


def lines(*given: bytes, patient: bytes | None = None) -> bytes:
    return b"".join(one + b"\n" for one in given)


def of(patient: str) -> bytes:
    return b'{"id":"odd","patient":{' + patient.encode() + b"}}"


def outcome(batches: Any) -> dict[int, str | None]:
    """The id of each row that is accepted, None for each that is refused."""
    found: dict[int, str | None] = {}
    for checked in batches:
        ids = checked.batch.column(0).to_pylist()
        assert None not in ids
        found |= dict(zip(checked.rows.tolist(), ids, strict=True))
        found |= {refused.row: None for refused in checked.refused}
    return dict(sorted(found.items()))


def ndjson(data: bytes, block: int = 1 << 16) -> dict[int, str | None]:
    return outcome(WHOLE.batches(io.BytesIO(data), block))


REFUSED = {
    "nothing": b"null",
    "a truth value": b"true",
    "a number": b"5",
    "a text": b'"a"',
    "a list": b"[]",
    "spaces": b"  ",
    "nothing behind it": GOOD + b"null",
    "two on a line": GOOD + GOOD,
    "two with a space between": GOOD + b" " + GOOD,
    "a comma behind it": GOOD + b",",
    "half of one": GOOD[:40],
    "a byte order mark": b"\xef\xbb\xbf" + GOOD,
    "NUL behind it": GOOD + b"\0",
    "NUL within": GOOD.replace(b":", b":\0", 1),
    "no UTF-8": of('"diagnosis":{"stage_group":"?"}').replace(b"?", b"\xff\xfe"),
    "a surrogate in UTF-8": of('"diagnosis":{"stage_group":"?"}').replace(b"?", b"\xed\xa0\x80"),
    "UTF-16": GOOD.decode().encode("utf-16"),
    "a further key": b'{"id":"odd","patient":{},"x":null}',
    "no id": b'{"patient":{}}',
    "an id that is null": b'{"id":null,"patient":{}}',
    "an id that is a number": b'{"id":5,"patient":{}}',
    "an empty id": b'{"id":"","patient":{}}',
    "a blank id": b'{"id":" ","patient":{}}',
    "an id with a newline": b'{"id":"a\\nb","patient":{}}',
    "an id twice": b'{"id":"a","id":"a","patient":{}}',
    "no patient": b'{"id":"odd"}',
    "a patient that is null": b'{"id":"odd","patient":null}',
    "a patient as text": b'{"id":"odd","patient":"{}"}',
    "a patient as a list": b'{"id":"odd","patient":[]}',
    "a patient twice": b'{"id":"odd","patient":null,"patient":{}}',
    "NaN": of('"age":NaN'),
    "Infinity": of('"age":-Infinity'),
    "a number as text": of('"age":"45"'),
    "a leading zero": of('"age":045'),
    "a whole number with a point": of('"radiotherapy":[{"fractions":5.0}]'),
    "a whole number with an exponent": of('"radiotherapy":[{"fractions":5e0}]'),
    "a key twice": of('"age":45,"age":45'),
    "a key twice, once escaped": of('"age":45,"\\u0061ge":45'),
    "a key twice, null": of('"age":null,"age":45'),
    "an unknown key that is null": of('"ages":null'),
    "a single quote": of("'age':45"),
    "a comment": of('"age":45/**/'),
    "an escaped NUL": of('"diagnosis":{"stage_group":"a\\u0000"}'),
    "half of an escaped pair": of('"diagnosis":{"stage_group":"\\ud83d"}'),
    "a tab in a text": of('"diagnosis":{"stage_group":"a\tb"}'),
    "an item that is null": of('"lesions":[null]'),
    "a code that is null": of('"surgeries":[null]'),
    "a weight of nothing": of('"weight":{}'),
    "no list": of('"lesions":{"id":"L0"}'),
    "ever deeper": of('"x":' + "[" * 50_000),
    "ever deeper lists": of('"lesions":' + "[" * 50_000),
    "too long": of('"age":45' + " " * MAX_BYTES),
}
ACCEPTED = {
    "nothing recorded": of(""),
    "all null": of('"age":null,"lesions":null,"labs":null,"labs ":1'.replace(',"labs ":1', "")),
    "spaces between": GOOD.replace(b",", b" , ").replace(b"}", b" } "),
    "an exponent": of('"age":4.5E+1'),
    "next to nothing": of('"age":1e-400'),
    "minus nothing": of('"age":-0'),
    "many digits": of('"age":45.1000000000000000055511151231257827021181583404541015625'),
    "an escaped key": of('"\\u0061ge":45'),
    "an escaped pair": of('"diagnosis":{"stage_group":"\\ud83d\\ude00"}'),
    "a brace in a text": of('"diagnosis":{"stage_group":"}{ }x"}'),
    "a line separator's neighbour": of('"diagnosis":{"stage_group":"Ⅳ期"}'),
    "a class as text": of('"medications":[{"drug":"other","name":"x","class":"endocrine"}]'),
    "an unknown code": of('"sex":"unknown"'),
    "of a lesion that may be": of('"lesions":[],"incomplete":["lesions"],"radiotherapy":[{"targets":["x"]}]'),
    "a history": of(
        f'"history":[{json.dumps(EARLIER)},{json.dumps({**EARLIER, "of": "calcium", "value": 2.4, "unit": "mmol/L"})}]'
    ),
    "of a lesion left out": of('"lesions":[],"left_out":{"lesions":1},"radiotherapy":[{"targets":["x"]}]'),
}


@pytest.mark.parametrize("odd", REFUSED.values(), ids=REFUSED)
def test_an_odd_line_is_refused_and_those_beside_it_are_read(odd: bytes) -> None:
    assert ndjson(lines(GOOD, odd, GOOD)) == {1: "good", 2: None, 3: "good"}
    assert ndjson(lines(odd, GOOD)) == {1: None, 2: "good"}


@pytest.mark.parametrize("odd", ACCEPTED.values(), ids=ACCEPTED)
def test_an_odd_line_that_says_what_is_accepted_is_read(odd: bytes) -> None:
    (checked,) = WHOLE.batches(io.BytesIO(lines(GOOD, odd, GOOD)))
    assert outcome([checked]) in ({1: "good", 2: "odd", 3: "good"}, {1: "good", 2: "good", 3: "good"})
    wanted = json.loads(odd)["patient"]
    assert refusal([*plain_rows(checked.batch, VOCABULARY)][1][1]) == refusal(wanted)


def test_an_odd_line_leaves_the_others_to_be_read_as_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only who is refused, or may be, is read by the engine's own reader: it takes much longer."""
    looked_at: list[int] = []

    def watched(data: bytes, row: int, vocabulary: Vocabulary) -> Any:
        looked_at.append(row)
        return read_line(data, row, vocabulary)

    monkeypatch.setattr("oncocds_cohort.reading.ndjson.read_line", watched)
    spaced = ACCEPTED["spaces between"], ACCEPTED["a brace in a text"], ACCEPTED["an escaped pair"]
    found = ndjson(lines(GOOD, *spaced, ACCEPTED["a history"], b"null", of('"age":131'), of('"ages":1'), GOOD))
    assert [row for row, identity in found.items() if identity is None] == [6, 7, 8]
    assert sorted(looked_at) == [6, 7, 8]


def test_an_object_over_two_lines_is_two_refused_lines() -> None:
    assert ndjson(lines(GOOD, GOOD.replace(b",", b",\n", 1), GOOD)) == {1: "good", 2: None, 3: None, 4: "good"}


def test_a_line_that_goes_on_is_not_made_up_for_by_one_that_holds_two() -> None:
    assert ndjson(lines(b'{"id":"a","patient":', b"{}}", GOOD + GOOD, GOOD)) == {1: None, 2: None, 3: None, 4: "good"}
    assert ndjson(lines(b'{"id":"a"', b',"patient":{}}', GOOD + GOOD, GOOD)) == {1: None, 2: None, 3: None, 4: "good"}


def test_a_refused_line_has_the_engines_own_issues_and_no_value() -> None:
    patient = '{"age":"SECRET","lesions":[{"id":"a"},{"id":"a"}],"labs":{"calcium":{"value":9}}}'
    (checked,) = WHOLE.batches(io.BytesIO(b'{"id":"p1","patient":%s}' % patient.encode()))
    (refused,) = checked.refused
    assert (refused.row, refused.id) == (1, "p1")
    assert issues(refused.issues) == refusal(patient)
    assert "SECRET" not in str(refused)


@pytest.mark.parametrize("block", [1, 7, 333, 5_000])
def test_how_much_is_read_at_a_time_changes_nothing(block: int) -> None:
    some = [line(*one) for one in made_up(KNOWLEDGE, 12)]
    data = b"".join([*some[:5], b"\n\n", b"null\n", *some[5:9], b'{"id":"x","patient":{"age":-1}}\r\n', *some[9:]])
    data = data.rstrip(b"\n")  # the last line has no end
    found = ndjson(data, block)
    assert len(found) == 14
    assert [row for row, identity in found.items() if identity is None] == [8, 13]
    assert found == ndjson(data)
    assert found == ndjson(data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))


def test_a_line_without_end_is_left_where_it_is_too_long() -> None:
    """However long it is, no more of it is kept than a line may have."""

    class Endless(io.RawIOBase):
        left, most = 40 * MAX_BYTES, 0

        def read(self, size: int = -1) -> bytes:
            self.left -= size
            return b" " * size if self.left > 0 else b""

    assert outcome(WHOLE.batches(Endless(), MAX_BYTES // 4)) == {1: None}  # type: ignore[arg-type]
    data = lines(GOOD, b" " * (3 * MAX_BYTES), GOOD)
    assert ndjson(data, MAX_BYTES // 2) == {1: "good", 2: None, 3: "good"}
    assert ndjson(data, 8 * MAX_BYTES) == {1: "good", 2: None, 3: "good"}


def packed(name: str, data: bytes) -> bytes:
    if name.endswith(".gz"):
        return gzip.compress(data[:300]) + gzip.compress(data[300:])  # as `cat a.gz b.gz` makes one
    if name.endswith(".zst"):
        return pa.compress(data, codec="zstd", asbytes=True)  # type: ignore[no-any-return]
    return data


@pytest.mark.parametrize("name", ["p.ndjson", "p.ndjson.gz", "p.jsonl.zst"])
@pytest.mark.parametrize("ahead", [0, 2])
def test_a_packed_file_is_read_as_it_is_unpacked(tmp_path: Path, name: str, ahead: int) -> None:
    path = tmp_path / name
    path.write_bytes(packed(name, b"".join(line(*one) for one in made_up(KNOWLEDGE, 20))))
    found = outcome(read_batches(path, VOCABULARY, block=2_000, ahead=ahead))
    assert list(found) == list(range(1, 21))
    assert None not in found.values()


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("cut.ndjson.gz", gzip.compress(GOOD * 50)[:-20], "unpacked to its end"),
        ("none.ndjson.gz", GOOD, "unpacked to its end"),
        ("none.zst", GOOD, "unpacked to its end"),
        ("cut.parquet", b"PAR1" + GOOD, "Parquet"),
        ("empty.parquet", b"", "Parquet"),
        ("other.parquet", b"PARE" + GOOD, "encrypted Parquet"),
        ("encrypted.ndjson", b"PARE" + GOOD, "encrypted Parquet"),
        ("arrow.ndjson", b"ARROW1\0\0", "Arrow"),
        ("packed.ndjson", gzip.compress(GOOD), "gzip"),
        ("utf16.ndjson", GOOD.decode().encode("utf-16"), "UTF-16"),
        ("empty.ndjson.gz", b"", "nothing"),
    ],
)
def test_a_file_that_is_not_whole_is_an_error(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=said):
        list(read_batches(tmp_path / name, VOCABULARY))


@pytest.mark.parametrize("name", ["not-there.ndjson", "."])
def test_what_is_no_file_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        list(read_batches(tmp_path / name, VOCABULARY))


def test_an_empty_file_holds_nobody(tmp_path: Path) -> None:
    for name, data in (("a.ndjson", b""), ("b.ndjson", b"\n\r\n\n"), ("c.gz", gzip.compress(b""))):
        (tmp_path / name).write_bytes(data)
        assert outcome(read_batches(tmp_path / name, VOCABULARY)) == {}


def parquet(table: pa.Table, rows: int = 1000) -> dict[int, str | None]:
    with stored(table) as path:
        return outcome(Parquet(VOCABULARY).batches(path, rows))


COLUMNS: dict[str, tuple[dict[str, Any], str]] = {
    "none of the patient's": ({"id": ["a"], "agee": [1.0]}, "/agee: unknown column; did you mean 'age'"),
    "none within": ({"id": ["a"], "diagnosis": [{"tumor_type": "breast"}]}, "/diagnosis/tumor_type: unknown column"),
    "no ids": ({"age": [5.0]}, "/id: no such column"),
    "text for a number": ({"id": ["a"], "age": ["45"]}, "/age: a column of the type string"),
    "a number for text": ({"id": ["a"], "sex": [1]}, "/sex: a column of the type int64"),
    "a list for a struct": ({"id": ["a"], "weight": [[1.0]]}, "/weight: a column of the type list"),
    "numbers for truth values": (
        {"id": ["a"], "lesions": [[{"painful": 1}]]},
        "/lesions/painful: a column of the type",
    ),
}


@pytest.mark.parametrize(("columns", "said"), COLUMNS.values(), ids=COLUMNS)
def test_a_parquet_file_of_other_columns_is_an_error(columns: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as refused:
        parquet(pa.table(columns))
    assert said in str(refused.value)


def test_a_column_that_stands_twice_is_an_error() -> None:
    with pytest.raises(InputError, match="stands twice"):
        parquet(pa.Table.from_arrays([pa.array(["a"])] * 2, ["id", "id"]))


def test_columns_of_other_types_that_say_the_same_are_read() -> None:
    lesions = pa.array([[{"id": "L0"}], None], pa.large_list(pa.struct([("id", pa.large_string())])))
    table = pa.table(
        {
            "id": pa.array(["a", "b"], pa.large_string()),
            "age": pa.array([45, 131], pa.int32()),
            "sex": pa.array(["male", None]).dictionary_encode(),
            "pregnant": pa.nulls(2),
            "lesions": lesions,
            "radiotherapy": [[{"targets": ["L0"], "fractions": 5}], None],
        }
    )
    assert parquet(table) == {1: "a", 2: None}
    with stored(table) as path:
        (checked,) = Parquet(VOCABULARY).batches(path)
    wanted = {
        "age": 45.0, "sex": "male", "lesions": [{"id": "L0"}], "radiotherapy": [{"targets": ["L0"], "fractions": 5}]
    }  # fmt: skip
    assert list(plain_rows(checked.batch, VOCABULARY)) == [("a", wanted)]


ROWS: dict[str, dict[str, Any]] = {
    "an age of nobody": {"age": 131},
    "NaN": {"age": math.nan},
    "half a fraction": {"radiotherapy": [{"fractions": 2.5}]},
    "an item that is null": {"lesions": [None]},
    "a text with NUL": {"diagnosis": {"stage_group": "a\0"}},
    "an id that is null": {"id": None},
    "a unit of something else": {"labs": {"calcium": {"value": 2.4, "unit": "g/dL"}}},
    "two lesions of one id": {"lesions": [{"id": "a"}, {"id": "a"}]},
    "a target that is none": {"lesions": [{"id": "a"}], "radiotherapy": [{"targets": ["b"]}]},
    "a value without a unit": {"labs": {"calcium": {"value": 2.4}}},
    "the limits the wrong way round": {
        "labs": {"calcium": {"value": 2.4, "unit": "mmol/L", "reference_low": 2.6, "reference_high": 2.2}}
    },
    "a drug without a name": {"medications": [{"drug": "other"}]},
    "a class of a known drug": {"medications": [{"drug": "denosumab", "class": ["endocrine"]}]},
    "a fraction for a percentage": {"cardiac": {"lvef_latest": 0.62}},
    "too many courses": {"radiotherapy": [{}] * 101},
    "classes that contradict each other": {
        "medications": [{"drug": "other", "name": "x", "has_class": ["endocrine"], "not_class": ["endocrine"]}]
    },
    "a history of nothing": {"history": [{**EARLIER, "of": "lvf"}]},
    "a history in another unit": {"history": [{**EARLIER, "unit": "g/L"}]},
    "an earlier fraction for a percentage": {"history": [{**EARLIER, "value": 0.6}]},
    "an earlier result of nobody": {"history": [{**EARLIER, "of": "calcium", "value": 240.0, "unit": "mmol/L"}]},
    "two results of one day": {"history": [EARLIER, EARLIER]},
    "two results of one id": {"history": [{**EARLIER, "id": "a"}, {**EARLIER, "id": "a", "date": "2026-01-03"}]},
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_an_odd_row_of_parquet_is_refused_and_those_beside_it_are_read(row: dict[str, Any]) -> None:
    nullable = pa.schema([field.with_nullable(True) for field in SCHEMA])
    table = pa.Table.from_pylist([{"id": "a"}, {"id": "odd", **row}, {"id": "b"}], nullable)
    assert parquet(table) == {1: "a", 2: None, 3: "b"}
    assert parquet(table, rows=1) == {1: "a", 2: None, 3: "b"}


def test_text_in_parquet_that_is_no_text_is_refused() -> None:
    sex = pa.array([b"male", b"\xff", None, b"female"]).view(pa.string())
    assert parquet(pa.table({"id": ["a", "b", "c", "d"], "sex": sex})) == {1: "a", 2: None, 3: "c", 4: "d"}


def test_patients_that_are_written_are_read_again(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    profiles = [(f"p{at}", read_profile(patient, VOCABULARY)) for at, patient in enumerate(patients()[:300])]
    assert write_patients(path, iter(profiles), VOCABULARY, {"oncocds.knowledge": "sha256:0"}) == 300
    assert pq.read_schema(path).metadata[b"oncocds.knowledge"] == b"sha256:0"
    assert pq.read_schema(path).equals(SCHEMA)
    found = [
        (identity, read_profile(patient, VOCABULARY))
        for checked in read_batches(path, VOCABULARY, rows=77)
        for identity, patient in plain_rows(checked.batch, VOCABULARY)
    ]
    assert found == profiles


def test_a_file_that_is_not_finished_is_not_there(tmp_path: Path) -> None:
    def broken() -> Iterator[tuple[str, Any]]:
        yield from (("a", {}) for _ in range(40_000))
        raise RuntimeError

    path = tmp_path / "p.parquet"
    path.write_text("what was there before")
    with pytest.raises(RuntimeError):
        write_patients(path, broken(), VOCABULARY)
    assert [one.name for one in tmp_path.iterdir()] == ["p.parquet"]
    assert path.read_text() == "what was there before"


def test_where_nothing_can_be_written_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"), whole_file(tmp_path / "nowhere" / "p.parquet"):
        pass


def test_made_up_patients_are_accepted_and_the_same_again() -> None:
    some = list(made_up(KNOWLEDGE, 300, seed=5))
    for _, patient in some:
        read_profile(patient, VOCABULARY)
    assert some == list(made_up(KNOWLEDGE, 300, seed=5))
    assert some != list(made_up(KNOWLEDGE, 300, seed=6))
    assert len({identity for identity, _ in some}) == 300


def test_ids_that_stand_more_than_once_are_found() -> None:
    with Repeated() as repeated:
        repeated.add([], [])
        repeated.add(["a", "b", "c"], [1, 2, 3])
        repeated.add(["d", "a", "a", "c"], [4, 6, 7, 9])
        assert repeated.found() == (2, 5, (1, 3, 6, 7, 9))
    with Repeated() as repeated:
        assert repeated.found() == (0, 0, ())


def test_work_done_ahead_comes_in_order_and_its_error_too() -> None:
    assert list(in_order((lambda at=at: at * 2 for at in range(9)), 3)) == list(range(0, 18, 2))
    started: list[int] = []
    works = in_order((lambda at=at: started.append(at) for at in range(99)), 2)
    next(works)
    works.close()  # type: ignore[attr-defined]
    assert len(started) <= 4
    calls = iter([lambda: 1, lambda: 1 // 0, lambda: 2])
    with pytest.raises(ZeroDivisionError):
        list(in_order(calls, 2))


def test_the_command_says_who_is_refused_and_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, refused = tmp_path / "p.ndjson", tmp_path / "refused.ndjson"
    odd = of('"age":987654321'), b"null", of('"age":888,"lesions":[{},{"site":"femmur"}]')
    path.write_bytes(lines(GOOD, *odd, GOOD))
    assert main(["cohort", "check", str(path), "--refused", str(refused), "--lang", "en"]) == 1
    said = capsys.readouterr().out
    assert "5 rows read, 3 refused" in said
    assert "  2\t/age\tout of range; expected ≤ 130\n" in said
    assert "/lesions/*/site\tnot a code of this field" in said
    assert "1 ids stand more than once, in 2 rows (such as 1, 5)" in said
    assert "987654321" not in said
    written = [json.loads(one) for one in refused.read_text("utf-8").splitlines()]
    assert [(one["row"], one["id"]) for one in written] == [(2, "odd"), (3, None), (4, "odd")]
    assert written[0]["issues"] == [{"pointer": "/age", "reason": "out of range", "expected": "≤ 130"}]
    assert [one["pointer"] for one in written[2]["issues"]] == ["/age", "/lesions/1/site"]


def test_the_refused_rows_do_not_take_the_place_of_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "p.ndjson"
    path.write_bytes(lines(GOOD, b"null"))
    assert main(["cohort", "check", str(path), "--refused", str(tmp_path / "." / "p.ndjson")]) == 2
    assert path.read_bytes() == lines(GOOD, b"null")


def test_the_command_is_content_with_a_good_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("p.ndjson", "p.parquet"):
        assert main(["cohort", "generate", "30", "--out", str(tmp_path / name)]) == 0
        assert main(["cohort", "check", str(tmp_path / name), "--refused", str(tmp_path / "r.ndjson")]) == 0
        assert capsys.readouterr().out == "读取30行，拒绝0行\n"
        assert (tmp_path / "r.ndjson").read_text() == ""
    assert main(["cohort", "check", str(tmp_path / "none.ndjson")]) == 2
    assert "无法读取" in capsys.readouterr().err


def test_what_is_held_does_not_grow_with_the_file(tmp_path: Path) -> None:
    some = b"".join(line(*one) for one in made_up(KNOWLEDGE, 60))
    path = tmp_path / "p.ndjson"
    path.write_bytes(some * 12)
    before = pa.total_allocated_bytes()
    batches = read_batches(path, VOCABULARY, block=len(some), rows=60, ahead=0)
    held = [pa.total_allocated_bytes() - before for _ in batches]
    assert len(held) >= 12
    assert max(held[8:]) <= 1.5 * max(held[2:6])


def test_what_can_be_read_once_only_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe")
    for command in (["check"], ["counts"]):
        assert main(["cohort", *command, str(tmp_path / "pipe")]) == 2
        told = capsys.readouterr().err
        assert "pipe" in told or "管道" in told


def test_an_error_of_a_file_names_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, there = tmp_path / "p.ndjson.gz", str(tmp_path / "none" / "q.ndjson")
    path.write_bytes(gzip.compress(GOOD * 50)[:-20])
    for command, place in ((["check", str(path)], str(path)), (["generate", "1", "--out", there], there)):
        assert main(["cohort", *command]) == 2
        assert f"oncocds: {place}: " in capsys.readouterr().err


def test_made_up_patients_are_written_in_the_format_that_the_name_says(tmp_path: Path) -> None:
    for name in ("p.xlsx", "p.ndjson.gz", "p"):
        assert main(["cohort", "generate", "1", "--out", str(tmp_path / name)]) == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", [pa.null(), pa.list_(pa.null())])
def test_a_column_of_nothing_is_one_of_which_nothing_is_recorded(kind: pa.DataType) -> None:
    empty = pa.array([None, None] if kind == pa.null() else [[], None], kind)
    assert None not in parquet(pa.table({"id": ["a", "b"], "medications": empty, "diagnosis": pa.nulls(2)})).values()


def test_a_full_disk_for_temporary_files_is_told_and_nothing_is_left_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Repeated() as repeated:
        repeated.add(["a", "b", "a"], [1, 2, 3])
        assert list(tmp_path.iterdir()) == []
        assert repeated.found() == (1, 2, (1, 3))
    monkeypatch.setattr(repeated, "_files", [Full()] * 64)
    with pytest.raises(InputError, match=r"No space left on device"):
        repeated.add(["a"], [1])


class Full(io.RawIOBase):
    def write(self, data: Any) -> int:  # noqa: ARG002
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_ndjson_becomes_parquet_as_the_document_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = (Path(__file__).parent.parent / "docs" / "cohort-files.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", document, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    Path("patients.ndjson").write_bytes(b"".join(line(*patient) for patient in made_up(KNOWLEDGE, 20)))
    exec(example, {})
    for name in ("patients.ndjson", "patients.parquet"):
        assert main(["cohort", "counts", name, "--as-of", "2026-11-01", "--out", f"{name}.csv"]) == 0
    one, other = (
        Path(f"{name}.csv").read_text("utf-8").splitlines() for name in ("patients.ndjson", "patients.parquet")
    )
    assert [said for said in one if "input:" not in said] == [said for said in other if "input:" not in said]
    Path("patients.ndjson").write_text('{"id": "P", "patient": {"agee": 5}}\n', "utf-8")
    with pytest.raises(InputError, match="agee"):
        exec(example, {})
