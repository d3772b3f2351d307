"""Cards: what is shown at each hook, tied to its passages; and that every answer keeps the specification's rules."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_support import BASE, BUNDLES, TWO_AGENTS, Desk, draft, order, records, view
from cds_validator import response_faults
from oncocds.engine import Engine
from oncocds_api.cds.cards import Maker, shortened
from oncocds_api.cds.chart import chart_cards
from oncocds_api.cds.detail import Details
from oncocds_api.cds.markdown import plain
from oncocds_api.cds.services import MEDICATION_KEYS

EXAMPLES = sorted(path.stem for path in BUNDLES.glob("*.json"))
Call = dict[str, Any]


@pytest.fixture(scope="module")
def desk(engine: Engine) -> Desk:
    return Desk(engine)


def ours(card: Any) -> Any:
    return card["extension"]["example.oncocds"]


def by_action(cards: list[Any]) -> dict[str, Any]:
    return {ours(card)["action"]: card for card in cards if "action" in ours(card)}


@pytest.mark.parametrize("version", ["2.0.1", "3.0.0-ballot"])
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_answer_keeps_the_rules_of_the_specification(desk: Desk, name: str, language: Any, version: str) -> None:
    calls = [view(name), order(name), order(name, "order-select")]
    for call in calls:
        if version != "2.0.1":
            call["extension"] = {"com.example.timestamp": "2026-01-01T00:00:00Z"}
            call["context"]["encounterId"] = "89284"
        header, document = desk.header(call, language=language)
        assert header["outcome"] == "done"
        assert response_faults(document, version) == []


def test_a_chart_gets_a_card_for_each_line_that_asks_for_something_and_one_for_the_rest(
    desk: Desk, engine: Engine
) -> None:
    from oncocds.profile.reading import read_date
    from oncocds.vocabulary.code_loader import bundled_codes
    from oncocds_fhir.bundle import collect
    from oncocds_fhir.mapping import map_bundle

    resources = [one for one in records(TWO_AGENTS) if one.get("status") != "draft"]
    document = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}
    mapped = map_bundle(collect(document), engine.knowledge.vocabulary, bundled_codes(), read_date(None))
    evaluation = engine.evaluate(mapped.profile)
    asking = [one for one in evaluation.briefing if one.section in ("now", "decide", "do") and one.kind != "group"]
    cards = desk.cards(view())
    assert len(cards) <= 6
    shown = [card for card in cards if not {"more", "questions"} & ours(card).keys()]
    assert [card["indicator"] for card in shown] == [line.urgency for line in asking][: len(shown)]
    assert [ours(card).get("action") or ours(card).get("decision") for card in shown] == [
        line.ref for line in asking if line.urgency == "critical" or asking.index(line) < len(shown)
    ]
    (more,) = [card for card in cards if "more" in ours(card)]
    held = [(one["kind"], one["ref"], one.get("lesion")) for one in ours(more)["more"]]
    rest = [line for line in evaluation.briefing if line not in asking[: len(shown)]]
    assert held == [(one.kind, one.ref, one.lesion) for line in rest for one in line.covers]
    assert more["summary"].startswith(f"另{len(held)}项")
    items = {(item.action, item.lesion): item for item in evaluation.advice}
    for card in shown:
        assert ours(card)["knowledge"]["digest"] == evaluation.knowledge.digest
        assert ours(card)["input_digest"] == evaluation.input_digest
        if "action" not in ours(card):
            continue
        item = items[ours(card)["action"], ours(card).get("lesion")]
        active = [ground for ground in item.grounds if ground.status == "active"]
        for ground in active:  # all grounds, not the leading one alone
            assert plain(ground.text.zh) in card["detail"]
            assert all(
                plain(passage.quote) in card["detail"] for passage in ground.passages if "\n" not in passage.quote
            )
        lead = active[0].passages[0]
        assert card["source"]["url"] == f"{BASE}/documents/{lead.document}"
        assert f"{BASE}/documents/{lead.document}#p{lead.start}-{lead.end}" in [link["url"] for link in card["links"]]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_card_that_counts_says_more_only_behind_another(engine: Engine, language: Any) -> None:
    evaluation = engine.evaluate(
        {"diagnosis": {"tumour_type": "breast"}, "lesions": [{"organ": "bone", "status": "imaging_positive"}]}
    )
    counted = [line for line in evaluation.briefing if line.kind == "group"]
    asked = [line for line in evaluation.briefing if line.section == "decide" and line.kind == "decision"]
    assert counted
    assert asked
    more = {"zh": "另", "en": " more"}[language]
    for lines, behind in ((counted, False), ([asked[0], *counted], True)):
        shown = evaluation.model_copy(update={"briefing": lines})
        maker = Maker(shown, Details(engine.knowledge, language, {}, shown), BASE)
        last = chart_cards(maker, maker.card, others=0)[-1]
        assert str(sum(len(line.covers) for line in counted)) in last.summary
        assert (more in last.summary) is behind


def test_no_cap_drops_a_critical_card_and_the_last_counts_and_names_what_it_holds(
    desk: Desk, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from oncocds_api.cds import chart

    monkeypatch.setattr(chart, "MOST_CARDS", 2)
    call = view()
    for entry in call["prefetch"]["observations"]["entry"]:
        if entry["resource"]["id"] == "calcium":  # far too high: critical beside what waits to be confirmed
            entry["resource"]["valueQuantity"]["value"] = 13.5
    whole = [card for card in desk.cards(call) if "questions" not in ours(card)]
    critical = [card for card in whole if card["indicator"] == "critical" and "more" not in ours(card)]
    assert len(critical) > 1
    *kept, more = whole
    assert kept == critical
    assert all(one["ref"] not in {ours(card).get("action") for card in kept} for one in ours(more)["more"])
    assert ours(more)["more"]


def test_the_cards_say_the_same_for_the_same_call(desk: Desk) -> None:
    def without_names(cards: list[Any]) -> list[Any]:
        for card in cards:
            card.pop("uuid")
        return cards

    assert without_names(desk.cards(view())) == without_names(desk.cards(view()))
    names = [card["uuid"] for card in (*desk.cards(view()), *desk.cards(view()))]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("hook", ["order-sign", "order-select"])
def test_a_second_bone_agent_gets_a_critical_card_that_withdraws_the_draft(desk: Desk, hook: str) -> None:
    card = by_action(desk.cards(order(hook=hook)))["avoid-combining-bone-agents"]
    assert card["indicator"] == "critical"
    assert ours(card)["rules"] == ["BCBM-62"]
    assert "不同种类的骨改良药物不可同时使用" in card["detail"]
    (suggestion,) = card["suggestions"]
    assert suggestion["actions"][0]["type"] == "delete"
    assert suggestion["actions"][0]["resourceId"] == "MedicationRequest/denosumab"
    assert suggestion["label"] == "撤销医嘱草稿：地舒单抗"
    assert card["selectionBehavior"] in ("any", "at-most-one")


def test_without_the_draft_the_contraindication_is_gone(desk: Desk) -> None:
    assert "avoid-combining-bone-agents" not in by_action(desk.cards(order(drafts=[])))
    assert "avoid-combining-bone-agents" not in by_action(desk.cards(view()))


@pytest.mark.parametrize(
    "more",
    [
        {"intent": "proposal"},
        {"status": None},
        {"authoredOn": "2999-01-01"},
        {"intent": None, "authoredOn": "2999-01-01T00:00:00Z"},
        {"dosageInstruction": [{"timing": {"repeat": {"boundsPeriod": {"start": "2999-01-01"}}}}]},
        {"status": "active"},
        {"subject": None},
    ],
)
def test_a_draft_counts_whatever_its_paperwork_says(desk: Desk, more: dict[str, Any]) -> None:
    one = {key: value for key, value in draft("地舒单抗注射液", **more).items() if value is not None}
    card = by_action(desk.cards(order(drafts=[one])))["avoid-combining-bone-agents"]
    assert card["suggestions"][0]["actions"][0]["resourceId"] == "MedicationRequest/draft-1"


def test_a_draft_wins_over_its_own_earlier_version(desk: Desk) -> None:
    call = order(drafts=[draft("denosumab", "same")])
    call["prefetch"]["medicationRequests"]["entry"].append(
        {"resource": draft("denosumab 60 mg", "same", status="draft")}
    )
    assert "avoid-combining-bone-agents" in by_action(desk.cards(call))


def test_a_draft_without_an_id_cannot_be_withdrawn_but_is_warned_of(desk: Desk) -> None:
    one = draft("denosumab")
    del one["id"]
    card = by_action(desk.cards(order(drafts=[one])))["avoid-combining-bone-agents"]
    assert "suggestions" not in card
    assert "selectionBehavior" not in card


def test_either_of_two_drafts_can_be_withdrawn(desk: Desk) -> None:
    call = order(drafts=[draft("denosumab", "d"), draft("zoledronic acid", "z")])
    for key in MEDICATION_KEYS:
        call["prefetch"][key] = None
    card = by_action(desk.cards(call))["avoid-combining-bone-agents"]
    deleted = [one["actions"][0]["resourceId"] for one in card["suggestions"]]
    assert sorted(deleted) == ["MedicationRequest/d", "MedicationRequest/z"]


def test_nothing_is_offered_that_would_not_help(desk: Desk) -> None:
    """Two agents are active already: withdrawing a third changes nothing."""
    call = order(drafts=[draft("pamidronate", "p")])
    already = draft("denosumab", "already", status="active", authoredOn="2024-01-01")
    call["prefetch"]["medicationRequests"]["entry"].append({"resource": already})
    assert "suggestions" not in by_action(desk.cards(call))["avoid-combining-bone-agents"]


def test_an_order_that_has_nothing_to_do_with_it_interrupts_nobody(desk: Desk) -> None:
    for entry in (call := order(drafts=[draft("paracetamol 500 mg")]))["prefetch"]:
        if entry.startswith("medication"):
            call["prefetch"][entry] = None
    assert desk.cards(call) == []
    food = {"resourceType": "NutritionOrder", "id": "n", "status": "draft", "intent": "order"}
    assert desk.cards(order(drafts=[food])) == []


@pytest.mark.parametrize("hook", ["order-sign", "order-select"])
@pytest.mark.parametrize(("language", "said"), [("zh", "未作核对"), ("en", "not checked")])
def test_an_unknown_drug_beside_a_bone_agent_does_not_pass_in_silence(
    desk: Desk, hook: str, language: Any, said: str
) -> None:
    call = order(hook=hook, drafts=[draft("Brandnewmab 120 mg", "n"), draft("来曲唑", "l")])
    (card,) = desk.cards(call, language=language)
    assert card["indicator"] == "info"
    assert said in card["summary"]
    assert "Brandnewmab 120 mg" in card["summary"]
    assert "Brandnewmab 120 mg" in card["detail"]
    assert ("哪种药物" if language == "zh" else "which drug") not in card[
        "detail"
    ]  # each such order would ask it again
    assert response_faults({"cards": [card]}) == []


def test_an_unknown_drug_is_told_beside_a_bone_agent_that_is_drafted_too(desk: Desk) -> None:
    call = order(drafts=[draft("denosumab", "d"), draft("Brandnewmab", "n")])
    for key in MEDICATION_KEYS:
        call["prefetch"][key] = None
    cards = desk.cards(call)
    assert any("Brandnewmab" in card["summary"] for card in cards)
    assert "哪种药物" not in str(cards)  # each such order would ask it again: the chart does


@pytest.mark.parametrize(
    "name",
    [
        "XGEVA 120 MG/1.7 ML SC SOLN",
        "DENOSUMAB 120 MG/1.7 ML (70 MG/ML) SUBCUTANEOUS SOLUTION",
        "Prolia 60 mg/mL subq syringe",
        "denosumab-bbdz 120 mg inj",
    ],
)
def test_a_reference_that_leads_nowhere_is_read_by_its_display(desk: Desk, name: str) -> None:
    one = draft("x", "e" * 200)
    del one["medicationCodeableConcept"]
    one["medicationReference"] = {"reference": "Medication/elsewhere", "display": name}
    card = by_action(desk.cards(order(drafts=[one])))["avoid-combining-bone-agents"]
    assert card["suggestions"][0]["actions"][0]["resourceId"] == f"MedicationRequest/{'e' * 200}"


def test_only_the_selected_order_is_spoken_of(desk: Desk) -> None:
    call = order(hook="order-select", drafts=[draft("denosumab", "d"), draft("paracetamol", "p")])
    call["context"]["selections"] = ["MedicationRequest/p"]
    assert all("paracetamol" in card["summary"] for card in desk.cards(call))
    call["context"]["selections"] = ["MedicationRequest/d"]
    assert by_action(desk.cards(call))


def test_a_selection_that_is_not_found_leaves_no_draft_unseen(desk: Desk) -> None:
    call = order(hook="order-select", drafts=[draft("denosumab", "d")])
    call["context"]["selections"] = ["MedicationRequest/elsewhere"]
    assert "avoid-combining-bone-agents" in by_action(desk.cards(call))


def test_an_order_shows_nothing_that_is_merely_good_to_know(desk: Desk) -> None:
    cards = desk.cards(order())
    assert cards
    assert all(card["indicator"] != "info" or "questions" in ours(card) for card in cards)


def calcium(call: Call) -> Any:
    entries = call["prefetch"]["observations"]["entry"]
    return next(one["resource"] for one in entries if one["resource"]["id"] == "calcium")


def test_an_emergency_stands_at_every_order(desk: Desk) -> None:
    call = order(drafts=[draft("来曲唑片")])
    calcium(call)["valueQuantity"]["value"] = 17.5
    (card,) = desk.cards(call)
    assert ours(card)["action"] == "hypercalcaemia-alert"
    assert card["indicator"] == "critical"


def test_a_critical_remark_on_the_case_has_a_card_of_its_own(desk: Desk) -> None:
    for call in (view(), order(drafts=[draft("paracetamol")])):
        calcium(call)["valueQuantity"]["value"] = 5.6
        first = desk.cards(call)[0]
        assert ours(first)["notice"]
        assert first["indicator"] == "critical"
        assert response_faults({"cards": [first]}) == []


def test_a_draft_that_was_not_understood_is_told(desk: Desk) -> None:
    unnamed = draft("x", "unnamed")
    del unnamed["medicationCodeableConcept"]
    unnamed["medicationReference"] = {"reference": "Medication/elsewhere"}
    (card,) = [one for one in desk.cards(order(drafts=[unnamed])) if "action" not in ours(one)]
    assert card["indicator"] == "warning"
    assert "MedicationRequest/unnamed" in card["detail"]


SUBJECTS = {"action", "notice", "decision", "data_conflict", "group", "more"}


def test_missing_data_are_one_quiet_card(desk: Desk) -> None:
    for name in EXAMPLES:
        quiet = [card for card in desk.cards(view(name)) if not SUBJECTS & ours(card).keys()]
        assert len(quiet) <= 1
        assert all(card["indicator"] == "info" for card in quiet)
    cards = desk.cards(view())
    first = ["lesions", "lesions[thoracic_spine].spinal_instability", "symptoms.cord_signs"]
    assert ours(cards[-1])["questions"][:3] == first
    assert len(ours(cards[-1])["questions"]) <= 5


def test_what_could_not_be_had_is_told_on_the_quiet_card(desk: Desk) -> None:
    call = view()
    del call["prefetch"]["observations"]
    card = desk.cards(call)[-1]
    assert "检验检查结果：未提供" in card["detail"]


def test_words_of_the_ehr_cannot_format_a_card(desk: Desk) -> None:
    evil = "<img src=x onerror=alert(1)> [click](https://evil.example) **x** www.evil.example denosumab"
    for card in desk.cards(order(drafts=[draft(evil)])):
        assert "<img" not in card.get("detail", "").replace("\\<img", "")
        assert "](https" not in card.get("detail", "").replace("\\](", "")


def test_no_card_holds_what_identifies_a_patient(desk: Desk) -> None:
    call = view()
    call["prefetch"]["patient"]["name"] = [{"text": "张三丰"}]
    call["prefetch"]["patient"]["identifier"] = [{"value": "110101199001011234"}]
    text = json.dumps(desk.cards(call), ensure_ascii=False)
    assert "张三丰" not in text
    assert "110101199001011234" not in text


@given(st.text(max_size=400))
def test_a_summary_is_a_line_of_less_than_140_characters(words: str) -> None:
    short = shortened(words)
    assert len(short) < 140
    assert "\n" not in short


@given(st.text(alphabet=st.sampled_from("ab <>[]()*_`#-+=~|\\&!0123.\nhttp:/w"), max_size=60))
def test_plain_words_cannot_begin_a_block_or_hold_markup(words: str) -> None:
    line = plain(words)
    assert "\n" not in line
    assert line[:1] not in ("#", "+", "-", "=", ">")
    bare = line.replace("<!-- -->", "").replace("\\\\", "")
    for sign in "`*_[]<>|~&":
        assert bare.count(sign) == bare.count(f"\\{sign}")
