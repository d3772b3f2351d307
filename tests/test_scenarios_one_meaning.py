"""A file means the same under pytest, at a terminal and on the page: every file of a corpus goes through all three."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncocds.scenarios.check import check_file
from oncocds.scenarios.direct import run_text
from oncocds.scenarios.run import run_scenarios
from oncocds.scenarios.site import site
from oncocds.scenarios.source import one_form, read_source
from oncocds_api.evaluations import scenario_runs

CORPUS = Path(__file__).parent / "data" / "scenarios" / "corpus"
FILES = sorted(CORPUS.glob("*.feature"))
NO_CODES: Any = None  # no code is read in a scenario
EXPECTED = {
    # how each file ends: the line of its first mistake, or its scenarios that fail
    "kw_star": [],
    "star_everywhere": ["一"],
    "and_first": [],
    "gbk": [],
    "bom": [],
    "bom_and_crlf": [],
    "cr_only": [],
    "feature_tag_skip": ["坏"],
    "tag_parametrize": ["坏"],
    "given_after_last_when": 11,
    "outline_no_rows": 11,
    "no_drug_column": 5,
    "drugs": 11,
    "negations": ["否定写法"],
    "units": [],
    "home_drugs": [],
    "empty": 1,
    "no_scenario": 1,
    "no_scenario_in_rule": 1,
    "no_text": 1,
    "block_of_text": 4,
    "first-try-zh": ["两处病灶一处进展"],
    "first-try-en": [],
    "wards-zh": [],
    "wards-en": [],
    "one_round": 6,
}

Outcome = dict[str, bool] | list[str]


def on_the_command_line(file: Path) -> Outcome:
    if issues := check_file(file, site()):
        return [str(issue).removeprefix(str(file)) for issue in issues]
    run = run_text(str(file), read_source(file).text, site(), None)
    return {scenario.name: scenario.passed for scenario in run.scenarios}


def on_the_page(file: Path) -> Outcome:
    engine = site().usual
    content = file.read_bytes()
    try:  # as the page's script reads a file that is chosen
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("gb18030", "replace")
    frame = scenario_runs.scenario_run(engine, NO_CODES, json.dumps({"text": text}).encode())
    report = json.loads(frame[1])
    if report["issues"]:
        return [f":{issue['line']}:{issue['column']}: {issue['message']}" for issue in report["issues"]]
    return {scenario["name"]: scenario["passed"] for scenario in report["scenarios"]}


class Recorder:
    """A pytest plugin that keeps how each scenario of each file went."""

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}
        self.now: tuple[str, str] = ("", "")

    @pytest.hookimpl(tryfirst=True)
    def pytest_bdd_before_scenario(self, feature: Any, scenario: Any) -> None:
        self.now = (Path(feature.filename).stem, scenario.name)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and not report.failed:
            return
        file, name = self.now
        if name == "mistakes in the file":
            self.found[file] = report.longreprtext.splitlines()
        else:
            self.found.setdefault(file, {})[name] = report.passed


@pytest.fixture(scope="module")
def under_pytest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("corpus")
    module = folder / f"test_{folder.name}.py"
    module.write_text(
        "from pytest_bdd import scenarios\nfrom oncocds.scenarios.under_pytest import prepared\n"
        f"pytest_plugins = ('oncocds.scenarios.steps',)\nscenarios(*prepared({str(CORPUS)!r}))\n"
    )
    (folder / "pytest.ini").write_text("[pytest]\n")
    recorder = Recorder()
    arguments = [
        str(module),
        "-c",
        str(folder / "pytest.ini"),
        "--rootdir",
        str(folder),
        "-q",
        "-p",
        "no:cacheprovider",
    ]
    pytest.main([*arguments, "--import-mode=importlib"], plugins=[recorder])
    return recorder.found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_means_the_same_to_all_three(file: Path, under_pytest: dict[str, Any]) -> None:
    found = on_the_command_line(file)
    expected = EXPECTED[file.stem]
    if isinstance(expected, int):
        assert isinstance(found, list)
        assert found[0].startswith(f":{expected}:")
    else:
        assert isinstance(found, dict)
        assert [name for name, passed in found.items() if not passed] == expected
    assert on_the_page(file) == found
    pytest_says = under_pytest[file.stem]
    if isinstance(found, list):
        assert "\n".join(pytest_says).replace(str(file), "") == "\n".join(found)
    else:
        assert pytest_says == found


def test_every_file_of_the_corpus_has_an_expectation() -> None:
    assert {file.stem for file in FILES} == set(EXPECTED)


def test_a_file_in_gbk_is_read_with_a_remark(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_scenarios([CORPUS / "gbk.feature"]) == 0
    assert "已按GBK读取" in capsys.readouterr().out


@pytest.mark.parametrize(("language", "words"), [("zh", "文件是空的"), ("en", "the file is empty")])
def test_an_empty_file_is_a_mistake_in_the_language_of_who_reads_it(
    language: Any, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_scenarios([CORPUS / "empty.feature"], language=language) == 2
    assert words in capsys.readouterr().err


def test_the_one_form_is_its_own_and_keeps_line_numbers() -> None:
    for file in FILES:
        try:
            text = file.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError:
            continue
        once = one_form(text)
        assert one_form(once) == once
        assert once.count("\n") == len(text.splitlines())


PIECES = st.sampled_from(
    ["# language: zh-CN", "@skip", "功能: 甲", "功能：甲", "背景:", "场景: 一", "场景大纲: 二", "例子:", "规则: 三",
     "    * 患者:", "    并且 患者:", "    假如 患者:", "      | 诊断 | 乳腺癌 |", "      | <x> | - |", "      | x |",
     "      |", "    当 评估", "    那么 没有紧急建议", "    那么 规则\"<x>\"成立", '      """', "    假如 用药:",
     "      | 药物 | 状态 |", "      | 择泰 | 在用 |", "    假如 化验:", "      | 血钙 | 2.8 mmol/L |", "",
     "Feature: f", "Scenario: s", "    Given the patient:", "    When evaluated", "\x0c", "\u2028", "    手术: 无",
     "    假如 手术:", "    假如 症状:", "      | 截瘫 | 有 |", "      | 截瘫 |"]
)  # fmt: skip


@settings(max_examples=150)
@given(st.lists(PIECES, max_size=14), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_no_text_ends_in_a_traceback(lines: list[str], end: str, headed: bool) -> None:
    head = ["# language: zh-CN", "功能: 甲", "  场景: 一"] if headed else []
    run = run_text("a", end.join([*head, *lines]), site())
    assert run.issues or run.scenarios
