"""The command line: what it prints, and exit codes that scripts can rely on."""

from __future__ import annotations

import argparse
import errno
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from oncocds import Engine
from oncocds.cli import main
from oncocds.reference.words import KINDS
from oncocds.text import Language
from oncocds.vocabulary.bundled import bundled_knowledge

KNOWLEDGE = bundled_knowledge()
PATIENT = KNOWLEDGE / "examples" / "patients" / "two-bone-agents.json"
RULE_FILES = list((KNOWLEDGE / "rules").glob("*/[A-Z]*-[0-9]*.yaml"))


def test_evaluate_prints_advice_with_passages_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(PATIENT)]) == 0
    printed = capsys.readouterr().out
    assert "BCBM-62" in printed
    assert "不同种类的骨改良药物不可同时使用” [breast-bone-metastases:3900-3916]" in printed
    assert printed.count("不替代专业判断") == 1


def test_the_help_names_every_exit_code_and_where_the_knowledge_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "1 check, ledger, scenarios, prove or mutants found something" in told
    assert "130 interrupted" in told
    assert "--knowledge stands before the command" in told


def test_evaluate_prints_english(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(PATIENT), "--lang", "en"]) == 0
    printed = capsys.readouterr().out
    assert "Now\n  ‼ " in printed
    assert "never replaces" in printed


def test_what_cannot_wait_is_told_first_be_it_an_item_or_a_notice(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "patient.json"
    patient = {
        "diagnosis": {"tumour_type": "breast"},
        "lesions": [{"organ": "bone", "status": "imaging_positive"}],
        "labs": {
            "calcium": {"value": 1.9, "unit": "mmol/L", "reference_low": 2.1, "reference_high": 2.5},
            "albumin": {"value": 40, "unit": "g/L"},
        },
        "comorbidities": {"renal_insufficiency": True},
        "medications": [],
    }
    path.write_text(json.dumps(patient), "utf-8")
    assert main(["evaluate", str(path)]) == 0
    overview = capsys.readouterr().out
    assert main(["evaluate", str(path), "--full"]) == 0
    printed = capsys.readouterr().out
    assert overview.splitlines()[:-2] == printed.split("────")[0].splitlines()  # the briefing, then everything
    assert overview.index("‼ 血钙低于下限") < overview.index("  ! ")
    assert "已让位 ← 提示: 血钙低于下限" in printed  # a notice has no page and no number to be called by
    assert "已让位 ← hypocalcaemia" not in printed


def test_a_console_that_lacks_a_character_still_gets_the_rest() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "oncocds", "evaluate", str(PATIENT)],
        env={**os.environ, "PYTHONIOENCODING": "gbk"},
        capture_output=True,
        check=False,
    )
    assert told.returncode == 0
    assert "不同种类的骨改良药物不可同时使用" in told.stdout.decode("gbk")
    assert "  !! " in told.stdout.decode("gbk")


@pytest.mark.parametrize(("encoding", "unit"), [("gbk", "601 umol/L"), ("utf-8", "601 µmol/L")])
def test_a_console_that_lacks_a_character_shows_units_and_formulas_all_the_same(
    tmp_path: Path, encoding: str, unit: str
) -> None:
    patient = {
        "age": 56,
        "sex": "female",
        "weight": {"value": 60, "unit": "kg"},
        "medications": [{"drug": "denosumab", "status": "active"}],
        "labs": {"creatinine": {"value": 601, "unit": "umol/L"}},
    }
    path = tmp_path / "patient.json"
    path.write_text(json.dumps(patient), "utf-8")
    told = subprocess.run(
        [sys.executable, "-m", "oncocds", "evaluate", str(path)],
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    ).stdout.decode(encoding)
    assert unit in told
    assert "?" not in told


