"""Terms: what is asked of columns, kept once, so that equal terms are one object.

A term is a boolean or a number of one patient, of one item of a list, or of several items: of whatever its ``free``
variables stand for. A variable is an item that a list is walked with; ``exists``, ``count`` and ``kinds`` bind it. A
bound one has a number of its own within its term, so that it does not matter with which variable a walk was begun.
Numbers keep the order in which Python computes them: a column is computed bit for bit as the function computes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import count as counting
from typing import Any
from weakref import ref

NONE: frozenset[str] = frozenset()
# Which of a leaf's arguments are variables ("" for a fact of the patient).
_VARIABLES: Mapping[str, tuple[int, ...]] = {
    "known": (0,),
    "is": (0,),
    "has": (0,),
    "some": (0,),
    "bool": (0,),
    "num": (0,),
    "same": (0, 2),
    "same text": (0, 2),
    "before": (0, 1),
    "aims": (0, 1),
    "all found": (0,),
}
_BINDING = frozenset({"exists", "count", "kinds"})
_FLIPPED = {"<": lambda x, y: x < y, "<=": lambda x, y: x <= y, "=": lambda x, y: x == y}
_COMPUTED = {"+": lambda x, y: x + y, "-": lambda x, y: x - y, "*": lambda x, y: x * y, "/": lambda x, y: x / y}


class Term:
    """One term; made by the functions of this module alone. Compared by identity."""

    __slots__ = ("__weakref__", "args", "bound", "free", "id", "op")

    def __init__(
        self, op: str, args: tuple[Any, ...], number: int, free: frozenset[str], bound: frozenset[str]
    ) -> None:
        self.op, self.args, self.id, self.free, self.bound = op, args, number, free, bound

    @property
    def parts(self) -> tuple[Term, ...]:
        """The terms it is made of."""
        return tuple(one for one in self.args if isinstance(one, Term))

    def __bool__(self) -> bool:
        raise TypeError("a term has no truth of its own")

    def __repr__(self) -> str:
        return f"({' '.join(map(str, (self.op, *self.args)))})"


_KEPT: dict[tuple[Any, ...], Term] = {}
_VARIABLE_SETS: dict[frozenset[str], frozenset[str]] = {NONE: NONE}
_JOINED: dict[tuple[Any, ...], Term] = {}  # every second junction was asked for before
_NUMBERS = counting()


def make(op: str, *args: Any) -> Term:
    """Return the term of an operation; the same for the same arguments."""
    key = (op, *(one if isinstance(one, Term) else (type(one), one) for one in args))
    found = _KEPT.get(key)
    if found is None:
        parts = [one for one in args if isinstance(one, Term)]
        free = NONE.union(*(one.free for one in parts), (args[at] for at in _VARIABLES.get(op, ()) if args[at]))
        bound = NONE.union(*(one.bound for one in parts))
        if op in _BINDING:
            free, bound = free - {args[0]}, bound | {args[0]}
        # Few sets for some ten thousand terms: one of its own for each would be a third of all their memory.
        free, bound = (_VARIABLE_SETS.setdefault(one, one) for one in (free, bound))
        found = _KEPT[key] = Term(op, args, next(_NUMBERS), free, bound)
    return found


TRUE, FALSE = make("true"), make("false")


def forget_unused() -> None:
    """Let go of the terms that nobody has any more, as those of plans that are gone: some 20 MB each."""
    _JOINED.clear()
    keys = sorted(_KEPT, key=lambda key: _KEPT[key].id)
    while keys:  # the last made first: a term goes before its parts
        key = keys.pop()
        kept = ref(_KEPT.pop(key))
        if (term := kept()) is not None:
            _KEPT[key] = term


def boolean(value: bool) -> Term:
    """Return the term of a truth."""
    return TRUE if value else FALSE


def negation_of(term: Term) -> Term:
    """Return the negation of a term."""
    if term is TRUE:
        return FALSE
    if term is FALSE:
        return TRUE
    return term.args[0] if term.op == "not" else make("not", term)


def all_of(terms: Iterable[Term]) -> Term:
    """Return the conjunction of some terms."""
    return _junction("and", terms, TRUE, FALSE)


def either_of(terms: Iterable[Term]) -> Term:
    """Return the disjunction of some terms."""
    return _junction("or", terms, FALSE, TRUE)


def choice(question: Term, one: Term, other: Term) -> Term:
    """Return one term where a question is answered with yes, else another."""
    if one is other or question is TRUE:
        return one
    if question is FALSE:
        return other
    return either_of([all_of([question, one]), all_of([negation_of(question), other])])


def _junction(op: str, terms: Iterable[Term], neutral: Term, absorbing: Term) -> Term:
    key: tuple[Any, ...] = (op, *terms)
    found = _JOINED.get(key)
    if found is None:
        found = _JOINED[key] = _joined(op, key[1:], neutral, absorbing)
    return found


def _joined(op: str, terms: Sequence[Term], neutral: Term, absorbing: Term) -> Term:
    one: Term
    parts: dict[int, Term] = {}
    for term in terms:
        for one in term.args if term.op == op else (term,):
            if one is absorbing:
                return absorbing
            if one is not neutral:
                parts[one.id] = one
    if op == "or":
        parts = _codes_together(parts)
    negated = {one.args[0].id for one in parts.values() if one.op == "not"}
    if any(number in parts for number in negated):
        return absorbing
    other = "or" if op == "and" else "and"
    kept: list[Term] = []
    changed = False
    for one in parts.values():
        if one.op != other:
            kept.append(one)
            continue
        # a and (a or b) is a; a and (not a or b) is a and b; and the other way round
        if any(inner.id in parts for inner in one.args):
            changed = True
            continue
        left = [
            inner
            for inner in one.args
            if inner.id not in negated and not (inner.op == "not" and inner.args[0].id in parts)
        ]
        if len(left) != len(one.args):
            changed = True
            one = _junction(other, left, absorbing, neutral)
        kept.append(one)
    if changed:
        return _junction(op, kept, neutral, absorbing)
    if not kept:
        return neutral
    return kept[0] if len(kept) == 1 else make(op, *sorted(kept, key=lambda one: one.id))


def _codes_together(parts: dict[int, Term]) -> dict[int, Term]:
    """Return the parts of a disjunction with what asks for codes of one fact as one question."""
    asked: dict[tuple[str, str], list[Term]] = {}
    for one in parts.values():
        if one.op == "is":
            asked.setdefault((one.args[0], one.args[1]), []).append(one)
    for (variable, name), several in asked.items():
        if len(several) > 1:
            for one in several:
                del parts[one.id]
            joined = is_among(variable, name, {code for one in several for code in one.args[2]})
            parts[joined.id] = joined
    return parts


def is_among(variable: str, name: str, codes: Iterable[str]) -> Term:
    """Return that a recorded code is one of some."""
    wanted = tuple(sorted(codes))
    return make("is", variable, name, wanted) if wanted else FALSE


def number(value: Any) -> Term:
    """Return a number as a term."""
    return value if isinstance(value, Term) else make("const", float(value))


def arithmetic(op: str, one: Any, two: Any) -> Term:
    """Return what ``+ - * /`` come to."""
    first, second = number(one), number(two)
    if first.op == second.op == "const":
        return number(_COMPUTED[op](first.args[0], second.args[0]))
    return make(op, first, second)


def rounded(term: Term, digits: int) -> Term:
    """Return a number rounded as ``round`` does."""
    return number(round(term.args[0], digits)) if term.op == "const" else make("round", term, digits)


def selected(question: Term, one: Term, other: Term) -> Term:
    """Return one number where a question is answered with yes, else another."""
    if one is other or question is TRUE:
        return one
    return other if question is FALSE else make("if", question, one, other)


def compared(op: str, one: Any, two: Any) -> Term:
    """Return a comparison: ``< <= > >= =``."""
    first, second = number(one), number(two)
    if op in (">", ">="):
        op, first, second = "<" + op[1:], second, first
    if first.op == second.op == "const":
        return boolean(_FLIPPED[op](first.args[0], second.args[0]))
    return make(op, first, second)


_FRESH = counting()


def fresh(name: str) -> str:
    """Return a variable for an item of a list that no walk has had yet."""
    return f"{name}?{next(_FRESH)}"


def list_of(variable: str) -> str:
    """Return the list that a variable is an item of."""
    return variable.translate(_MARKS).partition(" ")[0]


_MARKS = str.maketrans("?*#", "   ")


def exists(variable: str, body: Term) -> Term:
    """Return that some item fulfils a condition."""
    if body is FALSE:
        return FALSE
    if variable not in body.free:
        return all_of([body, _closed("exists", variable, TRUE)])
    if body.op == "or":
        return either_of(exists(variable, one) for one in body.args)
    if body.op == "and":
        outer = [one for one in body.args if variable not in one.free]
        if outer:
            inner = all_of(one for one in body.args if variable in one.free)
            return all_of([*outer, exists(variable, inner)])
    return _closed("exists", variable, body)


def count(variable: str, body: Term) -> Term:
    """Return how many items fulfil a condition."""
    return number(0) if body is FALSE else _closed("count", variable, body)


def kinds(variable: str, body: Term, name: str) -> Term:
    """Return how many different codes of a field the items have that fulfil a condition; who has none adds none."""
    return number(0) if body is FALSE else _closed("kinds", variable, body, name)


def _closed(op: str, variable: str, body: Term, *more: Any) -> Term:
    name = list_of(variable)
    taken = body.free | body.bound
    bound = next(one for one in (f"{name}#{at}" for at in counting()) if one not in taken)
    return make(op, bound, substituted(body, {variable: bound}), *more)


def substituted(term: Term, variables: Mapping[str, str], done: dict[int, Term] | None = None) -> Term:
    """Return a term about other items; ``done`` keeps what was made with the same variables."""
    if term.free.isdisjoint(variables):
        return term
    done = {} if done is None else done
    found = done.get(term.id)
    if found is None:
        found = done[term.id] = _substituted(term, variables, done)
    return found


def _substituted(term: Term, variables: Mapping[str, str], done: dict[int, Term]) -> Term:
    places = _VARIABLES.get(term.op)
    if places is not None:
        args = tuple(variables.get(one, one) if at in places else one for at, one in enumerate(term.args))
        if term.op in ("same", "same text"):
            return same(term.op, *args)
        return make(term.op, *args)
    args = tuple(substituted(one, variables, done) if isinstance(one, Term) else one for one in term.args)
    if term.op in ("and", "or"):
        return all_of(args) if term.op == "and" else either_of(args)
    if term.op == "not":
        return negation_of(args[0])
    return make(term.op, *args)


def same(op: str, one: str, name: str, two: str, other: str) -> Term:
    """Return that two facts are known and have the same code or text; which comes first does not matter."""
    first, second = sorted([(one, name), (two, other)])
    return make("known", one, name) if first == second else make(op, *first, *second)


def walk(roots: Iterable[Term]) -> list[Term]:
    """Return all the terms that some are made of, each once and after its parts."""
    found: list[Term] = []
    seen: set[int] = set()
    for root in roots:
        waiting = [(root, False)]
        while waiting:
            term, ready = waiting.pop()
            if ready:
                found.append(term)
            elif term.id not in seen:
                seen.add(term.id)
                waiting.append((term, True))
                waiting += [(one, False) for one in term.parts if one.id not in seen]
    return found
