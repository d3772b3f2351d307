"""An item or a notice is accepted, or not and why, into the store of feedback; what could not be kept is said."""

from __future__ import annotations

import functools
import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from starlette.testclient import TestClient

from browser_support import HER2, NARROW, fits, paste, serving, shot, violations
from oncocds.cli import main
from oncocds_api.app import create_app
from oncocds_api.settings.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
TWO = ["avoid-combining-bone-agents", None]
JUDGEMENT: dict[str, Any] = {"patient": HER2, "visit": "a-visit-1", "items": [TWO], "outcome": "accepted"}
NOTICE = "calcium-unknown-before-denosumab"
ITEM = '#advice .item.critical[data-key^="advice@avoid-combining-bone-agents"]'


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "feedback.sqlite3"


@pytest.fixture
def client(store: Path) -> Iterator[TestClient]:
    with TestClient(create_app(workers=1, settings=Settings(feedback_database=f"sqlite:///{store}"))) as client:
        yield client


def counted(client: TestClient, rule: str = "BCBM-62") -> Any:
    return client.get(f"/v1/feedback/rules/{rule}").json()


def test_a_judgement_is_counted_with_the_feedback_on_cards(client: TestClient, store: Path) -> None:
    assert client.post("/judgement", json=JUDGEMENT).json() == {"taken": 1}
    assert counted(client) | {"rule": ""} == {"rule": "", "shown": 1, "accepted": 1, "overridden": 0, "reasons": {}}
    again = {**JUDGEMENT, "outcome": "overridden", "reason": "weighed"}
    assert client.post("/judgement", json=again).status_code == 200  # the newest counts
    assert counted(client) | {"rule": ""} == {
        "rule": "", "shown": 1, "accepted": 0, "overridden": 1, "reasons": {"weighed": 1},
    }  # fmt: skip
    assert client.post("/judgement", json={**JUDGEMENT, "visit": "another-visit"}).status_code == 200
    assert counted(client)["shown"] == 2
    rows = sqlite3.connect(store).execute("SELECT service, hook, subject, input_digest FROM shown_card").fetchall()
    assert {row[:3] for row in rows} == {("page", "page", "avoid-combining-bone-agents")}
    assert "trastuzumab" not in Path(store).read_bytes().decode("latin-1")


def test_a_notice_is_judged_and_counted_as_an_item_is(
    client: TestClient, store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert counted(client, NOTICE)["shown"] == 0
    judged = {key: value for key, value in JUDGEMENT.items() if key != "items"} | {"notices": [NOTICE, NOTICE]}
    judged |= {"outcome": "overridden", "reason": "not-applicable"}
    assert client.post("/judgement", json=judged).json() == {"taken": 1}
    assert client.post("/judgement", json=judged | {"items": [TWO]}).json() == {"taken": 2}
    expected = {"rule": NOTICE, "shown": 2, "accepted": 0, "overridden": 2, "reasons": {"not-applicable": 2}}
    assert counted(client, NOTICE) == expected
    assert expected in client.get("/v1/feedback/rules").json()["rules"]
    rows = sqlite3.connect(store).execute("SELECT service, urgency FROM shown_card WHERE subject = ?", [NOTICE])
    assert set(rows) == {("page", "info")}
    settings = tmp_path / "settings.yaml"
    settings.write_text(f"feedback_database: sqlite:///{store}\n", "utf-8")
    assert main(["feedback", NOTICE, "--settings", str(settings)]) == 0
    assert capsys.readouterr().out.splitlines()[1] == f"{NOTICE}\t2\t0\t2\tnot-applicable 2"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"notices": ["no-such-notice"]}, "/notices/0"),
        ({"notices": [1]}, "/notices"),
        ({"items": [["no-such-action", None]]}, "/items/0"),
        ({"items": []}, "/items"),
        ({"items": [["a"]]}, "/items"),
        ({"outcome": "ignored"}, "/outcome"),
        ({"outcome": "overridden"}, "/reason"),
        ({"outcome": "overridden", "reason": "because"}, "/reason"),
        ({"reason": "weighed"}, "/reason"),
        ({"visit": "x"}, "/visit"),
        ({"patient": {"age": "70"}}, "/patient/age"),
        ({"comment": "Mrs X"}, ""),
    ],
    ids=str,
)
def test_what_is_no_judgement_of_this_answer_is_refused(
    client: TestClient, change: dict[str, Any], pointer: str
) -> None:
    answer = client.post("/judgement", json=JUDGEMENT | change)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert counted(client)["shown"] == 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with serving(Settings(feedback_database=f"sqlite:///{folder / 'feedback.sqlite3'}")) as address:
        yield address


