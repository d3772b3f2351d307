"""How far a run is: rows, rate and time left, on a terminal's standard error alone."""

from __future__ import annotations

import sys
import time
from typing import TextIO

_EVERY = 0.2  # seconds


class Progress:
    """One line that is written over; silent where standard error is no terminal.

    Where it is ``slow``, it says why until a rate can be told.
    """

    def __init__(self, total: int | None, stream: TextIO | None = None, *, slow: bool = False) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._total = total
        self._begun = self._shown = time.monotonic()
        self._skipped: int | None = None
        self._on = self._stream.isatty()
        if slow and self._on:
            print(
                "the engine answers for nearly everybody: in some seconds it is told how long that takes",
                end="",
                file=self._stream,
                flush=True,
            )

    def at(self, rows: int, *, new: bool = True) -> None:
        """Say that so many rows are done; rows that an earlier run did are not ``new`` and tell nothing of the rate."""
        if not new or self._skipped is None:
            self._skipped = rows if not new else 0
        now = time.monotonic()
        if self._on and now - self._shown >= _EVERY:
            self._shown = now
            print(f"\r\x1b[K{self.words(rows, now - self._begun)}", end="", file=self._stream, flush=True)

    def words(self, rows: int, seconds: float) -> str:
        """Return the line after some seconds."""
        rate = (rows - (self._skipped or 0)) / seconds if seconds > 0 else 0.0
        whole = (
            f"{rows:,}" if self._total is None else f"{rows:,} of {self._total:,} ({rows / max(self._total, 1):.0%})"
        )
        left = "" if self._total is None or rate <= 0 else f" · {_duration((self._total - rows) / rate)} left"
        return f"{whole} · {rate:,.0f} patients/s{left}"

    def done(self) -> None:
        """Take the line away."""
        if self._on:
            print("\r\x1b[K", end="", file=self._stream, flush=True)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(max(round(seconds), 0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
