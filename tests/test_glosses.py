"""Quotes in English: a translation beside each, labelled, no figure lost; Chinese answers stay as they were."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cds_support import Desk, view
from extension_support import oncocds
from oncocds.advice.result import Evaluation
from oncocds.cli.show import evaluation_text, rule_text
from oncocds.engine import Engine
from oncocds.errors import KnowledgeError
from oncocds.knowledge.glosses import unglossed
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.lints.glosses import unfaithful
from oncocds.knowledge.loader import load_knowledge
from oncocds.reference.pages import Reference
from oncocds.sources.passages import fold
from oncocds.vocabulary.bundled import bundled_knowledge
from oncocds_api.pages.answer import shelves
from oncocds_api.pages.as_text import as_text
from oncocds_api.reference.documents import paragraphs

HCC = "rules/glosses/hcc-sbrt-sorafenib.yaml"
QUOTE = "不同种类的骨改良药物不可同时使用"
GLOSS = "different kinds of bone-modifying agents must not be used at the same time"
PATIENT = {
    "diagnosis": {"tumour_type": "breast"},
    "lesions": [{"id": "B1", "organ": "bone", "status": "confirmed"}],
    "medications": [
        {"id": "M1", "drug": "zoledronate", "status": "active"},
        {"id": "M2", "drug": "denosumab", "status": "planned"},
    ],
}


@pytest.fixture(scope="module")
def evaluation(engine: Engine) -> Evaluation:
    return engine.evaluate(PATIENT, as_of="2026-01-01")


@pytest.fixture(scope="module")
def untranslated(knowledge: Knowledge) -> Knowledge:
    """The knowledge as it would be without any gloss."""
    passages = {rule: tuple(replace(one, gloss=None) for one in quoted) for rule, quoted in knowledge.passages.items()}
    return replace(knowledge, passages=passages, glosses={})


def test_every_quote_has_a_gloss_and_the_answer_carries_it(knowledge: Knowledge, evaluation: Evaluation) -> None:
    assert list(unglossed(knowledge)) == []
    answer = json.loads(evaluation.model_dump_json())
    told = {passage["quote"]: passage["gloss"] for passage in _passages(answer)}
    assert told[QUOTE] == GLOSS
    assert all(told.values())


def _passages(part: Any) -> list[dict[str, Any]]:
    if isinstance(part, list):
        return [one for inner in part for one in _passages(inner)]
    if not isinstance(part, dict):
        return []
    return ([part] if "quote" in part else []) + [one for inner in part.values() for one in _passages(inner)]


def test_a_quote_without_a_gloss_is_named_once_at_its_first_rule(untranslated: Knowledge, knowledge: Knowledge) -> None:
    issues = list(unglossed(untranslated))
    quotes = {(one.document, fold(one.quote)) for passages in knowledge.passages.values() for one in passages}
    assert len(issues) == len(quotes)
    first = next(issue for issue in issues if f"'{QUOTE}'" in issue.message)
    assert first.message.startswith("BCBM-46: no gloss of the quote '")
    assert "rules/glosses/breast-bone-metastases.yaml" in first.message
    lines = (bundled_knowledge() / first.path).read_text("utf-8").split("\n")
    assert "breast-bone-metastases" in lines[first.line - 1]
    assert QUOTE in lines[first.line]


def test_without_glosses_the_answer_is_the_same_in_chinese(
    knowledge: Knowledge, untranslated: Knowledge, engine: Engine, evaluation: Evaluation
) -> None:
    bare = Engine(untranslated, engine.policy).evaluate(PATIENT, as_of="2026-01-01")
    vocabulary = knowledge.vocabulary
    for full in (False, True):
        assert evaluation_text(evaluation, vocabulary, "zh", full=full) == evaluation_text(
            bare, vocabulary, "zh", full=full
        )
        english = evaluation_text(evaluation, vocabulary, "en", full=full)
        kept = [line for line in english.split("\n") if not line.strip().startswith("translation: ")]
        assert kept == evaluation_text(bare, vocabulary, "en", full=full).split("\n")
        assert re.search(rf"“{QUOTE}” \[breast-bone-metastases:\d+-\d+\]\n *translation: {GLOSS}\n", english)
    assert bare.verdicts == evaluation.verdicts


def test_a_rule_is_shown_with_what_its_quotes_say(knowledge: Knowledge) -> None:
    page = Reference(knowledge).rules["BCBM-62"]
    assert "translation: " not in rule_text(page, knowledge.vocabulary, "zh")
    assert rule_text(page, knowledge.vocabulary, "en").count("translation: ") == len(page.passages) == 2
    document = Reference(knowledge).documents["breast-bone-metastases"]
    assert {one.quote: one.gloss for one in document.passages}[QUOTE] == GLOSS


def test_a_document_shows_what_each_marked_passage_says_in_english(
    knowledge: Knowledge, untranslated: Knowledge
) -> None:
    document = Reference(knowledge).documents["breast-bone-metastases"]
    assert [one for paragraph in paragraphs(document) for one in paragraph.glosses] == [
        passage.gloss for passage in document.passages
    ]
    (stands,) = [one for one in paragraphs(document) if GLOSS in one.glosses]
    assert QUOTE in "".join(segment.text for segment in stands.segments)
    assert not any(one.glosses for one in paragraphs(Reference(untranslated).documents["breast-bone-metastases"]))


def test_the_note_for_the_record_says_it_in_english_alone(knowledge: Knowledge, evaluation: Evaluation) -> None:
    told = as_text(evaluation, shelves(evaluation), (), Reference(knowledge).documents)
    assert "translation: " not in told.zh
    assert f"\n   translation: {GLOSS}\n" in told.en


def test_a_card_says_it_in_english_alone(engine: Engine) -> None:
    desk = Desk(engine)
    chinese = desk.header(view(), language="zh")[1]
    english = desk.header(view(), language="en")[1]
    assert "translation: " not in json.dumps(chinese, ensure_ascii=False)
    gloss = "During long-term medication, calcium and vitamin D need to be supplemented routinely."
    told = rf"> 长期用药期间需常规补充钙剂与维生素D。\n *>\n *> translation: {gloss}\n *> — "
    assert any(re.search(told, card["detail"]) for card in english["cards"])
    labels = [link["label"] for card in english["cards"] for link in card.get("links", ())]
    assert any(re.fullmatch(rf"Passage: 长期用药.*\(translation: {gloss[:40]}.*\)", label) for label in labels)
    assert all("(translation: " in label for label in labels if label.startswith("Passage"))


@pytest.mark.parametrize(
    ("quote", "gloss", "said"),
    [
        ("使发生风险降低近20%", "lower the risk by nearly 20%", []),
        ("使发生风险降低近20%", "lower the risk by nearly 2%", ["the quote says 20, ", "the gloss says 2, "]),
        ("使发生风险降低近20%", "lower the risk by nearly 20", ["the quote says 20 %, "]),
        ("SBRT中位剂量为35Gy/5次。", "median SBRT dose 35 Gy/5 fractions", []),
        ("SBRT中位剂量为35Gy/5次。", "median SBRT dose 35 cGy in 5 fractions", ["the quote says 35 gy, "]),
        ("肿瘤直径总和>20 cm", "sum of tumour diameters > 20 cm", []),
        ("肿瘤直径总和>20 cm", "sum of tumour diameters 20 cm", ["the quote says >20, ", "the gloss says 20, "]),
        ("血小板≥60×10⁹/L", "platelets ≥60×10/L", ["the quote says 109, ", "the gloss says 10, "]),
        ("通常会建议患者每月使用一次", "it is usually suggested once every month", []),
        ("通常会建议患者每月使用一次", "it is usually suggested once every week", ["says 1 month, ", "says 1 week, "]),
        ("为期一年的辅助靶向治疗", "one year of adjuvant targeted therapy", []),
        ("为期一年的辅助靶向治疗", "adjuvant targeted therapy", ["the quote says 1 year, "]),
        ("(2025年版)建议", "(2025 edition) recommends", []),
        ("HER2与HER2", "HER2", ["the quote says 2 2 times, the gloss says it once"]),
        ("没有数字", "nothing for 3 days", ["the gloss says 3, "]),
        ("不可停药", "不可 stop", ["holds Chinese"]),
    ],
)
def test_a_gloss_keeps_every_figure_and_adds_none(quote: str, gloss: str, said: list[str]) -> None:
    found = list(unfaithful(quote, gloss))
    assert len(found) == len(said), found
    for one in said:
        assert any(one in message for message in found), (one, found)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in ("rules", "seeds"):
        shutil.copytree(bundled_knowledge() / name, tmp_path / name)
    return tmp_path


def test_a_gloss_of_no_quote_or_of_one_told_already_or_of_no_document_is_refused_with_its_place(home: Path) -> None:
    path = home / HCC
    lines = path.read_text("utf-8").rstrip("\n").split("\n")
    again = next(line for line in lines if line.startswith("- quote: "))
    added = ["- quote: 这句话没有规则引用", "  en: nobody quotes this", again, "  en: this again", "- quote: 无译文"]
    path.write_text("\n".join([*lines, *added]) + "\n", "utf-8")
    (home / "rules" / "glosses" / "hcc-sbrt.yaml").write_text("- {quote: 甲, en: a}\n", "utf-8")
    with pytest.raises(KnowledgeError) as refused:
        load_knowledge(home / "rules", home / "seeds")
    keyless, stray = (str(issue) for issue in refused.value.issues)
    assert stray.startswith("rules/glosses/hcc-sbrt.yaml:1:1: no such document; known here: ")
    assert keyless.startswith(f"{HCC}:{len(lines) + 5}:3: glosses[50]: key 'en' is missing")
    (home / "rules" / "glosses" / "hcc-sbrt.yaml").unlink()
    path.write_text("\n".join([*lines, *added[:-1]]) + "\n", "utf-8")
    with pytest.raises(KnowledgeError) as refused:
        load_knowledge(home / "rules", home / "seeds")
    found = [str(issue) for issue in refused.value.issues]
    assert [one.split(": ")[0] for one in found[:2]] == [f"{HCC}:{len(lines) + 1}:3", f"{HCC}:{len(lines) + 3}:3"]
    assert "no rule quotes these words of hcc-sbrt-sorafenib" in found[0]
    assert "this quote has a gloss already" in found[1]


@pytest.mark.usefixtures("without_examples")
def test_knowledge_without_a_gloss_loads_and_is_not_ready(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "rules" / "glosses" / "breast-bone-metastases.yaml"
    entries = re.split(r"(?m)^(?=- quote: )", path.read_text("utf-8"))
    path.write_text("".join(one for one in entries if f'"{QUOTE}"' not in one), "utf-8")
    states, supports = load_knowledge(home / "rules", home / "seeds").passages["BCBM-62"]
    assert states.gloss is None
    assert (supports.gloss or "").endswith(f" analgesics, but {GLOSS}.")
    assert oncocds(home, "check") == 1
    assert f"no gloss of the quote '{QUOTE}'" in capsys.readouterr().err


def test_a_new_rule_asks_for_the_gloss_of_a_quote_that_has_none(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    glosses = home / "rules" / "glosses" / "breast-bone-metastases.yaml"
    before = glosses.read_text("utf-8")
    assert oncocds(home, "new-rule", "BCBM-900", "breast-bone-metastases", QUOTE) == 0
    assert glosses.read_text("utf-8") == before
    assert oncocds(home, "new-rule", "BCBM-901", "breast-bone-metastases", "影像学检查始终是核心手段") == 0
    assert str(glosses) in capsys.readouterr().out
    assert glosses.read_text("utf-8") == before + (
        '- quote: "影像学检查始终是核心手段"\n  en: TODO the quote in English, word for word\n'
    )
    glosses.unlink()
    assert oncocds(home, "new-rule", "BCBM-902", "breast-bone-metastases", QUOTE) == 0
    assert f'\n- quote: "{QUOTE}"\n  en: TODO' in glosses.read_text("utf-8")
    with pytest.raises(KnowledgeError, match=r"glosses/breast-bone-metastases\.yaml:4:7: TODO left"):
        load_knowledge(home / "rules", home / "seeds")
