"""A FHIR Bulk Data export becomes a file of patients: each profile is the one that the server maps."""

from __future__ import annotations

import datetime
import gzip
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from fhir_support import Resource, condition, given, lvef, observation, procedure, request
from oncocds.cli.main import main
from oncocds.errors import InputError
from oncocds.reading.strict_json import parse_json
from oncocds.vocabulary.code_loader import bundled_codes
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds_cohort.fhir.export import read_export
from oncocds_cohort.fhir.grouping import Grouped
from oncocds_cohort.fhir.run import Asked, Told, from_fhir, remarks_file
from oncocds_cohort.reading.batches import read_batches
from oncocds_cohort.rows import plain_rows
from oncocds_fhir import Moment, collect, map_bundle
from oncocds_fhir.skipping import skipped

TAKEN = "2025-01-31T06:00:00Z"
LATER = "2025-03-01T06:00:00Z"
EXAMPLES = sorted((Path(__file__).resolve().parent.parent / "examples" / "fhir").glob("*.json"))


def person(identity: str, **fields: Any) -> Resource:
    return {"resourceType": "Patient", "id": identity, "gender": "female", "birthDate": "1961-03-20", **fields}


def of(identity: str, resource: Resource, at: str = "subject") -> Resource:
    return {**resource, "id": f"{identity}-{resource['id']}", at: {"reference": f"Patient/{identity}"}}


def write(
    folder: Path, resources: Sequence[Resource], taken: str = TAKEN, since: str | None = None, **manifest: Any
) -> Path:
    """Write an export: a file of each type, every second one compressed and in two parts."""
    folder.mkdir()
    by_type: dict[str, list[bytes]] = {}
    for resource in resources:
        by_type.setdefault(resource["resourceType"], []).append(json.dumps(resource).encode() + b"\n")
    output = []
    for number, (kind, lines) in enumerate(sorted(by_type.items())):
        parts = [lines] if number % 2 else [lines[::2], lines[1::2]]
        for at, part in enumerate(parts):
            data = b"".join(part)
            name = f"{kind}.{at}.ndjson" + ("" if number % 2 else ".gz")
            (folder / name).write_bytes(data if number % 2 else gzip.compress(data))
            output.append({"type": kind, "url": f"https://fhir.example/files/{name}", "count": len(part)})
    asked = "https://fhir.example/$export" + (f"?_since={since}" if since is not None else "")
    told = {"transactionTime": taken, "request": asked, "output": output, "error": [], **manifest}
    (folder / "manifest.json").write_text(json.dumps(told))
    return folder


def run(folder: Path, out: Path, **asked: Any) -> Told:
    return from_fhir(Asked(read_export(folder), out, **asked))


def profiles(out: Path) -> dict[str, Any]:
    return {
        identity: profile
        for checked in read_batches(out, bundled_vocabulary())
        for identity, profile in plain_rows(checked.batch, bundled_vocabulary())
    }


def remarks(out: Path) -> dict[str, Any]:
    return {one["id"]: one for line in remarks_file(out).read_text().splitlines() if (one := json.loads(line))}


def mapped_by_the_server(resources: Sequence[Resource], taken: str = TAKEN) -> Mapping[str, Any]:
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}
    instant = datetime.datetime.fromisoformat(taken)
    moment = Moment(instant.date(), instant)
    return map_bundle(collect(bundle), bundled_vocabulary(), bundled_codes(), moment).profile


def chart(identity: str) -> list[Resource]:
    return [
        person(identity),
        of(identity, condition("c", {"text": "左乳癌术后，腰椎骨转移"})),
        of(identity, lvef("o", "2025-01-10", 58)),
        of(identity, request("m", "唑来膦酸", authoredOn="2025-01-05")),
        of(identity, given("a", "trastuzumab", "2025-01-15")),
        of(identity, procedure("r", {"text": "放疗"}, performedDateTime="2025-01-20")),
        of(identity, observation("h", "85319-2", valueString="positive")),
    ]


def referring(identity: str, to: str = "Medication/drug") -> Resource:
    order = of(identity, request("ref", "x"))
    order.pop("medicationCodeableConcept")
    return {**order, "medicationReference": {"reference": to}}


