"""By what patients are answered, wherever they are: knowledge, policy, modules and day."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from oncocds.engine import Engine
from oncocds.errors import InputError, Problem
from oncocds.profile.reading import read_date
from oncocds_cohort.columns import Plan
from oncocds_cohort.files import whole_path
from oncocds_cohort.outputs.digests import identity_of
from oncocds_cohort.outputs.named import read
from oncocds_cohort.outputs.planned import planned


@dataclass(frozen=True, slots=True)
class Version:
    """The knowledge of a folder (None: the bundled one), a local policy's file, a site's overlay, and a day; can be
    pickled.

    ``identity`` is of the knowledge, policy and modules it was made with: a machine that has others answers nothing.
    """

    knowledge: Path | None
    policy: Path | None
    as_of: datetime.date
    identity: tuple[tuple[str, str], ...]
    overlay: Path | None = None
    _read: Engine | None = field(default=None, init=False, repr=False, compare=False)
    """What the identity is of, in the process that read it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Version, (self.knowledge, self.policy, self.as_of, self.identity, self.overlay)

    @classmethod
    def of(
        cls,
        *,
        knowledge: Path | str | None = None,
        policy: Path | str | None = None,
        as_of: datetime.date | str | None = None,
        overlay: Path | str | None = None,
    ) -> Self:
        """Read them here; the day is today's unless it is given. Raises ``InputError`` or ``KnowledgeError``."""
        folder, local, own = (None if one is None else whole_path(one) for one in (knowledge, policy, overlay))
        day, engine = read_date(as_of), read(folder, local, own)
        found = cls(folder, local, day, tuple(identity_of(engine).items()), own)
        object.__setattr__(found, "_read", engine)
        return found

    @property
    def engine(self) -> Engine:
        """The engine, read on this machine. Raises ``InputError`` where it would answer by something else."""
        return self._read or _checked(self)

    @property
    def plan(self) -> Plan:
        """The rules as columns, made once in a process. Raises as ``engine`` does."""
        return _planned(self)


@lru_cache(maxsize=4)
def _checked(version: Version) -> Engine:
    engine = read(version.knowledge, version.policy, version.overlay)
    told, wanted = identity_of(engine), dict(version.identity)
    for name in (one for one in wanted if told[one] != wanted[one]):
        raise InputError([Problem(name, "it is another one here than where the work was given out", wanted[name])])
    return engine


@lru_cache(maxsize=4)
def _planned(version: Version) -> Plan:
    return planned(version.engine, version.as_of)
