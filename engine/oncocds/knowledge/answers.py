"""Patients whose whole answer is stated (``rules/answers.yaml``): which items in which order, resting on which grounds.

They say what no example of one rule says: the place of each item, how urgent and how strongly worded each ground is,
its title, the lesion it is about, and what stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from oncocds.errors import Issue, KnowledgeError
from oncocds.reading.marks import Mark
from oncocds.reading.record import records
from oncocds.reading.yaml import read_yaml

FILE = "answers.yaml"
_NAME = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)+")


@dataclass(frozen=True, slots=True)
class Answered:
    """A patient, the policy he is seen under, and the lines of his answer (``advice.standing.answer_lines``)."""

    given: Mapping[str, Any]
    policy: Mapping[str, Any]
    stands: tuple[str, ...]
    mark: Mark | None = field(default=None, compare=False, repr=False)


def read_answers(rules_dir: Path) -> tuple[Answered, ...]:
    """Read the patients with a whole answer; none where there is no such file. Raises ``KnowledgeError``."""
    path = rules_dir / FILE
    if not path.is_file():
        return ()
    issues: list[Issue] = []
    found = []
    for record in records(read_yaml(path, shown_as=f"rules/{FILE}"), issues, "answers"):
        given, policy = record.plain("given", required=True), record.plain("policy")
        found.append(Answered(given, policy, record.texts("stands", required=True), record.mark))
        record.finish()
    if issues:
        raise KnowledgeError(issues)
    return tuple(found)


def with_known(answers: Iterable[Answered]) -> Iterator[tuple[Answered, frozenset[str]]]:
    """Yield each answer with the rules and notes that it and those before it name.

    Of others it says nothing: what only a later answer names came later, as rules do that are added.
    """
    known: frozenset[str] = frozenset()
    for stated in answers:
        known = known.union(name for line in stated.stands for name in _NAME.findall(line))
        yield stated, known
