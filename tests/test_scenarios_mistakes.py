"""Each mistake in a scenario file is reported with its place and with what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncocds.scenarios.check import check_file
from oncocds.scenarios.run import run_scenarios

HEAD = "# language: zh-CN\n功能: 例\n\n  场景: 甲\n"
GOOD = HEAD + '    假如 患者:\n      | HER2状态 | 阳性 |\n    当 评估\n    那么 规则"HER2RT-01"未定\n'


def found(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "a.feature"
    file.write_text(text, encoding="utf-8")
    return [str(issue).removeprefix(str(file) + ":") for issue in check_file(file)]


def test_a_good_file_has_no_mistakes(tmp_path: Path) -> None:
    assert found(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (GOOD.replace("功能:", "功能："), "2:3: ", ["全角冒号"]),
        (GOOD.replace("患者:", "患者："), "5:10: ", ["全角冒号"]),
        (HEAD + "    如果 患者:\n    当 评估\n", "5:5: ", ["如果 患者:", "不是步骤", "假如", "那么"]),
        (GOOD + "    如果没有放疗\n", "9:5: ", ["如果没有放疗", "不是步骤", "假如"]),
        (GOOD.replace("当 评估", "当 评价"), "7:5: ", ["没有“评价”这样的步骤", "当 评估"]),
        (GOOD.replace('规则"HER2RT-01"未定', '建议含"HER2RT-01"'), "8:5: ", ["建议包含", "建议不包含"]),
        (GOOD.replace("HER2状态", "HER2状况"), "6:9: ", ["没有“HER2状况”", "HER2状态"]),
        (GOOD.replace("阳性", "很高"), "6:", ["HER2状态", "阳性、阴性"]),
        (GOOD + GOOD.split("\n\n")[1], "9:3: ", ["同名", "第4行"]),
        (GOOD.replace("      | HER2状态 | 阳性 |\n", ""), "5:5: ", ["要有表格"]),
        (GOOD.replace("| 阳性 |", "| 阳性 |\n      | 年龄 |"), "7:7: ", ["列数不一样"]),
        (
            GOOD.replace('规则"HER2RT-01"未定', "规则 HER2RT-01 未定"),
            "8:5: ",
            ["没有“规则 HER2RT-01 未定”", '规则"…"未定'],
        ),
        (GOOD.replace('规则"HER2RT-01"未定', "建议不包含停药"), "8:5: ", ["没有“建议不包含停药”", '建议不包含"…"']),
        (
            GOOD.replace("患者:\n      | HER2状态 | 阳性", "用药:\n      | 曲妥珠 | 状态"),
            "6:9: ",
            ["“曲妥珠”是“药物”的内容", "列名"],
        ),
        (
            GOOD.replace("患者:\n      | HER2状态 | 阳性", "病灶:\n      | 腰椎 | 状态"),
            "6:9: ",
            ["“腰椎”是“骨部位”的内容", "列名"],
        ),
        (GOOD.replace("患者:\n      | HER2状态", "化验:\n      | 血钙"), "6:9: ", ["“血钙”是项目", "| 化验 | 值 |"]),
        (
            GOOD.replace("患者:\n      | HER2状态", "历次结果:\n      | LVEF"),
            "6:9: ",
            ["“LVEF”是项目", "| 化验 | 值 |"],
        ),
        (HEAD, "4:3: ", ["没有步骤"]),
        (GOOD.replace("| HER2状态 | 阳性 |", "| 血钙 | 2.30 |"), "6:", ["血钙", "mmol/L", "mg/dL"]),
        (GOOD.replace("| HER2状态 | 阳性 |", "| 骨痛 | 也许 |"), "6:", ["骨痛", "是、否"]),
        (GOOD.replace("zh-CN", "xx"), "1:1: ", ["zh-CN"]),
        (GOOD.replace("# language: zh-CN\n", ""), "1:1: ", ["第一行", "# language: zh-CN"]),
        (GOOD.replace("| HER2状态 | 阳性 |", "｜ HER2状态 ｜ 阳性 ｜"), "6:7: ", ["全角竖线"]),
        (GOOD.replace("| HER2状态 | 阳性 |", "| 年龄 | 46 |\n      | 年龄 | 47 |"), "7:9: ", ["“年龄”", "两次"]),
        (GOOD.replace("| HER2状态 | 阳性 |", "| 手术史 | |"), "6:", ["手术史", "没有写值", "保乳术", "无"]),
        (GOOD.replace("| HER2状态 | 阳性 |", "| 年龄 | 46% |"), "6:", ["年龄", "数字", "岁"]),
        (GOOD.replace("当 评估", '并且 评估日期是"2025-02-30"\n    当 评估'), "7:5: ", ["2025-02-30", "不是日期"]),
        (
            GOOD.replace("当 评估", "并且 没有用药\n    并且 用药:\n      | 药物 |\n      | 顺铂 |\n    当 评估"),
            "8:5: ",
            ["用药", "相矛盾"],
        ),
        (
            GOOD.replace("当 评估", "并且 没有用药\n    并且 用药可能不全\n    当 评估"),
            "8:5: ",
            ["用药可能不全", "相矛盾"],
        ),
        (
            GOOD.replace("当 评估", "并且 病灶:\n      | 器官 | 威胁脊髓 |\n      | 骨 | 不详 |\n    当 评估"),
            "9:13: ",
            ["脊髓受威胁", "不写即视为“否”"],
        ),
        (
            GOOD.replace("当 评估", "并且 没有手术\n    并且 手术可能不全\n    当 评估"),
            "8:5: ",
            ["手术可能不全", "相矛盾"],
        ),
        (
            GOOD.replace("当 评估", "并且 手术可能不全\n    并且 没有手术\n    当 评估"),
            "8:5: ",
            ["没有手术", "相矛盾"],
        ),
        (
            GOOD.replace("当 评估", "并且 用药可能不全\n    并且 没有用药\n    当 评估"),
            "8:5: ",
            ["没有用药", "相矛盾"],
        ),
        (
            GOOD.replace('规则"HER2RT-01"未定', "下列规则未定:\n      | HER2RT-1 |"),
            "9:9: ",
            ["没有规则“HER2RT-1”", "HER2RT-01"],
        ),
        (GOOD.replace('规则"HER2RT-01"未定', "下列规则未定:\n      | HER2RT-01 | 别的 |"), "9:21: ", ["标题是"]),
        (
            GOOD.replace("    当 评估\n", "").replace('    那么 规则"HER2RT-01"未定\n', ""),
            "4:3: ",
            ["没有检查任何结论"],
        ),
        (GOOD.replace("| HER2状态 | 阳性 |", "| 年龄 | 500 |"), "6:14: ", ["/age", "超出范围", "130"]),
        (
            GOOD.replace(
                "患者:\n      | HER2状态 | 阳性 |", "化验:\n      | 化验 | 值 |\n      | 血肌酐 | 1.6 µmol/L |"
            ),
            "7:",
            ["creatinine", "单位"],
        ),
        (
            GOOD.replace(
                "患者:\n      | HER2状态 | 阳性 |", "用药:\n      | 药物 | 开始日期 |\n      | 顺铂 | 2025-13-01 |"
            ),
            "7:",
            ["start_date", "不是日期"],
        ),
        (
            GOOD.replace("患者:\n      | HER2状态 | 阳性 |", "本院设置:\n      | 老年的年龄界值 | 200 |"),
            "6:",
            ["elderly_age", "超出范围"],
        ),
        (
            GOOD.replace(
                "患者:\n      | HER2状态 | 阳性 |",
                "放疗:\n      | 部位 | 靶病灶 |\n      | 骨 | B1 |\n    并且 没有病灶",
            ),
            "9:5: ",
            ["targets", "病灶"],
        ),
        (GOOD.replace("场景: 甲", "场景 甲"), "4:3: ", ["场景 甲", "前面没有“场景:”"]),
    ],
)
def test_a_mistake_is_reported_where_it_is(tmp_path: Path, text: str, place: str, words: list[str]) -> None:
    issues = found(tmp_path, text)
    assert len(issues) == 1, issues
    assert issues[0].startswith(place), issues
    for word in words:
        assert word in issues[0], issues


def test_an_unknown_step_and_an_unknown_field_show_what_is_near_and_fits(tmp_path: Path) -> None:
    (step,) = found(tmp_path, GOOD.replace("当 评估", "当 评价"))
    assert step.splitlines()[1:] == ["    当 评估"]
    (fact,) = found(tmp_path, GOOD.replace("HER2状态", "HER2状况"))
    assert "最接近的有：HER2状态（" in fact
    (number,) = found(tmp_path, GOOD.replace("| HER2状态 | 阳性 |", "| 基线LVEE | 62% |"))
    assert "最接近的有：基线LVEF、最近LVEF（" in number
    (nothing,) = found(tmp_path, GOOD.replace("HER2状态", "中医证型"))
    assert "最接近" not in nothing
    assert "oncocds vocabulary 中医证型" in nothing


@pytest.mark.parametrize(
    ("good", "free", "usual"),
    [
        ("假如 患者:\n      | HER2状态 | 阳性 |", "假如 她58岁，左乳癌，正在打靶向针", "假如 患者:"),
        ('规则"HER2RT-01"未定', "该去复查心超了", '那么 建议包含"…"'),
    ],
)
def test_a_step_like_no_sentence_is_shown_the_usual_ones(tmp_path: Path, good: str, free: str, usual: str) -> None:
    step = found(tmp_path, GOOD.replace(good, free))[0]
    assert "常用的有" in step
    assert usual in [line.strip() for line in step.splitlines()[1:]]


def test_english_files_are_answered_in_english(tmp_path: Path) -> None:
    text = "Feature: f\n  Scenario: s\n    Given the patient:\n      | HER2 state | positive |\n    When evaluated\n"
    (issue,) = found(tmp_path, text)
    assert issue.startswith("4:9: no field 'HER2 state'; the nearest: HER2 status")


def test_files_with_mistakes_are_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.feature"
    file.write_text(GOOD.replace("当 评估", "当 评价"), encoding="utf-8")
    assert run_scenarios([tmp_path]) == 2
    assert f"{file}:7:5:" in capsys.readouterr().err


def test_the_report_names_the_failing_step_and_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.feature"
    file.write_text(GOOD.replace("未定", "成立"), encoding="utf-8")
    page = tmp_path / "report.html"
    assert run_scenarios([file], page) == 1
    out = capsys.readouterr().out
    assert "✗ 甲" in out
    assert "规则 HER2RT-01 的结论是“未定”，不是“成立”" in out
    assert f"{file}:8" in out
    html = page.read_text(encoding="utf-8")
    assert "✗ 甲" in html
    assert "<td>HER2状态</td><td>阳性</td>" in html


def test_scenarios_that_hold_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.feature"
    file.write_text(GOOD, encoding="utf-8")
    assert run_scenarios([file]) == 0
    assert "✓ 甲" in capsys.readouterr().out


OUTLINE = GOOD.replace("场景: 甲", "场景大纲: 甲").replace("阳性", "<值>") + "    例子:\n      | 值 |\n      | 阳性 |\n"


def test_an_outline_runs_once_for_each_example(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.feature"
    file.write_text(OUTLINE + "      | 阴性 |\n", encoding="utf-8")
    assert run_scenarios([file]) == 1
    out = capsys.readouterr().out
    assert "✓ 甲" in out
    assert "✗ 甲" in out


def test_a_wrong_value_of_an_example_is_reported_where_it_is_used(tmp_path: Path) -> None:
    (issue,) = found(tmp_path, OUTLINE + "      | 很高 |\n      | 很高 |\n")
    assert issue.startswith("6:18: “HER2状态”不能是“很高”")


def test_a_folder_without_scenarios_is_a_mistake(tmp_path: Path) -> None:
    assert run_scenarios([tmp_path]) == 2


def test_a_question_after_an_unknown_fact_shows_the_nearest_facts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.feature"
    file.write_text(GOOD.replace('规则"HER2RT-01"未定', '需要补充"LVEF基线值"'), encoding="utf-8")
    assert run_scenarios([file]) == 1
    assert "没有“LVEF基线值”这一项；最接近的有：基线LVEF" in capsys.readouterr().out


def test_a_table_of_rules_names_every_wrong_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.feature"
    rules = "下列规则成立:\n      | 规则 |\n      | HER2RT-01 |\n      | HER2RT-02 |"
    file.write_text(GOOD.replace('规则"HER2RT-01"未定', rules), encoding="utf-8")
    assert run_scenarios([file]) == 1
    out = capsys.readouterr().out
    assert "规则 HER2RT-01 的结论是“未定”" in out
    assert "规则 HER2RT-02 的结论是“未定”" in out


def test_remarks_conflicts_and_demotions_can_be_stated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.feature"
    patient = (
        "Feature: f\n  Scenario: s\n    Given the patient:\n      | tumour type | breast cancer |\n"
        "    And the labs:\n      | analyte | value | upper |\n      | serum calcium | 3.4 mmol/L | 2.52 |\n"
        "    And the lesions:\n      | organ | lesion status |\n      | bone | imaging-positive |\n"
        "    And the medications:\n      | drug | status | indication |\n"
        "      | denosumab | active | bone metastasis |\n    When evaluated\n    Then "
    )
    for step, code, said in (
        ('rule "BCBM-60" is demoted', 0, "✓"),
        ('rule "BCBM-06" is demoted', 1, "rule BCBM-06 is not demoted"),
        ('the remarks contain "hypercalcaemi"', 0, "✓"),
        ('the remarks contain "no such words"', 1, "no remark says 'no such words'"),
        ('the conflicts contain "no such conflict"', 1, "no conflict 'no such conflict'"),
    ):
        file.write_text(patient + step + "\n", encoding="utf-8")
        assert run_scenarios([file], language="en") == code, step
        assert said in capsys.readouterr().out


MANY = (
    HEAD
    + """    假如 患者:
      | 诊断 | 乳腺癌 |
      | 年龄 | 52 | 岁 |
    如果 有骨转移
    并且 在用的药:
      | 药物     | 厂子 |
      | 神药二号 | 某厂 |
    并且 用药:
      | 西药     | 厂子 |
      | 神药一号 | 某厂 |
    并且 化验:
      | 项目 | 数   |
      | 血钙 | 很高 |
    当 评估
    那么 规则"BCBM-99"成立
    并且 需要补充"星座"
    并且 建议包含"没有规则这样说"
