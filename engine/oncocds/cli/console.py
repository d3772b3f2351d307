"""Consoles that lack a character (GBK has no µ, no minus sign): the nearest one they have, so that no unit is lost."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterable
from typing import TextIO

_HANDLER = "oncocds.nearest"
_NEAREST = {
    "‼": "!!",
    "·": "-",
    "─": "-",
    "…": "...",
    "“": '"',
    "”": '"',
    "’": "'",
    "–": "-",
    "µ": "u",
    "−": "-",
    "×": "x",
    "≠": "!=",
    "≥": ">=",
    "≤": "<=",
    "⇄": "<>",
    "→": "->",
    "←": "<-",
    "²": "^2",
    "⁶": "^6",
    "⁸": "^8",
    "⁹": "^9",
    "₀": "0",
    "₁": "1",
}


def written_with_what_there_is(streams: Iterable[TextIO]) -> None:
    """Let streams write what their encoding lacks with the nearest characters; what has none is a question mark."""
    codecs.register_error(_HANDLER, _nearest)
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def _nearest(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    lacking = error.object[error.start : error.end]
    return "".join(_NEAREST.get(one, "?") for one in lacking), error.end
