"""Keys with roles: what is not among them is a 403 that names the role; keys as hashes and in files."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from audit_support import AUDIT_KEY, records
from cds_support import view
from oncocds_api.app import create_app
from oncocds_api.security.bearer import Unauthorized
from oncocds_api.security.signature import Keys
from oncocds_api.settings.settings import Settings, SettingsError, read_settings

ROLES = ("evaluate", "hooks", "feedback", "audit", "scenarios", "change_policy")
EMERGENCIES = "cross_tumour_emergencies"
CORD = {"diagnosis": {"tumour_type": "hcc"}, "symptoms": {"cord_signs": True}}
SCENARIO = "# language: zh-CN\n功能: 一\n  场景: 二\n    假如 患者:\n      | 肿瘤类型 | 乳腺癌 |\n    当 评估\n"
HASHED, FILED, PLAIN = (f"{name}-key-of-the-site-Zhongqiu" for name in ("hashed", "filed", "plain"))


def key(role: str) -> str:
    return f"the-key-that-may-{role}-Zhongqiu"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, Path]]:
    home = tmp_path_factory.mktemp("roles")
    (home / "key").write_text(f"{FILED}\n", "utf-8")
    told: dict[str, Any] = {role: {"key": key(role), "roles": [role]} for role in ROLES}
    told["changer"] = {"key": key("both"), "roles": ["evaluate", "change_policy"]}
    told["hashed"] = {"key_sha256": hashlib.sha256(HASHED.encode()).hexdigest().upper(), "roles": ["evaluate"]}
    told["filed"] = {"key_file": "key", "roles": ["evaluate"]}
    told["plain"] = PLAIN
    written = {
        "api_keys": told, "audit_key": AUDIT_KEY, "audit_log": str(home / "log"), "audit_fsync": False,
        "feedback_database": "sqlite://",
    }  # fmt: skip
    (home / "settings.json").write_text(json.dumps(written), "utf-8")
    settings = read_settings(home / "settings.json", {})
    with TestClient(create_app(workers=1, settings=settings)) as client:
        yield client, home / "log"


REQUESTS: dict[str, tuple[str, str, Any]] = {
    "evaluate": ("POST", "/v1/evaluations", {"patient": {}}),
    "evaluate-fhir": ("POST", "/v1/fhir/evaluations", {"bundle": {"resourceType": "Bundle", "type": "collection"}}),
    "evaluate-page": ("POST", "/evaluate", {"patient": {}}),
    "hooks": ("POST", "/cds-services/oncocds-patient", view()),
    "feedback": ("GET", "/v1/feedback/rules", None),
    "audit": ("GET", "/v1/audit/00000000-0000-0000-0000-000000000000", None),
    "scenarios": ("POST", "/scenarios", {"text": SCENARIO}),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_each_key_may_do_what_its_role_says_and_nothing_else(client: tuple[TestClient, Path], name: str) -> None:
    method, path, body = REQUESTS[name]
    role = name.partition("-")[0]
    for other in ROLES:
        response = client[0].request(method, path, json=body, headers={"X-API-Key": key(other)})
        if other == role:
            assert response.status_code == (404 if role == "audit" else 200), response.text
            continue
        assert response.status_code == 403
        assert response.json()["type"].endswith("/forbidden")
        assert f"'{role}'" in response.json()["detail"]
        assert "Zhongqiu" not in response.text
    assert client[0].request(method, path, json=body, headers={"X-API-Key": "unknown-Zhongqiu"}).status_code == 401


def test_a_plain_key_may_what_it_always_might(client: tuple[TestClient, Path]) -> None:
    for name, (method, path, body) in REQUESTS.items():
        expected = 200 if name.partition("-")[0] in ("evaluate", "feedback", "scenarios") else 403
        response = client[0].request(method, path, json=body, headers={"X-API-Key": PLAIN})
        assert response.status_code == expected, name


@pytest.mark.parametrize("given", [HASHED, FILED])
def test_keys_may_be_told_by_hash_and_by_file(client: tuple[TestClient, Path], given: str) -> None:
    response = client[0].post("/v1/evaluations", json={"patient": {}}, headers={"X-API-Key": given})
    assert response.status_code == 200
    for wrong in (given + "x", hashlib.sha256(given.encode()).hexdigest()):
        assert client[0].post("/v1/evaluations", json={}, headers={"X-API-Key": wrong}).status_code == 401


@pytest.mark.parametrize("path", ["/v1/evaluations", "/v1/explanations", "/evaluate"])
def test_a_role_lets_a_request_change_the_safety_settings(client: tuple[TestClient, Path], path: str) -> None:
    body = {"patient": CORD, "policy": {EMERGENCIES: False}}
    body |= {"rule": "BCBM-07"} if path == "/v1/explanations" else {}
    refused = client[0].post(path, json=body, headers={"X-API-Key": key("evaluate")})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == f"/policy/{EMERGENCIES}"
    changed = client[0].post(path, json=body, headers={"X-API-Key": key("both")})
    assert changed.status_code == 200
    (answer,) = records(client[1])[-1]["answers"]
    assert answer["policy"]["site"] == {EMERGENCIES: True}
    assert answer["policy"]["effective"][EMERGENCIES] is False
    # The worker that answered so locks them again for the next caller.
    assert client[0].post(path, json=body, headers={"X-API-Key": key("evaluate")}).status_code == 422


def test_whose_key_it_was_is_on_record(client: tuple[TestClient, Path]) -> None:
    made = client[0].post("/v1/evaluations", json={"patient": {}}, headers={"X-API-Key": key("evaluate")})
    decision = made.headers["oncocds-decision"]
    assert records(client[1])[-1]["caller"] == {"by": "api-key", "name": "evaluate"}
    path = f"/v1/audit/{decision}"
    told = client[0].get(path, headers={"X-API-Key": key("audit")}).json()
    assert told == {"record": records(client[1])[-1], "sealed": True, "withdrawn": False}
    refused = client[0].post("/v1/evaluations", json={"patient": {}}, headers={"X-API-Key": key("feedback")})
    assert (records(client[1])[-1]["status"], records(client[1])[-1]["caller"]["name"]) == (403, "feedback")
    assert refused.headers["oncocds-decision"] == records(client[1])[-1]["decision"]


def test_whoever_is_not_known_fills_no_log(client: tuple[TestClient, Path]) -> None:
    before = len(records(client[1]))
    assert client[0].post("/v1/evaluations", json={"patient": {}}).status_code == 401
    assert len(records(client[1])) == before


def test_without_keys_nobody_reads_records() -> None:
    client = TestClient(create_app(workers=1))
    assert client.get("/v1/audit/00000000-0000-0000-0000-000000000000").status_code == 403


@pytest.mark.parametrize(
    ("told", "pointer", "expected"),
    [
        ({"roles": ["evaluate"]}, "/api_keys/his", "key_sha256"),
        ({"key": PLAIN, "key_sha256": "0" * 64, "roles": ["evaluate"]}, "/api_keys/his", "one of"),
        ({"key": PLAIN}, "/api_keys/his/roles", "required"),
        ({"key": PLAIN, "roles": []}, "/api_keys/his/roles", "at least 1"),
        ({"key": PLAIN, "roles": ["admin"]}, "/api_keys/his/roles/0", "change_policy"),
        ({"key": "short-Zhongqiu", "roles": ["evaluate"]}, "/api_keys/his/key", "16"),
        ({"key_sha256": "Zhongqiu", "roles": ["evaluate"]}, "/api_keys/his/key_sha256", "pattern"),
        ({"key": PLAIN, "role": "evaluate", "roles": ["evaluate"]}, "/api_keys/his/role", ""),
        (8_070_605_040, "/api_keys/his", "string"),
    ],
)
def test_wrong_keys_are_refused_by_place(told: Any, pointer: str, expected: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings(None, {"ONCOCDS_API_KEYS": json.dumps({"his": told})})
    found = [one for one in refused.value.problems if one.pointer == pointer]
    assert any(expected in one.expected for one in found), refused.value.problems
    said = str(refused.value.problems)
    assert not any(mark in said for mark in ("Zhongqiu", "8070605040"))


def test_a_key_file_must_hold_a_key(tmp_path: Path) -> None:
    file = tmp_path / "key"
    settings = Settings.model_validate({"api_keys": {"his": {"key_file": file, "roles": ["evaluate"]}}})
    for content in (None, "short", "a-key-of-sixteen-or-more\nand another line"):
        if content is not None:
            file.write_text(content, "utf-8")
        with pytest.raises(SettingsError) as refused:
            Keys(settings)
        assert refused.value.problems[0].pointer == "/api_keys/his/key_file"
        assert "another line" not in str(refused.value.problems)
    file.write_text(f" {FILED} \n", "utf-8")
    assert Keys(settings).check_api_key(FILED).name == "his"


def test_one_key_of_two_names_must_have_one_set_of_roles() -> None:
    twice: dict[str, Any] = {"a": PLAIN, "b": PLAIN}
    assert Keys(Settings.model_validate({"api_keys": twice})).check_api_key(PLAIN).name == "a"
    twice["b"] = {"key_sha256": hashlib.sha256(PLAIN.encode()).hexdigest(), "roles": ["audit"]}
    with pytest.raises(SettingsError) as refused:
        Keys(Settings.model_validate({"api_keys": twice}))
    assert refused.value.problems[0].pointer == "/api_keys/b"


def test_every_key_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    compared, real = [], hmac.compare_digest

    def counted(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return real(one, other)

    monkeypatch.setattr(hmac, "compare_digest", counted)
    keys = Keys(Settings.model_validate({"api_keys": {name: f"{name}-key-of-the-site" for name in "abc"}}))
    keys.check_api_key("a-key-of-the-site")
    with pytest.raises(Unauthorized):
        keys.check_api_key("x")
    assert len(compared) == 6
    assert {len(one) for pair in compared for one in pair} == {32}


def test_files_of_secrets_that_others_can_read_are_warned_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings, file, quiet = tmp_path / "settings.yaml", tmp_path / "key", tmp_path / "quiet.yaml"
    file.write_text(FILED, "utf-8")
    told = {"api_keys": {"his": {"key_file": "key", "roles": ["evaluate"]}}, "audit_key": {"file": "key"}}
    settings.write_text(json.dumps(told), "utf-8")
    quiet.write_text("language: en", "utf-8")
    settings.chmod(0o640)
    file.chmod(0o604)
    with caplog.at_level(logging.WARNING, logger="oncocds_api"):
        create_app(workers=1, settings=read_settings(settings, {}))
        warned = [one for one in caplog.messages if "read by others" in one]
        assert sorted(one.split()[0] for one in warned) == sorted([str(settings), str(file)])
        caplog.clear()
        settings.chmod(0o600)
        file.chmod(0o400)
        create_app(workers=1, settings=read_settings(settings, {}))
        create_app(workers=1, settings=read_settings(quiet, {}))
    assert "read by others" not in caplog.text


def test_a_key_with_the_role_may_call_hooks_and_the_description_says_so(client: tuple[TestClient, Path]) -> None:
    described = client[0].get("/openapi.json").json()
    assert {"apiKey": []} in described["paths"]["/cds-services/{service}"]["post"]["security"]
    assert {"apiKey": []} in described["paths"]["/v1/audit/{decision}"]["get"]["security"]
    told = client[0].post("/cds-services/oncocds-patient", json=view(), headers={"X-API-Key": key("hooks")})
    assert told.json()["cards"]
    assert records(client[1])[-1]["caller"] == {"by": "api-key", "name": "hooks"}
    feedback = "/cds-services/oncocds-patient/feedback"
    assert client[0].post(feedback, json={}, headers={"X-API-Key": key("hooks")}).status_code == 422
    assert client[0].post(feedback, json={}, headers={"X-API-Key": key("feedback")}).status_code == 403
