"""The words that scenarios may use can be looked up by any name, at a terminal and on a page."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from oncocds.cli.main import main
from oncocds.knowledge.knowledge import Knowledge
from oncocds.scenarios.dictionary import KINDS, entries, look_up
from oncocds.scenarios.patient import TableReader
from oncocds.scenarios.phrases import PHRASES
from oncocds_api.app import create_app


@pytest.mark.parametrize(
    ("word", "kind", "name"),
    [
        ("赫赛汀", "drug", "曲妥珠单抗"),
        ("herceptin", "drug", "曲妥珠单抗"),
        ("胸8", "value", "胸椎"),
        ("保乳", "value", "保乳术"),
        ("LVEF", "fact", "最近LVEF"),
        ("双下肢无力", "sign", "双下肢无力"),
        ("EGFR", "unread", "EGFR"),
        ("BCBM-62", "rule", "不同种类的骨改良药物不可同时使用"),
        ("没有紧急建议", "sentence", "那么 没有紧急建议"),
    ],
)
def test_a_word_is_found_by_any_name(knowledge: Knowledge, word: str, kind: str, name: str) -> None:
    found, named = look_up(word, entries(knowledge))
    assert named
    assert (found[0].kind, found[0].name.zh) == (kind, name)


def test_everything_that_may_be_written_stands_in_it(knowledge: Knowledge) -> None:
    known = entries(knowledge)
    assert {entry.kind for entry in known} == set(KINDS)
    assert sum(entry.kind == "sentence" for entry in known) == len(PHRASES)
    assert sum(entry.kind == "drug" for entry in known) == len(knowledge.vocabulary.drugs)
    reader = TableReader(knowledge.vocabulary)
    for entry in known:
        if entry.kind == "fact" and entry.about.zh.startswith("患者表"):
            assert reader.find(entry.name.zh, "").label == entry.name


def test_a_word_that_names_nothing_shows_what_comes_near(
    knowledge: Knowledge, capsys: pytest.CaptureFixture[str]
) -> None:
    found, named = look_up("曲妥珠单坑", entries(knowledge))
    assert not named
    assert "曲妥珠单抗" in [entry.name.zh for entry in found]
    assert main(["vocabulary", "曲妥珠单坑"]) == 1
    assert "没有“曲妥珠单坑”；最接近的有" in capsys.readouterr().err
    assert main(["vocabulary", "trastuzumab", "--lang", "en"]) == 0
    assert capsys.readouterr().out.startswith("drugs  trastuzumab")
    assert main(["vocabulary"]) == 0
    assert '那么 建议包含"…"' in capsys.readouterr().out


def test_the_page_shows_the_words_and_finds_them() -> None:
    with TestClient(create_app(workers=1)) as client:
        whole = client.get("/vocabulary")
        assert whole.status_code == 200
        assert "双下肢无力" in whole.text
        found = client.get("/vocabulary", params={"q": "赫赛汀"})
        assert "曲妥珠单抗" in found.text
        assert "唑来膦酸" not in found.text
        nothing = client.get("/vocabulary", params={"q": "<script>"})
        assert "没有这个词" in nothing.text
        assert "<script>" not in nothing.text.split("<main", 1)[-1]
        assert client.get("/vocabulary", params={"q": "x" * 101}).status_code == 422
        assert "/vocabulary" in client.get("/scenarios").text


def test_a_scenario_on_the_page_is_evaluated_under_the_sites_policy_and_shows_the_answer() -> None:
    text = (
        "# language: zh-CN\n功能: 肺癌脊髓受压\n  场景: 一\n    假如 患者:\n      | 肿瘤类型 | 非小细胞肺癌 |\n"
        '      | 脊髓受压体征 | 是 |\n    当 评估\n    那么 规则"BCBM-07"成立\n'
    )
    with TestClient(create_app(workers=1)) as client:
        said = client.post("/scenarios", json={"text": text})
        assert said.status_code == 200
        assert "通过" in said.text
        assert "未通过" not in said.text
        assert "脊髓压迫警报" in said.text
        assert "本院设置" in said.text
        shipped = client.post(
            "/scenarios", json={"text": text.replace("假如 患者", "假如 采用出厂设置\n    并且 患者")}
        )
        assert "出厂设置" in shipped.text
        alone = client.post("/scenarios", json={"text": text.rsplit("\n", 2)[0] + "\n"})
        assert "脊髓压迫警报" in alone.text
