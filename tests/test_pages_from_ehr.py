"""The page opened from an EHR: with SMART on FHIR, and by messages of the page around it. The examples are run."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Error, FrameLocator, Page, expect
from starlette.testclient import TestClient

from browser_support import WIDE, serving, shot, steady, violations, with_example
from oncocds_api.app import create_app
from oncocds_api.cds.services import MEDICATION_KEYS, TEMPLATES
from oncocds_api.settings.settings import Settings, SettingsError, read_settings
from patience import SECONDS
from smart_ehr import Ehr, folder_served, smart_ehr

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
EMBEDDING = EXAMPLES / "embedding"
LOCAL = "http://127.0.0.1:8000"
HER2 = json.loads((EXAMPLES / "fhir" / "her2-positive-with-radiotherapy.json").read_bytes())
TWO = json.loads((EXAMPLES / "fhir" / "bone-metastases-with-two-agents.json").read_bytes())
TWO_AGENTS = "不同的骨改良药物不可同时使用"
TYPES = {one.query.split("?")[0].split("/")[0] for one in TEMPLATES}
DRUGS = {one.query.split("?")[0] for one in TEMPLATES if one.key in MEDICATION_KEYS}
FRAMING = "frame-ancestors"
NOBODY: dict[str, Any] = {"patient": {}}


@dataclass(frozen=True)
class Site:
    """The server, an EHR that it allows, and the origins of two host pages, one of them allowed."""

    address: str
    ehr: Ehr
    host: str
    other: str


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    registered = json.loads((EMBEDDING / "smart-registration.json").read_bytes())
    example = read_settings(EMBEDDING / "settings.yaml", {})
    with contextlib.ExitStack() as stack:
        ehr = stack.enter_context(smart_ehr(Ehr(registered)))
        host, other = (stack.enter_context(folder_served(EXAMPLES)) for _ in range(2))
        (server,) = example.smart_servers
        here = {"frame_ancestors": (host,), "smart_servers": (server.model_copy(update={"iss": ehr.iss}),)}
        address = stack.enter_context(serving(example.model_copy(update=here)))
        ehr.registered = json.loads(json.dumps(registered).replace(LOCAL, address))
        yield Site(address, ehr, host, other)


@pytest.fixture(autouse=True)
def behaving(request: pytest.FixtureRequest) -> None:
    """Undo what a test made of the EHR before the next one."""
    if "site" in request.fixturenames:
        behaves(request.getfixturevalue("site").ehr)


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One for all: a page of its own has each test, what a page keeps is cleared behind it."""
    context = steady(browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}, locale="zh-CN"))
    yield context
    context.close()


