"""Patients to test on: every scenario and every rule's examples, and ways to vary them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from oncocds.engine import Engine
from oncocds.profile.policy import STRICT
from oncocds.scenarios.site import Site, site

SCENARIOS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "data" / "scenarios.json").read_text("utf-8"))
# The rules that the scenarios were read for. They say nothing of a rule that came later; its examples do.
CATALOGUED: frozenset[str] = frozenset(
    json.loads((Path(__file__).parent / "data" / "catalogued.json").read_text("utf-8"))
)

Step = str | int


def nothing_set() -> Site:
    """Return a site that sets nothing and has every safety switch off, for which the catalogue gives its verdicts."""
    knowledge = site().knowledge
    return Site(Engine(knowledge, STRICT), site().shipped)


def leaves(value: Any, path: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    """Yield the path of every leaf and every list of a profile."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        yield path
        for index, inner in enumerate(value):
            if isinstance(inner, dict):
                yield from leaves(inner, (*path, index))
    else:
        yield path


def without(patient: dict[str, Any], path: tuple[Step, ...]) -> dict[str, Any]:
    """Return the patient as before the fact at ``path`` was learnt."""
    less = copy.deepcopy(patient)
    part: Any = less
    for step in path[:-1]:
        part = part[step]
    del part[path[-1]]
    return less


def name_of(path: tuple[Step, ...]) -> str:
    """Return the fact name of a path: ``lesions.status`` for ``("lesions", 0, "status")``."""
    return ".".join(str(step) for step in path if isinstance(step, str))