def first_item(page: Page) -> Locator:
    page.locator(".start").wait_for()
    paste(page, json.dumps(HER2))
    page.locator("#answer[data-state=current] .columns").wait_for()
    return page.locator(ITEM).locator(".judge")


def test_an_item_is_overridden_with_a_reason_and_stays_so_until_it_changes(visit: Callable[..., Page]) -> None:
    page = visit(size=NARROW)
    box = first_item(page)
    box.locator(".judge-override").click()
    assert fits(page)
    assert violations(page, ITEM) == []
    shot(page, "judged-400")
    box.get_by_role("button", name="已权衡，另有考虑").click()
    expect(box.locator(".judge-told")).to_contain_text("未采纳：已权衡，另有考虑")
    found = page.request.get("/v1/feedback/rules/BCBM-62").json()
    assert found["reasons"]["weighed"] >= 1
    before = page.locator("#answer [data-input]").get_attribute("data-input") or ""
    page.evaluate(
        "() => { const age = document.getElementById('f-age'); age.value = '71';"
        "age.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    expect(page.locator("#answer [data-input]")).not_to_have_attribute("data-input", before)
    expect(box.locator(".judge-told")).to_contain_text("未采纳")
    page.emulate_media(media="print")
    expect(box.locator(".judge-told")).to_be_visible()
    expect(box.locator(".judge-accept")).to_be_hidden()
    page.emulate_media(media="screen")
    page.locator("#advice details.background > summary").click()
    notice = page.locator(f'.notice[id="notice@{NOTICE}"] .judge')
    notice.locator(".judge-override").click()
    assert fits(page)
    assert violations(page, f'.notice[id="notice@{NOTICE}"]') == []
    shot(page, "judged-notice-400")
    notice.get_by_role("button", name="已权衡，另有考虑").click()
    expect(notice.locator(".judge-told")).to_contain_text("未采纳：已权衡，另有考虑")
    assert page.request.get(f"/v1/feedback/rules/{NOTICE}").json()["reasons"] == {"weighed": 1}
    page.evaluate("document.getElementById('clear').click()")
    page.evaluate("document.getElementById('undo').click()")
    page.locator("#answer[data-state=current] .columns").wait_for()
    expect(box.locator(".judge-told")).to_be_empty()


def test_what_could_not_be_kept_is_said(visit: Callable[..., Page]) -> None:
    page = visit()
    box = first_item(page)
    for status in (503, 200):
        page.route("**/judgement", functools.partial(Route.fulfill, status=status, body="<h1>Sign in</h1>"))
        box.locator(".judge-accept").click()
        expect(box.get_by_role("alert")).to_contain_text("未能记录")
        expect(box.get_by_role("alert")).not_to_contain_text("Sign in")
        page.unroute("**/judgement")
    box.locator(".judge-accept").click()
    expect(box.locator(".judge-told")).to_contain_text("已采纳")
    expect(box.locator(".judge-accept")).to_be_enabled()
    page.route("**/*", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.locator("#f-age").fill("71")
    page.locator("#answer[data-state=failed]").wait_for()
    expect(box.locator(".judge-accept")).to_be_disabled()  # what is not current is not judged


def test_a_store_that_takes_nothing_is_said(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder", "utf-8")
    settings = Settings(feedback_database=f"sqlite:///{tmp_path / 'f.sqlite3'}", feedback_spool=blocked / "spool")
    with TestClient(create_app(workers=1, settings=settings)) as client:
        answer = client.post("/judgement", json=JUDGEMENT)
        assert answer.status_code == 503
        assert answer.json()["type"].endswith("no-feedback")
