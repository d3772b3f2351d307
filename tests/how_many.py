"""How many examples a law of the readings is tried on: some in the suite, where they are the same ones every time."""

from __future__ import annotations

from hypothesis import settings

EXPLORING = not settings.default.derandomize
"""Whether this is ``make explore``, which takes other examples each time."""


def examples(explored: int, steady: int) -> int:
    """Return how many: ``explored`` by ``make explore``, else ``steady``."""
    return explored if EXPLORING else steady
