"""Calls shaped after public bug reports of CDS Hooks clients and servers; each says which. Nothing is copied."""

from __future__ import annotations

from typing import Any

import pytest

from cds_support import Desk, draft, order, view
from cds_validator import response_faults
from oncocds.engine import Engine


@pytest.fixture(scope="module")
def desk(engine: Engine) -> Desk:
    return Desk(engine)


def told(cards: list[Any]) -> list[tuple[str, str]]:
    """What each card is about, and how urgent it is."""
    assert response_faults({"cards": cards}) == []
    return [(card["indicator"], card["extension"]["example.oncocds"].get("action", "")) for card in cards]


@pytest.mark.parametrize("key", ["patient", "conditions", "observations"])
def test_prefetch_wrapped_as_entries_of_a_bundle(desk: Desk, key: str) -> None:
    """The sandbox once sent entries where resources are due (cds-hooks/sandbox, issue 45): refused, never guessed."""
    call = order()
    call["prefetch"][key] = {"fullUrl": "https://ehr.example/x", "resource": call["prefetch"][key]}
    header, document = desk.header(call)
    assert (header["outcome"], document) == ("refused", None)


@pytest.mark.parametrize("key", ["medicationDispenses", "observations", "procedures", "serviceRequests"])
def test_an_outcome_in_place_of_what_was_asked_for(desk: Desk, key: str) -> None:
    """A query that failed comes as an OperationOutcome (HL7-DaVinci/CRD, pull 286; hapifhir/hapi-fhir, issue 6836)."""
    whole = told(desk.cards(order()))
    call = order()
    call["prefetch"][key] = {
        "resourceType": "OperationOutcome",
        "issue": [
            {"severity": "error", "code": "processing", "diagnostics": "HAPI-0389: Failed to call access method"}
        ],
    }
    cards = desk.cards(call)
    assert ("critical", "avoid-combining-bone-agents") in told(cards)
    assert {one for one in told(cards) if one[1]} <= set(whole)
    (unchecked,) = [card for card in cards if "未核对" in card["summary"]]
    assert unchecked["indicator"] == "warning"
    assert "HAPI-0389" not in str(cards)  # what a server says of a failure may hold anything


def test_draft_orders_in_a_bundle_without_a_type(desk: Desk) -> None:
    """Which type the Bundle has is not said by the hooks (cds-hooks/docs, issue 517)."""
    call = order()
    expected = told(desk.cards(call))
    assert ("critical", "avoid-combining-bone-agents") in expected
    for kind in (None, "searchset", "transaction"):
        call["context"]["draftOrders"].pop("type", None)
        if kind is not None:
            call["context"]["draftOrders"]["type"] = kind
        assert told(desk.cards(call)) == expected


def test_a_key_that_is_null_and_a_key_that_is_absent(desk: Desk) -> None:
    """Null says that there is nothing; an absent key that it could not be had (cds-hooks/docs, pull request 545)."""
    call = order(drafts=[draft("来曲唑片")])
    call["prefetch"]["medicationStatements"] = None
    assert desk.cards(call) == []
    del call["prefetch"]["medicationStatements"]
    (card,) = desk.cards(call)
    assert card["indicator"] == "warning"
    assert card["detail"].endswith("- 用药陈述：未提供")


@pytest.mark.parametrize("changed", [{"status": None}, {"effectiveDateTime": "31/01/2025", "effectivePeriod": None}])
def test_a_statement_that_cannot_be_read_says_at_an_order_what_it_could_be(desk: Desk, changed: dict[str, Any]) -> None:
    """A statement came without its status (athenahealth/apiserver-athenaFlex, issue 57); others have no such date.

    Until somebody looks it is no second agent, so no critical card; the warning about the record says what hangs on it.
    """
    call = order()
    (statement,) = (
        entry["resource"]
        for entry in call["prefetch"]["medicationStatements"]["entry"]
        if "唑来膦酸" in str(entry["resource"])
    )
    for key, value in changed.items():
        statement.pop(key, None)
        if value is not None:
            statement[key] = value
    cards = desk.cards(call)
    assert ("critical", "avoid-combining-bone-agents") not in told(cards)
    (card,) = [card for card in cards if "未核对" in card["summary"]]
    assert card["indicator"] == "warning"
    assert "不同种类的骨改良药物不可同时使用" in card["detail"].replace("\\", "")


def test_a_chart_with_such_a_statement_gets_the_decision_as_a_card(desk: Desk) -> None:
    call = view()
    for entry in call["prefetch"]["medicationStatements"]["entry"]:
        if "唑来膦酸" not in str(entry["resource"]):
            entry["resource"].pop("status")
    card = next(card for card in desk.cards(call) if "有1条用药记录未能读取" in card["summary"])
    assert card["indicator"] == "critical"
    assert "不同种类的骨改良药物不可同时使用" in card["summary"]
