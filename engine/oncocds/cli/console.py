"""What a command prints to, and reads from: consoles that lack characters, streams that are closed.

Consoles that lack a character (GBK has no µ, no minus sign) get the nearest one they have, so that no unit is lost.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
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


def with_all_streams() -> None:
    """Open what is closed of standard input, output and error (``>&-``): no file that is written takes its number.

    What is read or printed there fails as that of a file that cannot be read or written; errors are lost.
    """
    for name, mode, flags in (("stdin", "r", os.O_WRONLY), ("stdout", "w", os.O_RDONLY), ("stderr", "w", os.O_WRONLY)):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, flags), mode, encoding="utf-8"))


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
