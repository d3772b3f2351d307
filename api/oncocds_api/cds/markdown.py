"""GitHub-flavoured Markdown out of words that were not written as Markdown: nothing in them may format or link."""

from __future__ import annotations

import re

_INLINE = re.compile(r"([\\`*_\[\]<>|~&])")
_BLOCK_START = re.compile(r"^(?:([#+=-])|(\d+)([.)]))")
_ADDRESS = re.compile(r"(https?|ftp)(?=://)|(www)(?=\.)", re.IGNORECASE)


def plain(words: str) -> str:
    """Return words, in one line, as Markdown that shows them as they are."""
    line = _INLINE.sub(r"\\\1", " ".join(words.split()))
    line = _BLOCK_START.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}", line)
    # A bare address would become a link by itself: an empty comment within it keeps it words.
    return _ADDRESS.sub(lambda found: f"{found[0]}<!-- -->", line)


def quoted(words: str) -> str:
    """Return words as a block quote."""
    return "\n".join(f"> {plain(line)}" for line in words.splitlines() if line.strip())


def indented(block: str) -> str:
    """Return a block as part of a list item."""
    return "\n".join(f"   {line}" if line else line for line in block.splitlines())
