"""What a site adds — drugs, codes and names — is part of the knowledge, and known wherever a patient is told."""

from __future__ import annotations

import csv
import datetime
import itertools
import json
import pickle
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from fhir_support import bundle, concept, request
from oncocds.cli import main
from oncocds.engine import Engine, load_bundled_or, load_tables
from oncocds.errors import KnowledgeError, ProfileError
from oncocds.profile.reading import read_profile
from oncocds.scenarios.run import run_scenarios
from oncocds.vocabulary.code_loader import bundled_codes
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds_api.app import create_app
from oncocds_api.settings.settings import Settings
from oncocds_cohort.columns.drugs_told import in_full
from oncocds_cohort.engines import Verdicts
from oncocds_cohort.rows import plain_rows
from oncocds_cohort.schema import profile_schema
from oncocds_fhir import Moment, collect, map_bundle
from patience import until

OVERLAY = """
systems:
  ours: {uris: ["urn:hospital:drugs"]}
drugs:
- {means: {drug: denosumab}, ours: [D1], names: [骨盾针, Bonguard]}
- {means: {classes: [bisphosphonate]}, ours: [B1, B2], names: [本院自制药, Homemade 5]}
- {means: {classes: [anti_her2, systemic]}, ours: [H1], names: [赫新单抗]}
tumours:
- {means: {tumour_type: breast}, names: [左乳Ca]}
"""
OURS, AS_OF = "urn:hospital:drugs", "2026-01-01"
BONES: dict[str, Any] = {
    "diagnosis": {"tumour_type": "breast"},
    "lesions": [{"id": "L", "organ": "bone", "status": "imaging_positive"}],
}
TOGETHER = "BCBM-62"  # two bone agents at once
IN_FULL = {"drug": "other", "name": "本院自制药", "class": ["bisphosphonate", "bone_modifying_agent"]}


@pytest.fixture(scope="module")
def overlay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("site") / "site.yaml"
    path.write_text(OVERLAY, "utf-8")
    return path


@pytest.fixture(scope="module")
def site(overlay: Path) -> Engine:
    return Engine.load(overlay=overlay)


def taking(*drugs: dict[str, Any]) -> dict[str, Any]:
    return {**BONES, "medications": [{**drug, "status": "active"} for drug in drugs]}


@pytest.mark.parametrize(
    "drug",
    [
        {"drug": "本院自制药"},
        {"drug": "other", "name": "本院自制药"},
        {"drug": "other", "name": "HOMEMADE 5 注射液"},
        IN_FULL,
    ],
)
def test_a_site_s_own_drug_is_known_in_json(site: Engine, drug: dict[str, Any]) -> None:
    answer = site.evaluate(taking(drug, {"drug": "denosumab"}), as_of=AS_OF)
    assert answer.verdicts[TOGETHER] == "fires"
    assert answer.as_json() == site.evaluate(taking(IN_FULL, {"drug": "denosumab"}), as_of=AS_OF).as_json()


def test_without_the_overlay_its_drug_is_refused_by_its_code_and_not_known_by_its_name(engine: Engine) -> None:
    with pytest.raises(ProfileError, match="/medications/0/drug"):
        engine.evaluate(taking({"drug": "本院自制药"}), as_of=AS_OF)
    named = taking({"drug": "other", "name": "本院自制药"}, {"drug": "denosumab"})
    assert engine.evaluate(named, as_of=AS_OF).verdicts[TOGETHER] == "undetermined"


def test_classes_that_a_record_tells_stand(site: Engine) -> None:
    (one,) = read_profile(taking({**IN_FULL, "class": []}), site.knowledge.vocabulary).medications or ()
    assert one.class_ == []


def test_a_site_s_name_of_a_known_drug_is_read_as_those_of_the_vocabulary_are(site: Engine) -> None:
    for told in ({"drug": "other", "name": "骨盾针"}, {"name": "骨盾针"}, {"drug": "other", "name": "安加维"}):
        (one,) = read_profile(taking(told), site.knowledge.vocabulary).medications or ()
        assert (one.drug, one.name, one.class_) == ("denosumab", told["name"], None)


