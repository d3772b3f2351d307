"""What a ground rests on because a list holds no such item, in words: no calcium supplement recorded."""

from __future__ import annotations

from collections.abc import Iterator

from oncocds.advice.part import Bilingual
from oncocds.language.tree import All, Any, Compare, Condition, Known, Quantified
from oncocds.text import Language, Text
from oncocds.vocabulary.models import Vocabulary

_LANGUAGES: tuple[Language, ...] = ("zh", "en")
_WHAT = ("class", "drug")  # what an item is, before how it is
_NONE = Text("无{what}{how}记录", "no {what}{how} recorded")
_HOW = Text("（{how}）", " ({how})")
_AND, _OR = Text("、", ", "), Text("或", " or ")


class Absences:
    """Says that a list holds no such item; shared by threads, each wording is made once."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._made: dict[Quantified, Bilingual | None] = {}

    def said(self, absent: Quantified) -> Bilingual | None:
        """Return that no item of a list is such: “无钙补充剂（进行中）记录”; None where it takes more than names."""
        if absent not in self._made:
            told = [self._said(absent, language) for language in _LANGUAGES]
            zh, en = told
            self._made[absent] = None if zh is None or en is None else Bilingual.of(zh=zh, en=en)
        return self._made[absent]

    def _said(self, absent: Quantified, language: Language) -> str | None:
        parts = absent.where.parts if isinstance(absent.where, All) else (absent.where,)
        what: list[str] = []
        how: list[str] = []
        for part in parts:
            if isinstance(part, Known):  # what is known of an item is no property of it
                continue
            named = self._named(part, absent.list, language)
            if named is None:
                return None
            (what if all(one.fact in _WHAT for one in _compared(part)) else how).append(named)
        between = _AND.in_(language)
        told = between.join(dict.fromkeys(what)) or self._vocabulary.lists[absent.list].in_(language)
        qualified = _HOW.in_(language).format(how=between.join(dict.fromkeys(how))) if how else ""
        return _NONE.in_(language).format(what=told, how=qualified)

    def _named(self, condition: Condition, of_list: str, language: Language) -> str | None:
        """Return what an item is, or how, by its values; None where that takes more than names."""
        if isinstance(condition, Any):
            named = [self._named(part, of_list, language) for part in condition.parts]
            return None if None in named else _OR.in_(language).join(one for one in named if one is not None)
        if not isinstance(condition, Compare) or condition.operator not in ("is", "in"):
            return None
        field = self._vocabulary.fields.get(f"{of_list}.{condition.fact}")
        if field is None:
            return None
        if condition.value is True:
            return field.label.in_(language)
        if field.value_set is None:
            return None
        values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
        members = self._vocabulary.value_sets[field.value_set].members
        named = [members[str(one)].label.in_(language) if str(one) in members else None for one in values]
        return None if None in named else _OR.in_(language).join(one for one in named if one is not None)


def _compared(condition: Condition) -> Iterator[Compare]:
    if isinstance(condition, Compare):
        yield condition
    elif isinstance(condition, Any):
        for part in condition.parts:
            yield from _compared(part)
