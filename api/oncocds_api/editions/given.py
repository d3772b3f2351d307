"""What a server answers from, given to a worker as bytes: it replaces one that died after the files have changed."""

from __future__ import annotations

from collections.abc import Collection

from oncocds.engine import Engine
from oncocds.knowledge.knowledge import Knowledge
from oncocds.profile.lock import locked_settings
from oncocds.profile.made import models_of
from oncocds.profile.policy import Policy
from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.prepared import dumped, loaded

GIVEN = "--given"
"""In place of a worker's files: its first frame holds what it answers from."""


def packed_up(knowledge: Knowledge, site: Policy, codes: CodeTables) -> bytes:
    """Return knowledge, the site's policy and the code tables as bytes. They are for our own processes alone."""
    return dumped((knowledge, site.model_dump(), codes))


def engine_of(given: bytes, free_policy: Collection[str]) -> tuple[Engine, CodeTables]:
    """Return the engine and the code tables; ``free_policy`` names the safety settings that a request may change."""
    knowledge, told, codes = loaded(given)
    site = models_of(knowledge.vocabulary).policy.model_validate(told)
    return Engine(knowledge, site, locked_settings(knowledge.vocabulary, site, free_policy)), codes
