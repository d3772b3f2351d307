"""An evaluation on paper: on few A4 pages, readable, with every item, its rules, its sources, date and digests."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from browser_support import NARROW, SHOTS, WIDE, fits, paste, shot, violations, with_example
from cohort_answered import asked, lines, written
from corpus import SCENARIOS
from oncocds.advice.result import Evaluation
from oncocds.engine import Engine
from oncocds.profile.policy import merge
from oncocds.profile.reading import read_policy
from oncocds_api.pages.answer import shelves
from oncocds_cohort.outputs.report import report
from oncocds_cohort.outputs.suppression import Suppression

FULLEST = 5
A4 = (round(182 * 96 / 25.4), round(269 * 96 / 25.4))  # within margins of 14 mm
SMALLEST = 8.5 * 96 / 72 - 0.01
TEXTS = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (walker.currentNode.textContent.trim() && parent.checkVisibility() && !parent.closest("option"))
      found.push([parseFloat(getComputedStyle(parent).fontSize), walker.currentNode.textContent.trim()]);
  }
  return found;
}"""


def words(evaluation: Evaluation) -> int:
    return sum(
        len(ground.text.zh) + sum(len(passage.quote) for passage in ground.passages)
        for item in evaluation.advice
        for ground in item.grounds
    )


@pytest.fixture(scope="module")
def fullest(engine: Engine) -> list[tuple[dict[str, Any], Evaluation]]:
    """The patients of the catalogue with the longest answers, one of each scenario."""
    answers = [(one, engine.evaluate(one["patient"], policy=one["policy"])) for one in SCENARIOS]
    longest: dict[str, tuple[dict[str, Any], Evaluation]] = {}
    for case, answer in sorted(answers, key=lambda answer: words(answer[1]), reverse=True):
        longest.setdefault(case["scenario"], (case, answer))
    return list(longest.values())[:FULLEST]


def printed(page: Page) -> int:
    """Return the number of pages on paper."""
    return page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_fullest_answers_take_two_pages_at_most(
    visit: Callable[..., Page], fullest: list[tuple[dict[str, Any], Evaluation]], language: str
) -> None:
    page = visit(f"/?lang={language}")
    page.locator(".summary").wait_for()
    for case, evaluation in fullest:
        paste(page, json.dumps({"patient": case["patient"], "policy": case["policy"]}))
        page.locator("#answer", has_text=evaluation.input_digest).wait_for()
        assert printed(page) <= 2, (case["scenario"], case["case"])


def test_paper_holds_every_item_with_its_rules_and_sources(
    visit: Callable[..., Page], fullest: list[tuple[dict[str, Any], Evaluation]]
) -> None:
    page = visit()
    page.locator(".summary").wait_for()
    case, evaluation = fullest[0]
    paste(page, json.dumps({"patient": case["patient"], "policy": case["policy"]}))
    page.locator("#answer", has_text=evaluation.input_digest).wait_for()
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    texts = page.evaluate(TEXTS)
    assert min(size for size, _ in texts) >= SMALLEST, sorted(texts)[:3]
    paper = re.sub(r"\s+", " ", page.locator("body").inner_text())
    for shelf in shelves(evaluation).values():
        for card in shelf.cards:
            assert card.item.title.zh in paper
            assert all(label.zh in paper for label in card.labels)
            for ground in card.item.grounds:
                assert ground.rule in paper
                if not shelf.brief:
                    assert ground.text.zh in paper
            for passage in card.places:
                assert f"{passage.start}–{passage.end}" in paper
    for question in evaluation.questions.clinician:
        assert question.label.zh in paper
    for digest in (evaluation.knowledge.digest, evaluation.policy.digest, evaluation.input_digest):
        assert digest in paper
    assert evaluation.as_of in paper
    assert "姓名" in paper
    assert "不替代专业判断" in paper


def test_paper_names_its_sources_in_full(visit: Callable[..., Page]) -> None:
    page = with_example(visit(scheme="dark"))
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.pdf(path=SHOTS / "print.pdf", prefer_css_page_size=True)
    page.emulate_media(media="print")
    references = page.locator(".references").inner_text()
    for number in set(re.findall(r"\[(\d)\]", page.locator(".columns").inner_text())):
        assert f"[{number}]" in references
    assert not page.locator("#patient").is_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.says')).color") == "rgb(0, 0, 0)"


def test_paper_keeps_the_label_of_what_is_extrapolated(visit: Callable[..., Page], engine: Engine) -> None:
    """Also where an item is only a line."""
    for case in SCENARIOS:
        evaluation = engine.evaluate(case["patient"], policy=case["policy"])
        lines = [card for shelf in shelves(evaluation).values() if shelf.brief for card in shelf.cards if card.labels]
        if lines:
            break
    assert lines
    page = visit()
    page.locator(".summary").wait_for()
    paste(page, json.dumps({"patient": case["patient"], "policy": case["policy"]}))
    page.locator("#answer", has_text=evaluation.input_digest).wait_for()
    page.emulate_media(media="print")
    for card in lines:
        expect(page.locator(".line", has_text=card.item.title.zh)).to_contain_text(card.labels[0].zh)