LOOSE: list[Resource] = [
    {"resourceType": "Medication", "id": "drug", "ingredient": [{"itemReference": {"reference": "Substance/s"}}]},
    {"resourceType": "Substance", "id": "s", "code": {"text": "denosumab"}},
    {"resourceType": "Medication", "id": "of-nobody", "code": {"text": "letrozole"}},
]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, list[Resource]]]:
    """Charts, those of the examples among them, with what is loose and what is nobody's beside them."""
    folder = tmp_path_factory.mktemp("from-fhir")
    charts = {name: chart(name) for name in ("a", "b")}
    charts["b"].append(referring("b"))
    for number, path in enumerate(EXAMPLES):
        entries = [one["resource"] for one in json.loads(path.read_text())["entry"]]
        own = next(one["id"] for one in entries if one["resourceType"] == "Patient")
        text = json.dumps(entries).replace(f"Patient/{own}", f"Patient/e{number}")
        charts[f"e{number}"] = [
            {**one, "id": f"e{number}"} if one["resourceType"] == "Patient" else {**one, "id": f"{one['id']}-e{number}"}
            for one in json.loads(text)
            if one["resourceType"] not in ("Medication", "BodyStructure")
        ]
    others = [
        of("z", condition("c", {"text": "肺癌"})),
        of("a", {"resourceType": "Claim", "id": "bill"}, "patient"),
        {"resourceType": "Practitioner", "id": "p"},
    ]
    return write(folder / "export", [*(r for c in charts.values() for r in c), *LOOSE, *others]), charts


def test_each_profile_is_the_one_that_the_server_maps(
    exported: tuple[Path, dict[str, list[Resource]]], tmp_path: Path
) -> None:
    folder, charts = exported
    told = run(folder, tmp_path / "p.parquet")
    expected = {name: mapped_by_the_server(own) for name, own in charts.items()}
    expected["b"] = mapped_by_the_server([*charts["b"], *LOOSE[:2]])
    assert profiles(tmp_path / "p.parquet") == expected
    assert "denosumab" in str(expected["b"])
    assert told.patients == len(charts)
    assert (told.of_nobody, told.not_read) == ({"Condition": 1}, {"Claim": 1, "Practitioner": 1})
    assert told.refused == 0


def test_of_a_record_within_another_as_much_is_read_as_the_server_reads(tmp_path: Path) -> None:
    place = {"resourceType": "Organization", "id": "o", "name": "made up"}  # what no fact is read from
    course = {**of("a", procedure("r", {"text": "放疗"}, performedDateTime="2025-01-20")), "id": None}
    records = [person("a"), {**course, "contained": [place]}]
    told = run(write(tmp_path / "export", records), tmp_path / "p.parquet")
    read = [parse_json(json.dumps(one), kept=skipped) for one in records]
    assert read != records
    assert (told.patients, profiles(tmp_path / "p.parquet")) == (1, {"a": mapped_by_the_server(read)})


def test_the_same_export_makes_the_same_file_with_one_process_and_with_two(
    exported: tuple[Path, dict[str, list[Resource]]], tmp_path: Path
) -> None:
    for jobs in (1, 2):
        run(exported[0], tmp_path / f"{jobs}.parquet", jobs=jobs)
    one, two = (tmp_path / f"{jobs}.parquet" for jobs in (1, 2))
    assert one.read_bytes() == two.read_bytes()
    assert remarks_file(one).read_text() == remarks_file(two).read_text()
    told = {key.decode(): value.decode() for key, value in pq.read_metadata(one).metadata.items()}
    assert told["oncocds.transaction_time"] == "2025-01-31T06:00:00+00:00"
    assert {"oncocds.input", "oncocds.knowledge", "oncocds.codes", "oncocds.engine", "oncocds.output"} <= told.keys()


