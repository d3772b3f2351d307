"""A patient saved to a file, opened from it through the checks of a paste, and compared with the one in the form."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from playwright.sync_api import Page, expect
from starlette.testclient import TestClient

from browser_support import HER2, NARROW, fits, shot, violations, with_patient
from oncocds.engine import Engine
from oncocds.profile.identity import identified, input_digest
from oncocds.profile.reading import read_profile
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds_api.app import create_app
from oncocds_api.pages.comparison import advice_differences, fact_differences
from oncocds_api.settings.settings import Settings
from profile_strategies import PROFILES, Plain

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
EARLIER: dict[str, Any] = {
    **HER2,
    "cardiac": {"lvef_baseline": 62},
    "medications": HER2["medications"][:2],
    "age": 70,
}


def test_a_patient_is_saved_and_opened_again_the_same(visit: Callable[..., Page], tmp_path: Path) -> None:
    page = with_patient(visit())
    held = page.evaluate("Profile.collect()")
    with page.expect_download() as download:
        page.locator("#save").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.suffix == ".json"
    assert json.loads(path.read_text("utf-8")) == held
    expect(page.locator("#file-told")).to_contain_text("已存为文件")
    page.reload()
    page.locator(".start").wait_for()
    page.locator("#patient-file").wait_for(state="attached")
    with page.expect_file_chooser() as chooser:
        page.locator("#open").click()
    chooser.value.set_files(path)
    page.locator("#paste-take").click()
    page.locator("#answer[data-state=current] .columns").wait_for()
    assert page.evaluate("Profile.collect()") == held
    expect(page.locator("#paste-dialog")).to_be_hidden()


def test_a_file_that_is_refused_stays_in_the_dialog_with_its_places(visit: Callable[..., Page], tmp_path: Path) -> None:
    page = with_patient(visit())
    held = page.evaluate("Profile.collect()")
    path = tmp_path / "odd.json"
    path.write_text('{"patient": {"age": 30, "age": 70}}', "utf-8")
    with page.expect_file_chooser() as chooser:
        page.locator("#open").click()
    chooser.value.set_files(path)
    expect(page.locator("#paste-wrong")).to_contain_text("写了两次")
    page.locator("#paste-dialog [value=cancel]").click()
    path.write_bytes("患者".encode("gbk"))
    with page.expect_file_chooser() as chooser:
        page.locator("#open").click()
    chooser.value.set_files(path)
    expect(page.locator("#file-told")).to_contain_text("不是UTF-8文本")
    assert page.evaluate("Profile.collect()") == held


def test_the_patient_in_a_file_is_compared_with_the_one_in_the_form(visit: Callable[..., Page], tmp_path: Path) -> None:
    page = with_patient(visit(size=NARROW))
    held = page.evaluate("Profile.collect()")
    path = tmp_path / "earlier.json"
    path.write_text(json.dumps(EARLIER), "utf-8")
    with page.expect_file_chooser() as chooser:
        page.locator("#compare").click()
    chooser.value.set_files(path)
    found = page.locator("#source .comparison")
    expect(found).to_contain_text("earlier.json")
    expect(found).to_contain_text("不同的骨改良药物不可同时使用")
    expect(found.locator("li", has_text="最近LVEF").locator("ins")).to_contain_text("48 %")
    expect(found.locator("li", has_text="年龄").locator("del")).to_contain_text("70")
    expect(found.locator("li", has_text="药物[denosumab]").first.locator("ins")).to_contain_text("地舒单抗")
    expect(found.locator(".old")).to_be_hidden()
    assert fits(page)
    assert violations(page, "#source") == []
    shot(page, "compared-400")
    assert page.evaluate("Profile.collect()") == held
    page.evaluate("document.getElementById('clear').click()")
    expect(found).to_have_count(0)


def test_a_comparison_refuses_what_an_evaluation_refuses() -> None:
    with TestClient(create_app(workers=1, settings=Settings())) as client:
        odd = {"before": {"patient": {"age": "70"}}, "now": {"patient": {}}}
        answer = client.post("/comparison", json=odd)
        assert answer.status_code == 422
        assert [one["pointer"] for one in answer.json()["errors"]] == ["/before/patient/age"]
        for body in ([], {"before": {}}, {**odd, "more": 1}):
            assert client.post("/comparison", json=body).status_code == 422


def test_what_differs_is_told_from_both_sides(engine: Engine) -> None:
    before, now = engine.evaluate(EARLIER), engine.evaluate(HER2)
    there = {(one.label, one.change) for one in advice_differences(before, now)}
    back = {(one.label, one.change) for one in advice_differences(now, before)}
    turned = {"new": "gone", "gone": "new", "changed": "changed"}
    assert {(label, turned[change]) for label, change in there} == back
    assert {change for _, change in there} >= {"new", "changed"}
    (remark,) = [one for one in advice_differences(before, now) if one.label.zh.startswith("骨改良药物（列于其后）")]
    assert remark.before is not None
    assert (remark.before.zh, remark.now and remark.now.zh) == ("［唑来膦酸］", "［地舒单抗、唑来膦酸］")
    urgencies = [one.urgency for one in advice_differences(before, now)]
    assert urgencies == sorted(urgencies, key=["critical", "warning", "info"].index)
    assert advice_differences(now, engine.evaluate(HER2)) == []


@settings(max_examples=80, suppress_health_check=list(HealthCheck))
@given(PROFILES, PROFILES)
def test_facts_differ_where_the_digests_do(one: Plain, other: Plain) -> None:
    vocabulary = bundled_vocabulary()
    first, second = read_profile(one, vocabulary), read_profile(other, vocabulary)
    assert fact_differences(first, first, vocabulary) == []
    if input_digest(identified(first)) == input_digest(identified(second)):
        assert fact_differences(first, second, vocabulary) == []
    else:
        assert fact_differences(first, second, vocabulary)