def test_a_passage_is_quoted_once(engine: Engine) -> None:
    """The second rule on the same passage names the first one that quotes it."""
    case = next(one for one in SCENARIOS if one["scenario"] == "S33" and one["case"] == "a")
    cards = [card for shelf in shelves(engine.evaluate(case["patient"])).values() for card in shelf.cards]
    told = {one.ground.rule: one for card in cards for one in card.grounds}
    assert [rule for _, rule in told["RETBM-14"].quoted] == [None]
    assert [rule for _, rule in told["RETBM-15"].quoted] == ["RETBM-14"]
    assert [ids for _, ids in told["RETBM-14"].notes] == [("RETBM-14", "RETBM-15")]
    assert told["RETBM-15"].notes == ()


@pytest.fixture(scope="module")
def cohort_report(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A cohort's report with all its parts; the address of its file."""
    home = tmp_path_factory.mktemp("report")
    site, newer = (
        engine.under(merge(engine.policy, read_policy(settings, engine.knowledge.vocabulary)))
        for settings in (
            {"echo_interval_months": 3, "dental_interval_months": 6},
            {"elderly_age": 40, "oligomet_max": 5},
        )
    )
    out = home / "report.html"
    report(asked(written(home / "p.ndjson", lines()), site, newer), out, Suppression(3), "zh")
    return out.as_uri()


BARS = """main => [...main.querySelectorAll("tr:has(.bar)")].map(row => {
  const bar = row.querySelector(".bar").getBoundingClientRect();
  const parts = [...row.querySelectorAll(".bar > *")];
  return {
    rules: row.closest("table").classList.contains("small"),
    numbers: [...row.querySelectorAll("td.n")].map(cell => cell.firstChild.textContent.trim()),
    width: bar.width,
    parts: parts.map(one => [one.tagName, one.getBoundingClientRect().width]),
  };
})"""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_report_of_a_cohort_is_one_file_whose_bars_are_as_long_as_its_numbers(
    visit: Callable[..., Page], cohort_report: str, language: str
) -> None:
    page = visit(cohort_report)
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.context.set_offline(offline=True)
    page.reload()
    assert set(requested) <= {cohort_report}
    expect(page.locator("main.zh")).to_be_visible()  # the language that was asked for first
    page.locator(f"label[for={language}]").click()
    main = page.locator(f"main.{language}")
    expect(main).to_be_visible()
    expect(page.locator("main:visible")).to_have_count(1)
    assert violations(page) == []
    shot(page, f"cohort-report-{language}")
    everybody = int(main.locator(".figures b").first.inner_text())
    drawn = main.evaluate(BARS)
    for row in drawn:
        *before, last = row["numbers"]
        due = before[0 if row["rules"] else -1] if before else "0"
        wanted = {tag: int(count) for tag, count in (("I", due), ("U", last)) if count not in ("·", "0")}
        found = dict(row["parts"])
        assert found.keys() == wanted.keys(), row
        for tag, count in wanted.items():
            assert found[tag] == pytest.approx(max(row["width"] * count / everybody, 2), abs=1.5), row
    assert any(len(row["parts"]) == 2 for row in drawn)
    for size in (NARROW, WIDE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        assert fits(page)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_report_of_a_cohort_fits_on_paper(visit: Callable[..., Page], cohort_report: str, language: str) -> None:
    page = visit(cohort_report)
    page.locator(f"label[for={language}]").click()
    page.emulate_media(media="print")
    page.set_viewport_size({"width": A4[0], "height": A4[1]})
    expect(page.locator(".languages")).to_be_hidden()
    expect(page.locator("main:visible")).to_have_count(1)
    assert fits(page)
    cut = """main => [...main.querySelectorAll("*")].filter(
      one => one.getBoundingClientRect().right > innerWidth + 0.5).length"""
    assert page.locator(f"main.{language}").evaluate(cut) == 0
    assert min(size for size, _ in page.evaluate(TEXTS)) >= SMALLEST
    shot(page, f"cohort-report-paper-{language}")
    paper = page.pdf(prefer_css_page_size=True, print_background=True)
    boxes = {tuple(map(float, one.split())) for one in re.findall(rb"/MediaBox \[([\d. ]+)\]", paper)}
    assert boxes
    assert all(box == pytest.approx((0, 0, 595, 842), abs=1) for box in boxes)
    assert paper.count(b"/Type /Page\n") < 20
