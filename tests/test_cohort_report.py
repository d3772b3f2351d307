"""The report: one page in two languages that says what was counted, and nothing that must not be published."""

from __future__ import annotations

import hashlib
import html
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from browser_support import fits
from cohort_answered import AS_OF, UNREADABLE, asked, lines, written
from oncocds.cli import main
from oncocds.engine import Engine
from oncocds.profile.policy import merge
from oncocds.profile.reading import read_policy
from oncocds_cohort.outputs.report import report
from oncocds_cohort.outputs.suppression import Suppression


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    return written(folder / "p.ndjson", [*lines(), lines()[0], UNREADABLE])


@pytest.fixture(scope="module")
def newer(engine: Engine) -> Engine:
    policy = read_policy({"elderly_age": 40, "oligomet_max": 5}, engine.knowledge.vocabulary)
    return engine.under(merge(engine.policy, policy))


@pytest.fixture(scope="module")
def page(engine: Engine, newer: Engine, source: Path) -> str:
    out = source.with_name("r.html")
    report(asked(source, engine, newer), out, Suppression(5), "zh")
    return out.read_text("utf-8")


@pytest.fixture(scope="module")
def whole(engine: Engine, source: Path) -> str:
    """The report with every number."""
    out = source.with_name("whole.html")
    report(asked(source, engine), out, Suppression(0), "en")
    return out.read_text("utf-8")


def in_language(page: str, language: str) -> str:
    return page.partition(f'<main class="{language}"')[2].partition("</main>")[0]


def words(text: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)))


def test_the_page_is_one_file_of_two_languages_and_needs_nothing_else(page: str) -> None:
    assert not re.search(r"<script|<link|<img|https?:|url\(|@import|javascript:", page)
    for language, said in (
        ("zh", "供医务人员参考，不替代专业判断。"),
        ("en", "supports and never replaces their judgement"),
    ):
        assert in_language(page, language).count(said) == 1
    assert re.findall(r'id="(\w+)" checked', page) == ["zh"]
    assert not re.search("[一-鿿]", re.sub(r'<span lang="zh-CN">.*?</span>', "", in_language(page, "en")))


def test_the_five_digests_stand_in_its_first_block_and_on_the_page(page: str, source: Path, engine: Engine) -> None:
    first = page.partition("-->")[0]
    told = dict(line.split(": ", 1) for line in first.splitlines() if ": " in line)
    assert told["input"] == "sha256:" + hashlib.sha256(source.read_bytes()).hexdigest()
    assert engine.knowledge.digest in told["knowledge"]
    assert {"policy", "engine", "new policy", "output", "as of"} <= told.keys()
    for language in ("zh", "en"):
        assert all(digest in in_language(page, language) for digest in told.values())
    without = page.replace(told["output"], "sha256:" + "-" * 64)
    assert "sha256:" + hashlib.sha256(without.encode()).hexdigest() == told["output"]


def test_who_is_due_is_counted_once_for_an_action(whole: str, engine: Engine) -> None:
    patients = [json.loads(line)["patient"] for line in (*lines(), lines()[0])]
    rules = ("HER2RT-12", "HER2RT-14", "HER2RT-15")
    due = waiting = 0
    for patient in patients:
        answer = engine.evaluate(patient, None, AS_OF, begin=False)
        stands = {g.rule for item in answer.advice for g in item.grounds if g.status == "active"}
        due += bool(stands & set(rules))
        waiting += not stands & set(rules) and any(answer.verdicts[rule] == "undetermined" for rule in rules)
    row = next(row for row in in_language(whole, "en").split("<tr>") if ", ".join(rules) in words(row))
    found = re.findall(r'<td class="n">(\d+)', row)
    assert found == [str(due), str(waiting)]
    assert "治疗期间,定期通过心脏超声检查左心室射血功能" in row
    assert "translation: During treatment, checking left ventricular ejection function" in row


def test_small_numbers_are_not_on_the_page_unless_that_is_set(page: str, whole: str) -> None:
    numbers = re.findall(r'<td class="n">([\d,]+|·)', page)
    assert "·" in numbers
    assert not {"1", "2", "3", "4"} & set(numbers)
    assert {"1", "2", "3", "4"} & set(re.findall(r'<td class="n">(\d+)', whole))
    assert "may tell of single patients" in whole
    assert "too few patients to be published" in in_language(page, "en").partition("<h2")[0]
    assert "too few patients to be published" not in whole
    assert "少于 5 位患者的数字不予公布" in words(page)


