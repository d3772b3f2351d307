"""Why a condition is true, false or unknown: the recorded facts behind it, and the facts that would decide it.

This is the definition of an explanation, as ``truth`` is that of a verdict; answers are built by the compiled one
(``inference.explanation``), which is tested against it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from oncocds.language.tree import All, Any, Compare, Condition, Count, Fired, Holds, Known, Not, Quantified
from oncocds.language.truth import Definitions, Truth, compare_known, count_bounds
from oncocds.profile.finding import Facts, Finding, Item

_T = TypeVar("_T")
Reasons = tuple[tuple[str, str | None], ...]


class Explanation(NamedTuple):
    """Why a condition has its truth.

    ``because`` are recorded facts with the derived fact they were read through (None: directly); ``missing`` the facts
    of which at least one must be learnt before an unknown condition is decided; ``missing_asked`` the facts that true
    ``is unknown`` leaves found missing; ``witnesses`` the items that make a ``some`` or a count true; ``absent`` the
    quantifiers that are decided because no item of the list is such.
    """

    truth: Truth
    because: Reasons = ()
    missing: tuple[str, ...] = ()
    missing_asked: tuple[str, ...] = ()
    witnesses: tuple[str, ...] = ()
    absent: tuple[Quantified, ...] = ()


_Finder = Callable[[str], Finding]
_ItemExplainer = Callable[[Item], Explanation]
_FALSE = Explanation(False)
_TRUE = Explanation(True)


class Explainer:
    """Explains conditions for one patient; what was explained once is kept."""

    def __init__(self, facts: Facts, definitions: Definitions) -> None:
        self._facts = facts
        self._definitions = definitions
        # The condition is kept beside its explanation, so that its identity cannot be taken by another one.
        self._known: dict[int, tuple[Condition, Explanation]] = {}

    def explain(self, condition: Condition) -> Explanation:
        """Explain a condition about the patient."""
        known = self._known.get(id(condition))
        if known is None:
            known = self._known[id(condition)] = (condition, self._explain(condition))
        return known[1]

    def _explain(self, condition: Condition) -> Explanation:
        if isinstance(condition, All | Any):
            return _combine([self.explain(part) for part in condition.parts], decisive=isinstance(condition, Any))
        if isinstance(condition, Not):
            return _negate(self.explain(condition.part))
        if isinstance(condition, Holds):
            return self.explain(self._definitions.concept_condition(condition.concept))
        if isinstance(condition, Fired):
            return self.explain(self._definitions.rule_condition(condition.rule))
        return explain_leaf(condition, self._facts)


def explain_leaf(
    condition: Compare | Known | Quantified | Count, facts: Facts, explain_item: _ItemExplainer | None = None
) -> Explanation:
    """Explain a condition that is made of no others about the patient.

    ``explain_item`` explains a quantifier's condition for an item, if it need not be read off the tree.
    """
    if isinstance(condition, Compare | Known):
        return _leaf(condition, facts.finding, "")
    items = facts.items(condition.list)
    if items is None:
        return Explanation(None, missing=(condition.list,))
    parts = [explain_item(item) if explain_item else _item(condition.where, item) for item in items]
    open_ = facts.incomplete(condition.list)
    if isinstance(condition, Quantified):
        return _quantified(condition, items, parts, open_=open_)
    return _count(condition, items, parts, open_=open_)


def explain_item_leaf(condition: Compare | Known, item: Item) -> Explanation:
    """Explain a comparison about an item."""
    return _leaf(condition, item.finding, item.path + ".")


def _quantified(condition: Quantified, items: Sequence[Item], parts: list[Explanation], *, open_: bool) -> Explanation:
    further = [Explanation(None, missing=(condition.list,))] if open_ else []  # items of which nothing is known
    if not items and not further:  # what decides is that the list was recorded, and that nothing stands in it
        absent = () if condition.quantifier == "every" else (condition,)
        return Explanation(condition.quantifier != "some", because=((condition.list, None),), absent=absent)
    if condition.quantifier == "every":
        return _combine([*parts, *further], decisive=False)
    witnesses = tuple(item.path for item, part in zip(items, parts, strict=True) if part.truth is True)
    some = _combine([*parts, *further], decisive=True)
    some = some._replace(witnesses=witnesses, absent=(condition,) if some.truth is False else ())
    return some if condition.quantifier == "some" else _negate(some)


def _count(condition: Count, items: Sequence[Item], parts: list[Explanation], *, open_: bool) -> Explanation:
    least, most = count_bounds(condition, items, open_=open_)
    number, at_least = condition.number, condition.bound == "at least"
    found = list(zip(items, parts, strict=True))
    if least < number <= most if at_least else least <= number < most:
        further = (condition.list,) if open_ else ()
        return Explanation(None, missing=unique((*_missing_to_count(condition, found), *further)))
    enough = least >= number if at_least else least > number
    # Either enough items are there for certain, or the others are for certain not.
    deciding = [(item, part) for item, part in found if part.truth is enough]
    because = [reason for _, part in deciding for reason in part.because]
    if condition.distinct is not None:  # values that repeat each other keep a count low as well
        counted = [item for item, part in found if part.truth is True]
        because += [reason for item in counted for reason in _reasons(item, condition.distinct)]
    return Explanation(
        enough is at_least,
        because=unique(because) or ((condition.list, None),),
        missing_asked=unique([path for _, part in deciding for path in part.missing_asked]),
        witnesses=tuple(item.path for item, part in found if part.truth is True),
    )


def _missing_to_count(condition: Count, found: list[tuple[Item, Explanation]]) -> Iterator[str]:
    """Yield what an undecided count lacks: whether items belong to it, and with what value of their own."""
    if condition.distinct is None:
        for _, part in found:
            yield from part.missing
        return
    values = [item.finding(condition.distinct) for item, _ in found]
    there = {value.value for value, (_, part) in zip(values, found, strict=True) if part.truth is True}
    for value, (item, part) in zip(values, found, strict=True):
        if part.truth is False or (part.truth is None and value.value is not None and value.value in there):
            continue  # it adds no value, whatever else is learnt of it
        yield from part.missing
        if value.value is None:
            yield from value.missing or (f"{item.path}.{condition.distinct}",)


def _reasons(item: Item, field: str) -> Reasons:
    name = f"{item.path}.{field}"
    return tuple([(path, None if path == name else name) for path in item.finding(field).used])


def _item(condition: Condition, item: Item) -> Explanation:
    if isinstance(condition, All | Any):
        return _combine([_item(part, item) for part in condition.parts], decisive=isinstance(condition, Any))
    if isinstance(condition, Not):
        return _negate(_item(condition.part, item))
    if isinstance(condition, Compare | Known):
        return explain_item_leaf(condition, item)
    raise TypeError(f"{type(condition).__name__} cannot stand inside a quantifier")


def _leaf(condition: Compare | Known, finding_of: _Finder, prefix: str) -> Explanation:
    finding = finding_of(condition.fact)
    name = prefix + condition.fact
    if finding.value is None:
        missing = finding.missing or (name,)
        if isinstance(condition, Compare):
            return Explanation(None, missing=missing)
        return _FALSE if condition.known else Explanation(True, missing_asked=missing)
    because = tuple([(path, None if path == name else name) for path in finding.used])
    if isinstance(condition, Known):
        return Explanation(condition.known, because)
    truth = compare_known(condition, finding)
    return Explanation(None, missing=(name,)) if truth is None else Explanation(truth, because)


def _negate(part: Explanation) -> Explanation:
    return part if part.truth is None else part._replace(truth=not part.truth)


def _combine(parts: list[Explanation], *, decisive: bool) -> Explanation:
    """Combine the parts of an ``any`` (decisive True) or an ``all`` (decisive False)."""
    deciding = [part for part in parts if part.truth is decisive]
    if deciding:
        return together(decisive, deciding)
    unknown = [part for part in parts if part.truth is None]
    if unknown:
        if len(unknown) == 1:
            return Explanation(None, missing=unknown[0].missing)
        return Explanation(None, missing=unique([path for part in unknown for path in part.missing]))
    return together(not decisive, parts)


def together(truth: bool, parts: list[Explanation]) -> Explanation:
    """Return the explanation of what all the given parts decide together."""
    if len(parts) == 1:
        return parts[0] if parts[0].truth is truth else parts[0]._replace(truth=truth)
    if not parts:
        return _TRUE if truth else _FALSE
    return Explanation(
        truth,
        unique([reason for part in parts for reason in part.because]),
        (),
        unique([path for part in parts for path in part.missing_asked]),
        unique([path for part in parts for path in part.witnesses]),
        unique([one for part in parts for one in part.absent]),
    )


def unique(values: Iterable[_T]) -> tuple[_T, ...]:
    """Return values, each once."""
    return tuple(dict.fromkeys(values))
