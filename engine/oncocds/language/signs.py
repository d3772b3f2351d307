"""Signs that look like the ones of the rule language and are not: full-width forms, other blanks, typographic signs."""

from __future__ import annotations

import unicodedata

from oncocds.reading.traps import character_name

_MEANT = {
    "≤": "<=",
    "≥": ">=",
    "、": ",",
    "。": ".",
    "—": "-",
    "–": "-",
    "−": "-",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
}


def foreign_sign(text: str) -> tuple[int, str, str] | None:
    """Return where a sign stands that must be written otherwise, its name and how; None where all are in order.

    Letters of other scripts pass: where a label stands for a code, the value set knows which code was meant.
    """
    if text.isascii():
        return None
    for index, character in enumerate(text):
        if character.isascii():
            continue
        meant = _MEANT.get(character) or unicodedata.normalize("NFKC", character)
        if meant == character or not meant.isascii():
            continue
        if character.isspace():
            return index, character_name(character), "an ASCII space"
        full_width = "full-width " if "\uff01" <= character <= "\uff5e" else ""
        return index, f"{full_width}'{character}'", f"'{meant}'"
    return None
