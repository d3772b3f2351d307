"""What warns of a drug that is ordered (kidneys, calcium, pregnancy) is said then, first and in a card of its own."""

from __future__ import annotations

from typing import Any

import pytest

from cds_support import INSTANCE, Desk, bundle, draft
from cds_validator import response_faults
from fhir_support import ICD10, MINE, concept, condition, observation, quantity
from oncocds.engine import Engine
from oncocds_api.cds.services import TEMPLATES

ZOLEDRONATE, DENOSUMAB = "zoledronate-in-severe-renal-impairment", "hypocalcaemia-with-renal-insufficiency"
CALCIUM = "hypocalcaemia-with-bone-agent"
OTHER_AGENT, PREGNANCY = "other-bone-agent-and-renal-function", "pregnancy-not-considered"
POSSIBLE = "possible-pregnancy"


@pytest.fixture(scope="module")
def desk(engine: Engine) -> Desk:
    return Desk(engine)


def result(code: str, value: float, unit: str) -> dict[str, Any]:
    return observation(f"of-{code}", code, "2026-01-05", valueQuantity=quantity(value, unit), **MINE)


def cancer(identity: str, code: str) -> dict[str, Any]:
    return condition(identity, concept(ICD10, code), **MINE)


def chart(tumour: str, *, creatinine: float = 260, calcium: float = 2.3, taken: tuple[str, ...] = ()) -> dict[str, Any]:
    drugs = [draft(one, f"taken-{one}", "p", status="active", authoredOn="2025-01-01") for one in taken]
    results = [
        result("2160-0", creatinine, "umol/L"),
        result("29463-7", 55, "kg"),
        result("17861-6", calcium, "mmol/L"),
        result("1751-7", 40, "g/L"),
    ]
    return {
        "hook": "patient-view",
        "hookInstance": INSTANCE,
        "context": {"userId": "Practitioner/x", "patientId": "p"},
        "prefetch": {
            **{template.key: bundle() for template in TEMPLATES},
            "patient": {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1950-01-01"},
            "conditions": bundle(cancer("c1", tumour), cancer("c2", "C79.5")),
            "medicationRequests": bundle(*drugs),
            "observations": bundle(*results),
        },
    }


def signing(tumour: str, drug: str, **more: Any) -> dict[str, Any]:
    call = {**chart(tumour, **more), "hook": "order-sign"}
    call["context"]["draftOrders"] = {**bundle(draft(drug, "d", "p")), "type": "collection"}
    return call


def expecting(call: dict[str, Any], **fields: str) -> dict[str, Any]:
    """The call, of a patient of whom a pregnancy is recorded."""
    call["prefetch"]["patient"]["birthDate"] = "1990-01-01"
    call["prefetch"]["conditions"]["entry"].append(
        {"resource": condition("c3", concept(ICD10, "Z33"), **MINE, **fields)}
    )
    return call


def irradiating(call: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The call, of an order of radiotherapy."""
    course = {"resourceType": "ServiceRequest", "id": "d", "status": "draft", "intent": "order"}
    about = {"subject": {"reference": "Patient/p"}}
    call["context"]["draftOrders"] = {**bundle(course | about | fields), "type": "collection"}
    return call


def notices(cards: list[Any]) -> list[str]:
    assert response_faults({"cards": cards}) == []
    return [card["extension"]["example.oncocds"].get("notice", "") for card in cards]


@pytest.mark.parametrize("tumour", ["C61", "C50.9", "C34.9"])
@pytest.mark.parametrize(
    ("drug", "notice", "said"),
    [("唑来膦酸", ZOLEDRONATE, "不推荐使用"), ("地舒单抗", DENOSUMAB, "严重低钙（可致死）")],
)
def test_a_drug_that_the_kidneys_do_not_allow_is_the_first_card_of_its_order(
    desk: Desk, tumour: str, drug: str, notice: str, said: str
) -> None:
    cards = desk.cards(signing(tumour, drug))
    assert notices(cards)[0] == notice
    assert sum(one in (ZOLEDRONATE, DENOSUMAB) for one in notices(cards)) == 1  # of the other drug nothing was ordered
    assert cards[0]["indicator"] == "warning"
    assert said in cards[0]["summary"]
    assert " mL/min：" in cards[0]["detail"]
    assert len(cards) <= 3


def test_it_is_said_when_the_drug_is_renewed_and_at_no_order_of_another(desk: Desk) -> None:
    assert ZOLEDRONATE in notices(desk.cards(signing("C50.9", "zoledronic acid", taken=("zoledronic acid",))))
    assert notices(desk.cards(signing("C50.9", "letrozole", taken=("zoledronic acid",)))) == []


def test_with_sound_kidneys_nothing_is_said_of_them(desk: Desk) -> None:
    assert not {ZOLEDRONATE, DENOSUMAB} & set(notices(desk.cards(signing("C50.9", "唑来膦酸", creatinine=60))))


def test_what_is_critical_stands_before_what_warns(desk: Desk) -> None:
    cards = desk.cards(signing("C50.9", "地舒单抗", calcium=1.7))
    assert notices(cards)[:2] == [CALCIUM, DENOSUMAB]
    urgencies = [card["indicator"] for card in cards]
    assert urgencies == sorted(urgencies, key=["critical", "warning", "info"].index)


@pytest.mark.parametrize("tumour", ["C61", "C50.9"])
def test_an_agent_whose_limit_is_not_known_here_is_warned_of_when_it_is_ordered_and_renewed(
    desk: Desk, tumour: str
) -> None:
    assert OTHER_AGENT in notices(desk.cards(signing(tumour, "氯膦酸")))
    assert OTHER_AGENT in notices(desk.cards(signing(tumour, "氯膦酸", taken=("氯膦酸",))))
    assert OTHER_AGENT not in notices(desk.cards(signing(tumour, "唑来膦酸")))
    assert OTHER_AGENT not in notices(desk.cards(signing(tumour, "letrozole", taken=("氯膦酸",))))


@pytest.mark.parametrize("drug", ["曲妥珠单抗", "letrozole", "唑来膦酸", "an unheard-of drug"])
@pytest.mark.parametrize("taken", [False, True])
def test_a_pregnancy_is_said_at_every_order_of_what_may_treat_cancer(desk: Desk, drug: str, *, taken: bool) -> None:
    call = expecting(signing("C50.9", drug, creatinine=60, taken=(drug,) if taken else ()))
    cards = desk.cards(call)
    assert notices(cards)[0] == PREGNANCY
    assert cards[0]["indicator"] == "warning"


def test_a_pregnancy_is_said_at_the_order_of_a_radiotherapy(desk: Desk) -> None:
    call = irradiating(expecting(signing("C50.9", "letrozole", creatinine=60)), code={"text": "SBRT"})
    assert PREGNANCY in notices(desk.cards(call))


def test_a_pregnancy_is_not_said_of_an_order_that_stops_the_drug(desk: Desk) -> None:
    call = expecting(signing("C50.9", "letrozole", creatinine=60))
    call["context"]["draftOrders"]["entry"][0]["resource"]["status"] = "stopped"
    assert PREGNANCY not in notices(desk.cards(call))


def test_a_pregnancy_is_not_said_of_what_treats_no_cancer_nor_where_it_was_long_ago(desk: Desk) -> None:
    analgesic = expecting(signing("C50.9", "paracetamol", creatinine=60, taken=("letrozole",)))
    assert PREGNANCY not in notices(desk.cards(analgesic))
    long_ago = expecting(signing("C50.9", "letrozole", creatinine=60), recordedDate="2020-01-01")
    assert PREGNANCY not in notices(desk.cards(long_ago))


@pytest.mark.parametrize(
    ("code", "fields"),
    [(concept(ICD10, "Z33"), {"verification": "provisional"}), ({"text": "早孕待排"}, {}), ({"text": "可能怀孕"}, {})],
)
def test_a_pregnancy_that_a_record_raises_and_none_confirms_is_to_be_settled_before_such_an_order(
    desk: Desk, code: dict[str, Any], fields: dict[str, str]
) -> None:
    def raised(call: dict[str, Any]) -> dict[str, Any]:
        call["prefetch"]["conditions"]["entry"].append({"resource": condition("c4", code, **MINE, **fields)})
        return call

    cards = desk.cards(raised(signing("C50.9", "letrozole", creatinine=60)))
    assert POSSIBLE in notices(cards)
    card = cards[notices(cards).index(POSSIBLE)]
    assert (card["indicator"], "Condition/c4" in card["summary"]) == ("warning", True)
    assert POSSIBLE in notices(
        desk.cards(raised(irradiating(signing("C50.9", "letrozole", creatinine=60), code={"text": "SBRT"})))
    )
    assert POSSIBLE not in notices(desk.cards(raised(signing("C50.9", "paracetamol", creatinine=60))))
    known = notices(desk.cards(expecting(raised(signing("C50.9", "letrozole", creatinine=60)))))
    assert PREGNANCY in known
    assert POSSIBLE not in known


def test_nothing_is_said_of_a_pregnancy_that_nothing_raises(desk: Desk) -> None:
    assert POSSIBLE not in notices(desk.cards(signing("C50.9", "letrozole", creatinine=60)))
    over = signing("C50.9", "letrozole", creatinine=60)
    done = condition("c4", concept(ICD10, "Z33"), clinical="resolved", **MINE)
    over["prefetch"]["conditions"]["entry"].append({"resource": done})
    assert POSSIBLE not in notices(desk.cards(over))


def test_why_a_rule_is_shown_early_is_no_warning_of_an_order(desk: Desk, engine: Engine) -> None:
    call = irradiating(
        signing("C22.0", "sorafenib", taken=("sorafenib",)), code={"text": "SBRT"}, bodySite=[{"text": "肝"}]
    )
    cards = desk.cards(call)
    assert any("liver-sbrt-beside-rtog1112-criteria" in card.get("detail", "") for card in cards)
    assert {engine.knowledge.notes[one].attached_to for one in notices(cards) if one} <= {()}


def test_on_the_chart_the_card_of_an_item_begins_with_the_warning_that_it_carries(desk: Desk) -> None:
    cards = desk.cards(chart("C50.9", taken=("zoledronic acid",)))
    card = next(
        one for one in cards if one["extension"]["example.oncocds"].get("action") == "bone-agent-and-renal-function"
    )
    assert card["summary"].startswith("唑来膦酸：骨转移患者肌酐清除率<30 mL/min")
    assert card["detail"].startswith("说明：唑来膦酸")
