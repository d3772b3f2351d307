"""Figures in Chinese and English prose: a number with its unit, in digits or in words.

``HER2``, ``CA153``, ``P1NP``, ``CDK4/6``, ``TRACP-5b``, ``T-DM1``, ``BCBM-62``, ``RTOG 1112`` and ``BCLC 0`` are
names, no figures; ``4mg``, ``q3w``, ``三个月``, ``twelve weeks``, ``每周`` and ``15–20%`` are figures. ``分5次`` and
``35Gy/5次`` count fractions, as ``5 fractions`` does.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple


class Figure(NamedTuple):
    """A number with its unit (\"\" where it has none), the same for all ways to write it."""

    number: Decimal
    unit: str

    def __str__(self) -> str:
        return f"{self.number:f} {self.unit}".strip()


_UNITS = {
    "hour": ("小时", "hours?", "hrs?", "h"),
    "minute": ("分钟", "minutes?", "mins?"),
    "day": ("天", "日", "days?", "d"),
    "week": ("周", "星期", "weeks?", "wks?", "w"),
    "month": ("个?月", "months?"),
    "year": ("年", "岁", "years?", "yrs?"),
    "times": ("次", "倍", "times", "-?fold"),
    "fraction": ("分次", "fractions?"),
    "%": ("%", "％", "个百分点", "percent(?:age points?)?", "per cent"),
    "mg": ("毫克", "mg", "milligrams?"),
    "ug": ("微克", "μg", "ug", "mcg"),
    "g": ("克", "g", "grams?"),
    "kg": ("公斤", "千克", "kg", "kilograms?"),
    "ml": ("毫升", "ml", "millilitres?"),
    "gy": ("戈瑞", "戈", "gy"),
    "cm": ("厘米", "cm"),
    "mm": ("毫米", "mm"),
}
# The longer wording first: 分次 before 次, months before m.
_WORDINGS = sorted(((one, unit) for unit, all_ in _UNITS.items() for one in all_), key=lambda pair: -len(pair[0]))
_LATIN = frozenset("abcdefghijklmnopqrstuvwxyz?)")
# A Latin unit ends where its letters end: "4 d" but not "4 drugs".
_UNIT = re.compile(
    r"[\s-]?(?:" + "|".join(f"({one}{'(?![a-z])' if one[-1] in _LATIN else ''})" for one, _ in _WORDINGS) + ")",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"(?![qQ]\d)[A-Za-z]+\d[A-Za-z0-9]*(?:/\d+)*"  # HER2, P1NP, CDK4/6; q3w is an interval
    r"|[A-Z][A-Z0-9]*-\d+[a-z]?(?![A-Za-z0-9])"  # TRACP-5b, BCBM-62, PD-1
    r"|(?<![A-Za-z0-9])(?:RTOG \d{4}|BCLC (?:stage )?0)(?!\d)"  # a trial, a stage
    r"|(?<![A-Za-z0-9])(?:5-FU|3D|4D|18F|68Ga|99mTc)(?![A-Za-z0-9])"
)
_DIGITS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|(?<!\d)\.\d+")
_RANGE = re.compile(r"\s*(?:-|–|—|~|～|至|到|或|、|to|or|and)\s*", re.IGNORECASE)
_IN_FRACTIONS = re.compile(r"(?:分|Gy/)$", re.IGNORECASE)  # what stands before the number of 分5次, 35Gy/5次
_HAN_DIGITS = {"零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_HAN_NUMBER = re.compile(r"(?<!第)[一二两三四五六七八九十][一二三四五六七八九十百千零]*|半(?=个?[年月天日周小])")
_ENGLISH = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "fourteen": 14, "fifteen": 15, "sixteen": 16, "eighteen": 18, "twenty": 20,
    "twenty-four": 24, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "hundred": 100,
}  # fmt: skip
_ENGLISH_NUMBER = re.compile(
    r"(?<![a-z-])(?:" + "|".join(sorted(_ENGLISH, key=len, reverse=True)) + r")(?=-?fold|[^a-z]|$)|half an? (?=[a-z])",
    re.IGNORECASE,
)
_REPEATED = re.compile(
    r"每隔?(?P<zh>小时|天|日|周|星期|月|年)|(?:every|each|per) (?P<en>hour|day|week|month|year)(?![a-z])"
    r"|(?<![a-z])(?P<adverb>hourly|daily|weekly|fortnightly|monthly|quarterly|yearly|annual(?:ly)?)(?![a-z])",
    re.IGNORECASE,
)
_ADVERBS = {
    "hourly": (1, "hour"),
    "daily": (1, "day"),
    "weekly": (1, "week"),
    "fortnightly": (2, "week"),
    "monthly": (1, "month"),
    "quarterly": (3, "month"),
    "yearly": (1, "year"),
    "annual": (1, "year"),
    "annually": (1, "year"),
}


class _Number(NamedTuple):
    value: Decimal
    start: int
    end: int
    in_digits: bool


def figures(text: str) -> Iterator[Figure]:
    """Yield the figures of a text.

    A number in words counts only with a unit behind it (三种药, two drugs are no figures), and "once" never does.
    """
    text = unicodedata.normalize("NFKC", text)
    text = _NAME.sub(lambda name: "#" * len(name[0]), text)
    numbers = sorted(_numbers(text), key=lambda number: number.start)
    unit, following = "", None
    found: list[Figure] = []
    # From the end, so that the parts of a range take the unit behind its last one: 15–20%, 三到五天.
    for number in reversed(numbers):
        own = _unit_at(text, number.end)
        if own == "times" and _IN_FRACTIONS.search(text, 0, number.start):
            own = "fraction"
        joined = following is not None and _RANGE.fullmatch(text, number.end, following.start) is not None
        unit = own or (unit if joined else "")
        following = number
        if (number.in_digits or unit) and not (number.value == 1 and unit == "times"):
            found.append(Figure(number.value, unit))
    yield from reversed(found)
    for match in _REPEATED.finditer(text):
        if match["adverb"]:
            value, name = _ADVERBS[match["adverb"].lower()]
            yield Figure(Decimal(value), name)
        else:
            yield Figure(Decimal(1), _unit_at(match["zh"] or match["en"], 0))


def _unit_at(text: str, place: int) -> str:
    match = _UNIT.match(text, place)
    return "" if match is None or match.lastindex is None else _WORDINGS[match.lastindex - 1][1]


def _numbers(text: str) -> Iterator[_Number]:
    for match in _DIGITS.finditer(text):
        yield _Number(Decimal(match[0].replace(",", "")).normalize(), *match.span(), True)
    for match in _HAN_NUMBER.finditer(text):
        yield _Number(_han(match[0]), *match.span(), False)
    for match in _ENGLISH_NUMBER.finditer(text):
        word = match[0].lower()
        value = Decimal("0.5") if word.startswith("half") else Decimal(_ENGLISH[word])
        yield _Number(value, *match.span(), False)


def _han(word: str) -> Decimal:
    """Return what a Chinese numeral says: 十二 is 12, 二十 20, 一百零五 105."""
    if word == "半":
        return Decimal("0.5")
    total, digit = 0, 0
    for character in word:
        scale = {"十": 10, "百": 100, "千": 1000}.get(character)
        if scale is None:
            digit = _HAN_DIGITS[character]
        else:
            total += (digit or 1) * scale
            digit = 0
    return Decimal(total + digit)
