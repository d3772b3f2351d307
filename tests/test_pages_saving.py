"""The patient of the page is saved as a scenario that passes, and a disagreement as one that fails with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from starlette.testclient import TestClient

from browser_support import serving, shot, violations
from oncocds.scenarios.direct import run_text
from oncocds.scenarios.site import site
from oncocds_api.app import create_app
from oncocds_api.settings.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
ASKED: dict[str, Any] = {
    "request": {"patient": {"diagnosis": {"tumour_type": "breast"}, "symptoms": {"cord_signs": True}}},
    "language": "zh",
}
AGAINST = {"what": "BCBM-07", "reason": "<b>陈旧</b>损伤"}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    policy = tmp_path_factory.mktemp("site") / "policy.yaml"
    policy.write_text("elderly_age: 70\n", "utf-8")
    with serving(Settings(), policy) as address:
        yield address


def saved(page: Page) -> str:
    with page.expect_download() as started:
        page.locator("#saving-save").click()
    expect(page.locator("#saving-dialog")).to_be_hidden()
    return Path(started.value.path()).read_text("utf-8")


def settled(page: Page) -> Page:
    expect(page.locator("#answer")).to_have_attribute("data-state", "current")
    return page


def test_a_patient_with_what_was_answered_is_saved_and_passes(visit: Callable[..., Page]) -> None:
    page = settled(visit())
    page.locator("#example").select_option(index=1)
    page.locator(".decision .answer-with").first.click()
    settled(page)
    answered = page.evaluate("JSON.stringify(Profile.collect().patient)")
    page.locator("[data-saving=patient]").click()
    text = saved(page)
    (scenario,) = run_text("a", text, site()).scenarios
    assert scenario.passed, scenario.failed
    again = page.request.post("/scenario", data={"request": {"patient": page.evaluate("Profile.collect().patient")},
                                                 "language": "zh"})  # fmt: skip
    assert again.ok
    assert page.evaluate("JSON.stringify(Profile.collect().patient)") == answered
    assert "老年的年龄界值" in text  # the site's own setting goes with it


def test_an_item_is_disagreed_with_and_one_is_missing(visit: Callable[..., Page]) -> None:
    page = settled(visit())
    page.locator("#example").select_option(index=1)
    settled(page)
    item = page.locator("#now .item, #do .item").first
    if item.get_attribute("open") is None:
        item.locator("summary").first.click()
    item.locator("[data-saving=item]").first.click()
    page.locator("#saving-save").click()
    expect(page.locator("#saving-told")).to_contain_text("请写理由")
    page.locator("#saving-reason").fill("两药已停满三月")
    assert violations(page, "#saving-dialog") == []
    shot(page, "saving-a-disagreement")
    (scenario,) = run_text("a", saved(page), site()).scenarios
    assert not scenario.passed
    assert "两药已停满三月" in (scenario.steps[-1].reason or "")
    page.locator("[data-saving=patient]").click()
    expect(page.locator("#saving-wrong-choice")).to_be_hidden()
    page.locator("input[name=saving][value=missing]").check()
    page.locator("#saving-words").fill("请神经外科会诊")
    page.locator("#saving-reason").fill("我科常规")
    (scenario,) = run_text("a", saved(page), site()).scenarios
    assert "我科常规" in (scenario.steps[-1].reason or "")


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(workers=1)) as client:
        yield client


def test_a_scenario_file_is_text_whatever_the_reason_holds(client: TestClient) -> None:
    said = client.post("/scenario", json={**ASKED, "disagreement": AGAINST})
    assert said.status_code == 200
    assert "&lt;b&gt;陈旧&lt;/b&gt;损伤" in said.text
    assert said.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ([], "/language"),
        ({**ASKED, "language": "de"}, "/language"),
        ({"language": "zh"}, ""),
        ({**ASKED, "request": {"patient": {"age": "x"}}}, "/patient/age"),
        ({**ASKED, "disagreement": "no"}, "/disagreement"),
        ({**ASKED, "disagreement": {"what": "BCBM-07"}}, "/disagreement"),
        ({**ASKED, "disagreement": {"what": "BCBM-07", "reason": " "}}, "/reason"),
        ({**ASKED, "disagreement": {**AGAINST, "who": "x"}}, "/disagreement"),
    ],
)
def test_what_cannot_be_written_is_refused_with_its_place(client: TestClient, asked: Any, pointer: str) -> None:
    said = client.post("/scenario", json=asked)
    assert said.status_code == 422
    assert [error["pointer"] for error in said.json()["errors"]] == [pointer]
