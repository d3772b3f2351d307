"""The page where keys are asked for: reading is open, a patient is sent with the key the user enters."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from starlette.testclient import TestClient

from browser_support import paste, serving, shot, violations, with_example
from oncocds_api.app import create_app
from oncocds_api.pages.access import asked_of_the_page
from oncocds_api.pages.story import STORY
from oncocds_api.requests.models import EXAMPLE
from oncocds_api.settings.settings import Settings

KEY = "an-api-key-of-the-ward-Zhongqiu"
SECRET = "a-secret-key-of-the-his-Zhongqiu"
PREFIX = "/wards/oncocds"
LOCKED = Settings(audit="off", api_keys={"ward": KEY}, signing_keys={"his": SECRET})
BUNDLE = Path(__file__).resolve().parent.parent / "examples" / "fhir" / "bone-metastases-with-two-agents.json"
SENT = {
    "/evaluate": json.dumps(EXAMPLE),
    "/profile": BUNDLE.read_text("utf-8"),
    "/scenarios": json.dumps({"text": STORY}),
}


def client_of(settings: Settings) -> TestClient:
    return TestClient(create_app(workers=1, settings=settings))


def test_a_patient_is_sent_through_the_page_with_a_key() -> None:
    json_type = {"Content-Type": "application/json"}
    with client_of(LOCKED) as locked, client_of(LOCKED.model_copy(update={"page_access": "open"})) as opened:
        for path, body in SENT.items():
            assert locked.post(path, content=body, headers=json_type).status_code == 401
            wrong = locked.post(path, content=body, headers=json_type | {"X-API-Key": "wrong-Zhongqiu"})
            assert wrong.status_code == 401
            assert "Zhongqiu" not in wrong.text
            assert locked.post(path, content=body, headers=json_type | {"X-API-Key": KEY}).status_code == 200
            assert opened.post(path, content=body, headers=json_type).status_code == 200
        assert opened.post("/v1/evaluations", json=EXAMPLE).status_code == 401


@pytest.mark.parametrize(
    "path", ["/", "/rules", "/rules/BCBM-62", "/documents", "/documents/her2-radiotherapy", "/scenarios"]
)
def test_reading_asks_for_nothing(path: str) -> None:
    page = client_of(LOCKED).get(path)
    assert page.status_code == 200
    assert "Zhongqiu" not in page.text


def test_what_the_page_must_bring() -> None:
    assert asked_of_the_page(Settings()) == "nothing"
    assert asked_of_the_page(LOCKED) == "key"
    assert asked_of_the_page(LOCKED.model_copy(update={"page_access": "open"})) == "nothing"
    signing = Settings(signing_keys={"his": SECRET})
    assert asked_of_the_page(signing) == "signature"
    assert 'data-asked="signature"' in client_of(signing).get("/").text
    assert client_of(signing).post("/evaluate", json=EXAMPLE).status_code == 401


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server below a path of a proxy, which takes the path away."""
    with serving(LOCKED.model_copy(update={"base_url": f"https://hospital.example{PREFIX}"})) as address:
        yield address


def enter(page: Page, key: str) -> None:
    page.locator("#key").fill(key)
    page.get_by_role("button", name="使用").click()


def test_the_key_is_asked_once_and_kept_in_memory_alone(visit: Callable[..., Page]) -> None:
    page = visit()
    expect(page.locator("#key")).to_be_focused()
    enter(page, "a-wrong-key-altogether")
    expect(page.locator("#key-wrong")).to_be_visible()
    shot(page, "key-wrong")
    assert violations(page) == []
    enter(page, "密钥")
    expect(page.locator("#key-wrong")).to_be_visible()
    enter(page, KEY)
    expect(page.locator("#key-dialog")).to_be_hidden()
    with_example(page)
    paste(page, SENT["/profile"])
    expect(page.locator(".item.critical").first).to_contain_text("不同的骨改良药物不可同时使用")
    expect(page.locator("#imported")).to_be_visible()
    kept = page.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href, name])"
    )
    assert KEY not in kept
    assert page.locator("#key").input_value() == ""
    page.reload()
    expect(page.locator("#key")).to_be_focused()


def test_without_a_key_the_page_says_that_nothing_was_evaluated(visit: Callable[..., Page]) -> None:
    page = visit()
    page.keyboard.press("Escape")
    expect(page.locator(".failure")).to_contain_text("未输入密钥，尚未评估")
    shot(page, "key-missing")
    page.locator(".failure button").click()
    enter(page, KEY)
    expect(page.locator(".summary")).to_be_visible()
    expect(page.locator(".failure")).to_have_count(0)


def test_scenarios_run_with_the_key(visit: Callable[..., Page]) -> None:
    page = visit("/scenarios")
    page.get_by_role("button", name="运行").click()
    enter(page, KEY)
    expect(page.locator("#report .tag.info [lang='zh-CN']")).to_have_text("通过")


def test_whatever_the_page_asks_for_lies_below_the_prefix(visit: Callable[..., Page]) -> None:
    page = visit(f"{PREFIX}/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page.reload()
    enter(page, KEY)
    with_example(page)
    page.locator(".quote").first.click()
    page.locator("#source-text *").first.wait_for()
    assert any(path.endswith("/evaluate") for path in asked)
    assert any("/documents/" in path for path in asked)
    assert all(path.startswith(f"{PREFIX}/") for path in asked), asked
