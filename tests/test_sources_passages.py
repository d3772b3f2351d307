"""A quote names exactly one place of its document, in the document's own words."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from oncocds.sources.documents import Document, load_documents
from oncocds.sources.passages import Passage, PassageError, resolve

DOCUMENTS = load_documents(Path(__file__).resolve().parent.parent / "seeds")
BREAST = DOCUMENTS["breast-bone-metastases"]
ZERO, TWO, THREE = (f"the quote occurs {count} times in d, expected exactly once" for count in (0, 2, 3))
BLANKS = (" ", "\n", "\u3000", "\u00a0", " \r\n\t ")


def document(text: str) -> Document:
    return Document("d", "d.txt", "d", "d", None, None, None, None, "patients", "", text)


def test_a_quote_at_its_place() -> None:
    quote = "不同种类的骨改良药物不可同时使用"
    passage = resolve(BREAST, quote, role="supports")
    assert BREAST.text[passage.start : passage.end] == passage.quote == quote
    assert BREAST.text.count(quote) == 1
    assert passage.document == "breast-bone-metastases"
    assert passage.role == "supports"
    assert quote in passage.sentence
    assert passage.sentence in BREAST.text
    assert passage.sentence.endswith("。")


def test_offsets_count_code_points() -> None:
    passage = resolve(document("🏥骨𠮷转移。"), "转移")
    assert (passage.start, passage.end, passage.quote) == (3, 5, "转移")


@pytest.mark.parametrize(
    ("exact", "prefix", "suffix", "expected"),
    [
        ("丙", "", "", f"{ZERO}; copy it from the document, punctuation included"),
        (
            "甲",
            "",
            "",
            f"{THREE}; add prefix/suffix, the words right before or behind it",
        ),
        (
            "甲",
            "",
            "乙",
            f"{TWO}; add more prefix/suffix, the words right before or behind it",
        ),
        (
            "甲",
            "",
            "丁",
            f"{ZERO}; without prefix/suffix it occurs 3 times: check those",
        ),
        (" \n", "", "", "the quote is empty; expected words of the document"),
    ],
)
def test_not_exactly_one_place(exact: str, prefix: str, suffix: str, expected: str) -> None:
    with pytest.raises(PassageError) as caught:
        resolve(document("甲乙,甲乙,甲。"), exact, prefix, suffix)
    assert str(caught.value) == expected
    assert isinstance(caught.value, LookupError)


def test_occurrences_that_overlap_are_counted() -> None:
    with pytest.raises(PassageError) as caught:
        resolve(document("骨骨骨"), "骨骨")
    assert caught.value.occurrences == 2


def test_prefix_and_suffix_choose() -> None:
    text = document("甲乙,甲丙,丁 甲\n丙")
    assert resolve(text, "甲", suffix="乙").start == 0
    assert resolve(text, "甲", prefix=",", suffix="丙").start == 3
    assert resolve(text, "甲", prefix="丁").start == 8
    assert resolve(text, "甲", prefix="丁 ", suffix=" 丙").start == 8


def test_white_space_is_folded_and_never_invented() -> None:
    text = document("放疗 \n\u3000同步 靶向")
    passage = resolve(text, "\n放疗 同步\t靶向 ")
    assert passage.quote == text.text
    with pytest.raises(PassageError):
        resolve(text, "放疗同步")
    with pytest.raises(PassageError):
        resolve(text, "同步靶 向")


@pytest.mark.parametrize("wrong", ["注意，", "注意", "ａ注意,", "注意, b"])
def test_nothing_looser_than_that(wrong: str) -> None:
    with pytest.raises(PassageError):
        resolve(document("註意,见下"), wrong)
    with pytest.raises(PassageError):
        resolve(document("a注意,B"), wrong + "B")


def test_composed_and_decomposed_are_the_same_words() -> None:
    decomposed = document("Cafe\u0301 骨 Ångström 한글.")
    passage = resolve(decomposed, unicodedata.normalize("NFC", "é 骨 A\u030angström"))
    assert passage.quote == "e\u0301 骨 Ångström"
    hangul = document(unicodedata.normalize("NFD", "가 한글 끝"))
    passage = resolve(hangul, "한글")
    assert passage.quote == unicodedata.normalize("NFD", "한글")
    with pytest.raises(PassageError):
        resolve(decomposed, "Cafe")


def test_the_sentence_a_quote_stands_in() -> None:
    text = "标题一\n\n首句。“次句!”三句;四句 3.5%?\n末行"
    place = {
        quote: (passage.sentence, passage.sentence_id)
        for quote in ("标题", "首", "首句。", "次句", "次句!", "三", "3.5", "末行", "句。“次", "三句;四")
        for passage in [resolve(document(text), quote)]
    }
    assert place == {
        "标题": ("标题一", "1.1"),
        "首": ("首句。", "3.1"),
        "首句。": ("首句。", "3.1"),
        "次句": ("“次句!”", "3.2"),
        "次句!": ("“次句!”", "3.2"),
        "三": ("三句;", "3.3"),
        "3.5": ("四句 3.5%?", "3.4"),
        "末行": ("末行", "4.1"),
        "句。“次": ("首句。“次句!”", "3.1-3.2"),
        "三句;四": ("三句;四句 3.5%?", "3.3-3.4"),
    }


WORDS = st.tuples(st.sampled_from(list(DOCUMENTS.values())), st.integers(0), st.integers(1, 60))


def once(word: tuple[Document, int, int]) -> tuple[Document, int, str]:
    """A piece of a document, without white space around it, that stands there once in any spelling."""
    source, at, length = word
    start = at % len(source.text)
    piece = source.text[start : start + length]
    quote = piece.strip()
    assume(quote)
    folded = " ".join(source.text.split())
    assume(folded.count(" ".join(quote.split())) == 1)
    # str.count does not see overlaps; a quote that overlaps itself is another test's matter.
    assume(folded.find(" ".join(quote.split()), folded.find(" ".join(quote.split())) + 1) < 0)
    return source, start + piece.index(quote), quote


def check(source: Document, start: int, quote: str, passage: Passage) -> None:
    assert (passage.start, passage.end, passage.quote) == (start, start + len(quote), quote)
    assert source.text[passage.start : passage.end] == passage.quote
    assert passage.quote in passage.sentence
    assert passage.sentence in source.text


@given(WORDS)
def test_whatever_stands_once_is_found(word: tuple[Document, int, int]) -> None:
    source, start, quote = once(word)
    check(source, start, quote, resolve(source, quote))


@given(WORDS, st.sampled_from(BLANKS), st.sampled_from(("NFC", "NFD")))
def test_white_space_and_composition_do_not_move_it(word: tuple[Document, int, int], blank: str, form: str) -> None:
    source, start, quote = once(word)
    variant = blank + blank.join(quote.split()) + blank
    check(source, start, quote, resolve(source, unicodedata.normalize(form, variant)))  # type: ignore[arg-type]


@given(WORDS)
def test_its_neighbours_never_rule_it_out(word: tuple[Document, int, int]) -> None:
    source, start, quote = once(word)
    end = start + len(quote)
    before, after = source.text[max(0, start - 9) : start], source.text[end : end + 9]
    check(source, start, quote, resolve(source, quote, before, after))


@given(st.text(alphabet="ab e\u0301A\u030a\u1100\u1161\u11a8骨。\n\u3000", max_size=25), st.data())
def test_any_text_keeps_the_law_of_its_offsets(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    source = document(text)
    try:
        passage = resolve(source, text[start:end])
    except PassageError:
        return
    assert text[passage.start : passage.end] == passage.quote
    assert passage.quote in passage.sentence

    def fold(words: str) -> str:
        return " ".join(unicodedata.normalize("NFC", words).split())

    assert fold(passage.quote).find(fold(text[start:end])) >= 0


@pytest.mark.parametrize(
    ("quote", "line", "nearest"),
    [
        ("影像学检查总是核心手段。", 37, "影像学检查始终是核心手段。"),
        ("不同类别的骨改良药物不可同时使用", 63, "不同种类的骨改良药物不可同时使用"),
    ],
)
def test_a_misquote_is_told_the_nearest_words_of_the_document(quote: str, line: int, nearest: str) -> None:
    with pytest.raises(PassageError) as refused:
        resolve(BREAST, quote)
    assert f"; nearest there, in line {line}: “" in str(refused.value)
    assert nearest in str(refused.value)
    assert nearest in BREAST.text.split("\n")[line - 1]


def test_words_that_are_like_nothing_of_the_document_have_no_nearest() -> None:
    with pytest.raises(PassageError) as refused:
        resolve(BREAST, "完全无关之语xyz")
    assert "nearest" not in str(refused.value)
