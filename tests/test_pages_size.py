"""Many lesions and drugs stay readable; sentences are found across documents; every state at every size is sound."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from starlette.testclient import TestClient

from browser_support import HER2, MIDDLE, WIDE, fits, shot, violations, with_patient
from oncocds.engine import Engine
from oncocds.knowledge.knowledge import Knowledge
from oncocds.reference.pages import Reference
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds_api.app import create_app
from oncocds_api.pages.answer import shelves
from oncocds_api.pages.passage_search import PassageSearch
from oncocds_api.settings.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
_SITES = ("rib", "thoracic_spine", "femur", "pelvis", "lumbar_spine")
_DRUGS = [code for code in bundled_vocabulary().value_sets["drug"].members if code not in ("other", "unknown")][:40]
LARGE: dict[str, Any] = {
    **HER2,
    "lesions": [
        {"id": f"L{n}", "organ": "bone", "site": _SITES[n % 5], "status": "confirmed", "painful": n % 3 == 0}
        for n in range(60)
    ],
    "medications": [{"drug": drug, "status": "active"} for drug in _DRUGS],
}


WATCHED = """() => {
  window.work = { elements: 0, parsed: 0 };
  const count = (node) => (node.nodeType === Node.ELEMENT_NODE ? 1 + node.querySelectorAll("*").length : 0);
  new MutationObserver((all) => {
    for (const { addedNodes } of all) for (const node of addedNodes) work.elements += count(node);
  }).observe(document.getElementById("advice"), { childList: true, subtree: true });
  const parse = DOMParser.prototype.parseFromString;
  DOMParser.prototype.parseFromString = function (text, type) {
    work.parsed += text.length;
    return parse.call(this, text, type);
  };
}"""
WHOLE = """async () => {
  const stands = document.querySelector("#advice > div");
  const found = await Access.post("/evaluate", JSON.stringify(Profile.collect()), { request: stands.dataset.request });
  const plain = (root) => {
    const copy = root.cloneNode(true);
    for (const one of [copy, ...copy.querySelectorAll("*")]) {
      for (const name of ["open", "disabled"]) one.removeAttribute(name);
      one.classList.remove("new", "altered");
    }
    return copy.outerHTML.replace(/<!--.*?-->/g, "");
  };
  return [plain(stands), plain(Access.ours(found, "answer"))];
}"""


def changed(page: Page, age: int) -> None:
    """Change the patient, and wait for the answer."""
    before = page.locator("#answer [data-input]").get_attribute("data-input") or ""
    page.evaluate(
        "age => { const field = document.getElementById('f-age'); field.value = age;"
        "field.dispatchEvent(new Event('input', { bubbles: true })); }",
        str(age),
    )
    expect(page.locator("#answer [data-input]")).not_to_have_attribute("data-input", before)
    page.locator("#answer[data-state=current]").wait_for()


def test_sixty_lesions_and_forty_drugs_are_readable_and_a_keystroke_touches_only_what_it_changes(
    visit: Callable[..., Page],
) -> None:
    page = with_patient(visit(), LARGE)
    elements = page.evaluate("document.querySelectorAll('#advice *').length")
    assert 5_000 < elements < 9_000
    page.evaluate(WATCHED)
    for age in (44, 45):
        page.evaluate("() => { work.elements = work.parsed = 0; }")
        changed(page, age)
        work = page.evaluate("work")
        assert work["elements"] < elements / 20, work
        assert work["parsed"] < 150_000, work
    stands, whole = page.evaluate(WHOLE)
    assert stands == whole
    many = page.locator("#advice .item:has(.action .lesion:nth-of-type(4))").first
    expect(many.locator(".action")).to_contain_text("另 17 处", use_inner_text=True)
    same = page.locator("#decide .same").first
    expect(same.locator("summary")).to_contain_text(f"另 {same.locator('.decision').count()} 处", use_inner_text=True)
    same.locator("summary").click()
    last = same.locator(".decision").last
    fact = last.get_attribute("data-decision") or ""
    last.get_by_role("button", name="否").click()
    expect(page.locator(f'[data-decision="{fact}"]')).to_have_count(0)
    page.locator("#answer[data-state=current]").wait_for()
    assert same.evaluate("fold => fold.open")
    for size in (WIDE, (320, 700)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        assert fits(page)
        shot(page, f"large-{size[0]}")


def test_an_answer_put_in_piece_by_piece_is_the_whole_answer(visit: Callable[..., Page]) -> None:
    """Whatever was there before: another patient, fewer facts, the start."""
    page = with_patient(visit(), HER2)
    steps: tuple[dict[str, Any], ...] = (
        {**HER2, "cardiac": {"lvef_baseline": 62}, "symptoms": {"cord_signs": True}},
        {**HER2, "medications": [], "lesions": [*HER2["lesions"], {"id": "rib", "organ": "bone", "site": "rib"}]},
        {"age": 50},
        {},
        HER2,
    )
    for patient in steps:
        before = page.locator("#answer [data-input]").get_attribute("data-input") or ""
        page.evaluate(
            "patient => { Profile.fill({ patient }); Profile.form.dispatchEvent(new Event('input')); }", patient
        )
        expect(page.locator("#answer [data-input]")).not_to_have_attribute("data-input", before)
        page.locator("#answer[data-state=current]").wait_for()
        stands, whole = page.evaluate(WHOLE)
        assert stands == whole
    page.locator("#language").click()
    again = page.get_by_role("button", name="Disagree: save a scenario").first
    again.click()
    expect(page.locator("#saving-what")).to_contain_text("Never", use_inner_text=True)


def test_what_is_told_together_says_the_same_and_leaves_no_lesion_out(engine: Engine) -> None:
    entries = [entry for shelf in shelves(engine.evaluate(LARGE)).values() for entry in shelf.entries]
    together = [entry for entry in entries if any(len(part.cards) > 1 for part in entry.alike)]
    assert together
    for entry in entries:
        assert sorted(card.key for part in entry.alike for card in part.cards) == sorted(
            card.key for card in entry.cards
        )
        for part in entry.alike:
            texts = {tuple((told.ground.rule, told.ground.text) for told in card.grounds) for card in part.cards}
            assert len(texts) == 1


def test_no_question_is_folded_away_but_under_the_same_one(engine: Engine) -> None:
    for entry in shelves(engine.evaluate(LARGE))["decide"].entries:
        assert {one.id for one in entry.decisions} == {one.id for one in (*entry.asked_in_full, *entry.asked_in_short)}
        if not entry.more:
            shown = {re.sub(r"\[.+?\]", "", one.fact) for one in entry.asked_in_full}
            assert {re.sub(r"\[.+?\]", "", one.fact) for one in entry.asked_in_short} <= shown


def test_sentences_are_found_across_documents(knowledge: Knowledge) -> None:
    reference = Reference(knowledge)
    search = PassageSearch(reference.documents, reference.rules)
    assert search.find("") == search.find("  ") == []
    assert search.find("没有这样的句子") == []
    found = search.find("骨改良 同时")
    assert any("不可同时使用" in one.text for one in found)
    assert all("骨改良" in one.text + _titles(reference, one.rules) for one in found)
    assert any("BCBM-62" in one.rules for one in search.find("bcbm-62"))
    assert len({one.document for one in search.find("放疗")}) > 1


def _titles(reference: Reference, rules: tuple[str, ...]) -> str:
    return "".join(reference.rules[rule].title.zh for rule in rules)


def test_what_is_found_leads_to_a_place_that_is_there() -> None:
    with TestClient(create_app(workers=1, settings=Settings())) as client:
        page = client.get("/documents", params={"q": "放疗"}).text
        links = {one.split('"')[0] for one in page.split('href="/documents/')[1:] if "#" in one.split('"')[0]}
        assert links
        for link in links:
            path, _, anchor = link.partition("#")
            assert f'id="{anchor}"' in client.get(f"/documents/{path}").text, link
        odd = client.get("/documents", params={"q": '"><script>'}).text
        assert "<script>" not in odd


def test_sentences_are_sought_beside_the_patient(visit: Callable[..., Page]) -> None:
    page = with_patient(visit(), HER2)
    page.locator(".top nav a[href^='/documents']").click()
    page.locator("#source #passage-query").fill("不可同时使用")
    page.keyboard.press("Enter")
    page.locator("#source .found a").first.click()
    expect(page.locator("#source mark.hot")).to_be_in_viewport()
    assert violations(page, "#source") == []


@pytest.mark.parametrize(("size", "scheme"), [((320, 700), "light"), (MIDDLE, "dark")], ids=["320-light", "1024-dark"])
def test_every_state_fits_and_is_sound(visit: Callable[..., Page], size: tuple[int, int], scheme: str) -> None:
    page = visit(size=size, scheme=scheme)
    page.locator(".start").wait_for()
    for _ in ("English", "Chinese"):
        page.locator("#language").click()
        assert fits(page)
    with_patient(page, HER2)
    assert fits(page), "current"
    assert violations(page) == [], "current"
    shot(page, f"state-current-{size[0]}-{scheme}")
    page.evaluate("() => document.querySelector('#advice .explain').click()")
    page.locator("#source [data-explained]").wait_for()
    assert fits(page), "explained"
    assert violations(page, "#source") == [], "explained"
    page.keyboard.press("Escape")
    page.evaluate("() => { const age = document.getElementById('f-age'); age.value = '七十';"
                  "age.dispatchEvent(new Event('input', { bubbles: true })); }")  # fmt: skip
    page.locator("#answer[data-state=refused]").wait_for()
    assert fits(page), "refused"
    assert violations(page) == [], "refused"
    page.locator("#paste").click()
    assert fits(page), "dialog"
    assert violations(page) == [], "dialog"


def test_forced_colours_keep_what_is_critical_and_chosen_apart(visit: Callable[..., Page]) -> None:
    page = visit()
    page.emulate_media(forced_colors="active")
    with_patient(page, HER2)
    style = "([one, part]) => getComputedStyle(document.querySelector(one))[part]"
    assert page.evaluate(style, [".item.critical .bar", "backgroundColor"]) != page.evaluate(
        style, [".item", "backgroundColor"]
    )
    chosen, other = ".choices input:checked + span", ".choices input:not(:checked) + span"
    assert page.evaluate(style, [chosen, "backgroundColor"]) != page.evaluate(style, [other, "backgroundColor"])
    shot(page, "forced-colours")
