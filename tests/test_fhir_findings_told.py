"""Findings in the words of diagnoses that are not understood as a whole: no findings, and yet no certain no."""

from __future__ import annotations

import pytest

from fhir_support import ICD10, concept, condition, mapped, open_lists, reasons

EVENTS = [
    ("病理性骨折，某某词", "pathological_fracture"),
    ("脊髓压迫，某某词", "cord_compression"),
    ("高钙血症，拒绝化疗", "hypercalcaemia"),
    ("pathological fracture of hip, declined surgery", "pathological_fracture"),
]


@pytest.mark.parametrize(("text", "event"), EVENTS)
def test_an_event_in_words_beside_a_code_is_said_and_no_certain_no(text: str, event: str) -> None:
    found = mapped(condition("c", concept(ICD10, "C50.9", f"乳腺癌，{text}")))
    fact = f"skeletal_events.{event}"
    assert reasons(found) == {"finding-in-words": ["Condition/c"]}
    assert open_lists(found)[fact] == {"finding-in-words": ["Condition/c"]}
    assert fact in found.profile["incomplete"]
    assert found.profile["diagnosis"] == {"tumour_type": "breast"}


@pytest.mark.parametrize(("text", "event"), EVENTS)
def test_an_event_in_words_without_a_code_is_no_certain_no(text: str, event: str) -> None:
    found = mapped(condition("b", concept(ICD10, "C50.9")), condition("c", {"text": text}))
    assert f"skeletal_events.{event}" in found.profile["incomplete"]


@pytest.mark.parametrize("text", ["无病理性骨折，某某词", "某某词", "未见脊髓压迫，某某词", "no hypercalcaemia, xyz"])
def test_what_words_deny_or_do_not_name_stays_no(text: str) -> None:
    found = mapped(condition("c", concept(ICD10, "C50.9", f"乳腺癌，{text}")))
    assert "incomplete" not in found.profile
    assert reasons(found) == {}


def test_what_another_record_tells_is_told() -> None:
    text = concept(ICD10, "C50.9", "乳腺癌，脊髓压迫，某某词")
    found = mapped(condition("c", text), condition("d", {"text": "脊髓压迫"}))
    assert found.profile["skeletal_events"] == {"cord_compression": True}
    assert reasons(found) == {}
