"""What derived facts ask of a list, over one item that stands for any: in the place of ``oncocds.profile.lists``.

Every walk has an item of its own, so that no two are ever taken for one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from oncocds.algebra.codes import SeveralValue
from oncocds.exploration.exploring import UnreadableError
from oncocds.profile.finding import Finding
from oncocds_cohort.columns import terms
from oncocds_cohort.columns.facts import OpenFacts, OpenItem
from oncocds_cohort.columns.names import Names, decide, union
from oncocds_cohort.columns.symbols import Symbol
from oncocds_cohort.columns.terms import FALSE, TRUE, Term, all_of, either_of, exists, make, negation_of
from oncocds_cohort.columns.values import NumberValue, TargetIds

Found = Finding | Symbol
OfItem = Callable[[OpenItem], Found]


def absent(facts: OpenFacts, name: str) -> bool:
    """Tell whether a list was not recorded at all."""
    return not decide(facts.listed(name))


def whole(facts: OpenFacts, name: str) -> bool:
    """Tell whether all the items of a list are recorded."""
    return decide(facts.whole(name))


def any_item(facts: OpenFacts, name: str, finding: OfItem) -> Symbol:
    """Whether a finding is true of any item; of further items, if there may be any, nothing is known."""
    item = facts.fresh(name)
    part = Symbol.boolean(facts.derive.once(finding, item))
    return _among(facts, name, (item,), part, TRUE)


def any_pair(
    facts: OpenFacts,
    name: str,
    finding: Callable[[OpenItem, OpenItem], Found],
    alike: Any,  # noqa: ARG001 - which pairs need not be asked
) -> Symbol:
    """Whether a finding is true of any two items: as of one; each two are asked once, in whatever order."""
    one, two = facts.fresh(name), facts.fresh(name)
    part = Symbol.boolean(facts.derive.once(finding, one, two))
    return _among(facts, name, (one, two), part, make("before", one.variable, two.variable))


def any_of_these(facts: OpenFacts, name: str, ids: TargetIds, finding: OfItem) -> Symbol:
    """Whether a finding is true of any item that a course names; of one not in the list nothing is known."""
    item = facts.fresh(name)
    part = Symbol.boolean(facts.derive.once(finding, item))
    named = make("aims", ids.course, item.variable)
    all_found = make("all found", ids.course, name)
    return _settled(name, (item,), part, named, all_found)


def _among(facts: OpenFacts, name: str, items: tuple[OpenItem, ...], part: Symbol, these: Term) -> Symbol:
    return _settled(name, items, part, these, facts.whole(name))


def _settled(name: str, items: tuple[OpenItem, ...], part: Symbol, these: Term, complete: Term) -> Symbol:
    """Return a finding of items as that of any of those meant, which are all of them where they are complete."""
    true = _exists(items, all_of([these, part.true]))
    open_ = all_of([these, negation_of(part.known)])
    false = all_of([complete, negation_of(true), negation_of(_exists(items, open_))])
    known = either_of([true, false])
    missing, used = part.missing.under(open_), part.used.under(all_of([these, part.known]))
    for item in reversed(items):
        missing, used = missing.of_any(item.variable), used.of_any(item.variable)
    asked = union([missing, Names({name: negation_of(complete)})]).under(negation_of(known))
    rests = union([used.under(known), Names({name: all_of([false, negation_of(used.some)])})])
    return Symbol("boolean", known, {True: true, False: false}, None, rests, asked)


def _exists(items: tuple[OpenItem, ...], body: Term) -> Term:
    for item in reversed(items):
        body = exists(item.variable, body)
    return body


def resting_on(name: str, found: Found) -> Found:  # noqa: ARG001
    """Return a finding; what a "no" rests on was told where it was found."""
    return found


def tally(facts: OpenFacts, name: str, finding: OfItem) -> OpenTally:
    """Return what a finding of one item comes to in a list."""
    item = facts.fresh(name)
    part = Symbol.whole(facts.derive.once(finding, item))
    return OpenTally(facts, item, part)


class OpenTally:
    """What a finding of one item comes to in the items of a list: see ``oncocds.profile.lists.Tally``."""

    def __init__(self, facts: OpenFacts, item: OpenItem, part: Symbol) -> None:
        self.name = item.list
        self._whole = facts.whole(self.name)
        self._item, self._part = item, part

    def _those(self, when: Term) -> OpenPart:
        return OpenPart(self._item.variable, self._part, when)

    @property
    def _not_false(self) -> Term:
        return negation_of(self._part.false)

    @property
    def whole(self) -> bool:
        """Whether all the items are recorded."""
        return decide(self._whole)

    @property
    def found(self) -> OpenPart:
        """The findings of all recorded items."""
        return self._those(TRUE)

    @property
    def sure(self) -> OpenPart:
        """The findings with a value that is not False."""
        return self._those(all_of([self._part.known, self._not_false]))

    @property
    def unknowns(self) -> OpenPart:
        """The unknown findings of recorded items."""
        return self._those(negation_of(self._part.known))

    @property
    def open(self) -> OpenPart:
        """The unknown findings; where there may be further items, one of them asks for the list."""
        lacking = negation_of(self._whole)
        return OpenPart(self._item.variable, self._part, negation_of(self._part.known), Names({self.name: lacking}))

    def having(self, values: tuple[str, ...]) -> OpenPart:
        """Return the findings with one of some values."""
        return self._those(either_of(self._part.cases.get(value, FALSE) for value in values))

    @property
    def possible(self) -> NumberValue:
        """How many of the recorded items have a finding that is not False."""
        return NumberValue(terms.count(self._item.variable, self._not_false))

    @property
    def most(self) -> float:
        """How many items there may be whose finding is not False."""
        return self.possible if self.whole else math.inf


class OpenPart:
    """The findings of those items of a list that fulfil a condition: how many, and what they say together."""

    def __init__(self, variable: str, part: Symbol, when: Term, further: Names | None = None) -> None:
        self._variable, self._part, self._when = variable, part, when
        self._further = Names() if further is None else further

    def __bool__(self) -> bool:
        return decide(either_of([exists(self._variable, self._when), self._further.some]))

    def __iter__(self) -> Iterator[_Together]:
        used, missing = (one.under(self._when).of_any(self._variable) for one in (self._part.used, self._part.missing))
        yield _Together(used, union([missing, self._further]))

    @property
    def number(self) -> NumberValue:
        """How many they are; a list that may have more counts as one."""
        counted = terms.count(self._variable, self._when)
        more = terms.selected(self._further.some, terms.number(1), terms.number(0))
        return NumberValue(counted if more is terms.number(0) else terms.arithmetic("+", counted, more))

    @property
    def values(self) -> tuple[str, ...]:
        """The different codes that they have."""
        cases = {
            code: exists(self._variable, all_of([self._when, one]))
            for code, one in self._part.cases.items()
            if isinstance(code, str)
        }
        return SeveralValue(Symbol("many", TRUE, cases))


class _Together:
    """What the findings of several items rest on and lack; they have no one value."""

    def __init__(self, used: Names, missing: Names) -> None:
        self.used, self.missing = used, missing

    @property
    def value(self) -> Any:
        raise UnreadableError("the value of one finding among several is asked, outside a function of its own")


def number(part: OpenPart) -> NumberValue:
    """Return how many findings there are."""
    return part.number


def values(part: OpenPart) -> tuple[str, ...]:
    """Return the different values of some findings."""
    return part.values
