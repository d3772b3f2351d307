"""Timing contenders side by side: in turns, round by round, so that what slows the machine slows them all."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Contender = Callable[[], int]  # does its work once over all patients and returns how many there were


@dataclass(frozen=True, slots=True)
class Spread:
    """The smallest, middle and largest of several figures."""

    least: float
    median: float
    most: float

    @classmethod
    def of(cls, figures: Sequence[float]) -> Spread:
        """Return the spread of at least one figure."""
        return cls(min(figures), statistics.median(figures), max(figures))


def rates(contenders: Mapping[str, Contender], rounds: int, seconds: float) -> dict[str, list[float]]:
    """Return each contender's patients per second in each round; every turn takes about the given time."""
    repeats = {name: _repeats(contender, seconds) for name, contender in contenders.items()}
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds):
        names = list(contenders)
        for name in names[number % len(names) :] + names[: number % len(names)]:  # nobody always comes first
            gc.collect()
            done = 0
            start = time.perf_counter()
            for _ in range(repeats[name]):
                done += contenders[name]()
            found[name].append(done / (time.perf_counter() - start))
    return found


def _repeats(contender: Contender, seconds: float) -> int:
    contender()
    start = time.perf_counter()
    contender()
    return max(1, round(seconds / max(time.perf_counter() - start, 1e-6)))
