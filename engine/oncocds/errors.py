"""Every way in which the engine refuses or fails: each is a type of its own, none looks like an empty answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with what the caller sent.

    ``pointer`` is a JSON pointer (RFC 6901) into the document that was sent, ``reason`` says what is wrong there and
    ``expected`` what would be right. None of them ever contains a value of the patient's.
    """

    pointer: str
    reason: str
    expected: str


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing wrong in a file of knowledge or a scenario: where (1-based line and column), what, what is known."""

    path: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message}"


class OncocdsError(Exception):
    """Base of every error that this package raises on purpose."""


class InputError(OncocdsError):
    """What the caller sent is refused; ``problems`` name each place, what was wrong and what was expected."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.pointer or '/'}: {p.reason} (expected {p.expected})" for p in self.problems))

    def __reduce__(self) -> tuple[type[Self], tuple[tuple[Problem, ...]]]:
        """Give another process what it was made of, not its words."""
        return type(self), (self.problems,)


class ProfileError(InputError):
    """The patient profile is refused."""


class PolicyError(InputError):
    """The local policy is refused."""


class KnowledgeError(OncocdsError):
    """The knowledge does not load; ``issues`` say where and why, one line each."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        self.issues = tuple(issues)
        super().__init__("\n".join(str(issue) for issue in self.issues))

    def __reduce__(self) -> tuple[type[Self], tuple[tuple[Issue, ...]]]:
        """Give another process what it was made of, not its words."""
        return type(self), (self.issues,)


class EngineFault(OncocdsError):  # noqa: N818 - a fault is what it is, not a mistake of the caller
    """The engine could not conclude. Never to be shown as "no advice"."""


class AgendaFault(EngineFault):
    """durable-rules failed or left its ruleset in a state that cannot be trusted."""


class ReadingsDisagree(EngineFault):
    """Two readings of the same rules concluded differently; the message holds rule ids only, never a patient's data."""