@pytest.mark.skipif(sys.platform != "linux", reason="how many threads there are only Linux tells")
def test_the_command_is_copied_for_its_processes(
    exported: tuple[Path, dict[str, list[Resource]]], tmp_path: Path
) -> None:
    program = """
import sys
from oncocds.cli import cohort_fhir, main
def imported(name):
    from oncocds_cohort.fhir import run
    run.get_context = None  # no new interpreter could begin
    return extra(name)
extra, cohort_fhir.extra = cohort_fhir.extra, imported
sys.exit(main(sys.argv[1:]))
"""
    run(exported[0], tmp_path / "alone.parquet")
    out = tmp_path / "p.parquet"
    arguments = ["cohort", "from-fhir", str(exported[0]), "--out", str(out), "--jobs", "2"]
    ended = subprocess.run([sys.executable, "-c", program, *arguments], check=False, capture_output=True)
    assert ended.returncode == 1, ended.stderr.decode()  # records of nobody
    assert out.read_bytes() == (tmp_path / "alone.parquet").read_bytes()
    assert remarks_file(out).read_text() == remarks_file(tmp_path / "alone.parquet").read_text()


def test_a_patient_that_cannot_be_mapped_is_refused_and_the_others_are_mapped(tmp_path: Path) -> None:
    wrong = {**person("w"), "id": "w", "birthDate": "1950-01-01"}
    folder = write(tmp_path / "x", [*chart("a"), wrong, {**wrong, "birthDate": "1951-01-01"}])
    with gzip.open(folder / "Condition.9.ndjson.gz", "wt") as file:
        file.write('{"resourceType": "Patient", "id": "n", "birthDate": "1950-01-01", "birthDate": "x"}\n')
        file.write('{"resourceType": "Condition", "id": "k", "id": "k", "subject": {"reference": "Patient/a"}}\n')
    told_by = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**told_by, "output": []}))
    told = run(folder, tmp_path / "p.parquet")
    found = remarks(tmp_path / "p.parquet")
    assert set(profiles(tmp_path / "p.parquet")) == {"a", "w"} - {one for one in found if "refused" in found[one]}
    assert found["n"]["refused"] == [
        {"pointer": "/entry/0/resource/birthDate", "reason": "this key stands twice", "expected": "each key once"}
    ]
    assert told.refused == sum("refused" in one for one in found.values()) >= 1
    # A record of hers that cannot be read leaves her list open.
    unreadable = next(one for one in found["a"]["unmapped"] if one["reason"] == "unreadable")
    assert unreadable["resources"] == ["Condition/k"]
    assert "lesions" in profiles(tmp_path / "p.parquet")["a"]["incomplete"]
    assert "1950-01-01" not in remarks_file(tmp_path / "p.parquet").read_text()


def test_a_fault_of_the_mapping_costs_its_patient_alone_and_shows_nothing_of_hers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(collected: Any, *others: Any, **named: Any) -> Any:
        if any(one.id == "b" for one in collected.resources):
            raise KeyError("1961-03-20")
        return map_bundle(collected, *others, **named)

    monkeypatch.setattr("oncocds_cohort.fhir.patients.map_bundle", fails)
    folder, out = write(tmp_path / "x", [*chart("a"), *chart("b")]), tmp_path / "p.parquet"
    assert main(["cohort", "from-fhir", str(folder), "--out", str(out), "--jobs", "1"]) == 3
    assert "1 of them by a fault of the mapping" in capsys.readouterr().out
    assert set(profiles(out)) == {"a"}
    assert remarks(out)["b"]["refused"][0]["reason"] == "the mapping failed (KeyError)"
    assert "1961-03-20" not in remarks_file(out).read_text()


def changes(folder: Path, resources: Sequence[Resource], deleted: Sequence[str] = (), **told: Any) -> Path:
    write(folder, resources, LATER, **{"since": TAKEN, **told})
    (folder / "deleted").mkdir()
    entries = [{"request": {"method": "DELETE", "url": url}} for url in deleted]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    (folder / "deleted" / "Bundle.ndjson").write_text(json.dumps(bundle) + "\n")
    return folder


