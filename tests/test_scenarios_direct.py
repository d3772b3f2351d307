"""Scenario files run without pytest come out as with it: every file of the project, and every kind of mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncocds.scenarios.check import feature_files
from oncocds.scenarios.direct import MOST_SCENARIOS, run_text
from oncocds.scenarios.site import site
from oncocds_api.pages.story import STORY

FILES = feature_files([Path(__file__).parent.parent / "features"])


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_every_scenario_of_the_project_holds(file: Path) -> None:
    run = run_text(file.name, file.read_text("utf-8"), site())
    assert run.issues == []
    failed = [(one.name, step.text, step.reason) for one in run.scenarios for step in one.steps if step.reason]
    assert failed == []
    assert all(one.passed for one in run.scenarios)


def test_the_first_scenario_of_the_page_holds() -> None:
    (scenario,) = run_text("feature", STORY, site()).scenarios
    assert scenario.passed


def test_a_step_that_fails_says_why_and_leaves_the_rest_out() -> None:
    (scenario,) = run_text("feature", STORY.replace('规则"BCBM-62"成立', '规则"BCBM-46"成立'), site()).scenarios
    assert [step.outcome for step in scenario.steps][-2:] == ["failed", "skipped"]
    assert "规则 BCBM-46 的结论是“不成立”" in (scenario.steps[-2].reason or "")
    assert not scenario.passed


def test_a_file_with_mistakes_is_not_run() -> None:
    run = run_text("feature", STORY.replace("当 评估", "当 评沽"), site())
    assert run.scenarios == []
    assert run.issues[0].line == 13
    assert "评估" in run.issues[0].message


def test_too_many_scenarios_are_not_run() -> None:
    rows = "\n".join(f"      | {number} |" for number in range(MOST_SCENARIOS + 1))
    text = (
        "# language: zh-CN\n功能: 多\n  场景大纲: 一个\n    假如 患者:\n      | 年龄 | <age> |\n    当 评估\n"
        f'    那么 规则"BCBM-62"不成立\n    例子:\n      | age |\n{rows}\n'
    )
    run = run_text("feature", text, site())
    assert run.scenarios == []
    assert run.issues
