"""Sentences, numbered by line and place in the line."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from oncocds.sources.documents import load_documents
from oncocds.sources.sentences import sentences, sentences_at

DOCUMENTS = load_documents(Path(__file__).resolve().parent.parent / "seeds")


def split(text: str) -> dict[str, str]:
    return {sentence.id: text[sentence.start : sentence.end] for sentence in sentences(text)}


def test_line_breaks_and_chinese_stops_end_sentences() -> None:
    assert split("一。二?三！ 四;五\n\n \u3000六…七...八:九,“十。”十一(十二。)") == {
        "1.1": "一。",
        "1.2": "二?",
        "1.3": "三！",
        "1.4": "四;",
        "1.5": "五",
        "3.1": "六…七...八:九,“十。”",
        "3.2": "十一(十二。)",
    }


def test_a_full_stop_of_numbers_ends_nothing() -> None:
    assert split("中位OS期15.8个月,MD. Anderson") == {"1.1": "中位OS期15.8个月,MD. Anderson"}


def test_runs_of_stops_end_one_sentence() -> None:
    assert split("为什么?!。因为") == {"1.1": "为什么?!。", "1.2": "因为"}


def test_the_documents_have_the_sentences_that_were_read() -> None:
    assert {document.id: len(sentences(document.text)) for document in list(DOCUMENTS.values())[:5]} == {
        "her2-radiotherapy": 92,
        "lung-bone-metastases": 85,
        "breast-bone-metastases": 109,
        "ret-bone-metastases": 67,
        "hcc-sbrt-sorafenib": 144,
    }


def test_a_sentence_by_its_number() -> None:
    text = DOCUMENTS["her2-radiotherapy"].text
    assert split(text)["37.2"] == "这时,术后放疗和为期一年的辅助靶向治疗(常用曲妥珠单抗)在时间上必然重叠。"


@given(st.text(alphabet="ab。!?；;”)\n \u3000.", max_size=40))
def test_sentences_cover_a_text_without_overlap(text: str) -> None:
    found = sentences(text)
    covered = {index for sentence in found for index in range(sentence.start, sentence.end)}
    assert sum(sentence.end - sentence.start for sentence in found) == len(covered)
    assert all(text[index].isspace() for index in range(len(text)) if index not in covered)
    for sentence in found:
        words = text[sentence.start : sentence.end]
        assert words == words.strip() != ""
        assert "\n" not in words
        assert sentences_at(text, sentence.start, sentence.end) == (sentence,)
    assert len({sentence.id for sentence in found}) == len(found)