def test_changes_are_laid_over_what_is_kept_and_everybody_is_mapped_as_of_the_later_time(tmp_path: Path) -> None:
    store, out = tmp_path / "kept.duckdb", tmp_path / "p.parquet"
    charts = {name: chart(name) for name in "abc"}
    charts["b"].append(referring("b"))
    full = write(tmp_path / "full", [*(one for own in charts.values() for one in own), *LOOSE])
    run(full, out, store=store)
    newer = of("b", condition("c", {"text": "右肺腺癌"}))
    moved = {**charts["a"][3], "subject": {"reference": "Patient/b"}}  # it was written to the wrong chart
    new_drug: Resource = {"resourceType": "Medication", "id": "drug", "code": {"text": "letrozole"}}
    folder = changes(
        tmp_path / "later",
        [newer, moved, new_drug, *chart("d")],
        ["Patient/c", "Observation/a-o", "MedicationRequest/none"],
    )
    told = run(folder, out, store=store)
    kept = {
        "a": [one for one in charts["a"] if one["id"] not in ("a-m", "a-o")],
        "b": [*(one for one in charts["b"] if one["id"] != "b-c"), newer, moved, new_drug],
        "d": chart("d"),
    }
    assert profiles(out) == {name: mapped_by_the_server(own, LATER) for name, own in kept.items()}
    assert sum(told.of_nobody.values()) == len(charts["c"]) - 1
    again = out.read_bytes()
    run(folder, out, store=store)  # a run that is repeated changes nothing
    assert out.read_bytes() == again
    complete = write(tmp_path / "complete", chart("a"), "2025-04-01T00:00:00Z")
    run(complete, out, store=store)
    assert set(profiles(out)) == {"a"}


@pytest.mark.parametrize(
    ("since", "taken", "said"),
    [
        ("2025-02-15T00:00:00Z", LATER, "changes since 2025-01-31T06:00:00Z or earlier"),
        ("2025-01-01T00:00:00Z", "2025-01-02T00:00:00Z", "it was taken before 2025-01-31T06:00:00Z"),
    ],
)
def test_changes_that_do_not_follow_what_is_kept_are_refused_and_nothing_is_lost(
    tmp_path: Path, since: str, taken: str, said: str
) -> None:
    store = tmp_path / "kept.duckdb"
    run(write(tmp_path / "full", chart("a")), tmp_path / "p.parquet", store=store)
    before = (tmp_path / "p.parquet").read_bytes()
    with pytest.raises(InputError, match=said):
        run(write(tmp_path / "later", chart("b"), taken, since), tmp_path / "p.parquet", store=store)
    assert (tmp_path / "p.parquet").read_bytes() == before
    with pytest.raises(InputError, match="a complete export first, kept with --store"):
        run(tmp_path / "later", tmp_path / "q.parquet")
    assert not (tmp_path / "q.parquet").exists()