"""
)


def test_every_mistake_of_a_file_is_told_in_one_round(tmp_path: Path) -> None:
    told = found(tmp_path, MANY)
    places = [issue.split(":")[0] for issue in told]
    assert places == ["7", "8", "9", "10", "11", "13", "13", "14", "16", "17", "19", "20", "21"]
    text = "\n".join(told)
    for words in (
        "神药一号",
        "神药二号",
        "没有“西药”",
        "“血钙”不能是“很高”",
        "没有规则“BCBM-99”",
        "没有“星座”",
        "说到“没有规则这样说”",
    ):
        assert words in text


def test_a_file_that_only_expects_what_there_is_not_runs_and_fails(tmp_path: Path) -> None:
    assert found(tmp_path, GOOD.replace("HER2RT-01", "HER2RT-99")) == []


def test_a_line_that_is_left_out_brings_no_further_mistake(tmp_path: Path) -> None:
    (told,) = found(tmp_path, GOOD.replace("    当 评估", "    然后评估"))
    assert told.startswith("7:5: “然后评估”不是步骤")


@pytest.mark.parametrize(
    ("word", "value", "meant"),
    [
        ("腫瘤類型", "乳腺癌", "肿瘤类型"),
        ("年齡", "60", "年龄"),
        ("左心室射血分數", "60", "最近LVEF"),
        ("體重", "60 kg", "体重"),
    ],
)
def test_a_fact_in_traditional_characters_brings_the_one_in_simplified(
    tmp_path: Path, word: str, value: str, meant: str
) -> None:
    (told,) = found(tmp_path, GOOD.replace("| HER2状态 | 阳性 |", f"| {word} | {value} |"))
    assert f"最接近的有：{meant}" in told


@pytest.mark.parametrize(
    ("step", "meant"),
    [
        ('建議包含"骨改良药物"', '建议包含"…"'),
        ('應詢問"年龄"', '需要补充"…"'),
        ('規則"HER2RT-01"成立', '规则"…"成立'),
        ('需要补充"年齡"', "年龄"),
        ('建议包含"不同種類的骨改良藥物不可使用"', "不同种类的骨改良药物不可同时使用"),
    ],
)
def test_a_step_in_traditional_characters_brings_the_one_in_simplified(tmp_path: Path, step: str, meant: str) -> None:
    # Words of the answer are looked up where the file does not run.
    *_, told = found(tmp_path, GOOD.replace("| 阳性 |", "| 很高 |").replace('规则"HER2RT-01"未定', step))
    assert meant in told


@pytest.mark.parametrize("step", ['推荐"骨改良药物"', '给出"骨改良药物"', '显示"骨改良药物"'])
def test_what_is_quoted_makes_no_two_sentences_alike(tmp_path: Path, step: str) -> None:
    (told,) = found(tmp_path, GOOD.replace('规则"HER2RT-01"未定', step))
    assert "过期" not in told
    assert "分歧" not in told
    assert '建议包含"…"' in told
