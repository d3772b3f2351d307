"""The nearest known words: what somebody probably meant."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

_NEAR_ENOUGH = 0.5
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


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the nearest known word, or nothing where none is near."""
    found = nearest(word, known)
    return f"; did you mean '{found[0]}'?" if found else ""


def folded(word: str) -> str:
    """Return a word as it is compared: case and full-width forms do not count."""
    return unicodedata.normalize("NFKC", word).casefold()
