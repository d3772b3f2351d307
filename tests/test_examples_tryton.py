"""The Tryton module of the examples: installed as a package, activated on SQLite, its button pressed."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from oncocds import __version__
from oncocds.engine import load_bundled_or

ROOT = Path(__file__).resolve().parent.parent
BREAST, BONE = {"code": "C50.9", "confirmed": True}, {"code": "C79.5", "confirmed": True}
ZOLEDRONATE = {"name": "唑来膦酸注射液", "status": "active"}
DENOSUMAB = {"name": "地舒单抗注射液", "atc": "M05BX04", "status": "draft"}
PATIENTS: dict[str, dict[str, Any]] = {
    "two agents": {"diagnoses": [BREAST, BONE], "medications": [ZOLEDRONATE, DENOSUMAB], "medications_reviewed": True},
    "reviewed, none": {"diagnoses": [BREAST, BONE], "medications_reviewed": True},
    "not reviewed": {"diagnoses": [BREAST, BONE]},
    "high calcium": {
        "diagnoses": [BREAST, BONE],
        "results": [{"loinc": "17861-6", "value": 17.5, "unit": "mg/dL", "date": "2026-01-01"}],
    },
    "unknown drug": {"diagnoses": [BREAST, BONE], "medications": [{"name": "某院内制剂", "status": "active"}]},
    "broken": {"diagnoses": [BREAST], "broken": True},
}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the button shows for each patient; one process, for Tryton keeps a pool of its own."""
    folder = tmp_path_factory.mktemp("module")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT / "examples" / "tryton", check=True, capture_output=True, timeout=600)
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder)  # what installing a wheel of Python alone does
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "tryton_session.py")],
        input=json.dumps(list(PATIENTS.values())),
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(zip(PATIENTS, json.loads(done.stdout), strict=True))


def test_the_button_opens_the_advice_and_stores_nothing(shown: dict[str, Any]) -> None:
    for told in shown.values():
        assert told["opened"]
        assert not told["stored"]


def test_a_contraindication_stands_in_the_urgent_part_with_its_passage(shown: dict[str, Any]) -> None:
    told = shown["two agents"]["shown"]
    assert told["urgent"].startswith("■ 不同的骨改良药物不可同时使用")
    assert "“不同种类的骨改良药物不可同时使用” (BCBM-62)" in told["urgent"]
    assert "血钙" in told["attention"]
    engine, knowledge, day = told["basis"].split(" · ")
    assert (engine, knowledge) == (__version__, load_bundled_or(None).version)
    assert datetime.date.fromisoformat(day)


def test_a_list_that_nobody_reviewed_is_open(shown: dict[str, Any]) -> None:
    assert "BCBM-46" in shown["reviewed, none"]["shown"]["attention"]
    assert "BCBM-46" not in shown["not reviewed"]["shown"]["attention"], "no drug listed does not mean no drug"
    assert "medications" in shown["not reviewed"]["shown"]["left_out"]
    assert "medications:" not in shown["reviewed, none"]["shown"]["left_out"]


def test_an_emergency_in_the_results_is_urgent(shown: dict[str, Any]) -> None:
    assert "BCBM-06" in shown["high calcium"]["shown"]["urgent"]


def test_a_record_that_could_not_be_used_is_told(shown: dict[str, Any]) -> None:
    assert "MedicationRequest/" in shown["unknown drug"]["shown"]["left_out"]


def test_a_fault_is_an_error_without_patient_data(shown: dict[str, Any]) -> None:
    told = shown["broken"]
    assert told["error"] == "UserError"
    assert "不等于没有建议" in told["message"]
    assert "Zhang" not in told["message"]
