"""``round`` in SQL, exactly: the decimal nearest to the number that the double is, at a tie the even one.

Databases round a product that was rounded already, and ties away from zero. Here the product with the power of ten is
taken in two parts, neither of which is rounded: the upper half of the number's digits has at most 26 bits, and ten to
the tenth at most 24 beside its power of two. What is left beyond the middle between two decimals then has the right
sign, and dividing a whole number by the power of ten gives the double that Python reads from the decimal.
"""

from __future__ import annotations

from oncocds_cohort.sql.dialects import number
from oncocds_cohort.sql.refusals import NotExpressibleError

LARGEST = 1e9
"""Up to this the middle between two decimals is a double as well; larger numbers are for Python."""
_SPLITTING = 2.0**27 + 1
_MOST_DIGITS = 6


def rounded(text: str, digits: int) -> str:
    """Return a number rounded; it is said several times, so it should be a column. Null where it is."""
    if not 0 <= digits <= _MOST_DIGITS:
        raise NotExpressibleError(f"a number is rounded to {digits} digits; 0 to {_MOST_DIGITS} can be said exactly")
    power, half = number(10.0**digits), number(0.5)
    below = f"CAST(floor({text} * {power}) AS DOUBLE)"
    split = number(_SPLITTING)
    upper = f"({split} * {text} - ({split} * {text} - {text}))"
    beyond = f"(({upper} * {power} - ({below} + {half})) + ({text} - {upper}) * {power})"
    even = f"{below} = {number(2.0)} * floor({below} / {number(2.0)})"
    chosen = f"CASE WHEN {beyond} < 0 OR ({beyond} = 0 AND {even}) THEN {below} ELSE {below} + {number(1.0)} END"
    return f"(({chosen}) / {power})"
