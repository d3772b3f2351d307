"""From a rule file's text to the condition tree: the grammar, and every word checked against the vocabulary."""

from __future__ import annotations

import re
from typing import cast

from oncocds.errors import Issue
from oncocds.language.tree import (
    All,
    Any,
    Compare,
    Condition,
    Constant,
    Count,
    Fired,
    Holds,
    Known,
    Not,
    Operator,
    Quantified,
    Quantifier,
)
from oncocds.reading.marks import Mapping, Mark, Node, Scalar, Sequence
from oncocds.reading.nearest import suggestion
from oncocds.vocabulary.models import Field, Vocabulary

_LEAF = re.compile(r"(?P<fact>\S+) +(?P<operator>is not|not in|is|in|<=|>=|<|>)(?: +(?P<value>.+))?")
_COUNT = re.compile(r"(at least|at most) (\d+) (distinct )?(\S+)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_FULL_WIDTH = {
    "：": ":",
    "，": ",",
    "（": "(",
    "）": ")",
    "＜": "<",
    "＞": ">",
    "≤": "<=",
    "≥": ">=",
    "　": " ",
    "、": ",",
}
_CONNECTIVES = ("all", "any", "not")
_QUANTIFIERS = ("some", "every", "no")
_FORMS = "FACT is VALUE, FACT in A, B, FACT < NUMBER, FACT is known, holds CONCEPT, fired RULE-ID"


