"""A condition as prose, in Chinese and English, for those who review what a rule says without reading its tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from oncocds.language.tree import All, Any, Compare, Condition, Constant, Count, Fired, Holds, Known, Not, Quantified
from oncocds.text import Language, Text
from oncocds.vocabulary.models import Field, Vocabulary

_WORDS: dict[str, Text] = {
    "all": Text("以下全部成立：", "all of:"),
    "any": Text("以下任一成立：", "any of:"),
    "not": Text("以下不成立：", "not:"),
    "some": Text("至少有一个{list}符合：", "at least one {list} with:"),
    "every": Text("每个{list}都符合：", "every {list} with:"),
    "no": Text("没有{list}符合：", "no {list} with:"),
    "at least": Text("至少有{number}个{list}符合：", "at least {number} of the {lists} with:"),
    "at most": Text("至多有{number}个{list}符合：", "at most {number} of the {lists} with:"),
    "at least distinct": Text(
        "符合以下条件的{list}，不同的{field}至少有{number}种：",
        "at least {number} different values of “{field}” among the {lists} with:",
    ),
    "at most distinct": Text(
        "符合以下条件的{list}，不同的{field}至多有{number}种：",
        "at most {number} different values of “{field}” among the {lists} with:",
    ),
    "holds": Text("概念成立：{name}", "concept holds: {name}"),
    "fired": Text("规则已触发：{name}", "rule fired: {name}"),
    "known": Text("{fact}已记录", "{fact} is known"),
    "unknown": Text("{fact}未知", "{fact} is unknown"),
    "is": Text("{fact}：{value}", "{fact}: {value}"),
    "is not": Text("{fact}：不是{value}", "{fact}: not {value}"),
    "in": Text("{fact}：{value}之一", "{fact}: one of {value}"),
    "not in": Text("{fact}：不是{value}中任何一个", "{fact}: none of {value}"),
    "and": Text("，且", ", and "),
    "or": Text("，或", ", or "),
    "not inline": Text("并非（{part}）", "not ({part})"),
    "grouped": Text("（{part}）", "({part})"),
    "true": Text("是", "yes"),
    "false": Text("否", "no"),
}
_ALONE = {"in": "is", "not in": "is not"}  # to be among one value is to be that value


def prose(condition: Condition, vocabulary: Vocabulary, language: Language, name: Callable[[str], str]) -> str:
    """Return a condition as indented lines of prose; ``name`` says what a concept or rule id is called."""
    return "\n".join(_Prose(vocabulary, language, name).lines(condition, None, 0))


def sentence(
    condition: Condition,
    vocabulary: Vocabulary,
    language: Language,
    name: Callable[[str], str],
    inside: str | None = None,
) -> str:
    """Return one node of a tree as a sentence: what its parts say is left to them, what a quantifier says is not.

    ``inside`` names the list whose items the condition speaks of.
    """
    return _Prose(vocabulary, language, name).sentence(condition, inside)


class _Prose:
    def __init__(self, vocabulary: Vocabulary, language: Language, name: Callable[[str], str]) -> None:
        self._vocabulary = vocabulary
        self._language: Language = language
        self._name = name

    def lines(self, condition: Condition, inside: str | None, depth: int) -> Iterator[str]:
        """Yield the lines of a condition; ``inside`` names the list whose items it speaks of."""
        if isinstance(condition, All | Any):
            yield self._line(depth, self._say("all" if isinstance(condition, All) else "any"))
            for part in condition.parts:
                yield from self.lines(part, inside, depth + 1)
        elif isinstance(condition, Not):
            yield self._line(depth, self._say("not"))
            yield from self.lines(condition.part, inside, depth + 1)
        elif isinstance(condition, Quantified | Count):
            yield self._line(depth, self._quantified(condition))
            yield from self.lines(condition.where, condition.list, depth + 1)
        else:
            yield self._line(depth, self._leaf(condition, inside))

    def sentence(self, condition: Condition, inside: str | None) -> str:
        """Return the sentence of one node."""
        if isinstance(condition, All | Any):
            return self._say("all" if isinstance(condition, All) else "any")
        if isinstance(condition, Not):
            return self._say("not")
        return self._inline(condition, inside)

    def _inline(self, condition: Condition, inside: str | None) -> str:
        if isinstance(condition, All | Any):
            parts = [
                self._say("grouped", part=self._inline(part, inside))
                if isinstance(part, All | Any) and len(part.parts) > 1
                else self._inline(part, inside)
                for part in condition.parts
            ]
            return self._say("and" if isinstance(condition, All) else "or").join(parts)
        if isinstance(condition, Not):
            return self._say("not inline", part=self._inline(condition.part, inside))
        if isinstance(condition, Quantified | Count):
            between = "" if self._language == "zh" else " "
            return f"{self._quantified(condition)}{between}{self._inline(condition.where, condition.list)}"
        return self._leaf(condition, inside)

    def _line(self, depth: int, text: str) -> str:
        return "  " * depth + "- " + text

    def _say(self, word: str, **slots: str) -> str:
        return _WORDS[word].in_(self._language).format(**slots)

    def _quantified(self, condition: Quantified | Count) -> str:
        name = self._vocabulary.lists[condition.list].in_(self._language)
        if isinstance(condition, Quantified):
            return self._say(condition.quantifier, list=name)
        number = str(condition.number)
        if condition.distinct is None:
            return self._say(condition.bound, list=name, lists=_plural(name), number=number)
        field = self._vocabulary.fields[f"{condition.list}.{condition.distinct}"].label.in_(self._language)
        return self._say(f"{condition.bound} distinct", list=name, lists=_plural(name), number=number, field=field)

    def _leaf(self, condition: Compare | Known | Holds | Fired, inside: str | None) -> str:
        if isinstance(condition, Holds):
            return self._say("holds", name=self._name(condition.concept))
        if isinstance(condition, Fired):
            return self._say("fired", name=self._name(condition.rule))
        field = self._vocabulary.fields[f"{inside}.{condition.fact}" if inside else condition.fact]
        fact = field.label.in_(self._language)
        if isinstance(condition, Known):
            return self._say("known" if condition.known else "unknown", fact=fact)
        values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
        joiner = "、" if self._language == "zh" else ", "
        value = joiner.join(self._value(field, one) for one in values)
        if condition.operator in ("<", "<=", ">", ">="):
            unit = f" {self._vocabulary.unit_label(field.unit, self._language)}" if field.unit else ""
            return f"{fact} {condition.operator} {value}{unit}"
        alone = _ALONE if len(values) == 1 else {}
        return self._say(alone.get(condition.operator, condition.operator), fact=fact, value=value)

    def _value(self, field: Field, value: Constant) -> str:
        if isinstance(value, bool):
            return self._say("true" if value else "false")
        if field.value_set is not None:
            return self._vocabulary.value_sets[field.value_set].members[str(value)].label.in_(self._language)
        return str(value)


def _plural(name: str) -> str:
    """Return the English plural of a list's label; Chinese wordings do not use it."""
    return name[:-1] + "ies" if name.endswith("y") else name + "s"
