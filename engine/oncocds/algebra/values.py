"""Texts, dates and numbers that are not fixed: what they are compared with becomes a question of the run in progress.

How numbers are computed differs: as exact reals for a solver, as Python's floats for columns. Each reading says it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Self

from oncocds.exploration.exploring import UnreadableError


class Ordered:
    """A value that is not fixed, among others of its kind; ``what`` it is called where it cannot be read."""

    what: ClassVar[str]

    def compared(self, operator: str, other: Any) -> bool:
        """Answer a comparison, ``< <= > >= =``, in the run in progress."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return self.compared("=", other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: Any) -> bool:
        return self.compared("<", other)

    def __le__(self, other: Any) -> bool:
        return self.compared("<=", other)

    def __gt__(self, other: Any) -> bool:
        return self.compared(">", other)

    def __ge__(self, other: Any) -> bool:
        return self.compared(">=", other)

    def __hash__(self) -> int:
        raise UnreadableError(f"{self.what} is looked up")


class TextValue(Ordered, str):
    """A text that is not fixed; those that differ in case only are one text here."""

    what = "free text"
    symbol: Any

    def __new__(cls, symbol: Any) -> Self:
        """Make the value of a symbol."""
        made = super().__new__(cls, "?")
        made.symbol = symbol
        return made

    def casefold(self) -> Self:
        """Return itself."""
        return self

    def __str__(self) -> str:
        return self


class Numeric(Ordered):
    """What a number that is not fixed has in common with others, be it whole or not."""

    what = "a number"
    term: Any

    def computed(self, operator: str, one: Any, two: Any) -> Any:
        """Return what ``+ - * /`` come to, of which one operand at least is not fixed."""
        raise NotImplementedError

    def __add__(self, other: Any) -> Any:
        return self.computed("+", self, other)

    def __radd__(self, other: Any) -> Any:
        return self.computed("+", other, self)

    def __sub__(self, other: Any) -> Any:
        return self.computed("-", self, other)

    def __rsub__(self, other: Any) -> Any:
        return self.computed("-", other, self)

    def __mul__(self, other: Any) -> Any:
        return self.computed("*", self, other)

    def __rmul__(self, other: Any) -> Any:
        return self.computed("*", other, self)

    def __truediv__(self, other: Any) -> Any:
        return self.computed("/", self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self.computed("/", other, self)

    def __neg__(self) -> Any:
        return self.computed("*", -1, self)

    def __abs__(self) -> Any:
        return self if self >= 0 else -self

    def __bool__(self) -> bool:
        return self != 0


def _refused(name: str) -> Callable[..., Any]:
    def refuse(*_: object) -> Any:
        raise UnreadableError(f"a number is asked for its {name}, which has no open reading")

    return refuse


_UNREAD = "floordiv rfloordiv mod rmod pow rpow int float index trunc floor ceil divmod rdivmod str"
for _name in (f"__{one}__" for one in _UNREAD.split()):
    setattr(Numeric, _name, _refused(_name.strip("_")))
