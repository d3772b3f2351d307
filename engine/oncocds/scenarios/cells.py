"""What one cell of a table says: numbers, units, codes, free text and lists of them, in either language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from oncocds.text import Language
from oncocds.vocabulary.models import Field, Quantity, Vocabulary
from oncocds.vocabulary.printed_names import nearest_drugs, printed_names

_DRUG = "drug"
NONE = {"无", "none"}
UNSET = {"未设定", "unset"}
_NUMBER = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*(.*)")
_SEPARATORS = "、,，;；"
_PART = re.compile(rf'\s*(?:"((?:[^"]|"")*)"|([^{_SEPARATORS}]*?))\s*(?:[{_SEPARATORS}]|$)')
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_DATE = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?")
_MONTHS_IN_FULL = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[ -]([a-z]{3,9})\.?,?[ -](\d{4})")
_MONTH_FIRST = re.compile(r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_APART = 10
_FAR = 10
_SUPERSCRIPTS = {ord(sign): f"*{digit}" for digit, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
_SPELT = {
    "umol/L": "µmol/L",
    "ug/L": "µg/L",
    "10*9/L": "×10⁹/L",
    "10*3/uL": "×10³/µL",
    "/uL": "/µL",
    "mm[Hg]": "mmHg",
    "a": "岁",
    "d": "天",
    "wk": "周",
    "{score}": "分",
}


class Wrong(Exception):  # noqa: N818 - carries a message to the place that knows the cell
    """A cell cannot be read; the message says what would be right."""


def fold(word: str) -> str:
    """Return a word as it is compared: width, case and blanks do not count."""
    return "".join(unicodedata.normalize("NFKC", word).casefold().split())


def unit_shown(unit: str) -> str:
    """Return a UCUM unit as people write it: ``µmol/L``, ``×10⁹/L``, ``mmHg``."""
    return _SPELT.get(unit, unit)


def unit_read(text: str) -> str:
    """Return the UCUM unit for one that people write; anything else comes back as it is."""
    plain = unicodedata.normalize("NFKC", text.translate(_SUPERSCRIPTS)).strip().replace("^", "*")
    plain = re.sub(r"^[×xX*]\s*(?=10\*)", "", plain).replace("μ", "u")
    return "mm[Hg]" if plain == "mmHg" else plain


def date_read(text: str) -> str:
    """Return a date as it is recorded, ``2025-03-01``, for ``2025年3月1日``, ``2025/3/1``, ``1 Mar 2025``.

    Anything else comes back as it is; whether there is such a day is not asked here.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if found := _DATE.fullmatch(plain):
        return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}"
    day, month, year = "", "", ""
    if found := _DAY_FIRST.fullmatch(plain.casefold()):
        day, month, year = found.groups()
    elif found := _MONTH_FIRST.fullmatch(plain.casefold()):
        month, day, year = found.groups()
    numbers = [number for number, name in enumerate(_MONTHS_IN_FULL, 1) if month in (name, name[:3], name[:4])]
    return f"{year}-{numbers[0]:02}-{int(day):02}" if numbers else text


def number_and_unit(text: str) -> tuple[str, str] | None:
    """Return the number and the UCUM unit (empty where there is none) that a cell says, or None."""
    matched = _NUMBER.fullmatch(unicodedata.normalize("NFKC", text.translate(_SUPERSCRIPTS)).strip())
    return (matched[1], unit_read(matched[2])) if matched else None


def parts(text: str) -> list[str]:
    """Return the parts of a cell that lists several; a part in straight quotes may hold separators."""
    found = []
    at = 0
    while at < len(text):
        matched = _PART.match(text, at)
        assert matched is not None  # the pattern matches at every place up to the end
        quoted, plain = matched[1], matched[2]
        if quoted is not None:
            found.append(quoted.replace('""', '"'))
        elif plain:
            found.append(plain)
        at = max(matched.end(), at + 1)
    return found


