"""How requests reach the routes: media types, sizes, HEAD, compression, and a server below a path of a proxy."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from fhir_support import ICD10, bundle, concept, condition, observation, patient
from oncocds.reading.strict_json import parse_json
from oncocds_api.app import create_app
from oncocds_api.fhir.example import EXAMPLE
from oncocds_api.requests.requests import MOST_FHIR_BYTES, parse_fhir
from oncocds_api.security.signature import ACCESS_KEY, NONCE, SIGNATURE, TIMESTAMP, signature, signed_text
from oncocds_api.settings.settings import Settings
from oncocds_fhir.bundle import collect
from oncocds_fhir.holding import lists_of
from oncocds_fhir.mapping import _READ, _REFERRED_TO
from oncocds_fhir.skipping import SKIPPED

SECRET = "a-secret-of-the-hospital"
FHIR = "/v1/fhir/evaluations"
BUNDLE = json.dumps(EXAMPLE["bundle"]).encode()


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    settings = Settings(
        base_url="https://hospital.example/apps/oncocds",
        feedback_database="sqlite://",
        development=True,
        signing_keys={"his": SECRET},  # type: ignore[dict-item]
        page_access="open",
    )
    with TestClient(create_app(workers=1, settings=settings), follow_redirects=False) as client:
        yield client


def signed(path: str, body: bytes, nonce: str, **headers: str) -> dict[str, str]:
    now = str(int(time.time()))
    return {
        "content-type": "application/fhir+json",
        ACCESS_KEY: "his",
        TIMESTAMP: now,
        NONCE: nonce,
        SIGNATURE: signature(SECRET, signed_text("POST", path, now, nonce, body)),
        **headers,
    }


def post(client: TestClient, body: bytes, nonce: str, path: str = FHIR, **headers: str) -> Any:
    return client.post(path, content=body, headers=signed(f"/apps/oncocds{path}", body, nonce, **headers))


@pytest.mark.parametrize(
    "kind",
    [
        "application/fhir+json; fhirVersion=4.0",
        'application/fhir+json;fhirVersion="4.0"; charset=utf8',
        "application/json; charset=utf8",
        "application/json;charset=UTF-8",
        "Application/FHIR+JSON; Charset=UTF8",
        "application/json; charset=utf-8; profile=x",
    ],
)
def test_what_says_json_in_utf8_is_taken(client: TestClient, kind: str) -> None:
    answer = post(client, BUNDLE, f"kind-{kind}"[:60].replace(" ", ""), **{"content-type": kind})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "kind",
    [
        "application/fhir+json; fhirVersion=5.0",
        "application/fhir+json; fhirVersion=3.0",
        "application/json; charset=latin1",
        "application/fhir+xml; fhirVersion=4.0",
        "application/json; charset=",
    ],
)
def test_another_version_or_charset_is_refused(client: TestClient, kind: str) -> None:
    answer = post(client, BUNDLE, f"kind-{kind}"[:60].replace(" ", ""), **{"content-type": kind})
    assert answer.status_code == 415
    assert "application/fhir+json" in answer.json()["detail"]


def chart(megabytes: float) -> bytes:
    """A long record as public test patients have it: bills and visits around a few facts."""
    items = [{"sequence": n, "net": {"value": 1.5, "currency": "USD"}, "note": "y" * 70} for n in range(40)]
    bills = [
        {"resourceType": kind, "id": f"{kind}-{n}", "patient": {"reference": "Patient/p"}, "item": items}
        for n in range(int(megabytes * 100))
        for kind in ("Claim", "ExplanationOfBenefit")
    ]  # fmt: skip
    facts = [condition("c", concept(ICD10, "C50.9")), observation("l", "18043-0")]
    return json.dumps(bundle(patient(), *bills, *facts)).encode()


def test_a_long_record_of_four_megabytes_goes_through(client: TestClient) -> None:
    body = chart(4)
    assert 4_000_000 < len(body) < MOST_FHIR_BYTES
    answer = post(client, body, "a-long-record")
    assert answer.status_code == 200, answer.text[:500]
    document = answer.json()
    assert document["profile"]["diagnosis"]["tumour_type"] == "breast"
    told = {one["reason"]: one["count"] for one in document["report"]["unmapped"]}
    assert told["type-not-read"] == 800, "what is not read is told as ever"


def test_what_is_longer_is_refused(client: TestClient) -> None:
    answer = post(client, b" " * (MOST_FHIR_BYTES + 1), "too-long-a-record")
    assert answer.status_code == 413
    assert str(MOST_FHIR_BYTES) in answer.json()["detail"]
    answer = post(client, b" " * 1_048_577, "too-long-json", "/v1/evaluations", **{"content-type": "application/json"})
    assert answer.status_code == 413, "a guard that reads more does not widen what plain JSON may be"


def test_no_type_that_is_read_or_could_hold_an_item_is_skipped() -> None:
    assert not SKIPPED.intersection(_READ, _REFERRED_TO, ("Patient", "Bundle", "OperationOutcome"))
    assert not any(map(lists_of, SKIPPED))


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=3)
CONTENT = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=6,
)


@given(kind=st.sampled_from(["Claim", "Encounter", "Observation", "Condition"]), content=CONTENT, escaped=st.booleans())
def test_skipping_loses_nothing_but_the_content_of_what_is_not_looked_into(
    kind: str, content: object, escaped: bool
) -> None:
    one = {"resourceType": kind, "id": "x", "subject": {"reference": "Patient/p"}, "note": content}
    data = json.dumps(bundle(patient(), one), ensure_ascii=escaped).encode()
    whole, read = parse_json(data), parse_fhir(data)
    assert [(r.type, r.id, r.label) for r in collect(read).resources] == [
        (r.type, r.id, r.label) for r in collect(whole).resources
    ]
    if kind in SKIPPED:
        assert "note" not in json.dumps(read)
    else:
        assert read == whole


def test_answers_that_are_worth_it_are_compressed(client: TestClient) -> None:
    answer = client.get("/v1/rules", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in answer.headers["vary"].lower()
    assert int(answer.headers["content-length"]) < len(answer.content) / 3
    assert "content-encoding" not in client.get("/health/live", headers={"accept-encoding": "gzip"}).headers
    assert "content-encoding" not in client.get("/v1/rules", headers={"accept-encoding": "identity"}).headers


@pytest.mark.parametrize("path", ["/", "/health/live", "/v1/rules", "/cds-services", "/docs", "/static/app.css"])
def test_head_is_get_without_the_body(client: TestClient, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"") == (200, b"")
    assert head.headers["content-type"] == got.headers["content-type"]
    assert head.headers.get("content-length") == got.headers.get("content-length")


def test_head_of_what_is_posted_to_is_not_allowed(client: TestClient) -> None:
    assert client.head("/v1/evaluations").status_code == 405
    assert client.head("/nowhere").status_code == 404


LINK = re.compile(r'\s(?:href|src|action)="([^"#]*)')


@pytest.mark.parametrize("prefix", ["", "/apps/oncocds"], ids=["taken away by the proxy", "passed on"])
@pytest.mark.parametrize(
    "path",
    ["/", "/rules", "/rules/BCBM-62", "/documents", "/documents/breast-bone-metastases", "/derived", "/scenarios"],
)
def test_every_link_of_a_page_stays_below_the_prefix(client: TestClient, prefix: str, path: str) -> None:
    page = client.get(prefix + path)
    assert page.status_code == 200
    links = {link for link in LINK.findall(page.text) if link and not link.startswith(("?", "https://www.w3.org"))}
    assert len(links) > 5
    assert all(link.startswith("/apps/oncocds/") for link in links), links
    for link in sorted(links)[:12]:
        assert client.get(link).status_code == 200, link


def test_the_description_and_its_files_are_below_the_prefix(client: TestClient) -> None:
    page = client.get("/apps/oncocds/docs").text
    for file in re.findall(r'["\'](/[^"\']+\.(?:js|css|json))["\']', page):
        assert file.startswith("/apps/oncocds/"), file
        assert client.get(file).status_code == 200, file


@pytest.mark.parametrize("path", ["/docs/", "/v1/rules/", "/apps/oncocds/rules/"])
def test_a_redirect_stays_below_the_prefix(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 307
    assert answer.headers["location"].startswith("/apps/oncocds/")
    assert client.get(answer.headers["location"]).status_code == 200


def test_the_prefix_alone_is_the_page(client: TestClient) -> None:
    assert client.get("/apps/oncocds").status_code == 200
    assert client.get("/apps/oncocds-else").status_code == 404


def test_a_server_with_an_address_of_its_own_has_no_prefix() -> None:
    settings = Settings(feedback_database="sqlite://", base_url="https://cds.hospital.example")
    with TestClient(create_app(workers=1, settings=settings), follow_redirects=False) as client:
        assert 'href="/rules"' in client.get("/").text
        assert client.get("/rules/").headers["location"] == "/rules"
