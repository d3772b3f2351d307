"""Knowledge is added by the commands and by YAML alone; what the commands write is refused until it is written out."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from extension_support import (
    DOCUMENT,
    DRUG_RULE,
    RULE,
    RULES,
    WRITTEN,
    add_answers,
    add_document,
    add_drug_and_test,
    add_rule_to_a_document,
    copy_of_knowledge,
    oncocds,
    put,
)
from oncocds.errors import KnowledgeError
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.ledger import ledger_issues
from oncocds.knowledge.loader import load_knowledge
from oncocds.sources.documents import load_documents
from oncocds.vocabulary.bundled import bundled_knowledge
from oncocds_api.app import create_app

NEW = (RULE, *RULES, DRUG_RULE)


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the knowledge with one rule more in a document, a document with three, and a drug and a test."""
    home = copy_of_knowledge(tmp_path_factory.mktemp("extended"))
    add_rule_to_a_document(home)
    add_document(home)
    add_drug_and_test(home)
    add_answers(home)
    return home


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return copy_of_knowledge(tmp_path)


def test_what_was_added_is_checked_and_accounted_for(
    extended: Path, knowledge: Knowledge, capsys: pytest.CaptureFixture[str]
) -> None:
    assert oncocds(extended, "check") == 0
    assert oncocds(extended, "ledger", "--json") == 0
    printed = capsys.readouterr().out
    told = json.loads(printed[printed.index("\n{") :])
    assert [one["document"] for one in told["documents"]] == [*knowledge.documents, DOCUMENT]
    assert told["documents"][-1]["totals"]["sentences"] == 12
    assert told["documents"][-1]["totals"]["rule"] == len(RULES) + 1


def test_other_rules_say_what_they_said(extended: Path, knowledge: Knowledge) -> None:
    added = load_knowledge(extended / "rules", extended / "seeds")
    assert set(added.rules) - set(knowledge.rules) == set(NEW)
    assert all(added.rules[name] == rule for name, rule in knowledge.rules.items())


def test_each_small_change_of_the_new_rules_is_noticed(extended: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert oncocds(extended, "mutants", *NEW) == 0, capsys.readouterr().out


def test_the_claims_hold_with_the_new_rules(extended: Path, capsys: pytest.CaptureFixture[str]) -> None:
    claims = ("emergencies-stand", "no-start-while-active", "no-calcium-in-hypercalcaemia")
    named = [word for claim in claims for word in ("--claim", claim)]
    assert oncocds(extended, "prove", *named, "--jobs", "1") == 0, capsys.readouterr().out


def test_the_page_and_the_service_show_what_was_added(extended: Path) -> None:
    with TestClient(create_app(extended, workers=1)) as client:
        for path in (f"/documents/{DOCUMENT}", "/rules/MELAN-01", f"/v1/rules/{RULE}", f"/v1/documents/{DOCUMENT}"):
            assert client.get(path).status_code == 200, path
        assert "黑色素瘤" in client.get("/").text
        patient = {"diagnosis": {"tumour_type": "melanoma", "extent": "metastatic"}, "symptoms": {"bone_pain": True}}
        answer = client.post("/v1/evaluations", json={"patient": patient}).json()
        treated = {
            "diagnosis": {"tumour_type": "melanoma"},
            "medications": [{"drug": "wntastat", "status": "active"}],
            "labs": {"ldh": {"value": 400, "unit": "U/L", "reference_high": 250}},
        }
        verdicts = client.post("/v1/evaluations", json={"patient": treated}).json()["verdicts"]
        assert verdicts[DRUG_RULE] == "fires"
    assert [answer["verdicts"][rule] for rule in RULES] == ["fires", "fires", "undetermined"]
    asked = {one["fact"] for one in answer["questions"]["clinician"] if "MELAN-03" in one["would_decide"]}
    assert asked == {"symptoms.severe_weight_loss"}


def test_a_document_nobody_lists_is_refused(home: Path) -> None:
    shutil.copy(WRITTEN / "melanoma.txt", home / "seeds")
    with pytest.raises(KnowledgeError, match=r"^seeds/melanoma\.txt:1:1: no entry of seeds/manifest\.yaml lists"):
        load_knowledge(home / "rules", home / "seeds")
    assert oncocds(home, "new-document", DOCUMENT, str(home / "seeds" / "melanoma.txt")) == 0  # where it lies already
    with pytest.raises(KnowledgeError, match="TODO") as caught:
        load_knowledge(home / "rules", home / "seeds")
    assert {issue.path for issue in caught.value.issues} == {"seeds/manifest.yaml"}


def test_what_new_document_writes_lists_every_sentence_and_holds_the_bytes(home: Path) -> None:
    assert oncocds(home, "new-document", DOCUMENT, str(WRITTEN / "melanoma.txt")) == 0
    assert (home / "seeds" / "melanoma.txt").read_bytes() == (WRITTEN / "melanoma.txt").read_bytes()
    put(home / "seeds" / "manifest.yaml", "title_en: TODO a short English name", "title_en: Melanoma")
    put(home / "seeds" / "manifest.yaml", "audience: TODO ", "audience: clinicians ")
    assert [*load_documents(home / "seeds")][-1] == DOCUMENT
    ledger = home / "rules" / "ledger" / f"{DOCUMENT}.yaml"
    ledger.write_text(ledger.read_text("utf-8").replace("zh: TODO 为何", "zh: 说明").replace("TODO ", ""), "utf-8")
    assert ledger_issues(load_knowledge(home / "rules", home / "seeds")) == []


@pytest.mark.parametrize(
    ("document", "file", "content", "said"),
    [
        ("Melanoma 1", "new.txt", "一句。", "is no document id"),
        ("breast-bone-metastases", "new.txt", "一句。", "exists already"),
        ("actions", "new.txt", "一句。", "this exists already"),
        (DOCUMENT, "new.pdf", "一句。", "ends in .txt"),
        (DOCUMENT, "new.txt", " \n", "holds no sentence"),
        (DOCUMENT, "new.txt", b"\xff\xfe", "not UTF-8 at byte 0"),
        (DOCUMENT, "new.txt", None, "cannot be read"),
    ],
)
def test_what_cannot_be_taken_in_is_refused_and_nothing_is_written(
    home: Path,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
    document: str,
    file: str,
    content: str | bytes | None,
    said: str,
) -> None:
    text = tmp_path_factory.mktemp("text") / file
    if content is not None:
        text.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = files(home)
    assert oncocds(home, "new-document", document, str(text)) == 2
    assert said in capsys.readouterr().err
    assert files(home) == before


def test_the_same_text_is_not_taken_in_twice(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = next(iter(load_documents(bundled_knowledge() / "seeds").values()))
    again = home / "again.txt"
    again.write_bytes((home / "seeds" / known.file).read_bytes())
    assert oncocds(home, "new-document", DOCUMENT, str(again)) == 2
    assert f"the document '{known.id}' exists already" in capsys.readouterr().err


def files(home: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
