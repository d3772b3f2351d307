"""What was meant by a condition that is written as other languages have it: ``a == b``, ``not a``, ``a: b``."""

from __future__ import annotations

import re
from collections.abc import Container

from oncocds.reading.traps import shown

_JOINED = re.compile(r"\s(?:and|or|&&|\|\|)\s", re.IGNORECASE)
_COMPARED = re.compile(r"(?P<fact>[^\s=!<>]+)\s*(?P<sign>==?|!=|<>)\s*(?P<value>[^\s=].*)")
_NUMBER = re.compile(r"-?[0-9.,]+.*")  # numbers are only compared as less or more
_NOT = re.compile(r"(?:not|!)\s*(?P<condition>\S.*)", re.IGNORECASE)


def meant_by(text: str) -> str:
    """Return, as the end of a message, how a condition that cannot be read is written; empty where nobody knows."""
    if _JOINED.search(text):
        return "; several conditions are a list under all: or any:"
    if (found := _COMPARED.fullmatch(text)) and not _NUMBER.fullmatch(found["value"]):
        operator = "is" if found["sign"].startswith("=") else "is not"
        return f"; write '{shown(found['fact'])} {operator} {shown(found['value'])}'"
    if found := _NOT.fullmatch(text):
        return f"; write 'not: {shown(found['condition'])}'"
    return ""


def meant_by_key(key: str, value: str, lists: Container[str], *, is_fact: bool) -> str:
    """Return the same of a key that is no word of the language: a fact with its value, or ``any LIST``."""
    word, _, name = key.partition(" ")
    if is_fact and value and not _NUMBER.fullmatch(value):
        return f"; write '{key} is {shown(value)}'"
    if name in lists and word in ("any", "all"):
        return f"; write '{'some' if word == 'any' else 'every'} {name}:'"
    return ""
