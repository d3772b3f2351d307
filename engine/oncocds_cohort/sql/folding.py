"""Texts that differ in case only, told as ``str.casefold`` tells them: letter by letter, from Python's own table."""

from __future__ import annotations

import sys

from oncocds_cohort.sql.dialects import Dialect

_BMP = 0x10000
_CHANGED = [one for one in map(chr, range(sys.maxunicode + 1)) if one.casefold() != one]
_LETTERS = [one for one in _CHANGED if len(one.casefold()) == 1 and ord(one) < _BMP]
NOT_FOLDED = "".join(one for one in _CHANGED if one not in set(_LETTERS))
"""The letters that become several, as ß does, and those that databases count as two."""


def folded(text: str, dialect: Dialect) -> str:
    """Return a text of other letters than these without what case makes of it."""
    letters = "".join(_LETTERS)
    return f"translate({text}, {dialect.text(letters)}, {dialect.text(letters.casefold())})"
