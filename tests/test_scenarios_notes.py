"""A scenario is written like a note: what a doctor writes without having read any help is read, or told at once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncocds.advice.wording import FactWords
from oncocds.scenarios.cells import CellReader, Wrong
from oncocds.scenarios.direct import FeatureRun, run_text
from oncocds.scenarios.patient import ScenarioError, TableReader
from oncocds.scenarios.run import run_scenarios
from oncocds.scenarios.said import said
from oncocds.scenarios.site import site
from oncocds.text import Language
from oncocds.vocabulary.loader import bundled_vocabulary

DATA = Path(__file__).parent / "data" / "scenarios" / "corpus"
READER = TableReader(bundled_vocabulary())


def run(name: str) -> FeatureRun:
    return run_text(name, (DATA / name).read_text("utf-8"), site())


def patient(*rows: tuple[str, str], reader: TableReader = READER) -> tuple[dict[str, Any], list[str]]:
    profile: dict[str, Any] = {}
    return profile, reader.patient([list(row) for row in rows], profile)


def labs(*rows: list[str]) -> tuple[dict[str, Any], list[str]]:
    profile: dict[str, Any] = {}
    remarks = READER.labs(list(rows), profile)
    return profile["labs"], remarks


def items(name: str, *rows: list[str]) -> tuple[list[dict[str, Any]], list[str]]:
    profile: dict[str, Any] = {}
    remarks = READER.items(name, list(rows), profile)
    return profile[name], remarks


def refused(*rows: tuple[str, str]) -> str:
    with pytest.raises(ScenarioError) as caught:
        patient(*rows)
    return str(caught.value)


def test_a_first_try_in_chinese_runs_and_what_fails_says_what_is_missing() -> None:
    found = run("first-try-zh.feature")
    assert [str(issue) for issue in found.issues] == []
    assert [one.name for one in found.scenarios if not one.passed] == ["两处病灶一处进展"]
    (reason,) = [s.reason for one in found.scenarios for s in one.steps if s.reason]
    assert reason is not None
    assert "规则 LCBM-07（系统治疗期间寡进展：对进展病灶局部放疗）不成立" in reason


def test_a_first_try_in_english_runs() -> None:
    found = run("first-try-en.feature")
    assert [str(issue) for issue in found.issues] == []
    assert [(one.name, s.reason) for one in found.scenarios for s in one.steps if s.reason] == []


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (("HER2", "3+"), {"biomarkers": {"her2_ihc": "3+"}}),
        (("HER2", "阳性"), {"biomarkers": {"her2_status": "positive"}}),
        (("HER2", "FISH阳性"), {"biomarkers": {"her2_ish": "amplified"}}),
        (("分期", "早期"), {"diagnosis": {"extent": "early"}}),
        (("分期", "IIIA"), {"diagnosis": {"stage_group": "IIIA"}}),
        (("ER", "阳性"), {"biomarkers": {"hr_status": "positive"}}),
        (("ER", "90%"), {"biomarkers": {"er_pct": 90}}),
        (("诊断", "左乳腺癌"), {"diagnosis": {"tumour_type": "breast", "laterality": "left"}}),
        (("诊断", "晚期乳腺癌伴骨转移"),
         {"diagnosis": {"tumour_type": "breast", "extent": "metastatic", "bone_metastases": True}}),
        (("诊断", "三阴性乳腺癌"),
         {"diagnosis": {"tumour_type": "breast"}, "biomarkers": {"her2_status": "negative", "hr_status": "negative"}}),
        (("RET", "KIF5B-RET融合"), {"biomarkers": {"ret_fusion": "positive"}}),
        (("年龄", "５２岁"), {"age": 52}),
        (("age", "54 years"), {"age": 54}),
        (("体重", "50公斤"), {"weight": {"value": 50.0, "unit": "kg"}}),
        (("心超日期", "2025年3月1日"), {"cardiac": {"echo_date": "2025-03-01"}}),
        (("心超日期", "2025.10.1"), {"cardiac": {"echo_date": "2025-10-01"}}),
        (("骨痛", "否认"), {"symptoms": {"bone_pain": False}}),
        (("骨痛", "未见"), {"symptoms": {"bone_pain": False}}),
        (("骨痛", "有"), {"symptoms": {"bone_pain": True}}),
        (("骨痛", "不详"), {}),
        (("骨痛", "-"), {}),
        (("骨痛", ""), {}),
        (("激素受体状态", "未查"), {}),
        (("手术", "没有"), {"surgeries": []}),
        (("双下肢无力", "有"), {"symptoms": {"cord_signs": True}}),
        (("大小便失禁", "有"), {"symptoms": {"cord_signs": True}}),
        (("意识模糊", "是"), {"symptoms": {"hypercalcaemia_like": True}}),
        (("双下肢无力", "无"), {}),
        (("尿潴留", "不详"), {}),
        (("EGFR", "19外显子缺失"), {}),
        (("病理性骨折", "不详"), {"incomplete": ["skeletal_events.pathological_fracture"]}),
        (("透析", "未知"), {"incomplete": ["comorbidities.dialysis"]}),
    ],
)  # fmt: skip
def test_a_row_of_a_note_is_read(row: tuple[str, str], expected: dict[str, Any]) -> None:
    assert patient(row)[0] == expected


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("双下肢无力", "有"), ["双下肢无力", "脊髓受压体征", "是"]),
        (("双下肢无力", "无"), ["双下肢无力", "不能说明", "脊髓受压体征"]),
        (("EGFR", "19外显子缺失"), ["EGFR", "没有规则用到"]),
        (("诊断", "左乳腺癌"), ["左乳腺癌", "肿瘤类型 = 乳腺癌", "左侧"]),
    ],
)
def test_what_is_read_otherwise_than_written_is_said(row: tuple[str, str], words: list[str]) -> None:
    (remark,) = patient(row)[1]
    for word in words:
        assert word in remark


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("诊断", "疑似乳腺癌骨转移"), ["肿瘤类型", "乳腺癌"]),
        (("诊断", "HER2阳性三阴性乳腺癌"), ["肿瘤类型"]),
        (("ER", "阴性"), ["数字"]),
        (("体重", "50"), ["kg"]),
        (("血钙", "2.30"), ["mmol/L", "mg/dL"]),
        (("骨扫描", "未做"), ["是、否"]),
        (("尿潴留", "3"), ["有、无"]),
        (("意识清楚", "是"), ["没有“意识清楚”"]),
        (("心超日期", "2025年13月1日"), []),
    ],
)
def test_what_is_not_clear_is_not_guessed(row: tuple[str, str], words: list[str]) -> None:
    if not words:
        assert patient(row)[0] == {"cardiac": {"echo_date": "2025-13-01"}}  # no such day: the engine refuses it
        return
    message = refused(row)
    for word in words:
        assert word in message, message


def test_a_sign_and_its_field_that_disagree_are_a_mistake() -> None:
    for rows in ((("截瘫", "有"), ("脊髓受压体征", "否")), (("脊髓受压体征", "否"), ("截瘫", "有"))):
        assert "相互矛盾" in refused(*rows)
    assert patient(("截瘫", "无"), ("脊髓受压体征", "是"))[0] == {"symptoms": {"cord_signs": True}}


@given(
    st.sampled_from(sorted(bundled_vocabulary().notes.signs)),
    st.sampled_from(["有", "无", "不详", "", "否认", "yes", "no"]),
)
def test_a_sign_makes_its_field_true_and_never_false(sign: str, answer: str) -> None:
    one = bundled_vocabulary().notes.signs[sign]
    for word in (one.label.zh, one.label.en, *one.synonyms):
        profile, _ = patient((word, answer))
        group, name = one.means.split(".")
        assert profile in ({}, {group: {name: True}})
        assert bool(profile) == (answer in ("有", "yes"))


def test_laboratory_tables_are_read_as_they_are_printed() -> None:
    found, remarks = labs(
        ["项目", "结果", "单位", "参考范围"],
        ["血钙", "2.80", "mmol/L", "2.11-2.52"],
        ["白蛋白", "31", "", ""],
        ["血小板", "78", "", ""],
        ["血镁", "0.85mmol/l", "", ""],
        ["CEA", "5.1", "ng/mL", ""],
    )
    assert found["calcium"] == {"value": 2.8, "unit": "mmol/L", "reference_low": 2.11, "reference_high": 2.52}
    assert found["albumin"] == {"value": 31.0, "unit": "g/L"}
    assert found["platelets"] == {"value": 78.0, "unit": "10*9/L"}
    assert found["magnesium"] == {"value": 0.85, "unit": "mmol/L"}
    assert [word for word in ("白蛋白", "血小板", "CEA") if not any(word in each for each in remarks)] == []
    assert len(remarks) == 3


@pytest.mark.parametrize("row", [["血钙", "10.2"], ["血镁", "2"], ["血红蛋白", "0.1"]])
def test_a_number_that_more_than_one_unit_may_make_needs_its_unit(row: list[str]) -> None:
    with pytest.raises(ScenarioError):
        labs(["化验", "值"], row)


@pytest.mark.parametrize(
    ("cell", "code"),
    [("胸8", "thoracic_spine"), ("T8", "thoracic_spine"), ("T8椎体", "thoracic_spine"), ("第4腰椎", "lumbar_spine"),
     ("L4-5", "lumbar_spine"), ("颈椎2", "cervical_spine"),
     ("S1", "sacrum"), ("左股骨颈", "femur"), ("右髂骨", "pelvis")],
)  # fmt: skip
def test_bones_are_found_by_the_names_of_notes(cell: str, code: str) -> None:
    assert items("lesions", ["部位", "状态"], [cell, "影像阳性"])[0] == [
        {"site": code, "organ": "bone", "status": "imaging_positive"}
    ]


@pytest.mark.parametrize("cell", ["T13", "T12-L1", "腰0", "左"])
def test_no_such_vertebra_is_refused(cell: str) -> None:
    with pytest.raises(ScenarioError):
        items("lesions", ["部位", "状态"], [cell, "影像阳性"])


def test_a_place_says_the_organ_only_where_the_table_has_no_column_for_it() -> None:
    assert items("lesions", ["器官", "骨部位"], ["", "胸椎"])[0] == [{"site": "thoracic_spine"}]
    assert items("lesions", ["部位"], ["脑"])[0] == [{"organ": "brain"}]
    assert items("lesions", ["部位", "状态"], ["胸8", "骨转移"])[0] == [
        {"site": "thoracic_spine", "organ": "bone", "status": "confirmed"}
    ]


def test_a_side_within_a_place_is_the_side_and_has_to_agree() -> None:
    header = ["部位", "侧", "状态"]
    assert items("radiotherapy", header, ["左乳", "", "计划"])[0] == [
        {"site": "breast", "laterality": "left", "status": "planned"}
    ]
    with pytest.raises(ScenarioError, match="相互矛盾"):
        items("radiotherapy", header, ["左乳", "右", "计划"])


def test_a_drug_of_the_vocabulary_is_found_by_its_name_beside_other() -> None:
    found, remarks = items(
        "medications", ["药物", "药物名称", "状态"], ["其他药物", "氨氯地平", "在用"], ["", "某新药", "在用"]
    )
    assert found[0]["drug"] == "amlodipine"
    assert found[1] == {"drug": "other", "name": "某新药", "status": "active"}
    assert len(remarks) == 1
    assert (
        items("medications", ["药物", "药物名称", "药物类别"], ["其他药物", "氨氯地平", "无"])[0][0]["drug"] == "other"
    )


def test_a_table_without_the_column_of_drugs_is_a_mistake_and_every_mistake_is_told_at_once() -> None:
    with pytest.raises(ScenarioError, match="没有“药物”这一列"):
        items("medications", ["状态", "适应证"], ["进行中", "骨转移"])
    with pytest.raises(ScenarioError) as caught:
        items("medications", ["药物", "装态X", "适应证"], ["没这药", "在用", "骨转移"])
    assert [(each.row, each.column) for each in caught.value.mistakes] == [(0, 1), (1, 0)]


HEAD = "# language: zh-CN\n功能: 试\n  场景: 一\n"
PATIENT = HEAD + "    假如 患者:\n      | 肿瘤类型 | 乳腺癌 |\n      | 脊髓受压体征 | 是 |\n"


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ('那么 建议包含"脊髓压迫"', None),
        ('那么 紧急建议包含"脊髓压迫"', None),
        ('那么 紧急建议包含"骨代谢标志物"', "紧急建议中没有"),
        ('那么 建议不包含"同时使用"', None),
        ('那么 建议包含"同时使用"', "有的是：脊髓压迫警报"),
        ('那么 建议不包含"没有规则这样说"', "没有哪条建议或规则说到"),
        ("那么 没有紧急建议", "有紧急建议：脊髓压迫警报"),
        ("那么 有1条紧急建议", None),
        ("那么 有3条紧急建议", "有1条"),
        ("那么 有九十九条建议", "不是数目"),
        ('那么 询问"HER2状态"', None),
        ('那么 第一条是"脊髓压迫"', None),
        ('那么 第一条是"BCBM-07"', None),
        ('那么 第一条是"疑似骨转移"', "而是：脊髓压迫警报"),
        ('那么 待判断包含"BCBM-06"', None),
        ('那么 待判断包含"左室射血功能"', "待判断中没有"),
    ],
)
def test_sentences_about_the_answer(steps: str, reason: str | None) -> None:
    found = run_text("a", PATIENT + f"    当 评估\n    {steps}\n", site())
    assert found.issues == []
    (scenario,) = found.scenarios
    said = scenario.steps[-1].reason
    assert said is None if reason is None else reason in (said or ""), said


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("症状:\n      | 双下肢无力 | 有 |\n      | 骨痛 | 无 |", "BCBM-07"),
        ("手术:\n      | 手术 |\n      | 保乳 |", None),
        ("手术:\n      | 保乳 |", None),
        ("无手术", None),
        ("用药: 无", None),
        ("无放疗", None),
        ("未用药", None),
        ('评估日期是"2025年3月1日"', None),
    ],
)
def test_tables_and_negations_of_notes(step: str, expected: str | None) -> None:
    text = f"{HEAD}    假如 {step}\n    并且 患者:\n      | 诊断 | 乳腺癌 |\n    当 评估\n"
    found = run_text("a", text + (f'    那么 建议包含"{expected}"\n' if expected else ""), site())
    assert [str(issue) for issue in found.issues] == []
    assert all(one.passed for one in found.scenarios)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_suggestions_are_close_and_of_the_right_kind(language: Language) -> None:
    reader = TableReader(bundled_vocabulary(), language)
    for word, text in (("意识欠佳", "有"), ("尿频", "有"), ("ABCD", "19")):
        with pytest.raises(ScenarioError) as caught:
            patient((word, text), reader=reader)
        assert "最接近" not in str(caught.value)
        assert "nearest" not in str(caught.value)


def test_a_report_shows_the_answer_in_its_order_and_the_settings(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file, page = tmp_path / "a.feature", tmp_path / "a.html"
    setting = "    并且 本院设置:\n      | 老年的年龄界值 | 70 |\n    当 评估\n"
    file.write_text(PATIENT + "      | 尿潴留 | 有 |\n" + setting, encoding="utf-8")
    assert run_scenarios([file], page, show=True) == 0
    out, html = capsys.readouterr().out, page.read_text(encoding="utf-8")
    for shown in (out, html):
        assert "出厂设置（没有给出本院设置）；场景自己的设置：老年的年龄界值 = 70" in shown
        assert shown.index("‼ 紧急  脊髓压迫警报") < shown.index("! 注意  疑似骨转移")
        assert "“尿潴留：有”读作：" in shown
    assert run_scenarios([file]) == 0
    assert "‼ 紧急" not in capsys.readouterr().out


@given(
    st.sampled_from(sorted(bundled_vocabulary().fields)),
    st.text(st.sampled_from("左右双侧乳骨转移早晚期阳性无有不详+-() ,、：0123456789.%mgdLT椎/年月日ab"), max_size=24),
)
def test_no_cell_ends_in_a_traceback(name: str, text: str) -> None:
    fact = bundled_vocabulary().fields[name]
    if fact.world == "derived":
        return
    try:
        found = said(READER.cells, [fact], text)
    except Wrong:
        return  # told in words
    assert found.sets.keys() <= bundled_vocabulary().fields.keys()


@pytest.mark.parametrize(
    ("cell", "date"),
    [("1 Mar 2025", "2025-03-01"), ("March 1, 2025", "2025-03-01"), ("1st Sept 2025", "2025-09-01"),
     ("30-Jun-2025", "2025-06-30"), ("1 Mai 2025", "1 Mai 2025"), ("Mar 2025", "Mar 2025")],
)  # fmt: skip
def test_dates_in_english_are_read(cell: str, date: str) -> None:
    assert items("medications", ["药物", "开始"], ["择泰", cell])[0][0]["start_date"] == date


@pytest.mark.parametrize(
    ("word", "hint"),
    [("主诉", "各写一行"), ("SINS", "脊柱不稳"), ("门静脉癌栓", "大血管侵犯"), ("近期拔牙", "口腔检查")],
)
def test_a_word_that_says_too_much_is_refused_with_what_to_write(word: str, hint: str) -> None:
    assert hint in refused((word, "有"))


def test_words_that_name_a_fact_and_no_advice_show_the_rules_that_read_it() -> None:
    text = PATIENT + '    当 评估\n    那么 建议包含"绝经"\n'
    (scenario,) = run_text("a", text, site()).scenarios
    assert "没有哪条建议或规则说到“绝经”" in (scenario.steps[-1].reason or "")


def test_rules_that_wait_are_named_and_those_of_other_tumours_are_not() -> None:
    text = HEAD + '    假如 患者:\n      | 诊断 | 肺腺癌 |\n    当 评估\n    那么 建议包含"放疗"\n'
    (scenario,) = run_text("a", text, site()).scenarios
    reason = scenario.steps[-1].reason or ""
    assert "规则 LCBM" in reason
    assert "HER2RT" not in reason
    assert reason.index("未定") < (reason.index("不成立") if "不成立" in reason else len(reason))


@pytest.mark.parametrize("number", ["80%+", "80%阳性", "80 % positive"])
def test_a_share_of_receptors_that_is_called_positive_is_that_share(number: str) -> None:
    assert patient(("ER", number))[0] == {"biomarkers": {"er_pct": 80}}


@pytest.mark.parametrize("word", ["轻度", "剧烈", "severe"])
def test_pain_of_any_severity_is_pain(word: str) -> None:
    profile, remarks = patient(("骨痛", word))
    assert profile == {"symptoms": {"bone_pain": True}}
    assert len(remarks) == 1


@pytest.mark.parametrize("written", ["10", "10%", "10 个百分点", "10百分点", "10 percentage points"])
def test_a_fall_of_percentages_is_read_as_people_write_it_and_shown_in_points(written: str) -> None:
    threshold = READER.vocabulary.fields["policy.lvef_drop_abs"]
    assert CellReader(READER.vocabulary, "zh").value(threshold, written) == 10
    words = FactWords(READER.vocabulary)
    assert words.value(threshold.name, 10, "zh") == "10 个百分点"
    assert words.value(threshold.name, 10, "en") == "10 percentage points"


@pytest.mark.parametrize(("language", "unit"), [("zh", "个百分点"), ("en", "percentage points")])
def test_a_refused_number_names_the_unit_as_people_read_it(language: Language, unit: str) -> None:
    cells = CellReader(READER.vocabulary, language)
    with pytest.raises(Wrong, match=re.escape(f"({unit})")):
        cells.value(READER.vocabulary.fields["policy.lvef_drop_abs"], "10 mg")
