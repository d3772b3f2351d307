"""The algebra over the smallest ring there is: a term is the set of the worlds in which it is true.

What it says of open facts is, in each world, what the plain functions say of that world.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from functools import reduce
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncocds import algebra
from oncocds.algebra import names, symbols
from oncocds.algebra.codes import Among
from oncocds.algebra.conditions import Trees, Tri
from oncocds.algebra.derivations import Derivations, asked_once
from oncocds.algebra.kleene import Kleene
from oncocds.algebra.ring import Ring
from oncocds.algebra.values import Numeric
from oncocds.exploration.exploring import UnreadableError
from oncocds.language.tree import All, Compare, Not
from oncocds.language.tree import Any as Either
from oncocds.profile import kleene
from oncocds.profile.finding import Finding
from oncocds.vocabulary.loader import bundled_vocabulary

WORLDS = range(4)
Term = frozenset[int]
TRUE, FALSE = frozenset(WORLDS), frozenset[int]()


def one_of_both(term: Term) -> Term:
    return TRUE if term == TRUE else FALSE if term == FALSE else term


def all_of(terms: Iterable[Term]) -> Term:
    return one_of_both(reduce(frozenset.intersection, terms, TRUE))


def either_of(terms: Iterable[Term]) -> Term:
    return one_of_both(reduce(frozenset.union, terms, FALSE))


def plain(term: Term) -> bool | None:
    return True if term == TRUE else False if term == FALSE else None


RING = Ring(TRUE, FALSE, all_of, either_of, lambda term: one_of_both(TRUE - term), plain, lambda _: None, hash)


class Names(names.Names):
    ring = RING


class Symbol(symbols.Symbol):
    names = Names
    shapes: ClassVar = {}


KLEENE = Kleene(Symbol)
CODES = ("a", "b", "c")
VALUES: dict[str, tuple[Any, ...]] = {"boolean": (True, False), "code": CODES}


class Concluding(Derivations):
    def __init__(self) -> None:
        super().__init__(Symbol, KLEENE.native)

    def joined(self, ways: list[tuple[Any, Any]]) -> Any:
        if len(ways) == 1:
            return ways[0][1]
        parts = [(all_of(term if yes else TRUE - term for term, yes in answers), found) for answers, found in ways]
        return Symbol.one_of(
            [found for _, found in parts],
            lambda of: either_of(all_of([when, of(found)]) for when, found in parts),
            lambda _: None,
        )


def open_fact(name: str, values: tuple[Any, ...]) -> Any:
    """A fact that has one value in each world, or none."""
    kind: Any = "boolean" if isinstance(next((one for one in values if one is not None), True), bool) else "code"
    known = one_of_both(frozenset(world for world in WORLDS if values[world] is not None))
    cases = {one: frozenset(world for world in WORLDS if values[world] is one) for one in VALUES[kind]}
    return Symbol(kind, known, cases, None, Names({name: known}), Names({name: TRUE - known}))


def plain_fact(name: str, value: Any) -> Finding:
    return Finding(None, (), (name,)) if value is None else Finding(value, (name,))


def in_world(found: Any, world: int) -> tuple[Any, set[str], set[str]]:
    """What is said of one world: the value, what it rests on, what would decide it."""
    if isinstance(found, Finding):
        return found.value, set(Names.of(found.used).conditions), set(Names.of(found.missing).conditions)
    values = [value for value, when in found.cases.items() if world in when and world in found.known]
    assert len(values) == (world in found.known)
    used, missing = (
        {name for name, when in one.conditions.items() if world in when} for one in (found.used, found.missing)
    )
    return (values[0] if values else None), used, missing


def of_worlds(kind: str) -> Any:
    return st.tuples(*(st.sampled_from((None, *VALUES[kind])) for _ in WORLDS))


BOOLEANS, OF_CODES = of_worlds("boolean"), of_worlds("code")


@settings(max_examples=60)
@given(st.lists(BOOLEANS, min_size=1, max_size=3), st.sampled_from(["either", "both"]))
def test_kleenes_operators_say_of_each_world_what_they_say_of_findings(
    facts: list[tuple[bool | None, ...]], operator: str
) -> None:
    found = getattr(KLEENE, operator)([open_fact(str(at), values) for at, values in enumerate(facts)])
    for world in WORLDS:
        plainly = getattr(kleene, operator)([plain_fact(str(at), one[world]) for at, one in enumerate(facts)])
        value, used, missing = in_world(found, world)
        assert (value, missing) == (plainly.value, set(plainly.missing))
        # Of several parts that decide, a finding rests on the first.
        assert used >= set(plainly.used)
        assert bool(used) == bool(plainly.used)


@settings(max_examples=40)
@given(OF_CODES, BOOLEANS)
def test_equals_and_certain_say_of_each_world_what_they_say_of_findings(
    codes: tuple[str | None, ...], truths: tuple[bool | None, ...]
) -> None:
    same, certain = KLEENE.equals(open_fact("x", codes), "a", "c"), KLEENE.certain(open_fact("x", truths))
    for world in WORLDS:
        assert in_world(same, world)[0] == kleene.equals(plain_fact("x", codes[world]), "a", "c").value
        assert in_world(certain, world)[0] == kleene.certain(plain_fact("x", truths[world])).value


def first_known(one: Any, two: Any) -> Finding:
    """Python as derived facts are: values compared, looked up and returned."""
    if one.value is None:
        return kleene.unknown(one, two)
    if one.value in Among(("a", "b")) and two.value != "c":
        return kleene.known(one.value, one)
    return kleene.both([kleene.equals(two, "c"), kleene.known(one.value == two.value, one)])


@settings(max_examples=60)
@given(OF_CODES, OF_CODES)
def test_a_function_says_of_open_facts_what_it_says_of_those_of_each_world(
    first: tuple[str | None, ...], second: tuple[str | None, ...]
) -> None:
    deriving = Concluding()
    found = Symbol.whole(deriving.read(first_known)(open_fact("x", first), open_fact("y", second)))
    for world in WORLDS:
        plainly = first_known(plain_fact("x", first[world]), plain_fact("y", second[world]))
        assert in_world(found, world) == (plainly.value, set(plainly.used), set(plainly.missing))


def test_what_a_function_says_is_explored_once() -> None:
    deriving, one, other = Concluding(), open_fact("x", (True,) * 4), open_fact("y", (True,) * 4)
    made_anew = [lambda fact: kleene.known(True, fact) for _ in range(2)]  # as in every run
    found = [deriving.once(made_anew[0], one), deriving.once(made_anew[1], one)]
    assert found[0] is found[1]
    assert deriving.once(made_anew[0], other) is not found[0]


class Leaves(Trees[Term]):
    names = Names

    def __init__(self, facts: dict[str, tuple[bool | None, ...]]) -> None:
        super().__init__(None)  # type: ignore[arg-type]
        self.facts, self.asked = facts, list[str]()

    def atom(self, atom: Any) -> Tri[Term]:
        self.asked.append(atom.fact)
        symbol = open_fact(atom.fact, self.facts[atom.fact])
        return Tri(symbol.true, symbol.false, symbol.missing)


@settings(max_examples=60)
@given(st.tuples(BOOLEANS, BOOLEANS, BOOLEANS))
def test_trees_are_read_in_kleenes_logic_and_each_once(facts: tuple[tuple[bool | None, ...], ...]) -> None:
    reading = Leaves(dict(zip("xyz", facts, strict=True)))
    x, y, z = (Compare(name, "is", True) for name in "xyz")
    both = All((x, Not(y)))
    read = reading.condition(Either((both, z, both)))
    assert reading.asked == ["x", "y", "z"]
    for world in WORLDS:
        one, two, three = (plain_fact(name, values[world]) for name, values in zip("xyz", facts, strict=True))
        against = two if two.value is None else Finding(not two.value)
        expected = kleene.either([kleene.both([one, against]), three])
        assert (world in read.true, world in read.false) == (expected.value is True, expected.value is False)
        assert {name for name, when in read.missing.conditions.items() if world in when} == set(expected.missing)
        assert (world in read.unknown) is (expected.value is None) is (world not in read.decided)


class Number(Numeric, float):
    def computed(self, operator: str, one: Any, two: Any) -> Any:
        return (operator, one, two)


@pytest.mark.parametrize(
    "asked", [lambda one: one // 2, lambda one: one % 2, lambda one: one**2, int, float, str, divmod, hash]
)
def test_what_no_open_number_can_say_is_refused(asked: Callable[..., Any]) -> None:
    with pytest.raises(UnreadableError):
        asked(Number(), 2) if asked is divmod else asked(Number())


@pytest.mark.parametrize(
    ("computed", "expected"),
    [
        (lambda one: one + 2, ("+", 0, 2)),
        (lambda one: 2 - one, ("-", 2, 0)),
        (lambda one: one / 2, ("/", 0, 2)),
        (lambda one: -one, ("*", -1, 0)),
    ],
)
def test_operands_keep_their_order(computed: Callable[[Number], Any], expected: tuple[Any, ...]) -> None:
    operator, one, two = computed(Number())
    assert (operator, type(one) is Number, type(two) is Number) == (expected[0], not expected[1], not expected[2])


def test_no_module_of_the_room_imports_a_solver_or_columns() -> None:
    for path in Path(algebra.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            named = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            named += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.split(".")[0] for name in named}.isdisjoint({"z3", "numpy", "pyarrow", "oncocds_cohort"}), path


def test_codes_of_a_vocabulary_are_asked_for_together() -> None:
    once = asked_once(bundled_vocabulary())
    groups = [group for one in once.value_sets.values() for group in one.groups.values()]
    assert groups
    assert all(type(group) is Among for group in groups)
