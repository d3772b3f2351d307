"""API keys and signed requests: what is right is let in once, what is not is a 401; and what a browser may do."""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.testclient import TestClient

from cds_support import view
from oncocds_api.app import create_app
from oncocds_api.requests.models import EXAMPLE
from oncocds_api.security.bearer import Unauthorized
from oncocds_api.security.replay import Replays
from oncocds_api.security.signature import Keys, signature, signed_text
from oncocds_api.settings.addresses import Issuer
from oncocds_api.settings.settings import Settings

NOW = 1_800_000_000.0
SECRET = "a-secret-key-of-the-his-Zhongqiu"
API_KEY = "an-api-key-of-the-emr-Zhongqiu"
BASE = "https://cds.hospital.example"
ISS = "https://ehr.hospital.example"
ORIGIN = "https://ehr-browser.example"
EC = ECKey.generate_key("P-384", {"kid": "ec"})
BODY = json.dumps(EXAMPLE).encode()
PATH = "/v1/evaluations"


def keys(now: float = NOW) -> Keys:
    return Keys(
        Settings(signing_keys={"his": SECRET, "lis": SECRET + "-other"}, api_keys={"emr": API_KEY}), lambda: now
    )


def signed(
    body: bytes = BODY,
    secret: str = SECRET,
    at: float = NOW,
    nonce: str = "nonce-0001",
    target: str = PATH,
    **more: str,
) -> dict[str, str]:
    made = signature(secret, signed_text("POST", target, str(int(at)), nonce, body))
    return {"X-Access-Key": "his", "X-Timestamp": str(int(at)), "X-Nonce": nonce, "X-Signature": made, **more}


def test_what_is_signed_is_written_down() -> None:
    """The example of the integration guide; its signature was made with openssl."""
    text = signed_text("POST", "/v1/evaluations", "1800000000", "nonce-0001", b"{}")
    assert text.decode().split("\n") == [
        "POST",
        "/v1/evaluations",
        "1800000000",
        "nonce-0001",
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    ]
    assert signature(SECRET, text) == "a6af0020f2891ed598e3c6c3e95a39ad74e1318d7e71f73f6ed7169cb5c268da"


@pytest.mark.parametrize("at", [NOW, NOW - 300, NOW + 300])
def test_a_signature_within_the_window_is_accepted_once(at: float) -> None:
    checked = keys()
    checked.check_signature(signed(at=at), "POST", PATH, BODY)
    with pytest.raises(Unauthorized, match="nonce"):
        checked.check_signature(signed(at=at), "POST", PATH, BODY)
    checked.check_signature(signed(at=at, nonce="nonce-0002"), "POST", PATH, BODY)
    checked.check_signature({**signed(secret=SECRET + "-other"), "X-Access-Key": "lis"}, "POST", PATH, BODY)


@pytest.mark.parametrize(
    ("headers", "method", "target", "body"),
    [
        (signed(), "POST", PATH, BODY + b" "),
        (signed(), "POST", PATH + "?x=1", BODY),
        (signed(), "POST", "/v1/fhir/evaluations", BODY),
        (signed(), "PUT", PATH, BODY),
        (signed(secret="another-secret-key-entirely"), "POST", PATH, BODY),
        (signed(at=NOW - 301), "POST", PATH, BODY),
        (signed(at=NOW + 301), "POST", PATH, BODY),
        ({**signed(), "X-Timestamp": str(int(NOW) + 1)}, "POST", PATH, BODY),
        ({**signed(), "X-Timestamp": "now"}, "POST", PATH, BODY),
        ({**signed(), "X-Timestamp": "١٨٠٠٠٠٠٠٠٠"}, "POST", PATH, BODY),
        ({**signed(), "X-Timestamp": "-1"}, "POST", PATH, BODY),
        ({**signed(), "X-Timestamp": "9" * 5000}, "POST", PATH, BODY),
        ({**signed(), "X-Nonce": "nonce-0002"}, "POST", PATH, BODY),
        ({**signed(), "X-Nonce": "short"}, "POST", PATH, BODY),
        ({**signed(), "X-Nonce": "n" * 129}, "POST", PATH, BODY),
        ({**signed(), "X-Access-Key": "lis"}, "POST", PATH, BODY),
        ({**signed(), "X-Access-Key": "nobody"}, "POST", PATH, BODY),
        ({**signed(), "X-Access-Key": ""}, "POST", PATH, BODY),
        ({**signed(), "X-Signature": ""}, "POST", PATH, BODY),
        ({**signed(), "X-Signature": "é" * 64}, "POST", PATH, BODY),
        ({**signed(secret=""), "X-Access-Key": "nobody"}, "POST", PATH, BODY),
        ({}, "POST", PATH, BODY),
    ],
)
def test_a_wrong_signature_is_refused(headers: Mapping[str, str], method: str, target: str, body: bytes) -> None:
    with pytest.raises(Unauthorized) as refused:
        keys().check_signature(headers, method, target, body)
    assert SECRET not in str(refused.value)


