"""Terms computed over a batch: each once, in an order in which its parts come before it.

What is about fewer items is spread over more, and a walk brings it together again (``scopes``).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import reduce
from typing import Generic, TypeVar

import numpy as np

from oncocds.uncollected import uncollected
from oncocds_cohort.columns.recorded import Array, Recorded
from oncocds_cohort.columns.rounding import rounded
from oncocds_cohort.columns.scopes import Batch, Scope, scope_of
from oncocds_cohort.columns.terms import FALSE, TRUE, Term, walk

_Key = TypeVar("_Key", bound=Hashable)
_Step = Callable[[Mapping[int, Array], Batch], Array]
_LEAVES = frozenset({"known", "is", "has", "some", "bool", "num", "further"})
_COMPARED: Mapping[str, Callable[[Array, Array], Array]] = {
    "<": np.less,
    "<=": np.less_equal,
    "=": np.equal,
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
}


class Program(Generic[_Key]):
    """Terms by what they are wanted for; ``run`` gives an array of each for a batch, one entry a patient."""

    def __init__(self, wanted: Mapping[_Key, Term]) -> None:
        self.wanted = dict(wanted)
        with uncollected():
            self._make()

    def _make(self) -> None:
        for key, term in self.wanted.items():
            if term.free:
                raise ValueError(f"what is wanted of patients is about an item: {key}")
        order = [term for term in walk(self.wanted.values()) if term.op not in ("const", "true", "false")]
        last = {part.id: place for place, term in enumerate(order) for part in term.parts}
        kept = {term.id for term in self.wanted.values()}
        done: list[list[int]] = [[] for _ in order]
        for number, place in last.items():
            if number not in kept and number not in _CONSTANT:
                done[place].append(number)
        self._constants = {one.id: np.array(one.args[0]) for term in order for one in term.parts if one.op == "const"}
        self.steps = [(term, _step(term), tuple(over)) for term, over in zip(order, done, strict=True)]

    @property
    def size(self) -> int:
        """How many terms are computed."""
        return len(self.steps)

    def run(self, recorded: Recorded) -> dict[_Key, Array]:
        """Compute every wanted term of a batch."""
        batch = Batch(recorded)
        values: dict[int, Array] = {**_CONSTANT, **self._constants}
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            for term, step, over in self.steps:
                values[term.id] = step(values, batch)
                for number in over:  # what nobody reads again is let go
                    values.pop(number, None)
        found = {key: _value(term, values) for key, term in self.wanted.items()}
        return {key: one if one.ndim else np.broadcast_to(one, recorded.patients) for key, one in found.items()}


_CONSTANT: Mapping[int, Array] = {TRUE.id: np.array(True), FALSE.id: np.array(False)}


def _value(term: Term, values: Mapping[int, Array]) -> Array:
    return np.array(term.args[0]) if term.op == "const" else values[term.id]


def _step(term: Term) -> _Step:
    """Return what computes a term from its parts; what can be settled before there is a batch is settled here."""
    op, scope = term.op, scope_of(term)
    if op in _LEAVES:
        return lambda _, batch: batch.recorded.leaf(op, term.args)
    if op in ("exists", "count", "kinds"):
        of_body, inner = scope_of(term.args[1]), tuple(sorted({*scope, term.args[0]}))
        return lambda values, batch: _brought_together(term, scope, of_body, inner, values, batch)
    if op in _OF_ITEMS:
        return lambda _, batch: _OF_ITEMS[op](term, scope, batch)
    parts = [(one.id, scope_of(one)) for one in term.parts]
    narrow = [(number, own) for number, own in parts if own != scope and number not in _CONSTANT]
    wide = [number for number, own in parts if own == scope or number in _CONSTANT]
    if op in ("and", "or"):
        join = np.logical_and if op == "and" else np.logical_or
        if len(wide) > 1 and not narrow:
            return _joining(join, *wide)
        return lambda values, batch: _joined(join, wide, narrow, scope, values, batch)
    if op == "not":
        return lambda values, _: ~values[parts[0][0]]
    compute = np.where if op == "if" else _COMPARED.get(op) or _rounding(term.args[-1])
    return lambda values, batch: compute(*(batch.spread(values[number], own, scope) for number, own in parts))


def _rounding(digits: int) -> Callable[[Array], Array]:
    return lambda values: rounded(np.atleast_1d(values), digits)


def _joining(join: Callable[..., Array], first: int, second: int, *others: int) -> _Step:
    """Return what joins parts of one scope, which most are: without a question that each batch would answer again."""
    if not others:
        return lambda values, _: join(values[first], values[second])

    def step(values: Mapping[int, Array], batch: Batch) -> Array:  # noqa: ARG001
        found = join(values[first], values[second])
        for number in others:
            join(found, values[number], found)
        return found

    return step


def _joined(
    join: Callable[..., Array],
    wide: Sequence[int],
    narrow: Sequence[tuple[int, Scope]],
    scope: Scope,
    values: Mapping[int, Array],
    batch: Batch,
) -> Array:
    """Return a conjunction or disjunction; parts about fewer items are joined before they are spread over more."""
    found: Array | None = None
    made = False
    for number in wide:
        found, made = (
            (values[number], made) if found is None else (join(found, values[number], out=_into(found, made)), True)
        )
    for own in dict.fromkeys(one for _, one in narrow):
        of_scope = [values[number] for number, one in narrow if one == own]
        spread = batch.spread(reduce(join, of_scope), own, scope)
        found, made = (spread, True) if found is None else (join(found, spread, out=_into(found, made)), True)
    assert found is not None
    return found


def _into(found: Array, made: bool) -> Array | None:
    """Return where to put what is joined: an array that was made for it is used again."""
    return found if made else None


def _brought_together(
    term: Term, scope: Scope, of_body: Scope, inner: Scope, values: Mapping[int, Array], batch: Batch
) -> Array:
    variable, body = term.args[0], term.args[1]
    there = batch.spread(_value(body, values), of_body, inner)
    rows = batch.rows(scope, inner)
    if there.ndim == 0:
        there = np.broadcast_to(there, len(rows))
    those = np.flatnonzero(there)  # few, mostly
    meant = rows.take(those)
    if term.op == "exists":
        found = np.zeros(batch.size(scope), bool)
        found[meant] = True
        return found
    if term.op == "kinds":
        codes, numbers = batch.recorded.codes(term.args[2])
        own = codes[batch.items(variable, inner)[those]]
        width = len(numbers) + 1
        meant = np.unique(meant[own >= 0] * width + own[own >= 0]) // width
    return np.bincount(meant, minlength=batch.size(scope)).astype(float)


def _same(term: Term, scope: Scope, batch: Batch) -> Array:
    one, name, two, other = term.args
    if term.op == "same text":
        first, second = batch.recorded.texts(name, other)
    else:
        (first, numbers), (second, others) = batch.recorded.codes(name), batch.recorded.codes(other)
        if name != other:  # numbered by the codes of the first
            table = np.array([*(numbers.get(code, -2) for code in others), -1], dtype=np.int64)
            second = table[second]
    values = [
        batch.spread(found, (variable,) if variable else (), scope) for variable, found in ((one, first), (two, second))
    ]
    found: Array = (values[0] == values[1]) & (values[0] >= 0)
    return found


def _before(term: Term, scope: Scope, batch: Batch) -> Array:
    place = batch.place(scope)
    one, two = term.args
    return place.items[one] < place.items[two]


def _aims(term: Term, scope: Scope, batch: Batch) -> Array:
    course, lesion = term.args
    courses, lesions = batch.recorded.targets()
    named = lesions >= 0
    items = {course: courses[named], lesion: lesions[named]}
    found = np.zeros(batch.size(scope), bool)
    found[batch.entries(scope, batch.place((course,)).patients[items[course]], items)] = True  # few of all pairs
    return found


def _all_found(term: Term, scope: Scope, batch: Batch) -> Array:  # noqa: ARG001
    return batch.recorded.all_found()


_OF_ITEMS: Mapping[str, Callable[[Term, Scope, Batch], Array]] = {
    "same": _same,
    "same text": _same,
    "before": _before,
    "aims": _aims,
    "all found": _all_found,
}


def pairs_of(recorded: Recorded, lists: Sequence[str]) -> Array:
    """Return for each patient how many combinations of two items there are to look at."""
    total = np.zeros(recorded.patients, np.int64)
    for one in lists:
        for two in lists:
            total += recorded.lengths(one) * recorded.lengths(two)
    return total