def test_a_file_that_cannot_be_read_is_said_in_the_language_of_the_command(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["evaluate", str(tmp_path / "none.json")]) == 2
    assert "文件无法读取（没有这个文件或目录）；应为：" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("language", "said"), [("zh", "/age: 格式不对；应为：数字"), ("en", "/age: wrong type; expected a number")]
)
def test_a_refusal_speaks_the_language_of_the_command(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, language: str, said: str
) -> None:
    patient = tmp_path / "patient.json"
    patient.write_text('{"age": "45"}', "utf-8")
    assert main(["evaluate", str(patient), "--lang", language]) == 2
    assert said in capsys.readouterr().err


def test_json_is_what_the_engine_answers(capsys: pytest.CaptureFixture[str], engine: Engine) -> None:
    assert main(["evaluate", str(PATIENT), "--json", "--as-of", "2026-01-01"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer == engine.evaluate(PATIENT.read_bytes(), as_of="2026-01-01").model_dump(mode="json")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_patient_printed_as_a_scenario_holds_as_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, language: str
) -> None:
    policy = tmp_path / "site.yaml"
    policy.write_text("oligomet_max: 5\ncross_tumour_safety: null\n", "utf-8")
    assert main(["evaluate", str(PATIENT), "--policy", str(policy), "--as-scenario", "--lang", language]) == 0
    feature = tmp_path / "patient.feature"
    feature.write_text(capsys.readouterr().out, "utf-8")
    assert main(["scenarios", str(feature), "--lang", language]) == 0
    assert "✓" in capsys.readouterr().out


def test_a_site_runs_its_scenarios_on_its_own_knowledge_and_policy(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    feature = tmp_path / "age.feature"
    feature.write_text(
        "Feature: f\n  Scenario: s\n    Given the patient:\n      | age | 70 |\n      | tumour type | breast cancer |\n"
        '      | vertebral fracture or collapse | yes |\n    When evaluated\n    Then rule "BCBM-05" fires\n',
        "utf-8",
    )
    policy = tmp_path / "site.yaml"
    policy.write_text("elderly_age: 65\n", "utf-8")
    assert main(["scenarios", str(feature)]) == 1
    assert main(["scenarios", str(feature), "--policy", str(policy)]) == 0
    own = tmp_path / "knowledge"
    shutil.copytree(KNOWLEDGE / "rules", own / "rules")
    shutil.copytree(KNOWLEDGE / "seeds", own / "seeds")
    words = own / "rules" / "vocabulary" / "fields.yaml"
    words.write_text(words.read_text("utf-8").replace("synonyms: [岁]", "synonyms: [岁, 年岁]"), "utf-8")
    feature.write_text(feature.read_text("utf-8").replace("| age ", "| 年岁 "), "utf-8")
    assert main(["scenarios", str(feature), "--policy", str(policy)]) == 2
    assert main(["--knowledge", str(own), "scenarios", str(feature), "--policy", str(policy)]) == 0
    policy.write_text("elderly_agee: 65\n", "utf-8")
    capsys.readouterr()
    assert main(["scenarios", str(feature), "--policy", str(policy)]) == 2
    assert "elderly_age" in capsys.readouterr().err


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
    assert main(["evaluate", str(patient), "--lang", "en"]) == 2
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
    assert main(["evaluate", "-", "--full"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "diagnosis.tumour_type" in line]
    assert "条" in line
    assert len(line) < 120


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_what_cannot_be_printed_is_an_error_without_a_trace() -> None:
    with Path("/dev/full").open("w") as full:
        for command in (["policy"], ["rules", "BCBM-62"]):
            done = subprocess.run(
                [sys.executable, "-m", "oncocds", *command], stdout=full, stderr=subprocess.PIPE, text=True, check=False
            )
            assert done.returncode == 2
            assert done.stderr == "oncocds: standard output: it cannot be read or written: No space left on device\n"


def test_a_failure_of_the_system_that_names_no_file_is_not_laid_on_the_output(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(options: argparse.Namespace) -> int:
        print("so far")
        raise OSError(errno.ECONNRESET, "Connection reset by peer")

    monkeypatch.setattr("oncocds.cli.commands.check", fails)
    assert main(["check"]) == 2
    printed = capsys.readouterr()
    assert printed.out == "so far\n"
    assert "standard output" not in printed.err
    assert printed.err == "oncocds: the system: it refused what was asked: Connection reset by peer\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_file_that_cannot_be_written_loses_nothing_of_what_was_printed() -> None:
    feature = str(Path(__file__).parent.parent / "features" / "骨转移.feature")
    command = [sys.executable, "-m", "oncocds", "scenarios", feature, "--html", "/dev/full"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert "骨转移" in done.stdout


def test_a_command_that_is_interrupted_ends_without_a_trace(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    asked = argparse.Namespace(run=interrupted)
    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", lambda *_: asked)
    assert main(["policy"]) == 130
    assert capsys.readouterr().err == "oncocds: interrupted\n"


def test_a_command_that_is_interrupted_while_its_modules_are_read_ends_without_a_trace() -> None:
    interrupted = """
import runpy, sys
class Interrupts:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "oncocds.cli.parser":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupts)
runpy.run_module("oncocds", run_name="__main__")
"""
    done = subprocess.run([sys.executable, "-c", interrupted], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "oncocds: interrupted\n")


@pytest.mark.parametrize(
    ("language", "told", "never"),
    [
        (
            "zh",
            ["(禁忌，修订 ", "适用肿瘤: 乳腺癌", ", 佐证段落]"],
            ["contraindication", "revision", "scope", "states"],
        ),
        (
            "en",
            ["(contraindication, revision ", "tumours: breast cancer", ", supporting passage]"],
            ["states]", "禁忌，"],
        ),
    ],
)
def test_a_rule_is_shown_in_one_language_and_to_nobody_in_particular(
    capsys: pytest.CaptureFixture[str], language: Language, told: list[str], never: list[str]
) -> None:
    assert main(["rules", "BCBM-62", "--lang", language]) == 0
    shown = capsys.readouterr().out
    assert "{" not in shown
    for words in told:
        assert words in shown
    for words in never:
        assert words not in shown
    assert main(["rules", "--lang", language]) == 0
    kinds = {line.split("\t")[1] for line in capsys.readouterr().out.splitlines()}
    assert kinds == {kind.in_(language) for kind in KINDS.values()}


def test_an_explanation_says_the_title_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    patient = tmp_path / "p.json"
    patient.write_text('{"diagnosis": {"tumour_type": "breast"}}', "utf-8")
    assert main(["explain", "BCBM-06", str(patient)]) == 0
    title, *rest = capsys.readouterr().out.splitlines()
    assert title.startswith("BCBM-06  ")
    assert title.removeprefix("BCBM-06  ") not in rest


CLOSED = {
    "an answer that goes nowhere": ("evaluate {patient} >&-", 2, "oncocds: standard output: it cannot be read or"),
    "the help that goes nowhere": ("--help >&-", 2, "oncocds: standard output: it cannot be read or"),
    "a patient that comes from nowhere": ("evaluate - <&-", 2, "oncocds: -: 文件无法读取（已关闭）；应为：患者资料"),
    "nothing is to be said": ("cohort generate 2 --out {out} >&-", 0, ""),
    "nowhere to say anything": ("evaluate {patient} <&- >&- 2>&-", 2, ""),
}


@pytest.mark.skipif(not Path("/bin/sh").exists(), reason="needs a shell that closes streams")
@pytest.mark.parametrize(("command", "code", "told"), CLOSED.values(), ids=CLOSED)
def test_a_stream_that_is_closed_is_told_where_it_is_needed(tmp_path: Path, command: str, code: int, told: str) -> None:
    out = tmp_path / "p.ndjson"
    shell = f"{sys.executable} -m oncocds {command.format(patient=PATIENT, out=out)}"
    done = subprocess.run(["/bin/sh", "-c", shell], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(told)
    assert done.stderr.count("\n") == bool(told)
    if out.exists():
        assert len(out.read_text("utf-8").splitlines()) == 2
