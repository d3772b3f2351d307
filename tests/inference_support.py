"""Patients made of plain mappings, and generated knowledge, for the tests of the inference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from hypothesis import strategies as st

import language_support
from oncocds.language.tree import All, Any, Compare, Condition, Count, Fired, Holds, Known, Not, Quantified
from oncocds.profile.finding import Finding, Value

CODES = ("a", "b", "c")


@dataclass(frozen=True)
class FakeItem:
    """One item of a list."""

    id: str
    values: Mapping[str, Value | None]

    @property
    def path(self) -> str:
        return f"list[{self.id}]"

    def finding(self, field: str) -> Finding:
        return _finding(f"{self.path}.", field, self.values.get(field))


class FakeFacts(language_support.FakeFacts):
    """A patient whose findings rest on inputs of other names."""

    def finding(self, fact: str) -> Finding:
        return _finding("", fact, self.values.get(fact))


_READ_THROUGH = {"other_flag": ("flag", "number"), "other_code": ("code", "other_code"), "codes": ()}


def _finding(prefix: str, name: str, value: Value | None) -> Finding:
    """Return a finding that names itself, several inputs like a derived fact, or none at all."""
    inputs = tuple(prefix + read for read in _READ_THROUGH.get(name, (name,)))
    return Finding(None, missing=inputs) if value is None else Finding(value, used=inputs)


def facts(**values: Value | None) -> FakeFacts:
    """Return a patient without lists."""
    return FakeFacts(values)


@dataclass(frozen=True)
class Knowledge:
    """Rules, concepts and further conditions; what ``truth`` looks names up in."""

    rules: Mapping[str, Condition]
    concepts: Mapping[str, Condition]
    others: Mapping[str, Condition] = field(default_factory=dict)

    def concept_condition(self, concept: str) -> Condition:
        return self.concepts[concept]

    def rule_condition(self, rule: str) -> Condition:
        return self.rules[rule]


# Facts by the type of their values: booleans, one code, several codes, numbers.
_SHAPES: Mapping[str, st.SearchStrategy[Value]] = {
    "flag": st.booleans(),
    "other_flag": st.booleans(),
    "code": st.sampled_from(CODES),
    "other_code": st.sampled_from(CODES),
    "codes": st.lists(st.sampled_from(CODES), unique=True, max_size=3).map(tuple),
    "number": st.sampled_from([0, 1, 30, 59.99999999999999, 60, 60.0, 1e-7, 1e17, -2.5]),
}
LISTS = ("things", "stuff")


def _leaves() -> st.SearchStrategy[Condition]:
    boolean = st.builds(
        Compare, st.sampled_from(["flag", "other_flag"]), st.sampled_from(["is", "is not"]), st.booleans()
    )
    coded = st.sampled_from(["code", "other_code", "codes"])
    single = st.builds(Compare, coded, st.sampled_from(["is", "is not"]), st.sampled_from(CODES))
    several = st.lists(st.sampled_from(CODES), min_size=1, max_size=3, unique=True).map(tuple)
    among = st.builds(Compare, coded, st.sampled_from(["in", "not in"]), several)
    number = st.builds(
        Compare, st.just("number"), st.sampled_from(["<", "<=", ">", ">="]), st.sampled_from([0, 1, 59.5, 60, 1e-7])
    )
    known = st.builds(Known, st.sampled_from(sorted(_SHAPES)), st.booleans())
    return st.one_of(boolean, single, among, number, known)


def _trees(leaves: st.SearchStrategy[Condition], size: int) -> st.SearchStrategy[Condition]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(All, st.lists(inner, min_size=0, max_size=4).map(tuple)),
            st.builds(Any, st.lists(inner, min_size=0, max_size=4).map(tuple)),
            st.builds(Not, inner),
        ),
        max_leaves=size,
    )


@cache  # building a strategy costs more than drawing from it
def conditions(
    concepts: tuple[str, ...] = (), rules: tuple[str, ...] = (), size: int = 10
) -> st.SearchStrategy[Condition]:
    """Return conditions of all kinds that may refer to the given concepts and rules."""
    where = _trees(_leaves(), 4)
    lists = st.sampled_from(LISTS)
    choices: list[st.SearchStrategy[Condition]] = [
        _leaves(),
        st.builds(Quantified, st.sampled_from(["some", "every", "no"]), lists, where),
        st.builds(
            Count,
            st.sampled_from(["at least", "at most"]),
            st.integers(0, 3),
            lists,
            st.sampled_from([None, None, "code", "codes"]),
            where,
        ),
    ]
    if concepts:
        choices.append(st.builds(Holds, st.sampled_from(concepts)))
    if rules:
        choices.append(st.builds(Fired, st.sampled_from(rules)))
    return _trees(st.one_of(choices), size)


@st.composite
def knowledge(draw: st.DrawFn) -> Knowledge:
    """Draw concepts and rules that refer to each other across several strata, and conditions on top of them."""
    concepts: dict[str, Condition] = {}
    rules: dict[str, Condition] = {}
    for number in range(draw(st.integers(1, 6))):
        condition = draw(conditions(tuple(concepts), tuple(rules)))
        if number and draw(st.booleans()):  # one stratum higher, reading truth or falsity of the newest
            newest: Condition = (
                Fired(f"RULE-{number - 1}") if f"RULE-{number - 1}" in rules else Holds(f"concept-{number - 1}")
            )
            read = draw(st.sampled_from([newest, Not(newest)]))
            condition = draw(st.sampled_from([All((read, condition)), Any((condition, read))]))
        if draw(st.booleans()):
            concepts[f"concept-{number}"] = condition
        else:
            rules[f"RULE-{number}"] = condition
    others = draw(st.lists(conditions(tuple(concepts), tuple(rules)), max_size=2))
    return Knowledge(rules, concepts, {f"other {number}": one for number, one in enumerate(others)})


def _values(draw: st.DrawFn) -> dict[str, Value | None]:
    return {name: draw(st.one_of(st.none(), shape)) for name, shape in _SHAPES.items()}


@st.composite
def patients(draw: st.DrawFn) -> FakeFacts:
    """Draw a patient with missing values, missing and incomplete lists and missing fields of items."""
    lists: dict[str, tuple[FakeItem, ...] | None] = {}
    for name in LISTS:
        if draw(st.integers(0, 4)):
            lists[name] = tuple(FakeItem(str(number), _values(draw)) for number in range(draw(st.integers(0, 3))))
    open_lists = frozenset(name for name in LISTS if draw(st.integers(0, 2)) == 0)
    return FakeFacts(_values(draw), lists, open_lists=open_lists)
