"""The facts of a profile in words, each by its public path: name, value, and what that is in the rules' unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from oncocds.advice.wording import FactWords
from oncocds.profile.history import LVEF, series_label
from oncocds.profile.identity import identified
from oncocds.profile.models import ITEM_LISTS, Profile
from oncocds.profile.quantities import canonical
from oncocds.text import Language, Text
from oncocds.vocabulary.models import Quantity, Vocabulary

_OPEN = Text("可能不全", "may be incomplete")
_NOT_KNOWN = Text("不详", "not known")
_NONE = Text("无", "none")
_NONE_WRITTEN = Text("没有写明", "none is written")
_BETWEEN = {"zh": "，", "en": ", "}
_Fact = tuple[Text, Text]


def in_both(words: FactWords, fact: str, value: Any) -> Text:
    """Return a value of a fact in words of both languages."""
    return Text(words.value(fact, value, "zh"), words.value(fact, value, "en"))


def joined(parts: Sequence[Text]) -> Text:
    """Return parts of one statement put together."""
    return Text("；".join(part.zh for part in parts), "; ".join(part.en for part in parts))


class ToldFacts:
    """Tells the facts of a profile, each by its public path: what it is called and its value, in words."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._words = FactWords(vocabulary)

    def facts(self, profile: Profile) -> Iterator[tuple[str, _Fact]]:
        """Yield what is recorded."""
        plain = identified(profile).model_dump(by_alias=True, exclude_none=True)
        for group, part in plain.items():
            if group == "incomplete":
                for name in part:
                    told = _NOT_KNOWN if "." in name else _OPEN
                    yield f"incomplete.{name}", (self._vocabulary.lists.get(name) or self._label(name), told)
            elif group == "history":
                yield from self._history(part, _NONE_WRITTEN if group in plain.get("incomplete", ()) else _NONE)
            elif group in ITEM_LISTS:
                yield from self._list(group, part, _NONE_WRITTEN if group in plain.get("incomplete", ()) else _NONE)
            elif group == "labs":
                for analyte, result in part.items():
                    label = self._vocabulary.fields[f"labs.{analyte}.value"].label
                    yield f"labs.{analyte}", (label, self._result(analyte, result))
            elif group == "weight":
                yield group, (self._label(group), self._measured(part["value"], part["unit"]))
            elif isinstance(part, dict):
                for name, value in part.items():
                    yield f"{group}.{name}", self._fact(f"{group}.{name}", value)
            else:
                yield group, self._fact(group, part)

    def conversions(self, profile: Profile) -> dict[str, Text]:
        """Return of each measurement in another unit than the rules', by its path, what its numbers are in theirs."""
        found: dict[str, Text] = {}
        plain = profile.model_dump(by_alias=True, exclude_none=True)
        if "weight" in plain:
            found["weight"] = self._converted(plain["weight"], self._vocabulary.quantities["mass"])
        for analyte, result in plain.get("labs", {}).items():
            found[f"labs.{analyte}"] = self._converted(result, self._vocabulary.quantities[analyte])
        for one in identified(profile).history or ():
            if one.of != LVEF:
                result = {"value": one.value, "unit": one.unit}
                found[f"history[{one.id}]"] = self._converted(result, self._vocabulary.quantities[one.of])
        return {path: words for path, words in found.items() if words.zh}

    def _converted(self, result: Mapping[str, Any], quantity: Quantity) -> Text:
        unit = result.get("unit")
        if unit in (None, quantity.unit):
            return joined([])
        names = ("value", "reference_low", "reference_high")
        numbers = [canonical(result[name], unit, quantity) for name in names if name in result]
        return joined([self._measured(number, quantity.unit) for number in numbers])

    def _fact(self, path: str, value: Any) -> _Fact:
        return self._label(path), in_both(self._words, path, value)

    def _label(self, path: str) -> Text:
        return self._vocabulary.fields[path].label

    def _list(self, name: str, items: Sequence[Mapping[str, Any]], none: Text) -> Iterator[tuple[str, _Fact]]:
        of_list = self._vocabulary.lists[name]
        if not items:
            yield name, (of_list, none)
        for item in items:
            of_item = Text(f"{of_list.zh}[{item['id']}]", f"{of_list.en}[{item['id']}]")
            parts = [self._fact(f"{name}.{field}", value) for field, value in item.items() if field != "id"]
            yield f"{name}[{item['id']}]", (of_item, Text(_told(parts, "zh"), _told(parts, "en")))

    def _history(self, results: Sequence[Mapping[str, Any]], none: Text) -> Iterator[tuple[str, _Fact]]:
        of_list = self._vocabulary.lists["history"]
        if not results:
            yield "history", (of_list, none)
        for one in results:
            name, value = series_label(one["of"], self._vocabulary), self._measured(one["value"], one["unit"])
            told = Text(f"{name.zh} {value.zh}（{one['date']}）", f"{name.en} {value.en} ({one['date']})")
            yield f"history[{one['id']}]", (Text(f"{of_list.zh}[{one['id']}]", f"{of_list.en}[{one['id']}]"), told)

    def _result(self, analyte: str, result: Mapping[str, Any]) -> Text:
        unit = result.get("unit", "")
        parts = []
        for name, value in result.items():
            if name == "value":
                parts.append(self._measured(value, unit))
            elif name != "unit":
                label, words = self._fact(f"labs.{analyte}.{name}", value)
                if name.startswith("reference"):
                    words = self._measured(value, unit)
                parts.append(Text(f"{label.zh} {words.zh}", f"{label.en} {words.en}"))
        if parts:
            return joined(parts)
        return self._vocabulary.unit_words(unit) if unit else Text("—", "—")

    def _measured(self, value: float, unit: str) -> Text:
        called = self._vocabulary.unit_words(unit)
        return Text(f"{_number(value)} {called.zh}".strip(), f"{_number(value)} {called.en}".strip())


def _told(parts: Sequence[_Fact], language: Language) -> str:
    told = (f"{label.in_(language)} {value.in_(language)}" for label, value in parts)
    return _BETWEEN[language].join(told) or "—"


def _number(value: float) -> str:
    """Return a number as it is, without an exponent where it needs none."""
    plain = f"{value:.10f}".rstrip("0").rstrip(".")
    return plain if float(plain) == value else repr(value)
