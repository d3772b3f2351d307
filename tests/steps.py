"""How many steps work takes: calls of Python functions and of built-in ones, the same on every machine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def steps(work: Callable[[], Any]) -> int:
    """Count the calls that work makes; it is done once before, so that what is kept for all is made."""
    work()
    count = 0

    def called(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def grows_no_faster(work: Callable[[int], Callable[[], Any]], size: int, most: float = 2.3) -> None:
    """Assert that work on twice the size takes at most ``most`` times the steps: linear, or little more."""
    one, two = (steps(work(times * size)) for times in (1, 2))
    assert one > size / 10, "nothing was done"
    assert two <= most * one, f"{one} steps for {size}, {two} for {2 * size}"
