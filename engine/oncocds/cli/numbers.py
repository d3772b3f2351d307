"""Numbers as options of the command."""

from __future__ import annotations

import argparse
from collections.abc import Callable


def within(name: str, least: int, most: int) -> Callable[[str], int]:
    """Return what reads a whole number within limits."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdecimal() or len(text) > 9 or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"expected {name} as a whole number from {least} to {most}")
        return int(text)

    return read
