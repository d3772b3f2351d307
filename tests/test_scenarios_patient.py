"""Tables become a profile: by path, label or synonym, in either language."""

from __future__ import annotations

from typing import Any

import pytest

from oncocds.scenarios.patient import ScenarioError, TableReader
from oncocds.vocabulary.loader import bundled_vocabulary


@pytest.fixture
def reader() -> TableReader:
    return TableReader(bundled_vocabulary())


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["biomarkers.her2_status", "positive"], {"biomarkers": {"her2_status": "positive"}}),
        (["HER2状态", "阳性"], {"biomarkers": {"her2_status": "positive"}}),
        (["her2", "+"], {"biomarkers": {"her2_status": "positive"}}),
        (["HER2 status", "Positive"], {"biomarkers": {"her2_status": "positive"}}),
        (["骨痛", "否"], {"symptoms": {"bone_pain": False}}),
        (["bone pain", "yes"], {"symptoms": {"bone_pain": True}}),
        (["年龄", "56"], {"age": 56}),
        (["体重", "60 kg"], {"weight": {"value": 60.0, "unit": "kg"}}),
        (["血钙", "2.30 mmol/L"], {"labs": {"calcium": {"value": 2.3, "unit": "mmol/L"}}}),
        (["diagnosis.confirmation", "CT、MRI"], {"diagnosis": {"confirmation": ["ct", "mri"]}}),
    ],
)
def test_a_row_sets_a_fact(reader: TableReader, cells: list[str], expected: dict[str, Any]) -> None:
    profile: dict[str, Any] = {}
    reader.patient([cells], profile)
    assert profile == expected


def test_an_empty_cell_of_a_list_is_not_recorded(reader: TableReader) -> None:
    profile: dict[str, Any] = {}
    reader.items("medications", [["药物", "状态"], ["Herceptin", ""], ["地舒单抗", "计划中"]], profile)
    assert profile == {"medications": [{"drug": "trastuzumab"}, {"drug": "denosumab", "status": "planned"}]}


def test_every_wrong_cell_is_named(reader: TableReader) -> None:
    with pytest.raises(ScenarioError) as caught:
        reader.patient([["HER2状态", "高"], ["年龄", "老"]], {})
    assert [(mistake.row, mistake.column) for mistake in caught.value.mistakes] == [(0, 1), (1, 1)]


def test_a_limit_in_another_unit_than_the_result_is_refused(reader: TableReader) -> None:
    header = ["化验", "值", "上限"]
    profile: dict[str, Any] = {}
    reader.labs([header, ["血钙", "10.2 mg/dL", "10.5 mg/dL"]], profile)
    assert profile["labs"]["calcium"] == {"value": 10.2, "unit": "mg/dL", "reference_high": 10.5}
    with pytest.raises(ScenarioError):
        reader.labs([header, ["血钙", "10.2 mg/dL", "2.62 mmol/L"]], {})