def test_a_server_that_tells_of_missing_records_leaves_every_list_open(tmp_path: Path) -> None:
    folder = write(tmp_path / "x", chart("a"), error=[{"type": "OperationOutcome", "url": "https://fhir.example/e"}])
    told = run(folder, tmp_path / "p.parquet")
    assert told.lossy
    opened = profiles(tmp_path / "p.parquet")["a"]["incomplete"]
    assert {"history", "lesions", "medications", "radiotherapy", "skeletal_events.cord_compression"} <= set(opened)
    (folder / "error").mkdir()
    hint = {"resourceType": "OperationOutcome", "issue": [{"severity": "information", "code": "informational"}]}
    (folder / "error" / "e.ndjson").write_text(json.dumps(hint) + "\n")
    assert not run(folder, tmp_path / "p.parquet").lossy


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "Observation.7.ndjson",
            b'{"resourceType": "Observation"}\n\n{"resourceType": "Obs',
            "line 3 is no FHIR resource",
        ),
        ("Observation.7.ndjson", b"[1]\n", "line 1 is no FHIR resource"),
        ("Observation.7.ndjson", b'{"resourceType": "Observation", "x": "\xff"}\n', "line 1 is no FHIR resource"),
        ("Observation.7.ndjson.gz", gzip.compress(b'{"resourceType": "Basic"}\n' * 99)[:-9], "it cannot be read"),
        ("Observation.7.ndjson.gz", gzip.compress(b"")[:10] + b"\x07" * 20, "it cannot be read"),
        ("deleted/d.ndjson.gz", gzip.compress(b"")[:10] + b"\x07" * 20, "it cannot be read"),
        ("deleted/d.ndjson", b'{"resourceType": "Bundle", "entry": [{}]}\n', "line 1 is no Bundle of deletions"),
        ("manifest.json", b"{}", "tells no transactionTime"),
        ("manifest.json", b'{"transactionTime": "2025-01-31"}', "no instant"),
        ("manifest.json", b'{"transactionTime": "2025-01-31T00:00:00Z", "output": [{}, {}, {}]}', "3 files are named"),
        (
            "manifest.json",
            b'{"transactionTime": "2025-01-31T00:00:00Z", "output": [{"type": "Patient", "count": 2}]}',
            "1 records of type Patient are there",
        ),
    ],
    ids=range(11),
)
def test_a_damaged_export_is_refused_with_its_place(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    folder = write(tmp_path / "x", [person("a")], output=[])
    (folder / "deleted").mkdir()
    (folder / name).write_bytes(content)
    with pytest.raises(InputError, match=said) as refused:
        run(folder, tmp_path / "p.parquet")
    assert name.partition(".")[0] in str(refused.value) or "Patient" in str(refused.value)
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_records_that_lie_anywhere_are_grouped_by_patient_in_the_order_of_ids(tmp_path: Path) -> None:
    many = [of(f"p{n % 50:02}", condition(f"c{n:04}", {"text": "x" * 500})) for n in range(4_000)]
    folder = write(tmp_path / "x", [*many, *(person(f"p{n:02}") for n in range(50))])
    grouped = Grouped(tmp_path / "g.duckdb", memory="250MB")
    grouped.add(read_export(folder))
    groups = list(grouped.groups())
    assert [(who, len(records)) for who, records in groups] == [(f"p{n:02}", 81) for n in range(50)]
    assert [identity for _, identity, _ in groups[7][1]] == [*(f"p07-c{n:04}" for n in range(7, 4_000, 50)), "p07"]
    grouped.close()


def test_the_command_says_what_became_of_the_records(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], exported: tuple[Path, dict[str, list[Resource]]]
) -> None:
    out = tmp_path / "p.parquet"
    assert main(["cohort", "from-fhir", str(exported[0]), "--out", str(out), "--jobs", "1"]) == 1  # records of nobody
    said = capsys.readouterr().out
    assert f"{len(exported[1])} patients written to {out}" in said
    assert "records that name no patient of the export, not used: Condition 1" in said
    assert main(["cohort", "from-fhir", str(tmp_path), "--out", str(out)]) == 2
    assert "manifest.json: missing; expected what the server answered, or --taken TIME" in capsys.readouterr().err
    assert main(["cohort", "from-fhir", str(exported[0]), "--out", str(tmp_path / "no" / "p.parquet")]) == 2
    assert "p.parquet: no such folder to write in" in capsys.readouterr().err
    (tmp_path / "text").write_text("no database")
    assert main(["cohort", "from-fhir", str(exported[0]), "--out", str(out), "--store", str(tmp_path / "text")]) == 2
    assert "text: it cannot be opened" in capsys.readouterr().err
    assert (tmp_path / "text").read_text() == "no database"
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    for store in ("circle", "circle/kept"):
        command = ["cohort", "from-fhir", str(exported[0]), "--out", str(out), "--store", str(tmp_path / store)]
        assert main(command) == 2
        assert f"{store}: it cannot be opened" in capsys.readouterr().err
    assert main(["cohort", "from-fhir", str(exported[0]), "--out", str(out), "--store", f"{tmp_path}/./p.parquet"]) == 2
    assert "the output would take its place" in capsys.readouterr().err
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "Patient.ndjson").write_text(json.dumps(person("a")) + "\n")
    arguments = [
        "cohort",
        "from-fhir",
        str(bare),
        "--out",
        str(out),
        "--taken",
        TAKEN,
        "--as-of",
        "2035-01-31",
        "--jobs",
        "1",
    ]
    assert main(arguments) == 0
    assert profiles(out)["a"]["age"] == 73
    arguments[arguments.index(TAKEN)] = "9999-01-01T00:00:00Z"
    assert main(arguments) != 0
    assert (
        "--taken: 9999-01-01T00:00:00Z has not come yet; expected when the export was taken" in capsys.readouterr().err
    )
    (bare / "manifest.json").write_text(json.dumps({"transactionTime": "9999-01-01T00:00:00Z", "output": []}))
    del arguments[arguments.index("--taken") : arguments.index("--as-of")]
    assert main(arguments) != 0
    assert "manifest.json: 9999-01-01T00:00:00Z has not come yet" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["O.NDJSON", "o.json", "o.ndjson.part", "o.ndjson.zst", "o.ndjson/part-0.json", "o.zip", "lost.ndjson"]
)
def test_what_looks_like_records_and_is_not_read_is_refused(tmp_path: Path, name: str) -> None:
    folder = write(tmp_path / "export", [person("a")])
    (folder / name).parent.mkdir(exist_ok=True)
    if name == "lost.ndjson":
        (folder / name).symlink_to(tmp_path / "nowhere")
    else:
        (folder / name).write_text("{}")
    (folder / "README").write_text("no records")
    with pytest.raises(InputError, match=name):
        read_export(folder)