@dataclass(frozen=True, slots=True)
class CellReader:
    """Reads cells with the words of one vocabulary; ``Wrong`` says in ``language`` what would be right."""

    vocabulary: Vocabulary
    language: Language = "zh"

    def value(self, fact: Field, text: str) -> Any:
        """Return the value that a cell gives a field. Raises ``Wrong``."""
        text = text.strip()
        match fact.type:
            case "boolean":
                if (said := self.yes_or_no(text)) is not None:
                    return said
                raise self.refusal(fact, text, self.say("是、否", "yes, no"))
            case "date":
                return date_read(text)
            case "number" | "integer":
                return self._number(fact, text)
            case "code":
                return self._code(fact, text)
            case "codes":
                return self._codes(fact, text)
            case "texts":
                return [] if fold(text) in NONE else parts(text)
        quoted = _QUOTED.fullmatch(text)
        return quoted[1].replace('""', '"') if quoted else text

    def yes_or_no(self, text: str) -> bool | None:
        """Return what a cell says as yes or no, None where it says neither."""
        return next((said for said, kind in ((True, "yes"), (False, "no")) if self.is_word(kind, text)), None)

    def is_word(self, kind: str, text: str) -> bool:
        """Tell whether a cell is one of the notes' words of a kind."""
        return fold(text) in map(fold, self.vocabulary.notes.words.get(kind, ()))

    def unit(self, written: str, accepted: Iterable[str]) -> str | None:
        """Return which accepted unit is meant: as UCUM or people write it, the case aside where that is clear."""
        accepted = list(accepted)
        if written in accepted:
            return written
        aliases = self.vocabulary.notes.units
        spelt = [one for one in accepted if fold(written) in map(fold, (unit_shown(one), *aliases.get(one, ())))]
        found = spelt or [one for one in accepted if one.casefold() == written.casefold()]
        return found[0] if len(found) == 1 else None

    def measurement(self, fact: Field, quantity: Quantity, text: str) -> tuple[dict[str, Any], bool]:
        """Return value and unit of a measurement, and whether the unit is concluded.

        Raises ``Wrong`` for a unit that is not accepted, and for none where more than one could be meant.
        """
        found = number_and_unit(text)
        unit = self.unit(found[1], quantity.factors) if found else None
        concluded = found is not None and not found[1]
        if found and concluded:
            unit = _only_unit(quantity, float(found[0]))
        if found is None or unit is None:
            units = self.listed(unit_shown(unit) for unit in quantity.factors)
            expected = self.say(f"数字加单位，单位为：{units}", f"a number with its unit, one of: {units}")
            raise self.refusal(fact, text, expected)
        return {"value": float(found[0]), "unit": unit}, concluded

    def limit(self, fact: Field, quantity: Quantity, unit: str | None, text: str) -> dict[str, Any]:
        """Return a laboratory's limit, and its unit where it has one and the result has none.

        ``unit`` is that of the result: another one is refused, not converted. Raises ``Wrong``.
        """
        found = number_and_unit(text)
        accepted = [unit] if unit else list(quantity.factors)
        written = self.unit(found[1], accepted) if found and found[1] else ""
        if found is None or written is None:
            units = self.listed(unit_shown(each) for each in accepted)
            raise self.refusal(fact, text, self.say("数字", "a number") + f" ({units})")
        limit = {fact.name.rsplit(".", 1)[1]: float(found[0])}
        return {**limit, "unit": written} if written and unit is None else limit

    def refusal(self, fact: Field, text: str, expected: str) -> Wrong:
        """Return the exception for a cell that a field cannot have."""
        label = fact.label.in_(self.language)
        if not text:
            return Wrong(
                self.say(f"“{label}”没有写值；可用：{expected}", f"'{label}' has no value; allowed: {expected}")
            )
        return Wrong(
            self.say(f"“{label}”不能是“{text}”；可用：{expected}", f"'{label}' cannot be '{text}'; allowed: {expected}")
        )

    def say(self, zh: str, en: str) -> str:
        """Return the words in the reader's language."""
        return zh if self.language == "zh" else en

    def listed(self, words: Iterable[str]) -> str:
        """Return words as one list in the reader's language."""
        return ("、" if self.language == "zh" else ", ").join(words)

    def _number(self, fact: Field, text: str) -> float | int:
        unit = fact.unit or ""
        found = number_and_unit(text)
        expected = self.say("数字", "a number")
        expected += f" ({self.vocabulary.unit_label(unit, self.language)})" if unit else ""
        if found is None or (found[1] not in ("", unit_read(unit_shown(unit))) and self.unit(found[1], [unit]) is None):
            raise self.refusal(fact, text, expected)
        number = float(found[0])
        if fact.type == "integer" and not number.is_integer():
            raise self.refusal(fact, text, self.say("整数", "a whole number"))
        return int(number) if number.is_integer() else number

    def _codes(self, fact: Field, text: str) -> list[str]:
        if fold(text) in NONE or fold(text) in map(fold, self.vocabulary.notes.words.get("no", ())):
            return []
        found = [self._code(fact, part) for part in re.split(f"[{_SEPARATORS}]", text) if part.strip()]
        if not found:  # an empty cell is not the same as "none"
            raise self.refusal(fact, text, self._allowed(fact))
        return found

    def _code(self, fact: Field, text: str) -> str:
        word = fold(text)
        if fact.value_set == _DRUG and (drug := printed_names(self.vocabulary).drug(text)) is not None:
            return drug
        for code, names in self.values(fact).items():
            if word in {fold(name) for name in (code, *names)}:
                return code
        if (region := self._level(fact, word)) is not None:
            return region
        if fact.value_set == _DRUG:
            raise self._drug_refusal(fact, text)
        raise self.refusal(fact, text, self._allowed(fact))

    def _allowed(self, fact: Field) -> str:
        at = 0 if self.language == "zh" else 1
        none = self.say("；没有则写“无”", "; or 'none'") if fact.type == "codes" else ""
        return self.listed(names[at] for names in self.values(fact).values()) + none

    def _drug_refusal(self, fact: Field, text: str) -> Wrong:
        """Return the exception for a text that names no drug: hundreds are allowed, those that come near are told."""
        drugs = self.vocabulary.drugs
        near = self.listed(drugs[code].label.in_(self.language) for code in nearest_drugs(text, self.vocabulary))
        other = drugs["other"].label.in_(self.language)
        told = self.say(f"；最接近：{near}", f"; nearest: {near}") if near else ""
        expected = self.say(
            f"词表中的一种药物{told}；不在词表中的写“{other}”，并写名称",
            f"one drug of the vocabulary{told}; for one that is not there '{other}', with its name",
        )
        return self.refusal(fact, text, expected)

    def _level(self, fact: Field, word: str) -> str | None:
        """Return the region of a vertebra written by its number: ``T8``, ``胸8椎体``, ``第4腰椎``."""
        for code, level in self.vocabulary.notes.levels.get(fact.name, {}).items():
            letters = "|".join(re.escape(fold(one)) for one in level.letters)
            pattern = rf"(?:(?:{letters})\d+(?:[-~、,/](?:{letters})?\d+)*|第\d+(?:{letters}))(?:椎体?)?"
            numbers = re.findall(r"\d+", word) if re.fullmatch(pattern, word) else []
            if numbers and all(1 <= int(number) <= level.last for number in numbers):
                return code
        return None

    def values(self, fact: Field) -> Mapping[str, Sequence[str]]:
        """Return the names of each value that a coded field can have, the labels first."""
        members: Mapping[str, Any]
        if fact.value_set == _DRUG:
            members = self.vocabulary.drugs
        else:
            members = self.vocabulary.value_sets[fact.value_set or ""].members
        return {code: (member.label.zh, member.label.en, *member.synonyms) for code, member in members.items()}


def _only_unit(quantity: Quantity, number: float) -> str | None:
    """Return the unit of a bare number, None where it has to be written.

    It is concluded where the accepted units cannot be mixed up, being the same or tenfold apart at least, and one of
    them alone makes a value of the number that a patient can have: plausible, within tenfold of the limits of adults.
    """
    factors = sorted(set(quantity.factors.values()))
    if any(more < _APART * less for less, more in pairwise(factors)):
        return None
    low, high = quantity.plausible
    lower, upper = quantity.lower_limits, quantity.upper_limits
    if lower and upper:
        low, high = max(low, lower[0] / _FAR), min(high, upper[1] * _FAR)
    units = {unit: number * factor for unit, factor in quantity.factors.items() if low <= number * factor <= high}
    return next(iter(units)) if len(set(units.values())) == 1 else None
