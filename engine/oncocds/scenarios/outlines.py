"""The steps of a scenario outline, once for each of its examples, each cell still knowing where it stands.

A value may hold the placeholder of a later column, and that another: a small file can stand for an enormous one. So
what the scenarios of a file come to is counted before it is written out, and more than a file may hold is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

LONGEST_CELL = 2_000
"""Characters of one step or cell; longer ones are not read."""
MOST_WRITTEN_OUT = 2_000_000
"""What the scenarios of one file may come to, all written out: characters, ``_STEP`` more for a step."""
_STEP = 100
_WITH_MEANING = re.compile(r"[\\^$*+?{}\[\]|()<>]")


class TooMuchError(Exception):
    """The scenarios of a file come to more than may be."""


class Room:
    """What is left of what the scenarios of a file may come to."""

    def __init__(self) -> None:
        self._left = MOST_WRITTEN_OUT

    def take(self, size: int) -> None:
        """Take some of it. Raises ``TooMuchError`` where less is left, now and ever after."""
        self._left -= size
        if self._left < 0:
            raise TooMuchError

    def take_steps(self, steps: Sequence[Any]) -> None:
        """Take what some steps come to as they stand."""
        for step in steps:
            cells = (cell["value"] for row in step.get("dataTable", {}).get("rows", ()) for cell in row["cells"])
            self.take(_STEP + len(step["text"]) + sum(map(len, cells)))

    def filled(self, text: str, words: Sequence[tuple[str, str]]) -> str:
        """Return a text with its placeholders replaced, column by column as a run replaces them, and take its size."""
        for column, value in words:
            sign = f"<{column}>"
            if (times := text.count(sign)) and len(text) + times * len(value) > max(self._left, 0) + len(sign) * times:
                raise TooMuchError
            text = text.replace(sign, value)
        self.take(len(text) + len(words))
        return text


def with_meaning(column: str) -> bool:
    """Tell whether the name of a column holds a sign that means something else where placeholders are replaced."""
    return _WITH_MEANING.search(column) is not None


def rendered(part: Any, room: Room) -> Iterator[list[Any]]:
    """Yield the steps of an outline for each example, placeholders replaced. Raises ``TooMuchError``."""
    for examples in part["examples"]:
        header = [cell["value"] for cell in examples.get("tableHeader", {}).get("cells", [])]
        for row in examples.get("tableBody", []):
            words = list(zip(header, [cell["value"] for cell in row["cells"]], strict=True))
            yield [_step(step, words, room) for step in part["steps"]]


def _step(step: Any, words: Sequence[tuple[str, str]], room: Room) -> Any:
    """Return a step as an example fills it in."""
    room.take(_STEP)
    filled = {**step, "text": room.filled(step["text"], words)}
    if "dataTable" in step:
        rows = [
            {**row, "cells": [{**cell, "value": room.filled(cell["value"], words)} for cell in row["cells"]]}
            for row in step["dataTable"]["rows"]
        ]
        filled["dataTable"] = {**step["dataTable"], "rows": rows}
    return filled
