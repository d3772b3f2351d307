"""Beside the answer: why a rule applies or not, rules and documents, in a side pane that never leaves the patient."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from browser_support import NARROW, WIDE, fits, serving, shot, violations, with_patient
from fault_proxy import Faults, proxied
from oncocds_api.settings.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def proxy() -> Iterator[tuple[str, Faults]]:
    with serving(Settings()) as behind, proxied(behind) as both:
        yield both


@pytest.fixture
def address(proxy: tuple[str, Faults], faults: Faults) -> str:
    return proxy[0]


@pytest.fixture
def faults(proxy: tuple[str, Faults]) -> Iterator[Faults]:
    faults = proxy[1]
    faults.release()
    yield faults
    faults.release()


def explain(page: Page, rule: str) -> Locator:
    page.locator(f'#advice .explain[data-rule="{rule}"]').first.click()
    shown = page.locator(f'#source [data-explained="{rule}"]')
    shown.wait_for()
    return shown


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["400", "1440"])
def test_a_rule_is_explained_for_the_patient_beside_the_answer(
    visit: Callable[..., Page], size: tuple[int, int]
) -> None:
    page = with_patient(visit(size=size))
    shown = explain(page, "BCBM-62")
    expect(shown).to_contain_text("对这位患者，规则触发")
    expect(shown.locator(".tree")).to_contain_text("地舒单抗")
    expect(shown).to_contain_text("以下最少的改变会使规则不再触发")
    assert shown.get_attribute("data-input") == page.locator("#answer [data-input]").get_attribute("data-input")
    expect(shown.locator(".old")).to_be_hidden()
    assert fits(page)
    assert violations(page, "#source") == []
    shot(page, f"explained-{size[0]}")
    page.keyboard.press("Escape")
    expect(page.locator("#source")).to_be_hidden()
    expect(page.locator('#advice .explain[data-rule="BCBM-62"]').first).to_be_focused()


def test_what_a_question_decides_is_explained_and_leads_to_its_field(visit: Callable[..., Page]) -> None:
    page = with_patient(visit())
    topics = page.locator("#questions > ul > li")
    expect(topics.locator(".explain")).to_have_count(topics.count())
    topics.first.locator(".explain").click()
    shown = page.locator("#source [data-explained]")
    expect(shown).to_contain_text("尚无法判断")
    fact = shown.locator("button.ask").first
    name = fact.get_attribute("data-fact") or ""
    fact.click()
    assert page.evaluate("name => Profile.fieldOf(name).contains(document.activeElement)", name)
    assert page.evaluate("name => Profile.fieldOf(name).classList.contains('lit')", name)


def test_every_ground_every_question_and_every_rule_can_be_explained(visit: Callable[..., Page]) -> None:
    page = with_patient(visit())
    grounds = page.locator("#advice .ground:not(.conflict .ground)")
    assert grounds.count() == page.locator("#advice .ground:not(.conflict .ground) .says .explain").count() > 5
    decisions = page.locator("#advice .decision")
    assert decisions.count() == page.locator("#advice .decision:has(.explain)").count() > 0
    page.locator("#advice .item.critical .rule").first.click()
    expect(page.locator("#source h1")).to_be_visible()
    page.locator("#source .explain").click()
    expect(page.locator("#source [data-explained]")).to_be_visible()
    page.locator("#source-back").click()
    expect(page.locator("#source h1")).to_be_visible()
    expect(page.locator("#source-back")).to_be_hidden()


def test_an_explanation_of_what_was_changed_is_marked_and_of_another_patient_is_gone(
    visit: Callable[..., Page], faults: Faults
) -> None:
    page = with_patient(visit())
    shown = explain(page, "BCBM-62")
    page.locator("#f-age").fill("71")
    expect(shown.locator(".old")).to_be_visible()
    page.locator("#answer[data-state=current]").wait_for()
    expect(shown.locator(".old")).to_be_visible()
    assert violations(page, "#source") == []
    shown.locator(".again").click()
    expect(page.locator("#source [data-explained] .old")).to_be_hidden()
    expect(shown).to_have_attribute(
        "data-input", page.locator("#answer [data-input]").get_attribute("data-input") or ""
    )
    faults["/evaluate"] = "held"
    gone = page.evaluate(
        "() => { document.getElementById('clear').click(); return !document.querySelector('[data-explained]'); }"
    )
    assert gone
    expect(page.locator("#source")).to_be_hidden()


@pytest.mark.parametrize("fault", ["login", "drop"])
def test_an_explanation_that_does_not_come_says_so(visit: Callable[..., Page], faults: Faults, fault: str) -> None:
    page = with_patient(visit())
    faults["/explanation"] = fault
    page.locator("#advice .explain").first.click()
    expect(page.locator("#source-text [role=alert]")).to_contain_text("未能载入")
    expect(page.locator("#source-text")).not_to_contain_text("Sign in")
    faults.release()
    page.locator("#source-text button").click()
    expect(page.locator("#source [data-explained]")).to_be_visible()


def test_rules_and_documents_open_beside_a_filled_form(visit: Callable[..., Page]) -> None:
    page = with_patient(visit())
    held = page.evaluate("Profile.collect()")
    page.locator(".top nav a[href^='/rules']").click()
    page.locator("#source #query").fill("骨改良 同时")
    page.keyboard.press("Enter")
    page.locator("#source li:visible a", has_text="BCBM-62").click()
    expect(page.locator("#source h1")).to_contain_text("不同种类的骨改良药物")
    assert fits(page)
    assert violations(page, "#source") == []
    shot(page, "rule-beside")
    page.locator("#source .quote").first.click()
    expect(page.locator("#source mark.hot")).to_be_in_viewport()
    page.locator("#source .margin a", has_text="BCBM-62").first.click()
    expect(page.locator("#source h1")).to_contain_text("不同种类的骨改良药物")
    page.locator(".top nav a[href^='/documents']").click()
    page.locator("#source .cards a").first.click()
    expect(page.locator("#source .paragraph").first).to_be_visible()
    assert page.url.endswith("/")
    assert page.evaluate("Profile.collect()") == held


def test_scenarios_are_run_beside_the_patient_and_what_was_typed_is_kept(visit: Callable[..., Page]) -> None:
    page = with_patient(visit(size=NARROW))
    held = page.evaluate("Profile.collect()")
    address = page.url
    page.locator(".top nav a[href^='/scenarios']").click()
    pane = page.locator("#source")
    pane.get_by_role("button", name="运行").click()
    expect(pane.locator("#report .tag.info [lang='zh-CN']")).to_have_text("通过")
    assert fits(page)
    assert violations(page, "#source") == []
    shot(page, "scenarios-beside-400")
    changed = pane.locator("#feature").input_value().replace("唑来膦酸", "帕米膦酸")
    pane.locator("#feature").fill(changed)
    pane.locator("a[href^='/vocabulary']").click()
    expect(pane.locator("h1")).to_contain_text("词汇")
    page.locator("#source-back").click()
    expect(pane.locator("#feature")).to_have_value(changed)
    page.keyboard.press("Escape")
    page.locator(".top nav a[href^='/scenarios']").click()
    expect(pane.locator("#feature")).to_have_value(changed)
    assert page.url == address
    assert page.evaluate("Profile.collect()") == held
    expect(page.locator("#answer")).to_have_attribute("data-state", "current")
