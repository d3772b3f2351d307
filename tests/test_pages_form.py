"""The form: what is refused leads to its field, what was taken out comes back, leaving asks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, expect

from browser_support import NARROW, PATIENCE, fits, shot, violations, with_patient

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def settled(page: Page, state: str = "current") -> Page:
    expect(page.locator("#answer")).to_have_attribute("data-state", state)
    return page


def test_each_line_of_what_was_refused_leads_to_its_field(visit: Callable[..., Page]) -> None:
    page = with_patient(visit(size=NARROW))
    page.evaluate("() => { for (const group of document.querySelectorAll('.group')) group.open = true; }")
    page.locator('[data-name="age"] input').fill("七十")
    page.locator('[data-list="medications"] .row').nth(1).locator('[data-name="drug"] input').fill("zometta")
    settled(page, "refused")
    lines = page.locator(".failure a")
    expect(lines).to_have_count(2)
    expect(lines.nth(0)).to_contain_text("年龄：格式不对")
    expect(lines.nth(1)).to_contain_text("药物 2：")
    assert fits(page)
    assert violations(page) == []
    shot(page, "refused-summary-400")
    lines.nth(1).click()
    drug = page.locator('[data-list="medications"] .row').nth(1).locator('[data-name="drug"] input')
    expect(drug).to_be_focused()
    expect(drug).to_have_attribute("aria-invalid", "true")
    told = page.locator(f"#{drug.get_attribute('aria-describedby')}")
    expect(told).to_contain_text("zoledronate")
    drug.fill("唑来膦酸")
    page.locator('[data-name="age"] input').fill("70")
    settled(page)
    expect(page.locator("[aria-invalid]")).to_have_count(0)


def test_whoever_leaves_a_field_is_told_at_once_what_is_wrong(visit: Callable[..., Page]) -> None:
    page = settled(visit())
    page.evaluate(
        "() => { const usual = setTimeout; window.setTimeout = (run, time) => time === 250 ? 7 : usual(run, time); }"
    )
    page.locator("#f-age").fill("七十")
    settled(page, "pending")
    page.keyboard.press("Tab")
    settled(page, "refused")
    expect(page.locator('[data-name="age"] .wrong')).to_be_visible()


def test_what_none_or_a_press_took_out_comes_back(visit: Callable[..., Page]) -> None:
    page = with_patient(visit())
    held = page.evaluate("Profile.collect()")
    drugs = page.locator('[data-list="medications"]')
    drugs.locator(".none").check()
    expect(drugs.locator(".row")).to_have_count(0)
    expect(drugs.locator(".restore")).to_contain_text("恢复移除的 3", use_inner_text=True)
    assert violations(page, '[data-list="medications"]') == []
    drugs.locator(".none").uncheck()
    assert page.evaluate("Profile.collect()") == held
    drugs.locator(".remove").first.click()
    expect(drugs.locator(".add")).to_be_focused()
    drugs.locator(".restore").click()
    expect(drugs.locator(".row")).to_have_count(3)
    expect(drugs.locator(".restore")).to_be_hidden()
    settled(page)
    drugs.locator(".none").check()
    page.locator("#clear").click()
    expect(drugs.locator(".restore")).to_be_hidden()  # another patient's rows never come back into this one


def test_choices_that_none_took_out_come_back(visit: Callable[..., Page]) -> None:
    page = settled(visit())
    field = page.locator(".field.codes:visible").first
    field.locator("label").nth(0).click()
    field.locator("label").nth(1).click()
    held = page.evaluate("Profile.collect()")
    field.locator("label").last.click()
    assert page.evaluate("Profile.collect()") != held
    field.locator("label").last.click()
    assert page.evaluate("Profile.collect()") == held


def test_the_buttons_of_a_row_stand_behind_its_fields(visit: Callable[..., Page]) -> None:
    page = with_patient(visit())
    order = page.evaluate(
        "() => [...document.querySelectorAll('[data-list=medications] :is(.row input, .row select, .remove, .add)')]"
        ".map((one) => one.matches('.remove') ? 'remove' : one.matches('.add') ? 'add' : 'field')"
    )
    assert order[-2:] == ["remove", "add"]
    rows = "".join({"field": "f", "remove": "r", "add": "a"}[one] for one in order)
    assert rows.count("r") == 3
    assert all(set(part) == {"f"} for part in rows.rstrip("a").rstrip("r").split("r"))


def test_the_answer_is_a_few_tab_stops_away(visit: Callable[..., Page]) -> None:
    page = with_patient(visit())
    page.evaluate("() => { document.activeElement.blur(); getSelection().removeAllRanges(); }")
    page.locator(".brand").focus()
    page.keyboard.press("Shift+Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(8):
        page.keyboard.press("Tab")
        if page.evaluate("Boolean(document.activeElement.closest('#advice .item'))"):
            break
    assert page.evaluate("Boolean(document.activeElement.closest('#advice .item'))")


def test_focus_and_what_is_open_survive_an_update(visit: Callable[..., Page]) -> None:
    page = with_patient(visit())
    ground = page.locator("#advice .item.critical .ground").first
    ground.locator(".more > summary").click()
    quote = ground.locator(".quote").first
    quote.focus()
    place = quote.get_attribute("data-passage")
    before = page.locator("#answer [data-input]").get_attribute("data-input") or ""
    page.evaluate(
        "() => { const age = document.getElementById('f-age'); age.value = '71';"
        "age.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    expect(page.locator("#answer [data-input]")).not_to_have_attribute("data-input", before)
    settled(page)
    assert page.evaluate("document.activeElement.dataset.passage") == place
    expect(page.locator("#advice .item.critical .ground").first.locator(".more")).to_have_attribute("open", "")


def test_leaving_or_reloading_a_filled_form_asks(visit: Callable[..., Page]) -> None:
    page = settled(visit())
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.locator("#f-age").click()
    page.locator(".top nav a[href^='/rules']").click()
    page.wait_for_url("**/rules*")
    assert asked == []
    page.goto("/")
    settled(page)
    page.locator("#f-age").click()
    page.keyboard.type("71")
    page.evaluate("location.reload()")
    page.locator("nav a[href^='/scenarios']").click()
    for _ in range(PATIENCE // 50):
        if asked:
            break
        page.wait_for_timeout(50)
    assert asked
    assert set(asked) == {"beforeunload"}
    expect(page.locator("#f-age")).to_have_value("71")