CLASSES = sorted(bundled_vocabulary().value_sets["drug_class"].members)
SETS = [[], *([one] for one in CLASSES), *([one, two] for one, two in itertools.pairwise(CLASSES)), CLASSES]


@pytest.fixture(scope="module")
def site_of_many(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    path = tmp_path_factory.mktemp("many") / "site.yaml"
    rows = (f"- {{means: {{classes: {json.dumps(one)}}}, names: [本院药{at}号]}}\n" for at, one in enumerate(SETS))
    path.write_text("drugs:\n" + "".join(rows), "utf-8")
    return Engine.load(overlay=path)


@given(st.integers(0, len(SETS) - 1), st.sampled_from(["active", "planned", "stopped"]))
def test_a_site_s_own_drug_is_one_with_the_same_classes_told(site_of_many: Engine, at: int, status: str) -> None:
    name = f"本院药{at}号"
    others = [{"drug": "trastuzumab", "status": "active"}, {"drug": "zoledronate", "status": "active"}]

    def verdicts(drug: dict[str, Any]) -> dict[str, str]:
        patient = {**BONES, "medications": [{**drug, "status": status}, *others]}
        return {**site_of_many.verdicts(patient, as_of=AS_OF)}

    told = verdicts({"drug": "other", "name": name, "class": SETS[at]})
    assert verdicts({"drug": name}) == told
    assert verdicts({"drug": "other", "name": name}) == told


# The digest


def digest_with(tmp_path: Path, text: str) -> str:
    path = tmp_path / "one.yaml"
    path.write_text(text, "utf-8")
    return load_bundled_or(None, path).digest


@pytest.mark.parametrize("text", ["{}", "# nothing yet\n{}", "drugs: []", "drugs: []\ntumours: []\nunits: {}"])
def test_an_overlay_that_says_nothing_changes_nothing(tmp_path: Path, text: str) -> None:
    assert digest_with(tmp_path, text) == load_bundled_or(None).digest


def test_the_digest_of_the_knowledge_is_of_what_the_overlay_says(tmp_path: Path, site: Engine) -> None:
    lines = OVERLAY.strip().splitlines()
    drugs = lines.index("drugs:") + 1
    other_order = [*lines[:drugs], lines[drugs + 2], lines[drugs + 1], lines[drugs], *lines[drugs + 3 :]]
    noted = OVERLAY.replace("names: [赫新单抗]", "names: [赫新单抗], note: asked for by the pharmacy")
    assert noted != OVERLAY
    for text in (OVERLAY, f"# a comment\n{OVERLAY}", "\n".join(other_order), noted):
        assert digest_with(tmp_path, text) == site.knowledge.digest
    for old, new in (
        ("骨盾针", "骨甲针"),
        ("[anti_her2, systemic]", "[systemic]"),
        ("左乳Ca", "右乳Ca"),
        ("[H1]", "[H2]"),
    ):
        assert digest_with(tmp_path, OVERLAY.replace(old, new)) not in {site.knowledge.digest, ""}
        assert digest_with(tmp_path, OVERLAY.replace(old, new)) != load_bundled_or(None).digest


def test_every_answer_names_it(site: Engine, engine: Engine) -> None:
    assert site.evaluate(BONES, as_of=AS_OF).knowledge.digest == site.knowledge.digest
    assert engine.knowledge.digest == load_bundled_or(None).digest != site.knowledge.digest


def test_the_tables_of_a_site_s_knowledge_are_of_the_same_reading(site: Engine, overlay: Path) -> None:
    vocabulary = site.knowledge.vocabulary
    assert load_tables(None, vocabulary).digest == load_tables(None, bundled_vocabulary(), overlay).digest
    assert load_tables(None, vocabulary, overlay).digest == load_tables(None, vocabulary).digest
    assert load_tables(None, bundled_vocabulary()).digest == bundled_codes().digest


# Mistakes


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("{means: {classes: [systemic]}, ours: [X1]}", "5:3: drugs[0]: a drug of the site's own has no name"),
        (
            "{means: {classes: [systemic]}, names: [注射液]}",
            "5:42: name '注射液' cannot be a name: it is printed beside",
        ),
        ("{means: {drug: denosumab}, names: [100mg]}", "5:38: name '100mg' cannot be a name"),
        ("{means: {classes: [systemic]}, names: [denosumab]}", "5:42: name 'denosumab' is taken"),
        ("{means: {classes: [sistemic]}, names: [新药]}", "5:22: drugs[0]: means: 'classes' cannot be 'sistemic'"),
    ],
)
def test_a_mistake_is_told_with_its_place_by_every_loading(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], row: str, expected: str
) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(f"# ours\nsystems:\n  ours: {{uris: ['urn:ours']}}\ndrugs:\n- {row}\n", "utf-8")
    with pytest.raises(KnowledgeError) as refused:
        Engine.load(overlay=path)
    assert any(f"site.yaml:{expected}" in str(issue) for issue in refused.value.issues), str(refused.value)
    assert main(["--overlay", str(path), "check"]) == 2
    assert f"site.yaml:{expected}" in capsys.readouterr().err


