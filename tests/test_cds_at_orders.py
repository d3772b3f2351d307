"""What is said when an order is chosen or signed: the checks on that drug, however the order is written."""

from __future__ import annotations

from typing import Any

import pytest

from cds_support import INSTANCE, Desk, bundle, draft, order
from cds_validator import response_faults
from oncocds.engine import Engine
from oncocds_api.cds.services import TEMPLATES

ATC = "http://www.whocc.no/atc"
SNOMED = "http://snomed.info/sct"
GROUP = {"resourceType": "RequestGroup", "id": "protocol", "status": "draft", "intent": "plan"}
DENOSUMAB = "denosumab 120 mg injection"


@pytest.fixture(scope="module")
def desk(engine: Engine) -> Desk:
    return Desk(engine)


def condition(identity: str, code: str) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": identity,
        "code": {"coding": [{"system": SNOMED, "code": code}]},
        "subject": {"reference": "Patient/p"},
        "verificationStatus": {"coding": [{"code": "confirmed"}]},
        "clinicalStatus": {"coding": [{"code": "active"}]},
    }


def active(name: str, identity: str) -> dict[str, Any]:
    return draft(name, identity, "p", status="active", authoredOn="2025-01-01")


def signing(*drafts: dict[str, Any], taken: tuple[str, ...] = ("letrozole",), hook: str = "order-sign") -> Any:
    """A chart of breast cancer with bone metastases and nothing measured, and drugs that are taken."""
    orders = [active(name, f"taken-{number}") for number, name in enumerate(taken)]
    call: dict[str, Any] = {
        "hook": hook,
        "hookInstance": INSTANCE,
        "context": {
            "userId": "Practitioner/x",
            "patientId": "p",
            "draftOrders": {**bundle(*drafts), "type": "collection"},
        },
        "prefetch": {
            **dict.fromkeys(template.key for template in TEMPLATES),
            "patient": {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1961-01-01"},
            "conditions": bundle(condition("c1", "254837009"), condition("c2", "94222008")),
            "medicationRequests": bundle(*orders),
        },
    }
    if hook == "order-select":
        call["context"]["selections"] = [f"{one['resourceType']}/{one['id']}" for one in drafts]
    return call


def actions(cards: list[Any]) -> dict[str, Any]:
    told = {card["extension"]["example.oncocds"].get("action", ""): card for card in cards}
    assert response_faults({"cards": cards}) == []
    return told


@pytest.mark.parametrize("hook", ["order-sign", "order-select"])
@pytest.mark.parametrize("name", [DENOSUMAB, "唑来膦酸注射液"])
def test_what_has_to_be_checked_before_a_drug_is_said_when_it_is_ordered(desk: Desk, hook: str, name: str) -> None:
    card = actions(desk.cards(signing(draft(name, "d", "p"), hook=hook)))["pre-bone-agent-checks"]
    assert card["indicator"] == "warning"
    assert all(word in card["detail"] for word in ("血钙", "血肌酐", "口腔检查"))


def test_on_a_chart_without_any_drug_too(desk: Desk) -> None:
    assert "pre-bone-agent-checks" in actions(desk.cards(signing(draft(DENOSUMAB, "d", "p"), taken=())))


@pytest.mark.parametrize("name", ["letrozole 2.5 mg", "来曲唑片", "氨氯地平片", "capecitabine", "metformin 500 mg"])
@pytest.mark.parametrize("taken", [("letrozole",), (), ("amlodipine",)])
def test_what_the_chart_says_anyway_is_not_repeated_for_another_drug(
    desk: Desk, name: str, taken: tuple[str, ...]
) -> None:
    """That a bone agent should be started, and what to check before, rests on none being there: not on this order."""
    assert desk.cards(signing(draft(name, "d", "p"), taken=taken)) == []


def test_a_drug_that_is_renewed_brings_no_check_anew(desk: Desk) -> None:
    assert desk.cards(signing(draft(DENOSUMAB, "d", "p"), taken=("denosumab", "letrozole"))) == []


@pytest.mark.parametrize(
    "name",
    [
        "amlodipine 5 MG Oral Tablet", "阿托伐他汀钙片", "二甲双胍缓释片", "奥美拉唑肠溶胶囊", "碳酸钙D3片",
        "calcium carbonate 500 MG", "lisinopril 10 MG Oral Tablet", "levothyroxine sodium 0.05 MG", "氯化钾缓释片",
        "acetaminophen 325 MG Oral Tablet", "ondansetron 8 MG", "pantoprazole 40 MG", "simvastatin 20 MG",
        "盐酸曲马多片", "美托洛尔缓释片",
    ],
)  # fmt: skip
@pytest.mark.parametrize("hook", ["order-sign", "order-select"])
def test_an_everyday_drug_beside_a_bone_agent_raises_nothing(desk: Desk, name: str, hook: str) -> None:
    assert desk.cards(signing(draft(name, "d", "p"), taken=("denosumab", "letrozole"), hook=hook)) == []


@pytest.mark.parametrize(
    "text",
    [
        "zoledronic acid (ZOMETA) 4 mg in sodium chloride 0.9 % 100 mL IVPB",
        "ZOLEDRONIC ACID 4 MG/100 ML IN MANNITOL-WATER INTRAVENOUS PIGGYBACK",
        "zoledronic acid IVPB 4 mg in 100 mL NS",
        "0.9%氯化钠注射液100ml+唑来膦酸注射液4mg 静脉滴注",
        "唑来膦酸(择泰)4mg ivgtt st",
        "唑来膦酸 4mg+NS 100ml ivgtt 15min",
        "zoledronic acid 4 mg in dextrose 5 % 100 mL IVPB (ONC)",
        "pamidronate (AREDIA) 90 mg in NaCl 0.9% 500 mL infusion",
    ],
)
def test_a_known_ingredient_within_the_text_of_an_order_is_that_drug(desk: Desk, text: str) -> None:
    told = actions(desk.cards(signing(draft(text, "d", "p"), taken=("denosumab", "letrozole"))))
    assert told["avoid-combining-bone-agents"]["indicator"] == "critical"


def in_group(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**GROUP, "subject": {"reference": "Patient/p"}, "action": list(parts), **more}


def resource(reference: str) -> dict[str, Any]:
    return {"title": "zoledronic acid", "resource": {"reference": reference}}


@pytest.mark.parametrize("hook", ["order-sign", "order-select"])
@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("kind", ["RequestGroup", "RequestOrchestration"])
def test_the_orders_within_a_group_of_orders_are_read(desk: Desk, hook: str, deep: bool, kind: str) -> None:
    inner = draft("zoledronic acid", "z", "p", intent="option")
    part: dict[str, Any] = {"action": [resource("#z")]} if deep else resource("#z")
    group = in_group(part, contained=[inner], resourceType=kind)
    call = signing(group, taken=("denosumab", "letrozole"), hook=hook)
    cards = desk.cards(call)
    card = actions(cards)["avoid-combining-bone-agents"]
    assert card["indicator"] == "critical"
    assert "suggestions" not in card, "what is within another order cannot be withdrawn alone"
    assert not any("未能采用" in one["summary"] for one in cards), "nothing was left out"


def test_a_group_may_refer_to_orders_beside_it(desk: Desk) -> None:
    zoledronate, group = draft("zoledronic acid", "z", "p"), in_group(resource("MedicationRequest/z"))
    call = signing(group, zoledronate, taken=("denosumab", "letrozole"), hook="order-select")
    call["context"]["selections"] = ["RequestGroup/protocol"]
    card = actions(desk.cards(call))["avoid-combining-bone-agents"]
    assert [one["actions"][0]["resourceId"] for one in card["suggestions"]] == ["MedicationRequest/z"]
    assert not any("未能采用" in one["summary"] for one in desk.cards(call))


def test_a_group_whose_orders_are_not_there_is_told_and_leaves_its_lists_open(desk: Desk) -> None:
    (card,) = desk.cards(signing(in_group(resource("MedicationRequest/elsewhere")), taken=("denosumab",)))
    assert card["indicator"] == "warning"
    assert "RequestGroup/protocol" in card["detail"]


def test_a_group_without_orders_is_nothing(desk: Desk) -> None:
    group = in_group({"title": "drink enough", "resource": {"reference": "#n"}})
    group["contained"] = [{"resourceType": "NutritionOrder", "id": "n", "status": "draft", "intent": "order"}]
    assert desk.cards(signing(group, taken=("denosumab",))) == []


def test_an_order_for_another_patient_within_a_group_is_refused(desk: Desk) -> None:
    inner = draft("zoledronic acid", "z", "somebody-else")
    header, _ = desk.header(signing(in_group(resource("#z"), contained=[inner])))
    assert header["outcome"] == "refused"
    assert header["errors"][0]["pointer"].startswith("/context/draftOrders/entry/0/resource/contained/0/subject")


def test_the_example_with_two_agents_is_said_as_before(desk: Desk) -> None:
    assert "avoid-combining-bone-agents" in actions(desk.cards(order()))


@pytest.mark.parametrize("hook", ["order-select", "order-sign"])
def test_at_an_order_the_beginning_is_made_once_of_the_answer_that_is_told(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, hook: str
) -> None:
    opened, made = engine._assembly.opening.opened, []
    monkeypatch.setattr(engine._assembly.opening, "opened", lambda *given: made.append(given) or opened(*given))
    desk = Desk(engine)
    header, _ = desk.header(order(hook=hook))
    assert header["shown"]
    assert len(made) == 1
    assert header["about"]["briefing"]
