"""What a file of knowledge must not hold, found in its raw text: characters that look like others.

YAML reads ``kind：caution`` (with a full-width colon) as plain text, or fails two lines later; a no-break space in the
indentation becomes part of a word. Each is found here and named where it stands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from oncocds.errors import Issue

FULL_WIDTH_COLON = "a full-width '：' where a key ends; write ': ' (ASCII colon and a space), or quote the text"
_NAMES = {
    "\u3000": "U+3000 (full-width space)",
    "\u00a0": "U+00A0 (no-break space)",
    "\ufeff": "U+FEFF (byte order mark)",
    "\u0085": "U+0085 (next line)",
    "\u2028": "U+2028 (line separator)",
    "\u2029": "U+2029 (paragraph separator)",
}
# Refused wherever they stand. Tabs: YAML forbids them where they matter; U+0085 and its like: libyaml ends a line there
# and an editor does not; U+202A… and U+2066…: they show a text in another order than it is read in.
_NOWHERE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_BLANKS = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_BLANK = re.compile(f"[{_BLANKS}]")
# A blank after "key:" or "- " that is not the ASCII one: YAML would not see the colon or the dash at all.
_BLANK_AFTER_SIGN = re.compile(f"^ *(?:- +)*(?:-|[A-Za-z_][A-Za-z0-9_. -]*:)(?=[{_BLANKS}])")
_START = r"^ *(?:[-?] +)*"
_WORDS = r"[a-z_][a-z0-9_.-]*(?: [a-z0-9_.-]+)*"
_SIGNS = r"'\"#\[\]{}：:,，。；、"
_KEY = re.compile(rf"{_START}{_WORDS}(?=：)")
_ANY_KEY = re.compile(rf"{_START}[^\s|>{_SIGNS}][^{_SIGNS}]{{0,40}}(?=：)|^[^'\"#]*[{{,] *{_WORDS}(?=：)")


def character_name(character: str) -> str:
    """Return how an error names a character that cannot be seen."""
    return _NAMES.get(character, f"U+{ord(character):04X}")


def shown(word: str) -> str:
    """Return a word as an error shows it: short, with characters that cannot be seen written as U+…."""
    short = word if len(word) <= 60 else word[:60] + "…"
    return "".join(c if c.isprintable() and unicodedata.category(c) != "Cf" else character_name(c) for c in short)


def hidden_character(word: str) -> int | None:
    """Return the index of the first character of a word that looks like a space or like nothing, if there is one."""
    if word.isascii() and word.isprintable():
        return None
    for index, character in enumerate(word):
        if character != " " and unicodedata.category(character) in ("Zs", "Cf", "Cc"):
            return index
    return None


def forbidden_characters(name: str, text: str) -> Iterator[Issue]:
    """Find characters that may stand nowhere in a file."""
    for match in _NOWHERE.finditer(text):
        character = match[0]
        if character == "\r" and text[match.end() : match.end() + 1] == "\n":
            continue
        if character == "\ufeff" and match.start() == 0:
            message = "a byte order mark (U+FEFF) before the text; save the file as UTF-8 without BOM"
        elif character == "\t":
            message = "a tab; indent with ASCII spaces"
        elif "\ud800" <= character <= "\udfff":
            message = f"a lone surrogate {character_name(character)}; expected well-formed Unicode text"
        else:
            message = f"a character that cannot be seen, {character_name(character)}; expected printable text"
        line = text.count("\n", 0, match.start()) + 1
        yield Issue(name, line, match.start() - text.rfind("\n", 0, match.start()), message)


def false_blanks(name: str, number: int, line: str) -> Iterator[Issue]:
    """Find blanks that are not ASCII spaces in the indentation of a line, or right after a key's colon or a dash."""
    if not _BLANK.search(line):  # so it is with nearly every line
        return
    indentation = len(line) - len(line.lstrip())
    for match in _BLANK.finditer(line, 0, indentation):
        message = f"{character_name(match[0])} in the indentation; indent with ASCII spaces"
        yield Issue(name, number, match.start() + 1, message)
    if sign := _BLANK_AFTER_SIGN.match(line):
        message = f"{character_name(line[sign.end()])} after '{sign[0].strip()}'; write an ASCII space there"
        yield Issue(name, number, sign.end() + 1, message)


def full_width_colon(line: str, *, any_key: bool = False) -> int | None:
    """Return the index of a full-width colon that ends a key standing first on a line (after dashes), if there is one.

    Keys are lower-case words (``kind``, ``at least 2 lesions``), so that ``HER2：阳性`` in a list stays an ordinary
    text. ``any_key`` takes any words for one, and keys within braces too: for a line that YAML could not read.
    """
    match = (_ANY_KEY if any_key else _KEY).match(line)
    return match.end() if match else None
