"""Equal conditions become one object, so that what is worked out once for a patient is found again by identity."""

from __future__ import annotations

from dataclasses import replace

from oncocds.language.tree import All, Any, Condition, Count, Not, Quantified


class Interner:
    """Keeps one object for all equal conditions, parts included."""

    def __init__(self) -> None:
        self._kept: dict[Condition, Condition] = {}

    def intern(self, condition: Condition) -> Condition:
        """Return the one object equal to a condition."""
        if isinstance(condition, All | Any):
            condition = replace(condition, parts=tuple(self.intern(part) for part in condition.parts))
        elif isinstance(condition, Not):
            condition = replace(condition, part=self.intern(condition.part))
        elif isinstance(condition, Quantified | Count):
            condition = replace(condition, where=self.intern(condition.where))
        return self._kept.setdefault(condition, condition)
