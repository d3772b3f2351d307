"""What SQL cannot say as the columns compute it: then a rule is refused by name, never said otherwise."""

from __future__ import annotations


class NotExpressibleError(Exception):
    """Something of a rule has no spelling in SQL; the text says what."""
