"""What was used once: tokens and nonces are remembered until they would be refused for their age."""

from __future__ import annotations

import heapq


class Replays:
    """Remembers names until a time given with each. Kept in memory: a restart forgets them."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._order: list[tuple[float, str]] = []

    def first_use(self, name: str, until: float, now: float) -> bool:
        """Tell whether a name is new, and remember it until a time (seconds since 1970)."""
        while self._order and self._order[0][0] <= now:
            _, old = heapq.heappop(self._order)
            self._until.pop(old, None)
        if name in self._until:
            return False
        self._until[name] = until
        heapq.heappush(self._order, (until, name))
        return True
