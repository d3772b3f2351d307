"""What a refused profile says beside what was refused, so that all that is wrong with it is told at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from oncocds.errors import Problem
from oncocds.profile.refusals import MOST_PROBLEMS, place_of, problems_of, steps_of
from oncocds.vocabulary.models import Vocabulary

_Model = TypeVar("_Model", bound=BaseModel)
_STEAD = ("0001-01-01", 1)  # a text, which is a date too, and a number: for what may not be left out
_ROUNDS = 4 * len(_STEAD)  # of an item that is refused as a whole its list is refused then
_AIMS, _WHERE_LESIONS_ARE_TOLD = "no lesion has this id", ("/lesions", "/incomplete")
_CLASS = "a class beside a drug that is not given as other"


def without_refused(model: type[_Model], plain: Any, vocabulary: Vocabulary) -> tuple[_Model | None, list[Problem]]:
    """Return plain data as a model, without what it refuses (None where too much is), and what it refuses only then.

    An item is looked at as a whole where all its fields are sound. ``plain`` is a copy, of dicts and lists alone; it
    loses what is refused, or holds something else in its stead.
    """
    tried: Counter[tuple[int | str, ...]] = Counter()
    then: list[Problem] = []
    for _ in range(_ROUNDS):
        try:
            return model.model_validate(plain, context={"vocabulary": vocabulary}, by_alias=True, by_name=False), then
        except ValidationError as error:
            if error.error_count() > MOST_PROBLEMS:
                return None, then
            refused = {tuple(steps_of(place_of(one), model)[0]) for one in error.errors(include_url=False)}
            then += problems_of(error, model, vocabulary) if tried else []
        for steps in sorted(refused, key=len, reverse=True):
            _take(plain, steps, tried[steps])
            tried[steps] += 1
    return None, then


def _take(plain: Any, steps: Sequence[int | str], times: int) -> None:
    """Take away what stands in a place: first that alone, then with something in its stead, then what it belongs to."""
    held: list[tuple[dict[str, Any], str]] = []
    for step in steps:
        if isinstance(plain, dict):
            held.append((plain, str(step)))
            plain = plain.get(step)
        else:
            plain = plain[step] if isinstance(plain, list) and isinstance(step, int) and step < len(plain) else None
    if held and held[-1][1] == steps[-1]:
        if times <= len(_STEAD):
            holder, key = held[-1]
            holder.pop(key, None)
            holder.update({key: _STEAD[times - 1]} if times else {})
            return
        held.pop()
    if held:
        holder, key = held[-1]
        holder.pop(key, None)


def beside(refused: Sequence[Problem], found: Iterable[Problem]) -> list[Problem]:
    """Return what was refused, and what was found beside it: nothing that only the loss of a refused part brings."""
    places = [one.pointer for one in refused]
    lesions = any(_within(place, one) for place in places for one in _WHERE_LESIONS_ARE_TOLD)
    more = {
        (one.pointer, one.reason): one
        for one in found
        if not any(_within(one.pointer, place) or _within(place, one.pointer) for place in places)
        and not (lesions and one.reason == _AIMS)
        and not (one.reason == _CLASS and f"{one.pointer.rpartition('/')[0]}/drug" in places)
    }
    return [*refused, *more.values()][:MOST_PROBLEMS]


def _within(place: str, other: str) -> bool:
    return place == other or place.startswith(f"{other}/")