class Parser:
    """Reads conditions; wrong ones become issues with file, line and column."""

    def __init__(self, vocabulary: Vocabulary, issues: list[Issue]) -> None:
        self._vocabulary = vocabulary
        self._issues = issues

    def condition(self, node: Node, inside: str | None = None) -> Condition | None:
        """Read a condition; ``inside`` names the list whose items it speaks of, None for the patient."""
        if isinstance(node, Scalar):
            return self._leaf(node, inside)
        if isinstance(node, Mapping) and len(node.entries) == 1:
            key, value = node.entries[0]
            return self._node(key, value, inside)
        return self._refuse(
            node.mark, "a condition is one leaf or a mapping with one key (all, any, not, some LIST, at least N LIST …)"
        )

    def _node(self, key: Scalar, value: Node, inside: str | None) -> Condition | None:
        word, _, rest = key.text.partition(" ")
        if key.text in ("all", "any"):
            if not isinstance(value, Sequence) or not value.items:
                return self._refuse(value.mark, f"'{key.text}' needs a list of conditions")
            parts = tuple(part for item in value if (part := self.condition(item, inside)) is not None)
            return (All if key.text == "all" else Any)(parts, key.mark)
        if key.text == "not":
            part = self.condition(value, inside)
            return None if part is None else Not(part, key.mark)
        count = _COUNT.fullmatch(key.text)
        if (word in _QUANTIFIERS and rest) or count:
            if inside is not None:
                return self._refuse(key.mark, "a quantifier inside a quantifier; make it a derived fact")
            return self._count(key, count, value) if count else self._quantified(key, word, rest, value)
        known = (*_CONNECTIVES, *_QUANTIFIERS, "at least", "at most")
        hint = suggestion(word, known)
        return self._refuse(key.mark, f"unknown word '{key.text}'; known here: {', '.join(known)}{hint}")

    def _quantified(self, key: Scalar, word: str, name: str, value: Node) -> Condition | None:
        if not self._is_list(key, name):
            return None
        where = self.condition(value, name)
        return None if where is None else Quantified(cast(Quantifier, word), name, where, key.mark)

    def _count(self, key: Scalar, match: re.Match[str], value: Node) -> Condition | None:
        bound, number, distinct, name = match.groups()
        name, _, field = name.partition(".")
        if not self._is_list(key, name):
            return None
        if bool(distinct) != bool(field):
            return self._refuse(key.mark, "distinct values need LIST.FIELD, items need LIST alone")
        if field and f"{name}.{field}" not in self._vocabulary.fields:
            return self._unknown_fact(key.mark, field, name)
        where = self.condition(value, name)
        if where is None:
            return None
        return Count(
            "at least" if bound == "at least" else "at most", int(number), name, field or None, where, key.mark
        )

    def _is_list(self, key: Scalar, name: str) -> bool:
        if name in self._vocabulary.lists:
            return True
        known = ", ".join(self._vocabulary.lists)
        self._refuse(key.mark, f"unknown list '{name}'; known here: {known}{suggestion(name, self._vocabulary.lists)}")
        return False

    def _leaf(self, node: Scalar, inside: str | None) -> Condition | None:
        text = node.text.strip()
        for index, character in enumerate(node.text):
            if character in _FULL_WIDTH:
                shown = f"U+{ord(character):04X}" if character == "　" else f"'{character}'"
                place = Mark(node.mark.path, node.mark.line, node.mark.column + index + node.quoted)
                return self._refuse(place, f"full-width {shown} in a condition; write '{_FULL_WIDTH[character]}'")
        for word, make in (("holds ", Holds), ("fired ", Fired)):
            if text.startswith(word):
                if inside is not None:
                    return self._refuse(node.mark, f"'{word.strip()}' inside a quantifier; it speaks of the patient")
                return make(text[len(word) :].strip(), node.mark)
        match = _LEAF.fullmatch(text)
        if match is None or match["value"] is None:
            return self._refuse(node.mark, f"cannot read '{text}' as a condition; known forms: {_FORMS}")
        name = match["fact"]
        field = self._vocabulary.fields.get(f"{inside}.{name}" if inside else name)
        if field is None or (inside is None and name.split(".")[0] in self._vocabulary.lists):
            return self._unknown_fact(node.mark, name, inside)
        return self._compare(node, field, name, cast(Operator, match["operator"]), match["value"].strip())

    def _compare(self, node: Scalar, field: Field, name: str, operator: Operator, value: str) -> Condition | None:
        if operator == "is" and value in ("known", "unknown"):
            return Known(name, value == "known", node.mark)
        if operator in ("in", "not in"):
            if field.type not in ("code", "codes"):
                return self._refuse(node.mark, f"'{operator}' needs a coded fact; '{name}' is a {field.type}")
            group = self._vocabulary.value_sets[field.value_set or ""].groups.get(value)
            if group is not None:
                return Compare(name, operator, group, node.mark)
            members = tuple(self._constant(node, field, name, word.strip()) for word in value.split(","))
            return (
                None if None in members else Compare(name, operator, cast("tuple[Constant, ...]", members), node.mark)
            )
        if operator in ("<", "<=", ">", ">=") and field.type not in ("number", "integer"):
            return self._refuse(node.mark, f"'{operator}' compares numbers; '{name}' is a {field.type}")
        constant = self._constant(node, field, name, value)
        return None if constant is None else Compare(name, operator, constant, node.mark)

    def _constant(self, node: Scalar, field: Field, name: str, word: str) -> Constant | None:
        if field.type == "boolean":
            if word in ("true", "false"):
                return word == "true"
            self._refuse(node.mark, f"'{name}' is true or false, not '{word}'")
            return None
        if field.type in ("number", "integer"):
            if _NUMBER.fullmatch(word):
                return float(word) if "." in word else int(word)
            self._refuse(node.mark, f"'{name}' is a number; '{word}' is none")
            return None
        if field.type in ("code", "codes"):
            values = self._vocabulary.value_sets[field.value_set or ""]
            if word in values.members and not values.members[word].missing:
                return word
            known = [*(code for code, member in values.members.items() if not member.missing), *values.groups]
            self._refuse(
                node.mark, f"'{word}' is no value of '{name}'; known here: {', '.join(known)}{suggestion(word, known)}"
            )
            return None
        self._refuse(node.mark, f"'{name}' is free text; a rule may only ask whether it is known")
        return None

    def _unknown_fact(self, mark: Mark, name: str, inside: str | None) -> Condition | None:
        if inside:
            known = [full.partition(".")[2] for full in self._vocabulary.fields if full.startswith(inside + ".")]
            where = f"fields of {inside}"
        else:
            lists = tuple(f"{name}." for name in self._vocabulary.lists)
            known = [full for full in self._vocabulary.fields if not full.startswith(lists)]
            where = "facts of the patient"
        hint = suggestion(name, known)
        return self._refuse(mark, f"unknown fact '{name}' among the {where}{hint}")

    def _refuse(self, mark: Mark, message: str) -> Condition | None:
        """Note an issue; what cannot be read is None."""
        self._issues.append(Issue(mark.path, mark.line, mark.column, message))
        return None


def parse_condition(node: Node, issues: list[Issue], vocabulary: Vocabulary) -> Condition | None:
    """Read a condition about the patient; None (with at least one issue) where it cannot be read."""
    before = len(issues)
    condition = Parser(vocabulary, issues).condition(node)
    return condition if len(issues) == before else None
