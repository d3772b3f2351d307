"""The day of an evaluation that names none: the one it is where the server's users are, at every endpoint."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

from cds_support import view
from fhir_support import bundle, patient
from oncocds_api.app import create_app
from oncocds_api.requests.clock import keep_time_of
from oncocds_api.settings.settings import Settings

FIRST, LAST = "Pacific/Kiritimati", "Pacific/Niue"  # it is never the same day in both


@pytest.fixture(autouse=True)
def _ours_again() -> Iterator[None]:
    """A process has one zone: the tests after these have that of the machine."""
    yield
    keep_time_of(None)


@pytest.mark.parametrize("zone", [FIRST, LAST])
def test_today_is_the_day_in_the_servers_zone(zone: str) -> None:
    def day() -> str:
        return datetime.datetime.now(ZoneInfo(zone)).date().isoformat()

    settings = Settings(development=True, time_zone=zone, feedback_database="sqlite://")
    body: Any
    with TestClient(create_app(workers=1, settings=settings)) as client:
        before, told = day(), set()
        for path, body in (
            ("/v1/evaluations", {"patient": {}}),
            ("/v1/explanations", {"patient": {}, "rule": "BCBM-62"}),
            ("/v1/fhir/profile", {"bundle": bundle(patient())}),
            ("/v1/fhir/evaluations", {"bundle": bundle(patient())}),
        ):
            answer = client.post(path, json=body).json()
            told.add((answer.get("evaluation") or answer)["as_of"])
        cards = client.post("/cds-services/oncocds-patient", json=view()).json()["cards"]
        told |= {card["extension"]["example.oncocds"]["as_of"] for card in cards}
        assert told <= {before, day()}


def test_a_server_without_a_zone_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="oncocds_api"):
        create_app(settings=Settings(feedback_database="sqlite://", time_zone="Asia/Shanghai"))
        assert "time_zone" not in caplog.text
        create_app(settings=Settings(feedback_database="sqlite://"))
    assert "time_zone is not set" in caplog.text