def test_commands_that_read_nothing_of_it_say_so(overlay: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["ledger"], ["release", "--compare"], ["mutants"]):
        assert main(["--overlay", str(overlay), *command]) == 2
        assert "--overlay: this command reads nothing of it" in capsys.readouterr().err


# The command line, scenarios


def test_the_command_line_knows_it(overlay: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    patient = tmp_path / "patient.json"
    patient.write_text(json.dumps(taking({"drug": "本院自制药"}, {"drug": "denosumab"})), "utf-8")
    assert main(["--overlay", str(overlay), "evaluate", str(patient), "--as-of", AS_OF]) == 0
    assert f"({TOGETHER})" in capsys.readouterr().out
    assert main(["--overlay", str(overlay), "vocabulary", "Homemade 5"]) == 0
    assert "本院自制药" in capsys.readouterr().out


FEATURE = """# language: zh-CN
功能: 本院药品
  场景: 两种骨改良药物
    假如 患者:
      | 肿瘤类型 | 乳腺癌 |
    并且 病灶:
      | 器官 | 病灶状态   |
      | 骨   | 影像学阳性 |
    并且 用药:
      | 药物   | 用药状态 |
      | {drug} | 进行中   |
      | 骨盾针 | 进行中   |
    当 评估
    那么 规则"BCBM-62"成立
"""


@pytest.mark.parametrize("drug", ["本院自制药", "homemade 5", "注射用本院自制药"])
def test_scenarios_know_it(overlay: Path, tmp_path: Path, drug: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ours.feature"
    path.write_text(FEATURE.replace("{drug}", drug), "utf-8")
    assert run_scenarios([path], overlay=overlay) == 0, capsys.readouterr()
    assert run_scenarios([path]) == 2
    assert main(["--overlay", str(overlay), "scenarios", str(path)]) == 0


def test_a_scenario_that_is_written_of_such_a_patient_can_be_run(
    overlay: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    patient, feature = tmp_path / "patient.json", tmp_path / "written.feature"
    patient.write_text(json.dumps(taking({"drug": "本院自制药"}, {"drug": "denosumab"})), "utf-8")
    assert main(["--overlay", str(overlay), "evaluate", str(patient), "--as-scenario", "--as-of", AS_OF]) == 0
    feature.write_text(capsys.readouterr().out, "utf-8")
    assert main(["--overlay", str(overlay), "scenarios", str(feature)]) == 0, capsys.readouterr()


# Files of patients

PATIENTS = [
    taking({"drug": "本院自制药"}, {"drug": "denosumab"}),
    taking({"drug": "other", "name": "本院自制药"}, {"drug": "denosumab"}),
    taking(IN_FULL, {"drug": "denosumab"}),
    {**BONES},
    taking({"drug": "other", "name": "赫新单抗"}, {"drug": "other", "name": "别的药"}),
    taking({"drug": "other", "name": "赫新单抗", "class": []}),
    {**BONES, "medications": []},
    taking({"drug": "zoledronate"}),
]


@pytest.fixture(scope="module")
def patients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("patients") / "patients.ndjson"
    lines = (json.dumps({"id": str(at), "patient": one}) for at, one in enumerate(PATIENTS))
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def verdicts_in(path: Path) -> dict[str, dict[str, str]]:
    lines = [line for line in path.read_text("utf-8-sig").splitlines() if not line.startswith("#")]
    return {row.pop("id"): row for row in csv.DictReader(lines)}


@pytest.mark.parametrize("how", [["--jobs", "1"], ["--jobs", "2"], ["--by", "engine"]])
def test_columns_know_it_as_the_engine_does(
    site: Engine, overlay: Path, patients: Path, tmp_path: Path, how: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "verdicts.csv"
    command = ["cohort", "verdicts", str(patients), "--out", str(out), "--as-of", AS_OF, *how]
    assert main(["--overlay", str(overlay), *command]) == 0, capsys.readouterr()
    assert site.knowledge.digest in out.read_text("utf-8-sig")
    found = verdicts_in(out)
    assert found == {str(at): {**site.verdicts(one, as_of=AS_OF)} for at, one in enumerate(PATIENTS)}
    assert found["0"] == found["1"] == found["2"]


def test_the_plan_that_is_kept_is_never_of_another_overlay(overlay: Path, patients: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(OVERLAY.replace("classes: [bisphosphonate]", "classes: [systemic]"), "utf-8")
    told = []
    for path in (overlay, other, overlay):
        out = tmp_path / f"{len(told)}.csv"
        command = ["cohort", "verdicts", str(patients), "--out", str(out), "--as-of", AS_OF]
        assert main(["--overlay", str(path), *command]) == 0
        told.append(verdicts_in(out)["0"][TOGETHER])
    assert told == ["fires", "silent", "fires"]


def test_many_machines_know_it(site: Engine, overlay: Path) -> None:
    rows = [{**one, "id": str(at)} for at, one in enumerate(PATIENTS)]
    batch = pa.RecordBatch.from_pylist(rows, profile_schema(site.knowledge.vocabulary))
    verdicts = pickle.loads(pickle.dumps(Verdicts.of(overlay=overlay, as_of=AS_OF)))
    found = verdicts(batch).column(TOGETHER).to_pylist()
    assert found == [site.verdicts(one, as_of=AS_OF)[TOGETHER] for one in PATIENTS]


def test_a_batch_is_changed_only_where_such_a_drug_stands(site: Engine) -> None:
    vocabulary = site.knowledge.vocabulary
    rows = [{**one, "id": str(at)} for at, one in enumerate(PATIENTS)]
    batch = pa.RecordBatch.from_pylist(rows, profile_schema(vocabulary))
    told = [plain for _, plain in plain_rows(in_full(batch, vocabulary), vocabulary)]
    wanted = [read_profile(one, vocabulary).model_dump(by_alias=True, exclude_none=True) for one in PATIENTS]
    assert [read_profile(one, vocabulary).model_dump(by_alias=True, exclude_none=True) for one in told] == wanted
    assert told[0]["medications"][0] == {**IN_FULL, "status": "active"}
    assert in_full(batch.slice(5), vocabulary).equals(batch.slice(5))
    assert in_full(batch.slice(1, 4), vocabulary).slice(2, 1).equals(batch.slice(3, 1))
    assert in_full(batch, bundled_vocabulary()) is batch


def test_sql_is_not_written_where_it_would_not_know_them(overlay: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--overlay", str(overlay), "cohort", "sql", "--dialect", "duckdb"]) == 2
    assert "a site's own drugs cannot be told by a name in SQL" in capsys.readouterr().err


def test_a_job_for_spark_names_it(overlay: Path, tmp_path: Path, site: Engine) -> None:
    file = tmp_path / "patients.parquet"
    rows = [{**one, "id": str(at)} for at, one in enumerate(PATIENTS)]
    pq.write_table(pa.Table.from_pylist(rows, profile_schema(site.knowledge.vocabulary)), file)
    command = ["cohort", "submit", str(file), "--out", str(tmp_path / "job"), "--as-of", AS_OF]
    assert main(["--overlay", str(overlay), *command]) == 0
    assert f"overlay={str(overlay)!r}" in (tmp_path / "job" / "job.py").read_text("utf-8")


# FHIR


@pytest.mark.parametrize(
    "drugs",
    [
        [{"text": "赫新单抗"}, concept(OURS, "H1", "赫新")],
        [{"text": "注射用本院自制药(100mg)"}, {"text": "Homemade 5"}, concept(OURS, "B2")],
        [{"text": "骨盾针"}, {"text": "安加维"}],
        [{"text": "本院自制药或地舒单抗"}],
        [{"text": "赫新单抗类似物"}],
        [concept(OURS, "B1"), {"text": "择泰"}],
    ],
)
def test_a_mapping_makes_the_same_of_a_site_s_knowledge_as_of_its_tables(
    site: Engine, overlay: Path, drugs: list[dict[str, Any]]
) -> None:
    vocabulary, tables = site.knowledge.vocabulary, load_tables(None, bundled_vocabulary(), overlay)
    records = bundle(*(request(f"r{at}", drug) for at, drug in enumerate(drugs)))
    moment = Moment(datetime.date.fromisoformat(AS_OF))
    found = map_bundle(collect(records), vocabulary, load_tables(None, vocabulary), moment).profile
    assert found == map_bundle(collect(records), bundled_vocabulary(), tables, moment).profile


def test_an_export_is_read_with_it_by_either_option_and_answered_without(
    overlay: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = tmp_path / "export"
    export.mkdir()
    person = {"resourceType": "Patient", "id": "p", "gender": "female"}
    orders = [request("a", {"text": "本院自制药"}), request("b", {"text": "骨盾针"})]
    (export / "Patient.ndjson").write_text(json.dumps(person) + "\n", "utf-8")
    of_her = [json.dumps({**one, "subject": {"reference": "Patient/p"}}) for one in orders]
    (export / "MedicationRequest.ndjson").write_text("\n".join(of_her) + "\n", "utf-8")
    taken = ["--taken", "2026-01-01T00:00:00Z", "--jobs", "1"]
    files = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    begin = [["--overlay", str(overlay), "cohort", "from-fhir"], ["cohort", "from-fhir", "--codes", str(overlay)]]
    for file, command in zip(files, begin, strict=True):
        assert main([*command, str(export), "--out", str(file), *taken]) == 0, capsys.readouterr()
    one, other = (pq.read_table(file) for file in files)
    assert one.equals(other)
    found = {drug["drug"] for drug in one.column("medications").to_pylist()[0]}
    assert found == {"other", "denosumab"}
    assert main(["cohort", "verdicts", str(files[0]), "--out", str(tmp_path / "v.csv"), "--as-of", AS_OF]) == 0


# The server


def test_a_server_and_its_page_know_it_and_a_reload_brings_another(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(OVERLAY, "utf-8")
    app = create_app(workers=1, settings=Settings(vocabulary_overlay=path))
    asked = {"patient": taking({"drug": "other", "name": "新骨药"}, {"drug": "denosumab"}), "as_of": AS_OF}
    with TestClient(app) as client:
        until(lambda: client.get("/health/ready").status_code == 200, "it is ready")
        assert "本院自制药" in client.get("/").text
        first = client.post("/v1/evaluations", json=asked).json()
        assert first["verdicts"][TOGETHER] == "undetermined"
        assert first["knowledge"]["digest"] == load_bundled_or(None, path).digest
        path.write_text(OVERLAY.replace("本院自制药", "新骨药"), "utf-8")
        client.portal.call(app.state.editions.ask)  # type: ignore[union-attr]
        until(lambda: (client.get("/health").json()["last_reload"] or {}).get("state") == "done", "it is read again")
        second = client.post("/v1/evaluations", json=asked).json()
        assert second["verdicts"][TOGETHER] == "fires"
        assert second["knowledge"]["digest"] == load_bundled_or(None, path).digest != first["knowledge"]["digest"]
        assert "新骨药" in client.get("/").text
