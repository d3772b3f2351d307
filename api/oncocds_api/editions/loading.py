"""What the server answers from, read from its files: knowledge, code tables and the site's policy."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from oncocds.engine import forget_bundled, load_bundled_or, load_tables
from oncocds.knowledge.knowledge import Knowledge
from oncocds.profile.lock import locked_settings
from oncocds.profile.policy import Policy, merge, policy_digest
from oncocds.profile.reading import read_policy
from oncocds.vocabulary.code_tables import CodeTables
from oncocds_api.editions.given import GIVEN, packed_up
from oncocds_api.editions.identity import identity
from oncocds_api.settings.settings import Settings

_WORKER = (sys.executable, "-m", "oncocds_api.evaluation")


@dataclass(frozen=True, slots=True)
class Loaded:
    """Knowledge and the site's policy as they were read, and the digest that workers must answer from."""

    knowledge: Knowledge
    site: Policy
    codes: CodeTables
    identity: str

    @property
    def policy_digest(self) -> str:
        """The digest of the site's policy."""
        return policy_digest(self.site)

    def given(self) -> bytes:
        """Return all of it as bytes, for a worker that is to answer from this whatever the files hold by now."""
        return packed_up(self.knowledge, self.site, self.codes)


@dataclass(frozen=True, slots=True)
class Files:
    """Where it is read from; None for what is bundled. ``settings`` name the overlay and what requests may change."""

    knowledge: Path | None
    policy: Path | None
    settings: Settings

    def read(self) -> Loaded:
        """Read everything. Raises ``KnowledgeError`` or ``PolicyError``."""
        knowledge = load_bundled_or(self.knowledge, self.settings.vocabulary_overlay)
        codes = load_tables(self.knowledge, knowledge.vocabulary)
        site = read_policy(knowledge.policy, knowledge.vocabulary)
        if self.policy is not None:
            site = merge(site, read_policy(self.policy, knowledge.vocabulary))
        locked_settings(knowledge.vocabulary, site, self.settings.free_policy)  # refused here, not by every worker
        return Loaded(knowledge, site, codes, identity(knowledge, site, codes))

    def read_again(self) -> Loaded:
        """Read everything as it is on the disk now."""
        forget_bundled()
        return self.read()

    def worker(self) -> Sequence[str]:
        """Return the command of a worker that reads the same."""
        settings = self.settings
        given = (self.knowledge or "", self.policy or "", settings.time_zone or "", settings.vocabulary_overlay or "")
        return [*_WORKER, *map(str, given), *settings.free_policy]

    def worker_that_is_given(self) -> Sequence[str]:
        """Return the command of a worker that reads no files: what it answers from is the first it is sent."""
        return [*_WORKER, GIVEN, self.settings.time_zone or "", *self.settings.free_policy]
