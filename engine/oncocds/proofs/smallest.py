"""The smallest patient: facts are left out one by one as long as the engine still shows the same."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from oncocds.errors import InputError
from oncocds.proofs.patients import Witness

_Told = TypeVar("_Told")
Step = str | int
_KEPT = ("id", "unit")


def smallest(states: tuple[Witness, ...], still: Callable[[tuple[Witness, ...]], bool]) -> tuple[Witness, ...]:
    """Return a patient from whom no recorded fact can be left out; ``still`` asks the engine.

    A patient comes in one state of knowledge, or in several of which the last knows most; what is left out is left out
    of each.
    """
    found = states
    progress = True
    while progress:
        progress = False
        for part in ("profile", "policy"):
            for path in list(_places(getattr(found[-1], part))):
                fewer = tuple(_without(state, part, path) for state in found)
                if fewer != found and still(fewer):
                    found, progress = fewer, True
    return found


def smallest_told(witness: Witness, told: Callable[[Witness], _Told | None]) -> tuple[_Told, Witness] | None:
    """Return what is told of a patient, and the smallest one of whom the same is; None where nothing is told."""

    def of(states: tuple[Witness, ...]) -> _Told | None:
        try:
            return told(states[0])
        except InputError:  # what is left of a profile may be none
            return None

    found = of((witness,))
    return None if found is None else (found, smallest((witness,), lambda states: of(states) == found)[0])


def _places(value: Any, path: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    """Yield what can be left out, the large before the small, later items before earlier ones."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in _KEPT:
                yield (*path, key)
                yield from _places(inner, (*path, key))
    elif isinstance(value, list):
        for index in reversed(range(len(value))):
            yield (*path, index)
            yield from _places(value[index], (*path, index))


def _without(witness: Witness, part: str, path: tuple[Step, ...]) -> Witness:
    """Return a patient without what stands in a place; the same patient where nothing does."""
    fewer = {"profile": witness.profile, "policy": witness.policy}
    fewer[part] = copy.deepcopy(fewer[part])
    value: Any = fewer[part]
    try:
        for step in path[:-1]:
            value = value[step]
        del value[path[-1]]
    except (KeyError, IndexError, TypeError):
        return witness
    return Witness(**fewer)
