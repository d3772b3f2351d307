"""Printed names: what stands around a name does not hide it, what is not understood names nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds.vocabulary.printed_names import names_of, printed_names
from oncocds.vocabulary.printed_words import LONGEST

VOCABULARY = bundled_vocabulary()
NAMES = printed_names(VOCABULARY)
NAMED = [(code, name) for code, name in names_of(VOCABULARY) if name.isascii()]
NAMED_ZH = [(code, name) for code, name in names_of(VOCABULARY) if not name.isascii()]
TRADITIONAL = str.maketrans({s: t for t, s in VOCABULARY.printed.traditional.items()})
BEFORE = [
    "",
    "★",
    "△",
    "▲",
    "自备药：",
    "【集采】",
    "(进口)",
    "100ml:4mg ",
    "1. ",
    "（自费）",
    "临时医嘱 ",
    "70mg*1片 ",
]
AFTER = [
    "",
    " 4mg",
    " 70mg*1片",
    "(国产)",
    "（进口）",
    " 100ml:4mg/瓶",
    " 静滴 每4周",
    " 每日一次 口服",
    " q4w",
    "，餐后",
    "（某某厂）",
]
BEFORE_EN = ["", "★ ", "1 ML ", "home medication: ", "Take ", "give "]
AFTER_EN = [
    " 4 mg",
    " 4 MG Oral Tablet",
    " 60 mg/ml injection",
    " product",
    " pill",
    " (imported)",
    " 4mg/100ml IV every 4 weeks",
    " PO QD",
    " sodium 5 mg tabs",
]
FORMS = ["", "片", "缓释片", "胶囊", "注射液", "肠溶胶囊"]


@given(
    st.sampled_from(NAMED_ZH), st.sampled_from(BEFORE), st.sampled_from(FORMS), st.sampled_from(AFTER), st.booleans()
)
def test_every_chinese_name_with_any_decoration_is_that_drug(
    named: tuple[str, str], before: str, form: str, after: str, traditional: bool
) -> None:
    code, name = named
    text = before + name + form + after
    assert NAMES.drug(text.translate(TRADITIONAL) if traditional else text) == code


@given(
    st.sampled_from(NAMED),
    st.sampled_from(BEFORE_EN),
    st.sampled_from(AFTER_EN),
    st.sampled_from([str, str.upper, str.title]),
)
def test_every_latin_name_with_any_decoration_is_that_drug(
    named: tuple[str, str], before: str, after: str, case: type[str]
) -> None:
    code, name = named
    assert NAMES.drug(before + case(name) + after) == code


def test_every_name_is_that_drug_beside_a_form_a_strength_and_a_way_of_giving() -> None:
    for code, name in NAMED_ZH:
        for text in (f"{name}片 5mg*28片", f"注射用{name}(进口) 100ml:4mg", f"自备药：{name} 静滴 每4周"):
            assert NAMES.drug(text) == code, text
    for code, name in NAMED:
        for text in (f"{name} 4 MG Oral Tablet", f"1 ML {name} 60 MG/ML injection", f"{name} product"):
            assert NAMES.drug(text) == code, text


@given(st.sampled_from(NAMED + NAMED_ZH))
def test_full_width_names_are_the_same(named: tuple[str, str]) -> None:
    code, name = named
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in name)
    assert NAMES.drug(wide) == code


@given(st.text(max_size=60) | st.sampled_from([name for _, name in NAMED + NAMED_ZH]))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert NAMES.clean(NAMES.clean(text)) == NAMES.clean(text)


@given(st.text(max_size=80))
def test_whatever_is_written_is_read(text: str) -> None:
    read = NAMES.read(text)
    assert all(code in VOCABULARY.drugs and code != "other" for code in read.drugs)


@given(st.sampled_from(NAMED_ZH), st.sampled_from(NAMED_ZH), st.sampled_from(["+", "、", " ", "和", "/", "联合", "，"]))
def test_two_drugs_in_one_text_are_never_one_of_them(one: tuple[str, str], two: tuple[str, str], joined: str) -> None:
    found = NAMES.drug(one[1] + joined + two[1])
    codes = {one[0], two[0]} - set(VOCABULARY.printed.carriers)
    if len(codes) == 2:
        assert found is None or set(VOCABULARY.drugs[found].of) >= codes or found not in codes


@pytest.mark.parametrize(
    ("text", "drug"),
    [
        ("唑来膦酸注射液 4mg 静滴 每4周", "zoledronate"),
        ("注射用唑来膦酸(国产)", "zoledronate"),
        ("★△地舒单抗注射液(安加维) 120mg*1支", "denosumab"),
        ("自备药：苯磺酸氨氯地平片 5mg 每日一次", "amlodipine"),
        ("唑來膦酸注射液（國產）", "zoledronate"),
        ("唑来膦酸 4mg + 0.9%氯化钠注射液 100ml 静滴", "zoledronate"),
        ("左氧氟沙星氯化钠注射液", "levofloxacin"),
        ("氯化钠注射液 100ml", "sodium_chloride"),
        ("曲妥珠 单抗", "trastuzumab"),
        ("紫杉醇(白蛋白结合型)", "paclitaxel"),
        ("Zoledronic Acid 4 MG Intravenous Solution [Zometa]", "zoledronate"),
        ("zoledronic acid 4mg/100ml product", "zoledronate"),
        ("atorvastatin calcium 20 mg tab", "atorvastatin"),
        ("阿托伐他汀钙片", "atorvastatin"),
        ("calcium carbonate 600 MG / cholecalciferol 400 UNT Oral Tablet", "calcium_vitamin_d"),
        ("trastuzumab-dkst 150 mg", "trastuzumab"),
        ("denosumab120mg", "denosumab"),
        ("Zometa™", "zoledronate"),
        ("骨转移 唑来膦酸", "zoledronate"),
        # Names within other substances' names, and what nobody knows.
        ("阿扑吗啡注射液", None),
        ("trastuzumab foobarcine", None),
        ("trastuzumab duocarmazine", "trastuzumab_duocarmazine"),
        ("anti-denosumab antibody", None),
        ("unknownium / denosumab", None),
        ("foobarnib 5mg 唑来膦酸 4mg", None),
        ("未知药片 唑来膦酸片", None),
        ("calcium foobarate", None),
        # Two substances, and a drug that is not meant.
        ("曲妥珠单抗+帕妥珠单抗", None),
        ("唑来膦酸或地舒单抗", None),
        ("氨氯地平阿托伐他汀钙片", None),
        ("唑来膦酸过敏", None),
        ("停用地舒单抗", None),
        ("denosumab instead", None),
        # Whether it is the one that is named, the writer does not know.
        ("唑来膦酸?", None),
        ("地舒单抗（？）", None),
        ("疑似唑来膦酸", None),
        ("唑来膦酸(待定)", None),
        ("probably denosumab", None),
        # Used on the spot.
        ("妥布霉素滴眼液", None),
        ("", None),
        ("其他药物", None),
    ],
)
def test_order_texts(text: str, drug: str | None) -> None:
    assert NAMES.drug(text) == drug


@pytest.mark.parametrize("text", ["1" * 16_000, "唑来膦酸 " * 5_000, "(" * 16_000, "mg/" * 6_000, "唑" * 16_000])
def test_a_text_of_any_length_is_read_at_once(text: str) -> None:
    assert NAMES.drug(text) is None
    assert NAMES.read(text[:LONGEST]).drugs in ((), ("zoledronate",))
