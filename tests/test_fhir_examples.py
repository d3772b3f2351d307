"""The example bundles: what each is mapped to, what it is told, and the script that posts one."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from fhir_support import AS_OF, fact
from oncocds.engine import Engine
from oncocds.vocabulary.code_loader import bundled_codes
from oncocds_api.evaluation import answer

HOME = Path(__file__).parent.parent / "examples"
BUNDLES = sorted((HOME / "fhir").glob("*.json"))


def evaluated(engine: Engine, name: str) -> dict[str, Any]:
    bundle = json.loads((HOME / "fhir" / f"{name}.json").read_text("utf-8"))
    body = json.dumps({"bundle": bundle, "as_of": AS_OF.isoformat()}).encode()
    header, content = answer(engine, bundled_codes(), "fhir-evaluation", body)
    assert header["outcome"] == "done"
    found: dict[str, Any] = json.loads(content)
    return found


EXPECTED: dict[str, dict[str, Any]] = {
    "her2-positive-with-radiotherapy": {
        "diagnosis.tumour_type": "breast",
        "diagnosis.laterality": "left",
        "biomarkers.her2_status": "positive",
        "biomarkers.her2_ihc": "3+",
        "biomarkers.hr_status": "negative",
        "cardiac.lvef_baseline": 65,
        "cardiac.lvef_latest": 61,
        "medications[trastuzumab].status": "active",
        "surgeries": ["breast_conserving"],
        "medications[docetaxel].status": "completed",
        "radiotherapy[radiotherapy].status": "planned",
        "radiotherapy[radiotherapy].laterality": "left",
    },
    "bone-metastases-with-two-agents": {
        "diagnosis.extent": "metastatic",
        "lesions[thoracic_spine].organ": "bone",
        "medications[denosumab].status": "planned",
        "medications[zoledronate].indication": "bone_metastasis",
        "labs.creatinine.value": 1.1,
        "weight.unit": "[lb_av]",
        "lesions[liver]": None,
    },
    "ret-positive-lung-cancer": {
        "diagnosis.tumour_type": "nsclc",
        "biomarkers.ret_fusion": "positive",
        "lesions[left-femur].site": "femur",
        "lesions[brain].status": "confirmed",
        "medications[selpercatinib].status": "active",
        "assessments.pain_nrs": 6,
    },
    "hepatocellular-carcinoma": {
        "diagnosis.tumour_type": "hcc",
        "hcc.bclc": "B",
        "hcc.child_pugh": "A",
        "hcc.viral": "hbv",
        "hcc.sum_diameter_cm": 8.5,
        "medications[sorafenib].status": "planned",
        "radiotherapy[sbrt].technique": "sbrt",
        "labs.platelets.value": 96,
    },
}
RULES = {
    "her2-positive-with-radiotherapy": "HER2RT-15",
    "bone-metastases-with-two-agents": "BCBM-62",
    "ret-positive-lung-cancer": "RETBM-05",
    "hepatocellular-carcinoma": "HCCSBRT-11",
}


def test_each_bundle_is_named_here() -> None:
    assert {path.stem for path in BUNDLES} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_profiles(engine: Engine, name: str) -> None:
    found = evaluated(engine, name)
    for path, value in EXPECTED[name].items():
        assert fact(found["profile"], path) == value, path
        assert value is None or found["provenance"][path]
    assert [one for one in found["report"]["unmapped"] if one["severity"] == "warning"] == []
    assert found["report"]["plausibility"] == []


@pytest.mark.parametrize("name", RULES)
def test_advice(engine: Engine, name: str) -> None:
    found = evaluated(engine, name)["evaluation"]
    assert RULES[name] in [ground["rule"] for item in found["advice"] for ground in item["grounds"]]


def test_a_denied_metastasis_is_told_as_denied(engine: Engine) -> None:
    report = evaluated(engine, "bone-metastases-with-two-agents")["report"]
    assert ("refuted", ["Condition/liver-refuted"]) in [(one["reason"], one["resources"]) for one in report["unmapped"]]


def test_the_script_posts_a_bundle(engine: Engine) -> None:
    class Server(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            header, content = answer(engine, bundled_codes(), "fhir-evaluation", body)
            assert self.path == "/v1/fhir/evaluations"
            assert header["outcome"] == "done"
            self.send_response(200)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        bundle = HOME / "fhir" / "bone-metastases-with-two-agents.json"
        command = [
            sys.executable,
            str(HOME / "post_fhir_bundle.py"),
            str(bundle),
            f"http://127.0.0.1:{server.server_port}",
        ]
        shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600).stdout
    finally:
        server.shutdown()
        server.server_close()
    assert "不同的骨改良药物不可同时使用" in shown
    assert "MedicationRequest/denosumab" in shown
    assert "Condition/liver-refuted" in shown
