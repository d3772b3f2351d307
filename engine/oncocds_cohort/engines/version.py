"""By what patients are answered, wherever they are: knowledge, policy, modules and day."""

from __future__ import annotations

import datetime
import platform
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from oncocds.engine import Engine, load_bundled_or
from oncocds.errors import InputError, Problem
from oncocds.profile.policy import merge
from oncocds.profile.reading import read_date, read_policy
from oncocds_cohort.columns import Plan
from oncocds_cohort.outputs.digests import identity_of


@dataclass(frozen=True, slots=True)
class Version:
    """The knowledge of a folder (None: the bundled one), a local policy's file, and a day; can be pickled.

    ``identity`` is of the knowledge, policy and modules it was made with: a machine that has others answers nothing.
    """

    knowledge: Path | None
    policy: Path | None
    as_of: datetime.date
    identity: tuple[tuple[str, str], ...]

    @classmethod
    def of(
        cls,
        *,
        knowledge: Path | str | None = None,
        policy: Path | str | None = None,
        as_of: datetime.date | str | None = None,
    ) -> Self:
        """Read them here; the day is today's unless it is given. Raises ``InputError`` or ``KnowledgeError``."""
        folder, local = (None if one is None else Path(one).resolve() for one in (knowledge, policy))
        return cls(folder, local, read_date(as_of), tuple(identity_of(_engine(folder, local)).items()))

    @property
    def engine(self) -> Engine:
        """The engine, read on this machine. Raises ``InputError`` where it would answer by something else."""
        return _checked(self)

    @property
    def plan(self) -> Plan:
        """The rules as columns, made once in a process. Raises as ``engine`` does."""
        return _planned(self)


@lru_cache(maxsize=2)
def _checked(version: Version) -> Engine:
    engine = _engine(version.knowledge, version.policy)
    told, wanted = identity_of(engine), dict(version.identity)
    for name in (one for one in wanted if told[one] != wanted[one]):
        where = f"{platform.node()}: {name}"
        raise InputError([Problem(where, "it is another one here than where the work was given out", wanted[name])])
    return engine


@lru_cache(maxsize=2)
def _planned(version: Version) -> Plan:
    engine = version.engine
    return Plan.of(engine.knowledge, engine.policy, as_of=version.as_of)


def _engine(folder: Path | None, local: Path | None) -> Engine:
    knowledge = load_bundled_or(folder)
    layers: list[Any] = [knowledge.policy, *([] if local is None else [local])]
    return Engine(knowledge, merge(*(read_policy(one, knowledge.vocabulary) for one in layers)))
