"""The steps of a scenario outline, once for each of its examples, each cell still knowing where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_PLACEHOLDER = re.compile("<(.+?)>")


def rendered(part: Any) -> Iterator[list[Any]]:
    """Yield the steps of an outline for each example, placeholders replaced as a run replaces them."""
    for examples in part["examples"]:
        header = [cell["value"] for cell in examples.get("tableHeader", {}).get("cells", [])]
        for row in examples.get("tableBody", []):
            words = dict(zip(header, [cell["value"] for cell in row["cells"]], strict=True))
            yield [_step(step, words) for step in part["steps"]]


def _step(step: Any, words: Mapping[str, str]) -> Any:
    """Return a step as an example fills it in."""
    filled = {**step, "text": _fill(step["text"], words)}
    if "dataTable" in step:
        rows = [
            {**row, "cells": [{**cell, "value": _fill(cell["value"], words)} for cell in row["cells"]]}
            for row in step["dataTable"]["rows"]
        ]
        filled["dataTable"] = {**step["dataTable"], "rows": rows}
    return filled


def _fill(text: str, words: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: words.get(found[1], found[0]), text)