@pytest.mark.parametrize(
    "odd", [{"output": "files"}, {"output": [None]}, {"link": [{"relation": "next", "url": "https://fhir.example/2"}]}]
)
def test_a_manifest_of_another_form_or_of_one_page_is_refused(tmp_path: Path, odd: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"manifest\.json: "):
        read_export(write(tmp_path / "export", [person("a")], **odd))


def test_an_id_that_no_file_of_patients_may_have_is_refused(tmp_path: Path) -> None:
    export = read_export(write(tmp_path / "export", [person("a"), person("t\tb"), person("x" * 201)]))
    told = from_fhir(Asked(export, tmp_path / "p.parquet"))
    assert (told.patients, told.refused) == (1, 2)


def test_names_of_files_are_taken_as_they_are(tmp_path: Path) -> None:
    folder = write(tmp_path / "export", [person("a")])
    (folder / "manifest.json").unlink()
    (folder / "o[1].ndjson").write_text(json.dumps(of("a", lvef("1", "2025-01-01", 60))) + "\n")
    (folder / "o1.ndjson").write_text(json.dumps(of("a", lvef("2", "2025-01-02", 61))) + "\n")
    from_fhir(Asked(read_export(folder, TAKEN), tmp_path / "p.parquet"))
    assert [one["value"] for one in profiles(tmp_path / "p.parquet")["a"]["history"]] == [60, 61]


def test_a_deletion_of_one_version_and_a_lone_surrogate_are_refused_with_their_place(tmp_path: Path) -> None:
    folder = write(tmp_path / "export", [person("a")])
    (folder / "manifest.json").unlink()
    (folder / "deleted").mkdir()
    gone = {"request": {"method": "DELETE", "url": "Observation/1/_history/2"}}
    (folder / "deleted" / "d.ndjson").write_text(json.dumps({"resourceType": "Bundle", "entry": [gone]}))
    with pytest.raises(InputError, match=r"d\.ndjson: line 1"):
        from_fhir(Asked(read_export(folder, TAKEN), tmp_path / "p.parquet"))
    (folder / "deleted" / "d.ndjson").unlink()
    (folder / "o.ndjson").write_text(json.dumps({**lvef("1", "2025-01-01", 60), "note": [{"text": "\ud800"}]}))
    with pytest.raises(InputError, match=r"o\.ndjson: line 1"):
        from_fhir(Asked(read_export(folder, TAKEN), tmp_path / "p.parquet"))


def test_a_store_is_not_overwritten_and_takes_no_other_files_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = write(tmp_path / "export", [person("a")]), tmp_path / "p.parquet"
    records = next(folder.glob("Patient*"))
    for store in (out, remarks_file(out), records):
        arguments = ["cohort", "from-fhir", str(folder), "--out", str(out), "--store", str(store), "--jobs", "1"]
        assert main(arguments) == 2
        assert str(store) in capsys.readouterr().err
    assert not out.exists()


def test_what_a_report_tells_counts_as_on_the_server(tmp_path: Path) -> None:
    report = {"resourceType": "DiagnosticReport", "id": "x", "status": "final", "effectiveDateTime": "2025-01-20"}
    resources = [
        *chart("a"),
        of("a", {**report, "code": {"text": "CT"}, "conclusion": "多发肝转移。LVEF 40%"}),
    ]
    run(write(tmp_path / "export", resources), tmp_path / "out.parquet")
    found = profiles(tmp_path / "out.parquet")["a"]
    assert found == mapped_by_the_server(resources)
    assert found["left_out"] == {"lesions": 1}
    assert "lvef_latest" not in found["cardiac"]  # the report is newer than the result, and cannot be read
