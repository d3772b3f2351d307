"""The nearest known words: what somebody probably meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_NEAR_ENOUGH = 0.5
_MEANT = 0.65  # of the letters: what shares fewer of them is another word ("name" is no "age")
_PART = 3  # letters that a part of a name has at least, to be taken for the name
_BETWEEN = re.compile(r"[_.-]")
_LONGEST = 80  # matching is quadratic in the length; no word of the vocabulary is longer


def nearest(word: str, known: Iterable[str], n: int = 1, enough: float = _NEAR_ENOUGH) -> tuple[str, ...]:
    """Return up to ``n`` known words that look like ``word``, the nearest first.

    Of two that are as near, the one that has more letters in common stands first, in whatever order they come.
    ``enough`` is the share of letters (0 to 1) that a near word has in common with it. Case and full-width forms do not
    count. The answer does not depend on the order of ``known``.
    """
    import difflib  # only where somebody mistyped

    matcher = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(folded(word[:_LONGEST]))
    scored: list[tuple[float, float, str]] = []
    for candidate in set(known):
        matcher.set_seq1(folded(candidate[:_LONGEST]))
        if (shared := matcher.quick_ratio()) >= enough and (ratio := matcher.ratio()) >= enough:
            scored.append((-ratio, -shared, candidate))
    return tuple(candidate for *_, candidate in sorted(scored)[:n])


def meant(word: str, known: Iterable[str], n: int = 1) -> tuple[str, ...]:
    """Return up to ``n`` known words that somebody probably meant, the nearest first: a slip away, or longer by parts.

    That two words have some letters in common is not enough: a wrong guess leads astray, and none does not. Of a
    Chinese word half of its characters will do; many have but two.
    """
    known, clean = tuple(known), folded(word)
    slips = nearest(word, known, n, _MEANT if clean.isascii() else _NEAR_ENOUGH)
    parts = nearest(word, [one for one in known if _is_part(clean, folded(one))], n, 0)
    return tuple(dict.fromkeys([*slips, *parts]))[:n]


def _is_part(word: str, name: str) -> bool:
    """Tell whether a name, which is no phrase, begins with a word or has it among its parts, or the other way round."""
    short, long = sorted((word, name), key=len)
    return len(short) >= _PART and " " not in long and (long.startswith(short) or short in _BETWEEN.split(long))


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the known word that was probably meant, or nothing where none is near."""
    found = meant(word, known)
    return f"; did you mean '{found[0]}'?" if found else ""


def folded(word: str) -> str:
    """Return a word as it is compared: case and full-width forms do not count."""
    return unicodedata.normalize("NFKC", word).casefold()
