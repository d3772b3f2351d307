"""A small vocabulary, patients made of plain mappings, and generated conditions, for the tests of the rule language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from oncocds.language.tree import All, Compare, Condition, Count, Fired, Holds, Known, Not, Quantified
from oncocds.language.tree import Any as Either
from oncocds.profile.finding import Finding, Item, Value
from oncocds.text import Text
from oncocds.vocabulary.models import Field, Member, ValueSet, Vocabulary


def _field(name: str, kind: Any, label: Text, value_set: str | None = None) -> Field:
    return Field(name=name, type=kind, label=label, world="input", value_set=value_set)


def _values(name: str, groups: Mapping[str, tuple[str, ...]], **labels: Text) -> ValueSet:
    members = {code: Member(code, label, missing=code == "unknown") for code, label in labels.items()}
    return ValueSet(name, members, groups)


VOCABULARY = Vocabulary(
    fields={
        field.name: field
        for field in (
            _field("fever", "boolean", Text("发热", "fever")),
            _field("diagnosis.tempo", "code", Text("发展速度", "tempo"), "tempo"),
            _field("diagnosis.stage", "text", Text("分期", "stage group")),
            _field("surgeries", "codes", Text("手术史", "surgeries"), "colour"),
            _field("age", "number", Text("年龄", "age")),
            _field("lesions.status", "code", Text("状态", "lesion status"), "colour"),
            _field("lesions.imaging", "codes", Text("影像", "imaging"), "colour"),
            _field("lesions.painful", "boolean", Text("疼痛", "painful")),
            _field("lesions.size", "number", Text("大小", "size")),
            _field("toxicities.grade", "number", Text("级别", "grade")),
            _field("toxicities.status", "code", Text("转归", "outcome"), "colour"),
        )
    },
    lists={"lesions": Text("病灶", "lesion"), "toxicities": Text("毒副反应", "toxicity")},
    value_sets={
        "tempo": _values(
            "tempo", {}, rapid=Text("快速", "fast"), slow=Text("缓慢", "slow"), unknown=Text("不详", "n/k")
        ),
        "colour": _values(
            "colour",
            {"warm": ("red", "amber")},
            red=Text("红", "red"),
            amber=Text("黄", "amber"),
            blue=Text("蓝", "blue"),
        ),
    },
    drugs={},
    quantities={},
)
COLOURS = ("red", "amber", "blue")


@dataclass(frozen=True)
class FakeItem:
    """One item of a list; a field that is not there is unknown."""

    path: str
    values: Mapping[str, Value | None] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.path

    def finding(self, field: str) -> Finding:
        return _finding(f"{self.path}.{field}", self.values.get(field))


@dataclass(frozen=True)
class FakeFacts:
    """A patient; what is not there is unknown. ``findings`` are derived facts."""

    values: Mapping[str, Value | None] = field(default_factory=dict)
    lists: Mapping[str, tuple[Item, ...] | None] = field(default_factory=dict)
    findings: Mapping[str, Finding] = field(default_factory=dict)
    open_lists: frozenset[str] = frozenset()

    @property
    def vocabulary(self) -> Vocabulary:
        return VOCABULARY

    def finding(self, fact: str) -> Finding:
        return self.findings.get(fact) or _finding(fact, self.values.get(fact))

    def items(self, name: str) -> tuple[Item, ...] | None:
        return self.lists.get(name)

    @property
    def tallies(self) -> dict[tuple[str, object], object]:
        return {}

    def incomplete(self, name: str) -> bool:
        return name in self.open_lists and self.lists.get(name) is not None

    def recorded(self, path: str) -> Value | None:
        return self.values.get(path)


def _finding(name: str, value: Value | None) -> Finding:
    return Finding(None, missing=(name,)) if value is None else Finding(value, used=(name,))


def patient(
    lesions: list[dict[str, Value | None]] | None = None, *, incomplete: bool = False, **values: Value | None
) -> FakeFacts:
    """Return a patient; ``a__b`` is the fact ``a.b``, ``incomplete`` where there may be further lesions."""
    items = None if lesions is None else tuple(FakeItem(f"lesions[{n}]", one) for n, one in enumerate(lesions))
    open_lists = frozenset(["lesions"] if incomplete else [])
    plain = {name.replace("__", "."): value for name, value in values.items()}
    return FakeFacts(plain, {"lesions": items}, open_lists=open_lists)


@dataclass(frozen=True)
class Names:
    """What names stand for."""

    concepts: Mapping[str, Condition] = field(default_factory=dict)
    rules: Mapping[str, Condition] = field(default_factory=dict)

    def concept_condition(self, concept: str) -> Condition:
        return self.concepts[concept]

    def rule_condition(self, rule: str) -> Condition:
        return self.rules[rule]


def _shape(name: str) -> st.SearchStrategy[Value]:
    kind = VOCABULARY.fields[name]
    if kind.type == "boolean":
        return st.booleans()
    if kind.type == "number":
        return st.sampled_from([0, 1, 2.5, 60])
    codes = st.sampled_from(["rapid", "slow"]) if kind.value_set == "tempo" else st.sampled_from(COLOURS)
    if kind.type == "codes":
        return st.lists(codes, unique=True, max_size=3).map(tuple)
    return codes


_PATIENT = ("fever", "diagnosis.tempo", "surgeries", "age")
_FIELDS = {"lesions": ("status", "imaging", "painful", "size"), "toxicities": ("grade", "status")}


def _leaf(name: str, shown: str) -> st.SearchStrategy[Condition]:
    kind = VOCABULARY.fields[name]
    known = st.builds(Known, st.just(shown), st.booleans())
    if kind.type == "boolean":
        return known | st.builds(Compare, st.just(shown), st.sampled_from(["is", "is not"]), st.booleans())
    if kind.type == "number":
        numbers = st.sampled_from([0, 1, 2.5, 60]) | st.floats(-1e9, 1e9).map(lambda number: round(number, 9))
        return known | st.builds(Compare, st.just(shown), st.sampled_from(["<", "<=", ">", ">="]), numbers)
    values = sorted(
        code for code, member in VOCABULARY.value_sets[kind.value_set or ""].members.items() if not member.missing
    )
    single = st.builds(Compare, st.just(shown), st.sampled_from(["is", "is not"]), st.sampled_from(values))
    several = st.lists(st.sampled_from(values), min_size=1, unique=True).map(tuple)
    return known | single | st.builds(Compare, st.just(shown), st.sampled_from(["in", "not in"]), several)


def _trees(leaves: st.SearchStrategy[Condition], size: int) -> st.SearchStrategy[Condition]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(All, st.lists(inner, min_size=1, max_size=3).map(tuple)),
            st.builds(Either, st.lists(inner, min_size=1, max_size=3).map(tuple)),
            st.builds(Not, inner),
        ),
        max_leaves=size,
    )


def _about(name: str) -> st.SearchStrategy[Condition]:
    where = _trees(st.one_of(*(_leaf(f"{name}.{one}", one) for one in _FIELDS[name])), 4)
    single = [one for one in _FIELDS[name] if VOCABULARY.fields[f"{name}.{one}"].type != "codes"]
    distinct = st.one_of(st.none(), st.sampled_from(single))
    listed = st.just(name)
    return st.one_of(
        st.builds(Quantified, st.sampled_from(["some", "every", "no"]), listed, where),
        st.builds(Count, st.just("at least"), st.integers(1, 3), listed, distinct, where),
        st.builds(Count, st.just("at most"), st.integers(0, 3), listed, distinct, where),
    )


_PLAIN = st.one_of(*(_leaf(name, name) for name in _PATIENT), _about("lesions"), _about("toxicities"))
SIMPLE = _trees(_PLAIN, 6)
NAMED = st.sampled_from([Holds("a-concept"), Fired("RULE-1")])
CONDITIONS = _trees(_PLAIN | NAMED, 8)
NAMES = st.builds(
    lambda one, other: Names({"a-concept": one}, {"RULE-1": Either((other, Holds("a-concept")))}), SIMPLE, SIMPLE
)


@st.composite
def patients(draw: st.DrawFn) -> FakeFacts:
    """Draw a patient with missing values, missing and incomplete lists and missing fields of items."""
    lists: dict[str, tuple[FakeItem, ...] | None] = {}
    for name, fields in _FIELDS.items():
        if draw(st.integers(0, 4)):
            lists[name] = tuple(
                FakeItem(f"{name}[{n}]", {one: draw(st.none() | _shape(f"{name}.{one}")) for one in fields})
                for n in range(draw(st.integers(0, 3)))
            )
    open_lists = frozenset(name for name in _FIELDS if draw(st.integers(0, 2)) == 0)
    return FakeFacts({name: draw(st.none() | _shape(name)) for name in _PATIENT}, lists, open_lists=open_lists)


@st.composite
def learnt(draw: st.DrawFn, facts: FakeFacts) -> FakeFacts:
    """Draw what a patient may turn out to be: every missing value filled in, every list recorded wholly."""

    def filled(name: str, value: Value | None) -> Value:
        return draw(_shape(name)) if value is None else value

    lists: dict[str, tuple[FakeItem, ...] | None] = {}
    for name, fields in _FIELDS.items():
        items = facts.lists.get(name)
        if items is None:
            items = ()
        if facts.lists.get(name) is None or name in facts.open_lists:
            further = range(len(items), len(items) + draw(st.integers(0, 3)))
            items = (*items, *(FakeItem(f"{name}[{n}]", dict.fromkeys(fields)) for n in further))
        lists[name] = tuple(
            FakeItem(item.path, {one: filled(f"{name}.{one}", item.values.get(one)) for one in fields})
            for item in items
        )
    return FakeFacts({name: filled(name, facts.values.get(name)) for name in _PATIENT}, lists)
