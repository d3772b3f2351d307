"""What lesions, drugs and courses are called where a doctor reads of them: by what they are, not by their ids."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from oncocds.advice.result import Evaluation
from oncocds.cli import main
from oncocds.engine import Engine
from oncocds.explaining.explain import explain

ENGINE = Engine.load()
KEY = "3f2a91c4-77aa-4c31-9d1e-0a5b7c9d1e2f"
TRASTUZUMAB, DENOSUMAB = {"id": "M1", "drug": "trastuzumab"}, {"id": "M2", "drug": "denosumab", "status": "active"}
UNKNOWN = {"id": "M3", "drug": "other", "name": "某新药", "status": "active"}
BONE = {"organ": "bone", "status": "confirmed"}


def answered(tumour: str = "breast", **patient: Any) -> Evaluation:
    return ENGINE.evaluate({"diagnosis": {"tumour_type": tumour}, **patient}, as_of="2026-01-01")


def called(**patient: Any) -> list[str]:
    return [name.zh for name in answered(**patient).items.values()]


def asked(answer: Evaluation) -> dict[str, str]:
    return {one.fact: one.label.zh for one in answer.questions.clinician}


def said(answer: Evaluation) -> str:
    return "\n".join(one.line.zh for one in answer.briefing)


def test_a_drug_is_called_by_its_name_and_one_that_nobody_knows_by_the_records() -> None:
    assert called(medications=[TRASTUZUMAB, DENOSUMAB, UNKNOWN]) == ["曲妥珠单抗", "地舒单抗", "某新药"]
    assert called(medications=[{"id": "M1"}]) == []  # nothing is known of it but its id


def test_an_id_stands_beside_a_name_that_two_items_share() -> None:
    assert called(medications=[DENOSUMAB, {**DENOSUMAB, "id": "M9"}]) == ["地舒单抗（M2）", "地舒单抗（M9）"]


@pytest.mark.parametrize(
    ("lesion", "name"),
    [
        ({"id": "T8", "site": "thoracic_spine"}, "胸椎（T8）"),  # what people wrote on it says more than its site
        ({"id": "left-femur", "site": "femur"}, "股骨（left-femur）"),
        ({"id": "胸椎T8", "site": "thoracic_spine"}, "胸椎T8"),
        ({"site": "thoracic_spine"}, "胸椎"),  # an id made of the site says it once more
        ({"id": KEY, "site": "femur"}, "股骨"),  # a key says nothing
        ({"id": "L1"}, "骨（L1）"),
        ({"id": "L1", "site": "other"}, "骨（L1）"),
    ],
)
def test_a_lesion_is_called_by_its_site(lesion: dict[str, str], name: str) -> None:
    given = [{**BONE, **lesion}]
    assert [*map(str, called(lesions=given))] == ([name] if name != lesion.get("id") else [])


def test_a_course_is_called_by_its_side_and_site() -> None:
    assert called(radiotherapy=[{"id": "R1", "site": "breast", "laterality": "left"}]) == ["左侧乳房"]


def test_a_name_as_long_as_a_sentence_is_cut() -> None:
    (name,) = called(medications=[{**UNKNOWN, "name": "药" * 200}])
    assert name == "药" * 40 + "…"


def test_questions_and_lines_name_the_thing_and_json_its_path() -> None:
    answer = answered(medications=[TRASTUZUMAB, UNKNOWN], lesions=[{**BONE, "id": KEY, "site": "femur"}])
    labels = asked(answer)
    assert labels["medications[M1].status"] == "药物 曲妥珠单抗：用药状态"
    assert labels["medications[M3].class"] == "药物 某新药：药物类别"
    assert labels[f"lesions[{KEY}].fracture_risk"] == "病灶 股骨：病理性骨折风险"
    assert "药物 某新药：药物类别？" in said(answer)
    assert not any(one in said(answer) for one in ("M1", "M3", KEY))
    assert all(KEY not in line.line.en for line in answer.briefing)


def test_what_advice_rests_on_names_it_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "patient.json"
    patient = {"diagnosis": {"tumour_type": "breast"}, "medications": [DENOSUMAB, {**UNKNOWN, "class": []}]}
    file.write_text(json.dumps({**patient, "lesions": [{**BONE, "id": KEY, "site": "femur"}]}), "utf-8")
    assert main(["evaluate", str(file), "--full", "--as-of", "2026-01-01"]) == 0
    printed = capsys.readouterr().out
    assert "病灶 股骨：骨，已确诊" in printed
    assert "药物 地舒单抗：进行中" in printed
    assert KEY not in printed.replace(f"lesions[{KEY}]", "")


def test_why_and_what_would_change_it_name_it_too() -> None:
    patient = {"diagnosis": {"tumour_type": "breast"}, "biomarkers": {"her2_status": "positive"}}
    found = explain(ENGINE, "HER2RT-15", {**patient, "medications": [TRASTUZUMAB]}, as_of="2026-01-01")
    changes = [one.text.zh for change in found.what_would_change.alternatives or () for one in change.changes]
    assert "记录药物 曲妥珠单抗：用药状态：计划中" in changes
    assert "药物 M1" not in str(found)


@pytest.mark.parametrize("id_", ["M3", None])  # without one, the name is its id
def test_an_agent_that_nobody_knows_is_named_where_two_must_not_be_combined(id_: str | None) -> None:
    agent = {**UNKNOWN, "id": id_, "class": ["bone_modifying_agent"]}
    answer = answered(medications=[DENOSUMAB, agent], lesions=[{**BONE, "site": "femur"}])
    (line,) = [one.line for one in answer.briefing if one.ref == "avoid-combining-bone-agents"]
    assert line.zh.startswith("在用或拟用：地舒单抗、其他骨改良药物（某新药）。")
    assert line.en.startswith("Active or planned: denosumab, another bone-modifying agent (某新药).")


def test_of_three_hundred_lesions_a_line_names_the_first_and_counts_them() -> None:
    lesions = [{**BONE, "id": f"L{n}", "site": "femur", "symptomatic": True} for n in range(1, 301)]
    answer = answered("nsclc", lesions=lesions)
    (line,) = [one for one in answer.briefing if one.ref == "irradiate-bone-metastasis"]
    assert line.line.zh.startswith("[股骨（L1、L2、L3）等300处] ")
    assert line.line.en.startswith("[femur (L1, L2, L3) and others, 300 in all] ")
    assert len({one.lesion for one in line.covers}) == 300
    assert all(len(one.line.zh) < 1000 for one in answer.briefing)


def test_lesions_of_one_site_stand_together() -> None:
    sites = {"T8": "thoracic_spine", "F": "femur", "T9": "thoracic_spine"}
    given = [{**BONE, "id": name, "site": site, "fracture_risk": True} for name, site in sites.items()]
    assert "股骨（F）、胸椎（T8、T9）] 有病理性骨折风险" in said(answered(lesions=given))


RENAL = {
    "age": 71,
    "sex": "female",
    "weight": {"value": 52, "unit": "kg"},
    "labs": {"creatinine": {"value": 180, "unit": "umol/L", "date": "2025-12-20"}},
}


def test_the_formula_of_the_clearance_is_said_once_and_its_figure_in_each_line() -> None:
    agents = [DENOSUMAB, {"id": "M9", "drug": "zoledronate", "status": "active"}]
    answer = answered(**RENAL, medications=agents, lesions=[{**BONE, "site": "femur"}])
    for told in (said(answer), "\n".join(one.line.en for one in answer.briefing)):
        assert told.count("88.4") == 1
        assert told.count("20.8 mL/min") == 2
    assert sum("88.4" in notice.text.zh for notice in answer.notices) == 2  # each is whole by itself


def liver(**limits: float) -> str:
    result = {"unit": "U/L", "date": "2025-12-20", **limits}
    tests = {"alt": {"value": 120, **result}, "ast": {"value": 80, **result}}
    patient = {"biomarkers": {"ret_fusion": "positive"}, "medications": [{"drug": "selpercatinib", "status": "active"}]}
    return said(answered("nsclc", **patient, labs=tests, lesions=[{**BONE, "site": "femur"}]))


@pytest.mark.parametrize("low", [0, 9])
def test_a_high_result_is_shown_with_the_upper_limit_alone(low: int) -> None:
    told = liver(reference_low=low, reference_high=40)
    assert "ALT 120 U/L（2025-12-20）；AST 80 U/L（2025-12-20）；ALT参考上限 40 U/L；AST参考上限 40 U/L］" in told
    assert "参考下限" not in told


def test_the_most_urgent_that_an_answer_would_bring_comes_first() -> None:
    (one,) = [one for one in answered().decisions if one.fact == "symptoms.cord_signs"]
    brought = [brought for answer in one.answers for brought in answer.brings]
    assert [brought[0].rule, brought[0].urgency] == ["BCBM-07", "critical"]
    assert {each.urgency for each in brought[1:]} == {"warning"}


def test_what_a_course_is_aimed_at_is_named_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "patient.json"
    course = {"id": "R", "site": "bone", "status": "planned", "targets": [KEY]}
    lesions = [{**BONE, "id": KEY, "site": "thoracic_spine"}]
    patient = {"diagnosis": {"tumour_type": "nsclc"}, "lesions": lesions, "radiotherapy": [course]}
    file.write_text(json.dumps(patient), "utf-8")
    assert main(["evaluate", str(file), "--full", "--as-of", "2026-01-01"]) == 0
    assert "放疗 骨：计划中，靶病灶 胸椎" in capsys.readouterr().out
