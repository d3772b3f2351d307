"""The command line: what it prints, and exit codes that scripts can rely on."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from oncocds import Engine
from oncocds.cli import main
from oncocds.knowledge.rule_files import RULE_ID
from oncocds.vocabulary.bundled import bundled_knowledge

RULE_FILES = [path for path in (bundled_knowledge() / "rules").glob("*/*.yaml") if RULE_ID.fullmatch(path.stem)]
PATIENT = Path(__file__).resolve().parent.parent / "examples" / "her2-breast-bone-metastases.json"


def test_evaluate_prints_advice_with_passages_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(PATIENT)]) == 0
    printed = capsys.readouterr().out
    assert "BCBM-62" in printed
    assert "不同种类的骨改良药物不可同时使用” [breast-bone-metastases:3900-3916]" in printed
    assert printed.count("不替代专业判断") == 1


def test_evaluate_prints_english(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(PATIENT), "--lang", "en"]) == 0
    printed = capsys.readouterr().out
    assert "CRITICAL" in printed
    assert "never replaces" in printed


def test_an_urgent_notice_is_among_what_comes_first(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    lesion = {"organ": "bone", "status": "imaging_positive", "site": "humerus", "impending_fracture": True}
    patient = tmp_path / "patient.json"
    patient.write_text(json.dumps({"diagnosis": {"tumour_type": "nsclc"}, "lesions": [lesion]}), "utf-8")
    assert main(["evaluate", str(patient)]) == 0
    overview = capsys.readouterr().out.split("───")[0]
    assert "! 即将骨折：先请骨科/脊柱外科评估" in overview


def test_json_is_what_the_engine_answers(capsys: pytest.CaptureFixture[str], engine: Engine) -> None:
    assert main(["evaluate", str(PATIENT), "--json", "--as-of", "2026-01-01"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer == engine.evaluate(PATIENT.read_bytes(), as_of="2026-01-01").model_dump(mode="json")


def test_standard_input_and_a_policy_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    policy = tmp_path / "site.yaml"
    policy.write_text("elderly_age: 65\n", "utf-8")
    stdin = io.TextIOWrapper(io.BytesIO(b'{"age": 70}'))
    monkeypatch.setattr("sys.stdin", stdin)
    assert main(["evaluate", "-", "--json", "--policy", str(policy)]) == 0
    assert json.loads(capsys.readouterr().out)["policy"]["effective"]["elderly_age"] == 65


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["evaluate", "no-such-file.json"], "no-such-file.json"),
        (["rules", "BCBM-6"], "BCBM-06"),
        (["new-rule", "BCBM-99", "breast-bone-metastases", "这句话不在文献里"], "occurs 0 times"),
        (["new-rule", "BCBM-99", "no-such-document", "x"], "known here"),
    ],
)
def test_refusals_exit_with_two_and_say_why(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(arguments) == 2
    assert said in capsys.readouterr().err


def test_a_bad_patient_names_the_place(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    patient = tmp_path / "p.json"
    patient.write_text('{"diagnosis": {"tumour_typ": "breast"}}', "utf-8")
    assert main(["evaluate", str(patient)]) == 2
    assert "/diagnosis/tumour_typ: unknown key; did you mean 'tumour_type'?" in capsys.readouterr().err


def test_rules_lists_and_shows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(RULE_FILES)
    assert main(["rules", "BCBM-62", "--lang", "en"]) == 0
    shown = capsys.readouterr().out
    assert "cross_tumour_safety" in shown
    assert "3900-3916" in shown


def test_check_reads_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    assert f"{len(RULE_FILES)} rules" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("option", "value", "said"), [("--port", "80808", "from 0 to 65535"), ("--workers", "0", "from 1 to 64")]
)
def test_a_server_that_cannot_be_is_refused_before_it_starts(
    capsys: pytest.CaptureFixture[str], option: str, value: str, said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["serve", option, value])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_a_question_of_many_rules_names_a_few_and_counts_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"{}")))
    assert main(["evaluate", "-"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "diagnosis.tumour_type" in line]
    assert "条" in line
    assert len(line) < 120
