"""Units as laboratories' systems print them, whatever the case, the spaces, the exponents: X10^9/L, 10³/µL, mmol·L⁻¹.

Two ways of writing are one where no accepted unit of a measurement could be meant by both; the sizes are never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.kept import once

_GIGA = "G/L"  # giga per litre, as platelets are counted in; in small letters it would be grams
# In this order, of what is in small letters without spaces.
_ONE_WAY: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), written)
    for pattern, written in (
        (r"μ", "u"),
        (r"micro(?=mol|g|l)|\bmc(?=mol|g|l)", "u"),
        (r"[·.]?(ml|dl|ul|l)[-−]1$", r"/\1"),  # mmol·L⁻¹
        (r"(?<=/)lit(?:er|re)$", "l"),
        (r"(?<=/)100ml$", "dl"),
        (r"(?<=/)(?:cu\.?mm|cmm|mm\^?3)$", "ul"),
        (r"\bgm(?=/|%|$)", "g"),
        (r"^(m?g)%$", r"\1/dl"),  # grams in 100 mL
        (r"^([km]?)(?:\[i?u\]|iu|units?)(?=/)", r"\1u"),
        (r"^(?:[x×*](?=10))?10(?:\^|\*{1,2}|~|e\+?|\((?=\d\)))?(\d)\)?(?=/)", r"10\1"),  # 10^9, 10⁹, x10(3), 10E+9
        (r"^(?:thou(?:s(?:and)?)?|k)(?=/ul)", "103"),
        (r"^giga(?=/l)", "109"),
        (r"^/nl$", "109/l"),
        (r"^(?:cells?|#)(?=/)", ""),
    )
)


def folded(word: str) -> str:
    """Return a unit in the one way of writing in which units are compared."""
    plain = word.strip()
    if plain == _GIGA:
        return "109/l"
    plain = "".join(unicodedata.normalize("NFKC", plain).lower().split())
    for pattern, written in _ONE_WAY:
        plain = pattern.sub(written, plain)
    return plain


@once
def units_by_word(codes: CodeTables) -> Mapping[str, frozenset[str]]:
    """Return the units that each way of writing may mean, by the unit's own name and all its spellings."""
    found: dict[str, set[str]] = {}
    for spelling, unit in (*codes.spellings.items(), *((unit, unit) for unit in codes.spellings.values())):
        found.setdefault(folded(spelling), set()).add(unit)
    return {word: frozenset(units) for word, units in found.items()}


@once
def spelt_units(codes: CodeTables) -> frozenset[str]:
    """Return the units and spellings as the tables have them."""
    return frozenset((*codes.spellings, *codes.spellings.values()))


def is_unit(word: str, codes: CodeTables) -> bool:
    """Tell whether a word writes any of the units of the tables."""
    return word in spelt_units(codes) or folded(word) in units_by_word(codes)
