"""Terms as SQL: each that is used more than once, or said several times in what is made of it, is a column.

A truth is never null: what compares a number that is not there is false, as it is in the columns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from oncocds_cohort.columns.terms import Term, list_of, walk
from oncocds_cohort.sql.dialects import Dialect, number
from oncocds_cohort.sql.layers import PLACE, Layers, Piece, joined
from oncocds_cohort.sql.recorded import Facts
from oncocds_cohort.sql.refusals import NotExpressibleError

_SEVERAL_TIMES = frozenset({"round", "/"})  # what they are made of is said several times
_INFINITE = number(float("inf"))


class Expressions:
    """Says terms; ``roots`` are all that will be asked for, so that it is known which are used again."""

    def __init__(self, layers: Layers, dialect: Dialect, facts: Facts, roots: Iterable[Term]) -> None:
        self._layers, self._dialect, self._facts = layers, dialect, facts
        several = list(roots)
        terms = walk(several)
        self._uses = Counter(one.id for term in terms for one in term.parts) + Counter(one.id for one in several)
        self._numbers = {term.id: at for at, term in enumerate(terms)}
        self._repeated = {one.id for term in terms if term.op in _SEVERAL_TIMES for one in term.parts if one.parts}
        self._said: dict[int, Piece | NotExpressibleError] = {}
        self._of: Mapping[str, Callable[[Term], Piece]] = {
            "true": lambda _: Piece("true"),
            "false": lambda _: Piece("false"),
            "const": lambda term: Piece(number(term.args[0])),
            "known": lambda term: facts.known(*term.args),
            "is": self._is,
            "has": self._has,
            "some": self._some,
            "bool": lambda term: facts.boolean(*term.args),
            "num": lambda term: facts.number(*term.args),
            "further": lambda term: facts.further(*term.args),
            "same": self._same,
            "same text": self._same,
            "before": self._before,
            "aims": self._aims,
            "all found": self._all_found,
            "and": lambda term: self._junction(term, " AND "),
            "or": lambda term: self._junction(term, " OR "),
            "not": self._not,
            "if": self._if,
            "round": self._round,
            "/": self._quotient,
            "exists": self._walked,
            "count": self._walked,
            "kinds": self._walked,
            **dict.fromkeys(("+", "-", "*"), self._arithmetic),
            **dict.fromkeys(("<", "<=", "="), self._compared),
        }

    def piece(self, root: Term) -> Piece:
        """Return a term as SQL. Raises ``NotExpressibleError``."""
        for term in walk([root]):  # parts come first, so that no term is deeper than one step
            if term.id not in self._said:
                self._said[term.id] = self._kept(term)
        found = self._said[root.id]
        if isinstance(found, NotExpressibleError):
            raise found
        return found

    def _kept(self, term: Term) -> Piece | NotExpressibleError:
        """Return what stands for a term from now on, or why nothing can."""
        for part in term.parts:
            found = self._said[part.id]
            if isinstance(found, NotExpressibleError):
                return found
        say = self._of.get(term.op)
        try:
            if say is None:
                return NotExpressibleError(f"'{term.op}' has no spelling")
            piece = say(term)
        except NotExpressibleError as error:
            return error
        again = self._uses[term.id] > 1 and term.op != "not"
        if not term.parts or term.op == "round" or len(term.free) > 1 or not (again or term.id in self._repeated):
            return piece
        name = f"t{self._numbers[term.id]}"
        if not term.free:
            return self._layers.of_patient(name, piece)
        (variable,) = term.free
        return self._layers.of_item(list_of(variable), variable, name, piece)

    def _parts(self, term: Term) -> list[Piece]:
        return [self.piece(one) for one in term.parts]

    def _junction(self, term: Term, between: str) -> Piece:
        parts = self._parts(term)
        return joined(f"({between.join(one.text for one in parts)})", parts)

    def _not(self, term: Term) -> Piece:
        (part,) = self._parts(term)
        return joined(f"(NOT {part.text})", [part])

    def _if(self, term: Term) -> Piece:
        question, one, other = self._parts(term)
        return joined(f"(CASE WHEN {question.text} THEN {one.text} ELSE {other.text} END)", [question, one, other])

    def _arithmetic(self, term: Term) -> Piece:
        one, two = self._parts(term)
        return joined(f"({one.text} {term.op} {two.text})", [one, two])

    def _quotient(self, term: Term) -> Piece:
        one, two = self._parts(term)
        if term.parts[1].op == "const" and term.parts[1].args[0] != 0:
            return self._arithmetic(term)
        # Databases differ in what is divided by zero; columns take it for infinite, or for no number.
        endless = f"WHEN {one.text} > 0 THEN {_INFINITE} WHEN {one.text} < 0 THEN -{_INFINITE}"
        text = (
            f"(CASE WHEN {two.text} <> 0 THEN {one.text} / {two.text} WHEN {two.text} = 0 THEN CASE {endless} END END)"
        )
        return joined(text, [one, two])

    def _compared(self, term: Term) -> Piece:
        one, two = self._parts(term)
        return joined(f"coalesce({one.text} {term.op} {two.text}, false)", [one, two])

    def _round(self, term: Term) -> Piece:
        (part,) = self._parts(term)
        if len(term.free) > 1:
            raise NotExpressibleError("a number of two items together is rounded")
        at = self._numbers[term.id]
        return self._facts.rounded(next(iter(term.free), ""), f"exact t{at}", part, term.args[1], f"t{at}")

    def _is(self, term: Term) -> Piece:
        variable, name, codes = term.args
        code = self._facts.code(variable, name)
        wanted = ", ".join(map(self._dialect.text, codes))
        return joined(f"coalesce({code.text} IN ({wanted}), false)", [code])

    def _has(self, term: Term) -> Piece:
        variable, name, code = term.args
        several = self._facts.several(variable, name)
        return joined(self._dialect.contains(several.text, self._dialect.text(code)), [several])

    def _some(self, term: Term) -> Piece:
        several = self._facts.several(*term.args)
        return joined(f"({self._dialect.length(several.text)} > 0)", [several])

    def _same(self, term: Term) -> Piece:
        one, name, two, other = term.args
        read = self._facts.text if term.op == "same text" else self._facts.code
        first, second = read(one, name), read(two, other)
        return joined(f"coalesce({first.text} = {second.text}, false)", [first, second])

    def _before(self, term: Term) -> Piece:
        first, second = (self._layers.field(list_of(one), one, PLACE, 1) for one in term.args)
        return joined(f"({first.text} < {second.text})", [first, second])

    def _aims(self, term: Term) -> Piece:
        course, lesion = term.args
        targets, identity = self._targets(course), self._facts.plain(lesion, "lesions.id")
        return joined(self._dialect.contains(targets.text, identity.text), [targets, identity])

    def _all_found(self, term: Term) -> Piece:
        course, name = term.args
        own = f"{name}#named"
        targets, identity = self._targets(course), self._facts.plain(own, "lesions.id")
        lesions = self._layers.items(name)
        target = self._dialect.quoted("target")
        listed = self._dialect.some(lesions.text, own, f"coalesce({identity.text} = {target}, false)")
        text = f"(NOT {self._dialect.some(targets.text, 'target', f'(NOT {listed})')})"
        return joined(text, [targets, identity, lesions])

    def _targets(self, course: str) -> Piece:
        self._facts.lesions_have_ids()
        return self._facts.several(course, "radiotherapy.targets")

    def _walked(self, term: Term) -> Piece:
        variable, body = term.args[0], self.piece(term.args[1])
        items, parts = self._layers.items(list_of(variable)), [body]
        if term.op == "exists":
            text = self._dialect.some(items.text, variable, body.text)
        elif term.op == "count":
            text = f"CAST({self._dialect.count(items.text, variable, body.text)} AS DOUBLE)"
        else:
            code = self._facts.code(variable, term.args[2])
            parts.append(code)
            text = f"CAST({self._dialect.kinds(items.text, variable, body.text, code.text)} AS DOUBLE)"
        return joined(text, [items, *parts])
