"""Words beside a record take certainty away and never give it, whatever they are and in whatever order they stand."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fhir_support import ICD10, concept, condition, fact, mapped, procedure, request

_PIECES = (
    *(
        "停用",
        "停药",
        "低钙",
        "则",
        "时",
        "应",
        "如",
        "未",
        "无",
        "拒绝",
        "取消",
        "改期",
        "计划",
        "已完成",
        "末次用药",
        "用至",
        "2024-06",
    ),
    *(
        "，",
        "。",
        "、",
        "（",
        "）",
        " ",
        "？",
        "乳腺癌",
        "骨转移",
        "肺结节",
        "母亲",
        "风险",
        "预防",
        "待查",
        "发热",
        "HER2",
        "L2",
    ),
    *("hold", "if", "when", "calcium <2.0", "stopped", "no", "not", "metastases", "radiotherapy", "planned", "since"),
)
TEXTS = st.lists(st.sampled_from(_PIECES) | st.text(max_size=4), max_size=12).map("".join)


@given(TEXTS)
def test_words_make_no_drug_stopped(text: str) -> None:
    found = mapped(request("d", "地舒单抗", note=[{"text": text}], authoredOn="2025-01-01"))
    assert fact(found, "medications[denosumab].status") in (None, "active")


@given(TEXTS)
def test_words_make_no_procedure_done_that_was_not_and_none_stopped(text: str) -> None:
    def status(of: str) -> Any:
        scan = procedure("r", {"text": "放疗"}, of, performedDateTime="2025-01-01", note=[{"text": text}])
        return fact(mapped(scan), "radiotherapy[r].status")

    assert status("completed") in (None, "completed")
    assert status("preparation") in (None, "planned")


@given(TEXTS)
def test_a_report_makes_no_lesion_and_changes_no_other_fact(text: str) -> None:
    cancer = condition("c", concept(ICD10, "C50.9"))
    told = {
        "resourceType": "DiagnosticReport",
        "id": "x",
        "status": "final",
        "code": {"text": "CT"},
        "conclusion": text,
    }
    found = dict(mapped(cancer, told).profile)
    found.pop("left_out", None)
    assert found == mapped(cancer).profile


@given(TEXTS)
def test_a_note_makes_no_diagnosis_more_certain(text: str) -> None:
    note = [{"text": text}]
    cancer = mapped(condition("c", concept(ICD10, "C50.9"), note=note))
    assert fact(cancer, "diagnosis.tumour_type") in (None, "breast")
    doubted = mapped(condition("c", concept(ICD10, "C50.9"), "provisional", note=note))
    assert fact(doubted, "diagnosis.tumour_type") is None