@pytest.fixture
def opened(context: BrowserContext) -> Iterator[Callable[[str], Page]]:
    """Open an address; an error of a script, or anything that the content security policy stopped, fails the test."""
    complaints: list[str] = []
    pages: list[Page] = []

    def open_page(address: str) -> Page:
        page = context.new_page()
        pages.append(page)
        page.on(
            "console",
            lambda one: "Content Security" in one.text and FRAMING not in one.text and complaints.append(one.text),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        return page

    yield open_page
    for page in pages:
        with contextlib.suppress(Error):  # a page that shows nothing of the web keeps nothing
            page.evaluate("localStorage.clear()")
        page.close()
    assert complaints == []


def launch_of(site: Site, bundle: Any, iss: str | None = None) -> str:
    return f"{site.address}/launch?{urlencode({'iss': iss or site.ehr.iss, 'launch': site.ehr.opens(bundle)})}"


def told(page: Page) -> Any:
    return page.locator("#arrived [role=status]")


def held(page: Page | FrameLocator) -> Any:
    """What the form holds."""
    root = page.locator("body") if isinstance(page, FrameLocator) else page
    return root.evaluate("() => Profile.collect()")


def refused(page: Page, words: str) -> None:
    """See that the reason stands where the answer would, and that nobody is in the form."""
    failure = page.locator("#answer-told .failure")
    expect(failure).to_contain_text(words)
    expect(page.locator("#answer")).to_have_attribute("data-state", "failed")
    assert page.locator(".item").count() == 0
    assert held(page) == NOBODY
    assert kept(page) == [{}, {}, ""]
    assert "?" not in page.url


def kept(page: Page) -> Any:
    """What the browser keeps for the page, and its cookies."""
    return page.evaluate("() => [{...sessionStorage}, {...localStorage}, document.cookie]")


# SMART on FHIR


def test_a_chart_that_the_ehr_opens_is_read_and_gets_the_answer_of_its_bundle(
    site: Site, opened: Callable[[str], Page]
) -> None:
    page = opened("about:blank")
    sent: list[str] = []
    page.on("request", lambda one: one.url.endswith("/profile") and sent.append(one.post_data or ""))
    page.goto(launch_of(site, HER2))
    expect(page.locator("#answer")).to_have_attribute("data-state", "current")
    expect(told(page)).to_contain_text("Patient/her2-rt")
    expect(told(page)).to_contain_text("Practitioner/dr-li")
    assert site.ehr.wrong == []
    assert page.url == f"{site.address}/launch"
    assert kept(page) == [{}, {}, ""]
    (asked,) = site.ehr.authorized
    assert asked["launch"] in site.ehr.launches
    (bundle,) = sent
    answer = httpx2.post(
        f"{site.address}/v1/fhir/evaluations",
        content=bundle,
        headers={"Content-Type": "application/json"},
        timeout=SECONDS,
    ).json()
    assert page.locator("#advice > div").get_attribute("data-input") == answer["evaluation"]["input_digest"]
    read = {
        entry["resource"]["id"] for one in json.loads(bundle)["entry"] for entry in one["resource"].get("entry", [])
    }
    assert read == {entry["resource"]["id"] for entry in HER2["entry"]} - {"her2-rt"}
    assert len([one for one in site.ehr.asked if one.startswith("Observation")]) == 3  # pages
    assert answer["report"]["open_lists"] == []
    assert site.ehr.posted[0]["code_verifier"] not in bundle
    assert violations(page, "#arrived") == []
    shot(page, "smart-launched")


def test_what_is_registered_is_what_is_read() -> None:
    scopes = json.loads((EMBEDDING / "smart-registration.json").read_bytes())["scope"].split()
    reading = {f"patient/{one}.{'r' if one in ('Patient', 'Medication') else 'rs'}" for one in TYPES | {"Medication"}}
    assert set(scopes) == reading | {"launch", "launch/patient", "openid", "fhirUser"}


def test_it_asks_for_no_more_than_it_reads_and_another_patient_leaves_nothing_of_the_one_read(
    site: Site, opened: Callable[[str], Page]
) -> None:
    page = opened(launch_of(site, TWO))
    expect(page.locator(".item").first).to_contain_text(TWO_AGENTS)
    asked = set(site.ehr.authorized[0]["scope"].split())
    assert {one.split("/")[1].split(".")[0] for one in asked if one.startswith("patient/")} == TYPES | {"Medication"}
    assert asked - {one for one in asked if one.startswith("patient/")} == {"launch", "openid", "fhirUser"}
    assert {one.split("/")[0].split("?")[0] for one in site.ehr.asked} == TYPES | {"Medication"}
    expect(told(page)).to_contain_text("Patient/bone-two")
    page.locator("#clear").click()
    expect(told(page)).to_be_empty()
    expect(page.locator(".item")).to_have_count(0)


def test_standalone_the_user_chooses_the_ehr(site: Site, opened: Callable[[str], Page]) -> None:
    site.ehr.opens(TWO)
    page = opened(site.address)
    page.get_by_role("link", name="从病历读取").click()
    ehr = page.get_by_role("button", name="示范病历系统")
    ehr.wait_for()
    assert violations(page) == []
    ehr.click()
    expect(page.locator(".item").first).to_contain_text(TWO_AGENTS)
    (asked,) = site.ehr.authorized
    assert "launch" not in asked
    assert "launch/patient" in asked["scope"].split()
    assert site.ehr.wrong == []


MISBEHAVING: dict[str, tuple[dict[str, Any], str]] = {
    "another-state": ({"state": "x" * 43}, "state"),
    "no-consent": ({"consent": False}, "access_denied"),
    "token-error": ({"token_status": 400}, "invalid_grant"),
    "token-of-another-kind": ({"token": {"token_type": "mac"}}, "Bearer"),
    "no-patient": ({"token": {"patient": None}}, "没有患者"),
    "a-patient-that-is-a-path": ({"token": {"patient": "../Patient/x"}}, "没有患者"),
    "another-patient": ({"token": {"patient": "somebody"}}, "Patient"),
    "foreign-id-token": ({"claims": {"aud": "another-client"}}, "id_token"),
    "replayed-id-token": ({"claims": {"nonce": "another"}}, "id_token"),
    "old-id-token": ({"claims": {"exp": 1}}, "id_token"),
    "expired-token": ({"expired": True}, "401"),
    "no-pkce": ({"discovery": {"code_challenge_methods_supported": ["plain"]}}, "PKCE"),
    "token-endpoint-elsewhere": ({"discovery": {"token_endpoint": "https://evil.example/token"}}, "token_endpoint"),
    "no-authorization-endpoint": ({"discovery": {"authorization_endpoint": None}}, "authorization_endpoint"),
    "no-diagnoses": ({"failing": {"Condition": 500}}, "Condition"),
    "no-patient-record": ({"failing": {"Patient": 403}}, "403"),
    "no-medications": (
        {"failing": dict.fromkeys(DRUGS, 403)},
        "MedicationRequest",
    ),
    "diagnoses-not-granted": ({"token": {"scope": "launch patient/MedicationRequest.rs"}}, "Condition"),
}


def behaves(ehr: Ehr) -> None:
    """Undo what a test made of an EHR."""
    vars(ehr).update(vars(Ehr(ehr.registered, base=ehr.base)))


def test_a_launch_that_goes_wrong_says_where_and_fills_nothing(site: Site, opened: Callable[[str], Page]) -> None:
    page = opened("about:blank")
    for name, (changed, words) in MISBEHAVING.items():
        behaves(site.ehr)
        address = launch_of(site, HER2)
        for key, value in changed.items():
            setattr(site.ehr, key, value)
        page.goto(address)
        refused(page, words)
        assert len(site.ehr.posted) <= 1, name
        if name == "another-state":
            assert site.ehr.posted == []
            assert violations(page) == []
            shot(page, "smart-refused")
    page.locator("#language").click()
    expect(page.locator("#answer-told")).to_contain_text("without it no advice can be given", use_inner_text=True)


def test_an_ehr_that_is_not_named_is_not_contacted(site: Site, opened: Callable[[str], Page]) -> None:
    page = opened("about:blank")
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    for iss in (f"{site.ehr.base}/fhir2", "https://evil.example/fhir", f"{site.ehr.iss}@evil.example", "javascript:1"):
        page.goto(launch_of(site, HER2, iss))
        refused(page, "iss")
    assert all(one.startswith(site.address) for one in asked)


def test_coming_back_without_having_left_is_refused(site: Site, opened: Callable[[str], Page]) -> None:
    page = opened(f"{site.address}/launch?code=abc&state={'x' * 43}")
    refused(page, "没有与之相应的启动")
    assert site.ehr.posted == []


GRANTED = (
    "patient/Patient.r patient/Condition.rs user/MedicationRequest.read patient/MedicationAdministration.cruds"
    " patient/MedicationDispense.rs patient/Observation.rs patient/Procedure.* patient/ServiceRequest.rs"
)
LOST: dict[str, tuple[dict[str, Any], list[str], bool]] = {
    "types-refused": (
        {"failing": {"MedicationStatement": 403, "Observation": 500}},
        ["MedicationStatement：状态 403", "Observation：状态 500"],
        False,
    ),
    "a-type-not-granted-and-pages-of-another-server": (
        {"token": {"scope": GRANTED}, "next_page": "https://evil.example/fhir/page2"},
        ["MedicationStatement：未获授权", "Observation：下一页"],
        False,
    ),
    "a-type-granted-in-part-and-pages-beside-the-server": (
        {"token": {"scope": f"{GRANTED} patient/MedicationStatement.rs?status=active"}, "next_page": "/fhir2/page2"},
        ["MedicationStatement：只获部分授权", "Observation：下一页"],
        True,
    ),
}
COPIED = "() => { navigator.clipboard.writeText = async (text) => { window.copied = text; }; }"


@pytest.mark.parametrize("name", LOST)
def test_a_read_that_fails_leaves_its_list_open_and_is_said(
    site: Site, opened: Callable[[str], Page], name: str
) -> None:
    """On the page, on paper, in what is copied; and again where the patient is brought back."""
    changed, words, read = LOST[name]
    address = launch_of(site, HER2)
    for key, value in changed.items():
        setattr(site.ehr, key, value)
    page = opened(address)
    expect(page.locator("#answer")).to_have_attribute("data-state", "current")
    readings = ["labs.alp.interpretation", "labs.tracp5b.interpretation"]  # without a result they would count as normal
    assert held(page)["patient"].get("incomplete", []) == [*readings, "medications"]
    assert not any("evil" in one or "page2" in one for one in site.ehr.asked)
    drugs = {one["drug"] for one in held(page)["patient"]["medications"]}
    assert ("docetaxel" in drugs) == read
    page.locator("#clear").click()
    expect(told(page)).to_be_empty()
    page.locator("#undo").click()
    expect(page.locator("#answer")).to_have_attribute("data-state", "current")
    page.evaluate(COPIED)
    page.locator("#copy").click()
    page.wait_for_function("() => window.copied")
    copied = page.evaluate("copied")
    assert "Patient/her2-rt" not in copied
    page.emulate_media(media="print")
    for one in words:
        expect(told(page)).to_contain_text(one)
        assert f"! {one}" in copied
    expect(told(page).locator("li").first).to_be_visible()
    expect(told(page)).to_contain_text("Patient/her2-rt")


def test_a_page_that_names_a_thing_twice_is_not_read(site: Site, opened: Callable[[str], Page]) -> None:
    page = opened(f"{site.address}/launch")
    doubled = {'{"a": 1, "a": 2}': True, '{"a": [{"b": 1}, {"b": 2}], "c": "\\"a\\": ,"}': False,
               '{"a": {"b": 1, "\\u0062": 2}}': True, '["a", "a", {"a": "a"}]': False}  # fmt: skip
    for text, twice in doubled.items():
        assert page.evaluate("text => Fetching.doubled(text)", text) == twice, text


def test_no_ehr_is_named_by_default() -> None:
    with TestClient(create_app(workers=1, settings=Settings())) as client:
        assert client.get("/launch").status_code == 404
        page = client.get("/")
        assert "smart.js" not in page.text
        assert "/launch" not in page.text


def test_only_the_launched_page_may_reach_the_ehr(site: Site) -> None:
    policies = {
        path: dict(part.strip().partition(" ")[::2] for part in found.headers["Content-Security-Policy"].split(";"))
        for path in ("/", "/launch", "/rules")
        for found in [httpx2.get(f"{site.address}{path}", timeout=SECONDS)]
    }
    assert policies["/"]["connect-src"] == policies["/rules"]["connect-src"] == "'self'"
    assert policies["/launch"]["connect-src"] == f"'self' {site.ehr.base}"
    assert all(one["frame-ancestors"] == site.host for one in policies.values())
    assert "geolocation=()" in httpx2.get(f"{site.address}/launch", timeout=SECONDS).headers["Permissions-Policy"]


@pytest.mark.parametrize(
    ("server", "place"),
    [
        ({"iss": "http://ehr.example/fhir", "client_id": "x"}, "https"),
        ({"iss": "https://*.example/fhir", "client_id": "x"}, "exact"),
        ({"iss": "https://ehr.example/fhir", "client_id": "x", "origins": ["*"]}, "exact"),
        ({"iss": "https://ehr.example/fhir"}, "required"),
        ({"iss": "https://ehr.example/fhir", "client_id": "x", "client_secret": "s"}, "no such setting"),
    ],
)
def test_a_server_that_cannot_be_is_refused(tmp_path: Path, server: dict[str, Any], place: str) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(json.dumps({"smart_servers": [server]}), "utf-8")
    with pytest.raises(SettingsError) as refusal:
        read_settings(file, {})
    (problem,) = refusal.value.problems
    assert place in f"{problem.reason} {problem.expected}".lower()


# Messages of the page around it


def framed(site: Site, opened: Callable[[str], Page]) -> tuple[Page, FrameLocator]:
    page = opened(f"{site.host}/embedding/host.html?{urlencode({'oncocds': site.address})}")
    expect(page.locator("#outcome")).to_have_text("ready")
    return page, page.frame_locator("#oncocds")


def outcome(page: Page, name: str, *words: str) -> None:
    expect(page.locator("#outcome")).to_have_attribute("data-outcome", name)
    for one in words:
        expect(page.locator("#outcome")).to_contain_text(one)


def send(page: Page, message: Any) -> None:
    """Send a message as it is into the frame, as the host; its id is the one that the host's page waits for."""
    page.evaluate(
        "message => { last += 1; outcome.dataset.outcome = ''; if (message.id === 'next') message.id = String(last);"
        " frame.contentWindow.postMessage(message, '*'); }",
        message,
    )


def test_a_page_around_it_sends_patients_and_is_told(site: Site, opened: Callable[[str], Page]) -> None:
    page, frame = framed(site, opened)
    page.get_by_role("button", name="患者甲").click()
    outcome(page, "taken")
    expect(frame.locator(".item").first).to_contain_text(TWO_AGENTS)
    expect(frame.locator("#arrived")).to_contain_text(site.host)
    page.get_by_role("button", name="患者乙").click()
    outcome(page, "taken")
    expect(frame.locator("#answer")).to_have_attribute("data-state", "current")
    expect(frame.locator("#advice")).not_to_contain_text(TWO_AGENTS)
    shot(page, "framed-by-the-ehr")
    page.get_by_role("button", name="关闭病历").click()
    outcome(page, "cleared")
    expect(frame.locator(".item")).to_have_count(0)
    assert held(frame) == NOBODY


REFUSED = {
    '{"medications": [{"drug": "zometa"}]}': "/medications/0/drug",
    '{"age": 30, "age": 70}': "/age",
    '{"resourceType": "Patient"}': "/resourceType",
    '{"patient": {}, "policy": {"cross_tumour_safety": false}}': "/policy/cross_tumour_safety",
    "no JSON": "/",
}


def test_what_the_api_refuses_is_refused_with_its_place_and_the_last_patient_is_gone(
    site: Site, opened: Callable[[str], Page]
) -> None:
    page, frame = framed(site, opened)
    for text, pointer in REFUSED.items():
        page.get_by_role("button", name="患者甲").click()
        outcome(page, "taken")
        expect(frame.locator(".item").first).to_contain_text(TWO_AGENTS)
        send(page, {"type": "oncocds.patient", "version": 1, "id": "next", "text": text})
        outcome(page, "refused", pointer)
        expect(frame.locator("#answer-told .failure")).to_contain_text(pointer)
        expect(frame.locator("#answer-told .failure")).not_to_contain_text("未改动")  # it was emptied
        expect(frame.locator(".item")).to_have_count(0)
        assert held(frame) == NOBODY


def test_a_patient_leaves_at_once_while_the_next_is_on_the_way(site: Site, opened: Callable[[str], Page]) -> None:
    page, frame = framed(site, opened)
    page.get_by_role("button", name="患者甲").click()
    outcome(page, "taken")
    expect(frame.locator(".item").first).to_contain_text(TWO_AGENTS)
    waiting: list[Any] = []
    page.route("**/profile", lambda route: waiting.append(route))
    send(page, {"type": "oncocds.patient", "version": 1, "id": "next", "text": json.dumps(HER2)})
    expect(frame.locator("#answer")).to_have_attribute("data-state", "pending")
    expect(frame.locator(".item")).to_have_count(0)
    assert held(frame) == NOBODY
    for one in waiting:
        one.abort()
    page.unroute("**/profile")
    outcome(page, "failed")
    expect(frame.locator("#answer")).to_have_attribute("data-state", "failed")
    frame.get_by_role("button", name="重试").click()
    outcome(page, "taken")


CONTRACT = {"refused", "type", "version", "id", "text", "oncocds", "hello", "patient", "clear"} | {
    "FHIR",
    "Bundle",
    "JSON",
}
MALFORMED: dict[str, tuple[Any, str]] = {
    "version": ({"type": "oncocds.patient", "version": 2, "id": "next", "text": "{}"}, "/version"),
    "an-object-for-a-text": ({"type": "oncocds.patient", "version": 1, "id": "next", "text": {"age": 1}}, "/text"),
    "another-key": ({"type": "oncocds.patient", "version": 1, "id": "next", "text": "{}", "patient": {}}, "/patient"),
    "another-type": ({"type": "oncocds.advice", "version": 1, "id": "next"}, "/type"),
}


def test_a_message_that_is_not_understood_is_refused_and_answered(site: Site, opened: Callable[[str], Page]) -> None:
    page, frame = framed(site, opened)
    for message, pointer in MALFORMED.values():
        page.get_by_role("button", name="患者甲").click()
        outcome(page, "taken")
        expect(frame.locator(".item").first).to_contain_text(TWO_AGENTS)
        send(page, message)
        outcome(page, "refused", pointer)
        expect(frame.locator("body")).to_contain_text(f"{pointer} 应为")
        told = page.locator("#outcome").inner_text()  # in Chinese, names of the contract apart
        assert set(re.findall(r"[A-Za-z]{2,}", told)) <= {*CONTRACT, pointer.strip("/")}
        # Where it was about a patient, whom the page holds may be another than the one that is open there.
        assert (held(frame) == NOBODY) == (message["type"] == "oncocds.patient")


def test_a_page_of_another_origin_may_not_frame_it(site: Site, opened: Callable[[str], Page]) -> None:
    page = opened("about:blank")
    stopped: list[str] = []
    page.on("console", lambda one: FRAMING in one.text and stopped.append(one.text))
    page.goto(f"{site.other}/embedding/host.html?{urlencode({'oncocds': site.address})}")
    page.get_by_role("button", name="患者甲").click()
    page.wait_for_function("() => last >= 3")
    assert len(stopped) == 1
    assert page.locator("#outcome").text_content() == "…"
    assert page.frame_locator("#oncocds").locator("#patient").count() == 0


@pytest.mark.parametrize("origin", ["other", "host"])
def test_a_window_that_is_not_around_it_is_refused_and_that_is_said(
    site: Site, opened: Callable[[str], Page], origin: str
) -> None:
    start = getattr(site, origin)
    page = opened(f"{start}/patients/two-bone-agents.json")
    with page.expect_popup() as popup:
        page.evaluate("address => { window.opened = open(address); }", site.address)
    inner = with_example(popup.value)
    before = held(inner)
    answers = "() => { window.got = 0; addEventListener('message', () => { window.got += 1; }); }"
    page.evaluate(answers)
    for message in ({"type": "oncocds.patient", "version": 1, "id": "1", "text": '{"age": 3}'}, "hello", None):
        page.evaluate("message => opened.postMessage(message, '*')", message)
    expect(inner.locator("#arrived [role=alert]")).to_contain_text(start)
    expect(inner.locator("#answer")).to_have_attribute("data-state", "current")
    assert held(inner) == before
    assert page.evaluate("() => got") == 0
