"""From a rule file's text to the condition tree: the grammar, and every word checked against the vocabulary."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import cast

from oncocds.errors import Issue
from oncocds.language.signs import foreign_sign
from oncocds.language.slips import meant_by, meant_by_key
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
from oncocds.reading.nearest import nearest, suggestion
from oncocds.reading.traps import shown
from oncocds.vocabulary.models import Field, ValueSet, Vocabulary

_LEAF = re.compile(r"(?P<fact>\S+) +(?P<operator>is not|not in|is|in|<=|>=|<|>)(?: +(?P<value>\S.*))?")
_COUNT = re.compile(r"(at least|at most) ([0-9]{1,4}) (distinct )?(\S+)")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_MOST_DIGITS = 300  # more is no number anybody meant (and from 4300 on Python refuses to read it)
_ORDERINGS = ("<", "<=", ">", ">=")
_QUANTIFIERS = ("some", "every", "no")
_KNOWN_WORDS = "all, any, not, some LIST, every LIST, no LIST, at least N LIST, at most N [distinct] LIST[.FIELD]"
_FORMS = "FACT is VALUE, FACT in A, B, FACT < NUMBER, FACT is known, holds CONCEPT, fired RULE-ID"


class Parser:
    """Reads conditions; wrong ones become issues with file, line and column."""

    def __init__(self, vocabulary: Vocabulary, issues: list[Issue]) -> None:
        self._vocabulary = vocabulary
        self._issues = issues

    def condition(self, node: Node, inside: str | None = None) -> Condition | None:
        """Read a condition; ``inside`` names the list whose items it speaks of, None for the patient."""
        if isinstance(node, Scalar):
            return None if self._has_foreign_sign(node) else self._leaf(_Words(node), inside)
        if isinstance(node, Mapping) and len(node.entries) == 1:
            key, value = node.entries[0]
            return None if self._has_foreign_sign(key) else self._node(key, value, inside)
        if isinstance(node, Mapping) and node.entries:
            words = " and ".join(f"'{shown(key.text)}'" for key, _ in node.entries[:2])
            return self._refuse(
                node.entries[1][0].mark, f"{words} in one condition; one key each, in a list of all: or any:"
            )
        what = "a list" if isinstance(node, Sequence) else "an empty mapping"
        return self._refuse(
            node.mark, f"{what} where a condition stands; expected one leaf or a mapping with one key: {_KNOWN_WORDS}"
        )

    def _has_foreign_sign(self, node: Scalar) -> bool:
        found = foreign_sign(node.text)
        if found is None:
            return False
        index, sign, meant = found
        words = _Words(node)
        self._refuse(words.mark(index - words.skipped), f"{sign} in a condition; write {meant}")
        return True

    def _node(self, key: Scalar, value: Node, inside: str | None) -> Condition | None:
        word, _, rest = key.text.partition(" ")
        if key.text in ("all", "any"):
            if not isinstance(value, Sequence) or not value.items:
                return self._refuse(value.mark, f"'{key.text}' needs a list of conditions")
            parts = [self.condition(item, inside) for item in value]
            if None in parts:
                return None
            return (All if key.text == "all" else Any)(tuple(part for part in parts if part is not None), key.mark)
        if key.text == "not":
            part = self.condition(value, inside)
            return None if part is None else Not(part, key.mark)
        count = _COUNT.fullmatch(key.text)
        if (word in _QUANTIFIERS and rest) or count:
            if inside is not None:
                return self._refuse(key.mark, "a quantifier inside a quantifier; make it a derived fact")
            return self._count(key, count, value) if count else self._quantified(key, word, rest, value)
        said = value.text if isinstance(value, Scalar) else ""
        is_fact = (f"{inside}.{key.text}" if inside else key.text) in self._vocabulary.fields
        hint = meant_by_key(key.text, said, self._vocabulary.lists, is_fact=is_fact)
        hint = hint or suggestion(word, ("all", "any", "not", *_QUANTIFIERS, "at least", "at most"))
        return self._refuse(key.mark, f"unknown word '{shown(key.text)}'; known here: {_KNOWN_WORDS}{hint}")

    def _quantified(self, key: Scalar, word: str, name: str, value: Node) -> Condition | None:
        if not self._is_list(_Words(key), name):
            return None
        where = self.condition(value, name)
        return None if where is None else Quantified(cast(Quantifier, word), name, where, key.mark)

    def _count(self, key: Scalar, match: re.Match[str], value: Node) -> Condition | None:
        bound, number, distinct, what = match.groups()
        words, place = _Words(key), _Words(key).mark(match.start(4))
        name, _, field_name = what.partition(".")
        if not self._is_list(words, name):
            return None
        if bound == "at least" and int(number) == 0:
            return self._refuse(words.mark(match.start(2)), "'at least 0' is always true; expected 1 or more")
        if bool(distinct) != bool(field_name):
            return self._refuse(place, "distinct values need LIST.FIELD, items need LIST alone")
        if field_name:
            field = self._vocabulary.fields.get(f"{name}.{field_name}")
            if field is None:
                return self._unknown_fact(place, field_name, name)
            if field.type in ("codes", "texts"):
                return self._refuse(
                    place, f"'{field_name}' may hold several values at once; distinct values need a field of one"
                )
        where = self.condition(value, name)
        if where is None:
            return None
        return Count(
            "at least" if bound == "at least" else "at most", int(number), name, field_name or None, where, key.mark
        )

    def _is_list(self, words: _Words, name: str) -> bool:
        if name in self._vocabulary.lists:
            return True
        known = ", ".join(self._vocabulary.lists)
        hint = suggestion(name, self._vocabulary.lists)
        self._refuse(words.mark_of(name), f"unknown list '{shown(name)}'; known here: {known}{hint}")
        return False

    def _leaf(self, words: _Words, inside: str | None) -> Condition | None:
        text = words.text
        for word, make in (("holds ", Holds), ("fired ", Fired)):
            if text.startswith(word):
                if inside is not None:
                    return self._refuse(
                        words.start, f"'{word.strip()}' inside a quantifier; it speaks of the patient, put it outside"
                    )
                return make(text[len(word) :].strip(), words.mark(text.rindex(text[len(word) :].strip())))
        match = _LEAF.fullmatch(text)
        if match is None or match["value"] is None:
            known = f"known forms: {_FORMS}{meant_by(text)}"
            return self._refuse(words.start, f"cannot read '{shown(text)}' as a condition; {known}")
        name = match["fact"]
        field = self._vocabulary.fields.get(f"{inside}.{name}" if inside else name)
        if field is None or (inside is None and name.split(".")[0] in self._vocabulary.lists):
            return self._unknown_fact(words.start, name, inside)
        return self._compare(words, field, match)

    def _compare(self, words: _Words, field: Field, match: re.Match[str]) -> Condition | None:
        name, operator, value = match["fact"], cast(Operator, match["operator"]), match["value"]
        at_operator, at_value = words.mark(match.start("operator")), words.mark(match.start("value"))
        if operator in ("is", "is not") and value in ("known", "unknown"):
            if operator == "is":
                return Known(name, value == "known", words.start)
            other = "unknown" if value == "known" else "known"
            return self._refuse(at_operator, f"'is not {value}'; write '{name} is {other}'")
        coded = field.type in ("code", "codes")
        numeric = field.type in ("number", "integer")
        if operator in ("in", "not in"):
            if not coded:
                return self._refuse(at_operator, f"'{operator}' needs a coded fact; '{name}' is a {field.type}")
            members = self._members(words, field, match)
            return None if members is None else Compare(name, operator, members, words.start)
        if operator in _ORDERINGS and not numeric:
            return self._refuse(at_operator, f"'{operator}' compares numbers; '{name}' is a {field.type}")
        if operator not in _ORDERINGS and numeric:
            return self._refuse(at_operator, f"'{operator}' on a number; '{name}' is compared with < <= > >=")
        constant = self._code(at_value, field, name, value) if coded else self._plain(at_value, field, name, value)
        return None if constant is None else Compare(name, operator, constant, words.start)

    def _members(self, words: _Words, field: Field, match: re.Match[str]) -> tuple[Constant, ...] | None:
        value = match["value"]
        group = self._vocabulary.value_sets[field.value_set or ""].groups.get(value)
        if group is not None:
            return group
        members: list[Constant | None] = []
        for start, word in _listed(value, match.start("value")):
            place = words.mark(start)
            if word in members:
                self._refuse(place, f"'{word}' stands twice; once is enough")
                return None
            members.append(self._code(place, field, match["fact"], word, listed=True))
        return None if None in members else tuple(member for member in members if member is not None)

    def _plain(self, place: Mark, field: Field, name: str, word: str) -> Constant | None:
        if field.type == "boolean":
            if word in ("true", "false"):
                return word == "true"
            self._refuse(place, f"'{name}' is true or false, not '{shown(word)}'{meant_by(word)}")
        elif field.type in ("number", "integer"):
            if _NUMBER.fullmatch(word) and len(word) <= _MOST_DIGITS and math.isfinite(float(word)):
                return float(word) if "." in word else int(word)
            self._refuse(place, f"'{name}' is a number; '{shown(word)}' is none, expected digits such as 60 or 2.5")
        else:
            kind = "a date" if field.type == "date" else "free text"
            self._refuse(place, f"'{name}' is {kind}; a rule may only ask whether it is known")
        return None

    def _code(self, place: Mark, field: Field, name: str, word: str, *, listed: bool = False) -> Constant | None:
        values = self._vocabulary.value_sets[field.value_set or ""]
        member = values.members.get(word)
        if member is not None and not member.missing:
            return word
        if member is not None:
            self._refuse(place, f"'{word}' means not recorded; write '{name} is unknown'")
        elif word in values.groups:
            alone = " alone" if listed else ""
            self._refuse(place, f"'{word}' is a group of values; write '{name} in {word}'{alone}")
        elif "," in word:
            self._refuse(place, f"several values after 'is'; write '{name} in {shown(word)}'")
        else:
            known = [*_codes(values), *values.groups]
            hint = _named(word, values) or suggestion(word, known)
            self._refuse(place, f"'{shown(word)}' is no value of '{name}'; known here: {', '.join(known)}{hint}")
        return None

    def _unknown_fact(self, mark: Mark, name: str, inside: str | None) -> Condition | None:
        fields, lists = self._vocabulary.fields, self._vocabulary.lists
        if inside:
            known = [full.partition(".")[2] for full in fields if full.startswith(inside + ".")]
            where = f"fields of {inside}; known here: {', '.join(known)}"
            if name in fields and name.split(".")[0] not in lists:
                where += "; it is a fact of the patient, put it outside the quantifier"
        else:
            of_lists = tuple(f"{one}." for one in lists)
            known = [full for full in fields if not full.startswith(of_lists)]
            owners = [
                one for one in lists if f"{one}.{name}" in fields or (name in fields and name.startswith(f"{one}."))
            ]
            where = f"facts of the patient; nearest known: {', '.join(nearest(name, known, 5)) or 'none'}"
            if owners:
                quantified = " or ".join(f"'some {one}: {name.removeprefix(one + '.')} …'" for one in owners)
                where += f"; it is a field of items, write {quantified}"
        # The nearest name is no help where it is the very name that was written in the wrong place.
        hint = "" if "; it is" in where else suggestion(name, known)
        return self._refuse(mark, f"unknown fact '{shown(name)}' among the {where}{hint}")

    def _refuse(self, mark: Mark, message: str) -> Condition | None:
        """Note an issue; what cannot be read is None."""
        self._issues.append(mark.issue(message))
        return None


class _Words:
    """The words of a leaf or a key, each with its column; exact for what stands on one line, as leaves do."""

    def __init__(self, node: Scalar) -> None:
        self.text = node.text.strip()
        self._node = node
        self.skipped = len(node.text) - len(node.text.lstrip())
        self.start = self.mark(0)

    def mark(self, index: int) -> Mark:
        """Return the place of a character."""
        mark = self._node.mark
        if "\n" in self._node.text:
            return mark
        return Mark(mark.path, mark.line, mark.column + self._node.quoted + self.skipped + index)

    def mark_of(self, word: str) -> Mark:
        """Return the place of the last occurrence of a word."""
        return self.mark(max(self.text.rfind(word), 0))


def parse_condition(node: Node, issues: list[Issue], vocabulary: Vocabulary) -> Condition | None:
    """Read a condition about the patient; None (with at least one issue) where it cannot be read."""
    before = len(issues)
    condition = Parser(vocabulary, issues).condition(node)
    return condition if len(issues) == before else None


def _listed(value: str, start: int) -> Iterator[tuple[int, str]]:
    """Yield the words of a list with their places."""
    for part in value.split(","):
        yield start + len(part) - len(part.lstrip()), part.strip()
        start += len(part) + 1


def _codes(values: ValueSet) -> Iterator[str]:
    return (code for code, member in values.members.items() if not member.missing)


def _named(word: str, values: ValueSet) -> str:
    """Return the code that somebody wrote the label of, as a hint."""
    for code, member in values.members.items():
        if not member.missing and word in (member.label.zh, member.label.en, *member.synonyms):
            return f"; did you mean '{code}'?"
    return ""