def test_a_refused_signature_does_not_use_up_its_nonce() -> None:
    checked = keys()
    with pytest.raises(Unauthorized):
        checked.check_signature(signed(), "POST", PATH, BODY + b" ")
    checked.check_signature(signed(), "POST", PATH, BODY)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 50), st.integers(0, 30)), max_size=40))
def test_a_name_is_new_only_once_until_its_time(steps: list[tuple[str, int, int]]) -> None:
    replays, known, now = Replays(), {}, 0.0
    for name, lasts, passes in steps:
        now += passes
        fresh = known.get(name, -1.0) <= now
        assert replays.first_use(name, now + lasts, now) is fresh
        if fresh:
            known[name] = now + lasts


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    file = tmp_path_factory.mktemp("keys") / "jwks.json"
    file.write_text(json.dumps({"keys": [EC.as_dict(private=False)]}), "utf-8")
    settings = Settings(
        audit="off",
        base_url=BASE,
        issuers=(Issuer(iss=ISS, jwks=file),),
        api_keys={"emr": API_KEY},
        signing_keys={"his": SECRET},
        cors_origins=(ORIGIN,),
        frame_ancestors=("https://his.example",),
        feedback_database="sqlite://",
    )
    with TestClient(create_app(workers=1, settings=settings)) as client:
        yield client


def refused(response: Any) -> str:
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["www-authenticate"]
    assert "Zhongqiu" not in response.text
    return str(response.json()["detail"])


def bearer(path: str, **more: Any) -> dict[str, str]:
    now = int(time.time())
    claims = {"iss": ISS, "aud": BASE + path, "exp": now + 300, "iat": now, "jti": str(uuid.uuid4())}
    made = jwt.encode({"alg": "ES384", "kid": "ec"}, {**claims, **more}, EC, algorithms=["ES384"])
    return {"Authorization": f"Bearer {made}"}


@pytest.mark.parametrize("path", [PATH, "/v1/fhir/profile", "/v1/fhir/evaluations"])
def test_patients_are_sent_with_a_key(client: TestClient, path: str) -> None:
    refused(client.post(path, json=EXAMPLE))
    refused(client.post(path, json=EXAMPLE, headers={"X-API-Key": "wrong-Zhongqiu"}))
    refused(client.post(path, json=EXAMPLE, headers={"X-API-Key": ""}))
    refused(client.post(path, json=EXAMPLE, headers=bearer(path)))
    assert client.post(path, json=EXAMPLE, headers={"X-API-Key": API_KEY}).status_code in (200, 422)


def test_a_signed_request_is_answered(client: TestClient) -> None:
    json_type = {"Content-Type": "application/json"}
    made = signed(at=time.time(), nonce="http-nonce-1") | json_type
    answer = client.post(PATH, content=BODY, headers=made)
    assert answer.status_code == 200
    assert answer.json()["advice"]
    assert "nonce" in refused(client.post(PATH, content=BODY, headers=made))
    other = signed(at=time.time(), nonce="http-nonce-2") | json_type
    assert "signature" in refused(client.post(PATH, content=BODY + b" ", headers=other))
    query = signed(at=time.time(), nonce="http-nonce-3", target=f"{PATH}?a=1") | json_type
    assert client.post(f"{PATH}?a=1", content=BODY, headers=query).status_code == 200


def test_a_signed_body_keeps_its_limits(client: TestClient) -> None:
    too_large = client.post(PATH, content=b" " * 1_048_577, headers=signed() | {"Content-Type": "application/json"})
    assert too_large.status_code == 413
    assert client.post(PATH, content=BODY, headers=signed() | {"Content-Type": "text/plain"}).status_code == 415


def test_feedback_is_read_with_a_key(client: TestClient) -> None:
    refused(client.get("/v1/feedback/rules"))
    refused(client.get("/v1/feedback/rules/BCBM-62"))
    assert client.get("/v1/feedback/rules", headers={"X-API-Key": API_KEY}).json() == {"rules": []}
    target = "/v1/feedback/rules/BCBM-62"
    at = str(int(time.time()))
    made = signature(SECRET, signed_text("GET", target, at, "get-nonce", b""))
    headers = {"X-Access-Key": "his", "X-Timestamp": at, "X-Nonce": "get-nonce", "X-Signature": made}
    assert client.get(target, headers=headers).json()["shown"] == 0


