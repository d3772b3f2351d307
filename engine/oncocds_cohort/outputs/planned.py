"""An engine's rules as columns: as they were kept beside the prepared knowledge, else read anew, which takes long."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence

from oncocds.engine import Engine, is_prepared
from oncocds.profile.made import models_of
from oncocds.profile.policy import merge
from oncocds.profile.reading import read_policy
from oncocds.vocabulary.prepared import prepared
from oncocds.vocabulary.site import site_codes
from oncocds_cohort.columns import Plan
from oncocds_cohort.columns.packing import Packed
from oncocds_cohort.outputs.digests import identity_of

SHIPPED, SITE = "columns", "columns-site"
"""The prepared parts: of the shipped policy, and of the last other policy or site's overlay that was asked by."""


def plans_of(engines: Sequence[Engine], as_of: datetime.date) -> tuple[Plan, ...]:
    """Return the plans of engines. Raises ``UnreadableError`` as ``Plan.of``.

    Of two that are compared neither is the kept one: equal terms are one term only where one process made both, since
    the parts of a term stand in the order in which they were made.
    """
    if len(engines) == 1:
        return (planned(engines[0], as_of),)
    return tuple(Plan.of(engine.knowledge, engine.policy, as_of=as_of) for engine in engines)


def planned(engine: Engine, as_of: datetime.date) -> Plan:
    """Return the plan of an engine. Raises ``UnreadableError`` as ``Plan.of``.

    It is kept where the knowledge is the bundled one: by knowledge, policy and the modules that answer. The day makes
    no difference (``OpenFacts.as_of``).
    """
    if not is_prepared(engine.knowledge):
        return Plan.of(engine.knowledge, engine.policy, as_of=as_of)
    vocabulary, made = engine.knowledge.vocabulary, list[Plan]()

    def make() -> Packed[tuple[str, str, str]]:
        made.append(Plan.of(engine.knowledge, engine.policy, as_of=as_of))
        return made[0].packed

    shipped = merge(models_of(vocabulary).policy(), read_policy(engine.knowledge.policy, vocabulary))
    also = hashlib.sha256(repr(sorted(identity_of(engine).items())).encode()).hexdigest()
    as_shipped = engine.policy == shipped and site_codes(vocabulary) is None
    wanted = prepared(SHIPPED if as_shipped else SITE, make, also)
    return made[0] if made else Plan(engine.knowledge, engine.policy, as_of, wanted)