def test_what_is_left_out_and_doubled_is_told(page: str) -> None:
    said = words(in_language(page, "en"))
    assert "1 rows could not be read as patients and are not counted; r.html.refused.ndjson" in said
    assert "1 ids stand more than once, in 2 rows" in said


def test_what_a_new_version_changes_is_told(page: str, whole: str) -> None:
    said = words(in_language(page, "en"))
    assert "What the new version would change" in said
    assert re.search(
        r"Rules that are proved to be unchanged for every patient: \d+; the others were counted: \d+", said
    )
    changed = re.search(r"settings that change: (.*?: 5); (.*?: 40)|settings that change: (.*?: 40); (.*?: 5)", said)
    assert changed is not None
    assert "What the new version would change" not in words(in_language(whole, "en"))


def test_what_names_say_is_no_markup(engine: Engine, source: Path, tmp_path: Path) -> None:
    odd = tmp_path / "a&b<i>"
    odd.mkdir()
    out = odd / "r&<b>.html"
    report(asked(written(odd / "p.ndjson", [lines()[0], UNREADABLE]), engine), out, Suppression(5), "en")
    text = out.read_text("utf-8")
    assert "r&amp;&lt;b&gt;.html.refused.ndjson" in text
    assert "<b>.html" not in text


def test_what_is_overdue_by_local_policy_is_told_where_the_site_says_how_often(
    engine: Engine, whole: str, source: Path
) -> None:
    policy = read_policy({"echo_interval_months": 3}, engine.knowledge.vocabulary)
    site = engine.under(merge(engine.policy, policy))
    out = source.with_name("overdue.html")
    report(asked(source, site), out, Suppression(0), "en")
    asked_for = overdue = untold = 0
    for text in (*lines(), lines()[0]):
        answer = site.evaluate(json.loads(text)["patient"], None, AS_OF, begin=False)
        for one in answer.monitoring:
            asked_for += 1
            overdue += one.overdue is True
            untold += one.last is None or (one.due is not None and one.overdue is None)
    assert overdue
    assert untold
    page = out.read_text("utf-8")
    row = next(row for row in in_language(page, "en").split("<tr>") if "echocardiography (LVEF) overdue" in row)
    assert "local policy: every 3 months" in row
    assert re.findall(r'<td class="n">(\d+)', row) == [str(asked_for), str(overdue), str(untold)]
    assert "心脏超声（LVEF）已过期" in in_language(page, "zh")
    assert "Monitoring overdue" not in whole


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("zh", ["位患者；其中 ", " 行被拒绝，未计入：见 ", " 个编号不止出现一次，共 "]),
        ("en", [" patients; ", " refused and not counted: see ", " ids stand more than once, in "]),
    ],
)
def test_what_a_report_came_to_is_told_in_its_language(
    source: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, language: str, told: list[str]
) -> None:
    command = ["cohort", "report", str(source), "--out", str(tmp_path / "r.html"), "--lang", language, "--jobs", "1"]
    assert main([*command, "--as-of", str(AS_OF)]) == 1
    said = capsys.readouterr().err
    for words in told:
        assert words in said
    assert bool(re.search("[\u4e00-\u9fff]", said)) == (language == "zh")


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_line_breaks_a_rules_id_and_nothing_sticks_out(browser: Browser, page: str, width: int) -> None:
    shown = browser.new_page(viewport={"width": width, "height": 800})
    shown.set_content(page)
    told = shown.evaluate(
        """() => { const bad = []; let count = 0;
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) for (const found of walker.currentNode.data.matchAll(/[A-Z][A-Z0-9]{3,}-\\d\\d/g)) {
            const range = document.createRange(); count += 1;
            range.setStart(walker.currentNode, found.index);
            range.setEnd(walker.currentNode, found.index + found[0].length);
            if (range.getClientRects().length > 1) bad.push(found[0]); }
        return [count, bad]; }"""
    )
    assert told[0] > 100
    assert told[1] == []
    assert fits(shown)
    shown.close()
