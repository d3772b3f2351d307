"""A server that others can reach says at its start what it leaves open."""

from __future__ import annotations

from typing import Any

import pytest
import uvicorn

from oncocds.cli.main import main
from oncocds_api.settings.exposure import is_loopback, warnings
from oncocds_api.settings.settings import Settings

KEY: Any = {"his": "0123456789abcdef0123"}
OPEN_V1, OPEN_HOOKS, NO_ADDRESS = "send patients to /v1", "in development mode", "base_url is not set"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)
    assert list(warnings(host, Settings(development=True))) == []


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "ehr.hospital.example", ""])
def test_beyond_this_machine(host: str) -> None:
    assert not is_loopback(host)
    told = "\n".join(warnings(host, Settings(development=True)))
    assert OPEN_V1 in told
    assert OPEN_HOOKS in told


def test_what_is_closed_is_not_warned_of() -> None:
    closed = Settings(api_keys=KEY, base_url="https://cds.hospital.example")
    assert list(warnings("0.0.0.0", closed)) == []
    assert list(warnings("0.0.0.0", Settings(signing_keys=KEY, base_url="https://cds.hospital.example"))) == []
    assert [one.partition(":")[0] for one in warnings("0.0.0.0", Settings(api_keys=KEY))] == [NO_ADDRESS]
    assert list(warnings("10.0.0.5", Settings(api_keys=KEY))) == []


def test_it_stands_in_the_log_when_the_server_starts(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(uvicorn.Server, "run", lambda self, *_: setattr(self, "started", True))
    monkeypatch.setenv("ONCOCDS_PROXY", "true")
    assert main(["serve", "--host", "0.0.0.0"]) == 0
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert any(OPEN_V1 in one for one in said)
    assert any(NO_ADDRESS in one for one in said)
    caplog.clear()
    assert main(["serve"]) == 0
    (said_at_home,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert "time_zone is not set" in said_at_home
