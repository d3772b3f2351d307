"""Lines on a terminal: broken between words where they are too long, under the text that they go on with.

A terminal breaks where its line ends: within a word, a rule's id or a place of a document. What goes to a file or to
another program is left as it is.
"""

from __future__ import annotations

import re
import shutil
import sys
import unicodedata
from collections.abc import Iterator

_LEAST = 40  # columns; a narrower terminal breaks as it likes
_HANG = re.compile(r" *(?:[‼!·✓✗?•-] )?")
_OPENING, _CLOSING = "（［【《〈「“‘([{", "）］】》〉」”’)]}，。；：、！？,.;:!?%…"
_WIDE = ("W", "F")
_NUMBER, _UNIT = re.compile(r"(?<![\w.])\d+(?:\.\d+)?$"), re.compile(r"[A-Za-zµ%×]")


def show(text: str) -> None:
    """Print a text, fitted to the terminal where there is one."""
    print(fitted(text, shutil.get_terminal_size().columns) if sys.stdout.isatty() else text)


def fitted(text: str, columns: int) -> str:
    """Return a text whose lines are no wider than so many columns; what cannot be broken may be."""
    if columns < _LEAST:
        return text
    return "\n".join(one for line in text.split("\n") for one in _broken(line, columns))


def width(text: str) -> int:
    """Return how many columns a text takes: Chinese characters take two, marks above and below a letter none."""
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in _WIDE else 1 for one in text
    )


def _broken(line: str, columns: int) -> Iterator[str]:
    if width(line) <= columns:
        yield line
        return
    hang = _HANG.match(line)
    start = "" if hang is None else hang[0]
    rest, now, used = " " * min(width(start), columns // 2), start, width(start)
    empty = True
    for gap, word in _words(line[len(start) :]):
        wide = width(word)
        if not empty and used + len(gap) + wide > columns:
            yield now
            now, used, gap = rest, len(rest), ""
        now, used, empty = f"{now}{gap}{word}", used + len(gap) + wide, False
    yield now


def _words(text: str) -> Iterator[tuple[str, str]]:
    """Yield what no line breaks, each with the spaces before it.

    That is a word, or a Chinese character, with the marks that open or close something beside it, or a number with its
    unit.
    """
    gap = word = ""
    for place, one in enumerate(text):
        if one == " ":
            if word and _NUMBER.search(word) and _UNIT.match(text, place + 1):
                word += one
                continue
            if word:
                yield gap, word
                gap = word = ""
            gap += one
            continue
        if word and _may_break(word[-1], one):
            yield gap, word
            gap = word = ""
        word += one
    if word:
        yield gap, word


def _may_break(before: str, after: str) -> bool:
    if before in _OPENING or after in _CLOSING or unicodedata.combining(after):
        return False
    return any(unicodedata.east_asian_width(one) in _WIDE for one in (before, after))
