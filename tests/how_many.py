"""How many examples a law of the readings is tried on: some in the suite, where they are the same ones every time."""

from __future__ import annotations

from hypothesis import settings


def examples(explored: int, steady: int) -> int:
    """Return how many: ``explored`` by ``make explore``, which takes others each time, else ``steady``."""
    return explored if settings.get_current_profile_name() == "random" else steady
