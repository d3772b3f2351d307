"""A code of a measurement beside a name of another test tells neither; another name of the test is the test."""

from __future__ import annotations

import pytest

from fhir_support import ANNA, LOINC, Resource, fact, mapped, observation, quantity, reasons

CREATININE, CALCIUM, ALBUMIN, PLATELETS, ALP = "2160-0", "17861-6", "1751-7", "777-3", "6768-6"
OTHERWISE = [
    (CREATININE, "24h尿肌酐", 97, "umol/L", "labs.creatinine"),
    (CREATININE, "尿肌酐(随机)", 97, "umol/L", "labs.creatinine"),
    (CREATININE, "内生肌酐清除率", 97, "umol/L", "labs.creatinine"),
    (CREATININE, "Creatinine clearance", 97, "umol/L", "labs.creatinine"),
    (CALCIUM, "血清离子钙测定", 1.2, "mmol/L", "labs.calcium"),
    (CALCIUM, "Calcium, ionized", 1.2, "mmol/L", "labs.calcium"),
    (CALCIUM, "校正钙（白蛋白）", 2.9, "mmol/L", "labs.calcium"),
    (CALCIUM, "Calcium, corrected for albumin", 2.9, "mmol/L", "labs.calcium"),
    (CALCIUM, "血镁", 2.9, "mmol/L", "labs.calcium"),
    (ALBUMIN, "胸水白蛋白", 30, "g/L", "labs.albumin"),
    (ALBUMIN, "尿微量白蛋白", 30, "g/L", "labs.albumin"),
    (PLATELETS, "平均血小板体积", 180, "10*9/L", "labs.platelets"),
    (ALP, "骨碱性磷酸酶", 120, "U/L", "labs.alp"),
    ("1742-6", "AST", 35, "U/L", "labs.alt"),
    ("718-7", "糖化血红蛋白", 120, "g/L", "labs.haemoglobin"),
    ("10230-1", "右室射血分数", 48, "%", "cardiac.lvef_latest"),
    ("10230-1", "左房射血分数", 48, "%", "cardiac.lvef_latest"),
    ("10230-1", "负荷后LVEF", 48, "%", "cardiac.lvef_latest"),
]
ITSELF = [
    (CREATININE, "Creatinine [Mass/volume] in Serum or Plasma", 1.1, "mg/dL", "labs.creatinine.value"),
    (CREATININE, "Creatinine concentration", 1.1, "mg/dL", "labs.creatinine.value"),
    (CREATININE, "肌酸酐", 97, "umol/L", "labs.creatinine.value"),
    (CREATININE, "血清肌酸酐（酶法）", 97, "umol/L", "labs.creatinine.value"),
    (CREATININE, "生化七项", 97, "umol/L", "labs.creatinine.value"),
    (CALCIUM, "钙(离子选择电极法)", 2.3, "mmol/L", "labs.calcium.value"),
    (PLATELETS, "Platelets [#/volume] in Blood by Automated count", 180, "10*9/L", "labs.platelets.value"),
    ("718-7", "Hemoglobin concentration", 13, "g/dL", "labs.haemoglobin.value"),
    ("8806-2", "Left ventricular Ejection fraction by 2D echo", 60, "%", "cardiac.lvef_latest"),
    ("10230-1", "心脏超声", 60, "%", "cardiac.lvef_latest"),
]


def coded(code: str, name: str, value: float, unit: str, where: str = "text") -> Resource:
    coding = {"system": LOINC, "code": code, **({"display": name} if where == "display" else {})}
    concept = {"coding": [coding], **({"text": name} if where == "text" else {})}
    return observation("o", concept, valueQuantity=quantity(value, unit))


@pytest.mark.parametrize("where", ["text", "display"])
@pytest.mark.parametrize(("code", "name", "value", "unit", "path"), OTHERWISE)
def test_a_code_beside_the_name_of_another_test_tells_neither(
    code: str, name: str, value: float, unit: str, path: str, where: str
) -> None:
    found = mapped(ANNA, coded(code, name, value, unit, where))
    assert fact(found, path) is None
    assert reasons(found)["codes-disagree"] == ["Observation/o"]


@pytest.mark.parametrize(("code", "name", "value", "unit", "path"), OTHERWISE)
def test_an_older_result_does_not_stand_in_its_place(code: str, name: str, value: float, unit: str, path: str) -> None:
    older = observation("old", code, "2024-12-01", valueQuantity=quantity(value, unit))
    assert fact(mapped(ANNA, older), path) is not None
    assert fact(mapped(ANNA, older, coded(code, name, value, unit)), path) is None


@pytest.mark.parametrize("where", ["text", "display"])
@pytest.mark.parametrize(("code", "name", "value", "unit", "path"), ITSELF)
def test_a_code_beside_a_name_of_the_test_is_read(
    code: str, name: str, value: float, unit: str, path: str, where: str
) -> None:
    assert fact(mapped(ANNA, coded(code, name, value, unit, where)), path) == value


def test_a_component_is_read_in_the_same_way() -> None:
    def part(code: str, name: str, value: float, unit: str) -> Resource:
        told = coded(code, name, value, unit)
        return {key: told[key] for key in ("code", "valueQuantity")}

    parts = [part(CREATININE, "尿肌酐", 97, "umol/L"), part(CALCIUM, "血钙", 2.3, "mmol/L")]
    found = mapped(ANNA, observation("panel", {"text": "生化全套"}, component=parts))
    assert fact(found, "labs.creatinine") is None
    assert fact(found, "labs.calcium.value") == 2.3


def test_a_concentration_is_no_ratio() -> None:
    newer = observation("o", {"text": "Creatinine concentration"}, "2025-01-02", valueQuantity=quantity(180, "umol/L"))
    older = observation("old", CREATININE, "2024-12-01", valueQuantity=quantity(97, "umol/L"))
    assert fact(mapped(ANNA, newer, older), "labs.creatinine.value") in (None, 180)
