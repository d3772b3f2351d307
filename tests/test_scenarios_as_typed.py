"""Scenario files as they are typed in haste: what contradicts itself or says nothing is told, never passed over."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncocds.scenarios.direct import FeatureRun, run_text
from oncocds.scenarios.patient import ScenarioError, TableReader
from oncocds.scenarios.site import site
from oncocds.scenarios.stories import read_stories
from oncocds.scenarios.writer import write_feature, write_scenario
from oncocds.vocabulary.loader import bundled_vocabulary

VOCABULARY = bundled_vocabulary()
READER = TableReader(VOCABULARY)
HEAD = "# language: zh-CN\n功能: 例\n  场景: 甲\n"
END = '    当 评估\n    那么 规则"HER2RT-01"未定\n'


def table(name: str, *rows: tuple[str, ...]) -> str:
    return f"    假如 {name}:\n" + "".join(f"      | {' | '.join(row)} |\n" for row in rows)


def run(*steps: str, background: str = "") -> FeatureRun:
    head = HEAD.replace("  场景", f"  背景:\n{background}  场景") if background else HEAD
    return run_text("a", head + "".join(steps) + END, site())


def told(*steps: str, background: str = "") -> list[str]:
    return [str(issue) for issue in run(*steps, background=background).issues]


def labs(*rows: list[str]) -> dict[str, Any]:
    profile: dict[str, Any] = {}
    READER.labs(list(rows), profile)
    found: dict[str, Any] = profile["labs"]
    return found


WITH_UNIT = ["化验", "值", "单位", "下限", "上限"]


def test_a_unit_beside_the_number_and_another_in_its_column_are_a_mistake() -> None:
    with pytest.raises(ScenarioError, match=r"“2\.30 mmol/L”的单位与单位一列的“mg/dL”不同"):
        labs(WITH_UNIT, ["血钙", "2.30 mmol/L", "mg/dL", "", ""])
    with pytest.raises(ScenarioError, match="单位一列"):
        labs(WITH_UNIT, ["血钙", "2.30 mmol/L", "mEq/L", "", ""])
    history: dict[str, Any] = {}
    with pytest.raises(ScenarioError, match="单位一列"):
        READER.history([["项目", "日期", "值", "单位"], ["血钙", "2025-01-01", "9.2 mg/dL", "mmol/L"]], history)
    with pytest.raises(ScenarioError, match="单位一列"):
        READER.history([["项目", "日期", "值", "单位"], ["LVEF", "2025-01-01", "62%", "mL"]], history)


@pytest.mark.parametrize("unit", ["mmol/L", "mmol/l", "ｍｍｏｌ／Ｌ", "", "—", "不详"])
def test_the_same_unit_twice_or_none_in_its_column_is_none(unit: str) -> None:
    assert labs(WITH_UNIT, ["血钙", "2.30 mmol/L", unit, "", ""]) == {"calcium": {"value": 2.3, "unit": "mmol/L"}}


def test_limits_without_a_value_are_in_the_unit_of_its_column() -> None:
    limits = {"reference_low": 8.5, "reference_high": 10.2, "unit": "mg/dL"}
    assert labs(WITH_UNIT, ["血钙", "", "mg/dL", "8.5", "10.2"]) == {"calcium": limits}
    assert labs(["化验", "值", "单位", "参考范围"], ["血钙", "未查", "mg/dL", "8.5-10.2"]) == {"calcium": limits}


def test_limits_that_are_not_known_are_not_recorded() -> None:
    known = {"calcium": {"value": 2.3, "unit": "mmol/L"}}
    assert labs(["化验", "值", "参考范围"], ["血钙", "2.3 mmol/L", "—"]) == known
    assert labs(["化验", "值", "下限"], ["血钙", "2.3 mmol/L", "不详"]) == known


@pytest.mark.parametrize(
    "cells", [("2025-01-01", "未测"), ("2025-01-01", ""), ("", "2.3 mmol/L"), ("不详", "2.3 mmol/L")]
)
def test_an_earlier_result_without_its_value_or_date_is_a_mistake(cells: tuple[str, str]) -> None:
    (issue,) = told(table("历次结果", ("项目", "日期", "值"), ("血钙", *cells)))
    assert issue.startswith("a:6:")
    assert "要有日期和值" in issue


def test_what_is_not_known_is_not_recorded_whatever_the_kind_of_the_field() -> None:
    profile: dict[str, Any] = {}
    READER.items("medications", [["药物", "药物名称", "开始日期"], ["唑来膦酸", "不详", "未知"]], profile)
    assert profile["medications"] == [{"drug": "zoledronate"}]
    READER.items("radiotherapy", [["部位", "邻近器官"], ["肝", "不详"]], profile)
    assert profile["radiotherapy"] == [{"site": "liver"}]


@given(st.sampled_from(["zh", "en"]), st.sampled_from(VOCABULARY.notes.words["unknown"]))
def test_a_name_that_is_a_word_for_the_unknown_is_written_and_read_as_a_name(language: Any, word: str) -> None:
    profile = {"medications": [{"drug": "other", "name": word, "status": "active"}]}
    written = write_feature("f", [write_scenario(profile, language, "s")], language)
    (story,) = read_stories(written, VOCABULARY)
    assert story.story.profile == profile


@pytest.mark.parametrize(
    "step",
    [
        table("放疗", ("部位", "状态"), ("乳房", "未做")),
        table("用药", ("药物", "状态"), ("唑来膦酸", "未做")),
        table("患者", ("手术史", "未做")),
    ],
)
def test_that_a_treatment_was_not_done_is_not_that_nothing_is_known_of_it(step: str) -> None:
    (issue,) = told(step)
    assert "不能是“未做”" in issue


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        ([table("患者", ("年龄", "50")), table("患者", ("年龄", "60"))], "7:14"),
        ([table("患者", ("骨痛", "有")), table("症状", ("骨痛", "无"))], "7:14"),
        ([table("患者", ("血钙", "2.3 mmol/L")), table("化验", ("化验", "值"), ("血钙", "2.9 mmol/L"))], "8:14"),
        ([table("患者", ("血钙", "2.3 mmol/L")), table("患者", ("血钙", "9.2 mg/dL"))], "7:14"),
        ([table("患者", ("HER2状态", "阳性")), table("患者", ("HER2状态", "阴性"))], "7:18"),
        ([table("手术", ("手术",), ("保乳术",)), table("患者", ("手术史", "全乳切除"))], "8:15"),
        ([table("本院设置", ("老年的年龄界值", "65")), table("本院设置", ("老年的年龄界值", "70"))], "7:19"),
        (['    假如 评估日期是"2025-01-01"\n', '    并且 评估日期是"2026-01-01"\n'], "5:5"),
    ],
)
def test_a_step_that_takes_back_what_another_said_is_a_mistake(steps: list[str], place: str) -> None:
    (issue,) = told(*steps)
    assert issue.startswith(f"a:{place}: "), issue
    assert "与前面写的不同" in issue


@pytest.mark.parametrize(
    "steps",
    [
        [table("患者", ("年龄", "50")), table("患者", ("年龄", "50岁"))],
        [table("患者", ("血钙", "2.3 mmol/L")), table("患者", ("血肌酐", "80 µmol/L"))],
        [table("手术", ("手术",), ("保乳术",)), table("手术", ("手术",), ("骨科手术",))],
        [table("用药", ("药物",), ("唑来膦酸",)), table("用药", ("药物",), ("地舒单抗",))],
        [table("患者", ("年龄", "50")), "    当 评估\n", table("患者", ("年龄", "60"))],
    ],
)
def test_a_step_that_says_the_same_more_or_later_is_none(steps: list[str]) -> None:
    assert told(*steps) == []


def test_a_scenario_may_say_otherwise_than_its_background() -> None:
    background = table("患者", ("年龄", "50"))
    assert told(table("患者", ("年龄", "60")), background=background) == []
    (issue,) = told(table("患者", ("骨痛", "有")), background=background + background.replace("50", "60"))
    assert "与前面写的不同" in issue


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("用药", ("药物", "状态")),
        ("用药（可能不全）", ("药物", "状态")),
        ("病灶", ("器官",)),
        ("放疗", ("部位", "状态")),
        ("手术", ("手术",)),
        ("历次结果", ("项目", "日期", "值")),
        ("化验", ("化验", "值")),
        ("患者", ("项目", "值")),
    ],
)
def test_a_table_of_nothing_but_its_columns_names_does_not_mean_none(name: str, header: tuple[str, ...]) -> None:
    (issue,) = told(table(name, header))
    assert issue.startswith("a:5:9: ")
    assert "没有用药" in issue


def test_two_columns_of_one_name_in_the_examples_are_a_mistake() -> None:
    outline = HEAD.replace("场景:", "场景大纲:") + table("患者", ("HER2状态", "<值>")) + END
    examples = "    例子:\n      | 值 | 值 |\n      | 阳性 | 阴性 |\n"
    (issue,) = run_text("a", outline + examples, site()).issues
    assert str(issue).startswith("a:9:13: 例子里有两列“值”")


@pytest.mark.parametrize("blank", [" ", "　", "\t "])
@pytest.mark.parametrize(
    "then", ['提示包含"…"', '建议不包含"…"', '规则"…"未定', '需要补充"…"', '"…"的紧急程度是"警示"']
)
def test_a_check_of_nothing_but_blanks_is_a_mistake(then: str, blank: str) -> None:
    text = HEAD + table("患者", ("HER2状态", "阳性")) + f"    当 评估\n    那么 {then.replace('…', blank)}\n"
    (issue,) = run_text("a", text, site()).issues
    assert str(issue).startswith("a:7:5: ")


@pytest.mark.parametrize("verdict", ["成立", "不成立", "未定"])
def test_a_table_without_a_rule_checks_nothing_and_is_a_mistake(verdict: str) -> None:
    text = HEAD + table("患者", ("HER2状态", "阳性")) + f"    当 评估\n    那么 下列规则{verdict}:\n      | 规则 |\n"
    (issue,) = run_text("a", text, site()).issues
    assert str(issue) == "a:8:9: 表里没有规则，什么也没有检查"


def test_what_the_engine_refuses_is_told_in_chinese_at_its_cell() -> None:
    (date,) = told(table("化验", ("化验", "值", "日期"), ("血钙", "2.3 mmol/L", "2025-02-30")))
    assert date == "a:6:27: “血钙检验日期”（/labs/calcium/date） 不是日期；应为：日期，如 2026-01-31"
    (range_,) = told(table("化验", ("化验", "值", "参考范围"), ("血钙", "2.3 mmol/L", "2.52-2.11")))
    assert range_.startswith("a:6:27: ")
    (unit,) = told(table("患者", ("血钙", "23 mmol/L")))
    assert "可用单位：mmol/L、mg/dL" in unit