@pytest.mark.parametrize("path", ["/v1/rules", "/v1/documents", "/health/live", "/cds-services", "/", "/openapi.json"])
def test_what_holds_no_patient_is_open(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 200


def test_hook_calls_need_a_token_for_exactly_their_endpoint(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    path = "/cds-services/oncocds-patient"
    call = view()
    with caplog.at_level(logging.INFO, logger="oncocds_api"):
        refused(client.post(path, json=call))
        assert "aud" in refused(client.post(path, json=call, headers=bearer("/cds-services/oncocds-orders")))
        assert "aud" in refused(client.post(path, json=call, headers=bearer("/cds-services")))
        assert "iss" in refused(client.post(path, json=call, headers=bearer(path, iss="https://evil.example")))
        assert client.post(path, json=call, headers={"X-API-Key": API_KEY}).status_code == 403
        made = bearer(path)
        assert client.post(path, json=call, headers=made).status_code == 200
        assert "jti" in refused(client.post(path, json=call, headers=made))
        refused(client.post(path + "/feedback", json={"feedback": []}))
        assert "aud" in refused(client.post(path + "/feedback", json={}, headers=bearer(path)))
        assert client.post(path + "/feedback", json={}, headers=bearer(path + "/feedback")).status_code == 422
    assert made["Authorization"].split()[1] not in caplog.text
    assert "evil" not in caplog.text
    assert call["context"]["patientId"] not in caplog.text
    assert client.get("/cds-services").headers["oncocds-security"] == "jwt"


def test_without_a_setting_no_hook_is_answered(caplog: pytest.LogCaptureFixture) -> None:
    client = TestClient(create_app(workers=1))  # not started: nothing behind the guard is reached
    for path in ("/cds-services/oncocds-patient", "/cds-services/oncocds-orders/feedback", "/cds-services/unknown"):
        assert "issuers" in refused(client.post(path, json=view()))
    assert client.get("/cds-services").headers["oncocds-security"] == "no-issuers"


def test_development_is_said_in_the_log_and_by_discovery(caplog: pytest.LogCaptureFixture) -> None:
    client = TestClient(create_app(workers=1, settings=Settings(development=True)))
    assert "DEVELOPMENT" in caplog.text
    assert client.get("/cds-services").headers["oncocds-security"] == "development"
    assert client.post("/cds-services/unknown", json={}).status_code == 404


def test_a_browser_of_a_listed_origin_may_call(client: TestClient) -> None:
    path = "/cds-services/oncocds-patient"
    ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    allowed = client.options(path, headers={"Origin": ORIGIN, **ask})
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == ORIGIN
    assert "authorization" in allowed.headers["access-control-allow-headers"].lower()
    assert "access-control-allow-credentials" not in allowed.headers
    told = client.get("/cds-services", headers={"Origin": ORIGIN})
    assert told.headers["access-control-allow-origin"] == ORIGIN
    assert "Origin" in told.headers["vary"]
    for origin in ("https://evil.example", ORIGIN + ".evil.example", "null", ORIGIN.replace("https", "http")):
        answer = client.options(path, headers={"Origin": origin, **ask})
        assert answer.status_code == 400
        assert "access-control-allow-origin" not in answer.headers
        assert "access-control-allow-origin" not in client.get("/cds-services", headers={"Origin": origin}).headers
    failed = client.post(path, json={}, headers={"Origin": ORIGIN})
    assert failed.status_code == 401
    assert failed.headers["access-control-allow-origin"] == ORIGIN  # the browser may read why


def test_without_origins_no_browser_elsewhere_may_call() -> None:
    client = TestClient(create_app(workers=1))
    assert "access-control-allow-origin" not in client.get("/cds-services", headers={"Origin": ORIGIN}).headers


def test_pages_may_be_framed_where_settings_say(client: TestClient) -> None:
    assert "frame-ancestors https://his.example" in client.get("/").headers["content-security-policy"]


def test_keys_are_in_no_words_of_the_settings() -> None:
    settings = Settings(api_keys={"emr": API_KEY}, signing_keys={"his": SECRET})
    assert "Zhongqiu" not in f"{settings} {settings!r} {settings.model_dump_json()}"


def test_paths_of_files_are_beside_the_settings(tmp_path: Path) -> None:
    from oncocds_api.settings.settings import read_settings

    (tmp_path / "settings.yaml").write_text(f"issuers: [{{iss: '{ISS}', jwks: keys.json}}]", "utf-8")
    assert read_settings(tmp_path / "settings.yaml", {}).issuers[0].jwks == tmp_path / "keys.json"
