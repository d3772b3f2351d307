"""The smallest patient: facts are left out one by one as long as the engine still shows the same."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from oncocds.proofs.prove import Witness

Step = str | int
_KEPT = ("id", "unit")


def smallest(witness: Witness, still: Callable[[Witness], bool]) -> Witness:
    """Return a patient from whom no recorded fact can be left out; ``still`` asks the engine."""
    found = witness
    progress = True
    while progress:
        progress = False
        for part in ("profile", "policy"):
            for path in list(_places(getattr(found, part))):
                fewer = copy.deepcopy(getattr(found, part))
                if not _leave_out(fewer, path):
                    continue
                tried = type(found)(**{"profile": found.profile, "policy": found.policy, part: fewer})
                if still(tried):
                    found, progress = tried, True
    return found


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


def _leave_out(value: Any, path: tuple[Step, ...]) -> bool:
    """Leave a place out, and groups that are empty then; False where it is gone already."""
    try:
        for step in path[:-1]:
            value = value[step]
        del value[path[-1]]
    except (KeyError, IndexError, TypeError):
        return False
    return True
