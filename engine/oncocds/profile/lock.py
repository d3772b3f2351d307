"""The site's safety settings, locked against whoever sends a patient: only the site's own policy changes them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from oncocds.errors import PolicyError, Problem
from oncocds.profile.policy import Policy
from oncocds.reading.nearest import suggestion
from oncocds.vocabulary.models import Vocabulary

Locked = Mapping[str, bool | None]
"""The value of each locked setting, the only one that is accepted."""


class PolicyLockedError(PolicyError):
    """A caller's policy changes what only the site's may."""


def locked_settings(vocabulary: Vocabulary, site: Policy, free: Collection[str]) -> dict[str, bool | None]:
    """Return the safety settings with the site's values, but those that are ``free``.

    Raises ``PolicyError`` where a name in ``free`` is no safety setting.
    """
    safety = vocabulary.switches
    wrong = [
        Problem(f"/free_policy/{place}", "no safety setting", f"one of {', '.join(safety)}{suggestion(name, safety)}")
        for place, name in enumerate(free)
        if name not in safety
    ]
    if wrong:
        raise PolicyError(wrong)
    return {name: getattr(site, name) for name in safety if name not in free}


def check_lock(policy: Policy, locked: Locked) -> None:
    """Raise ``PolicyLockedError`` with the place of each setting that differs from its locked value."""
    words = {True: "true", False: "false", None: "null"}
    problems = [
        Problem(f"/{name}", "only the site's policy changes this safety setting", f"{words[value]}, or nothing")
        for name, value in locked.items()
        if name in policy.model_fields_set and getattr(policy, name) is not value
    ]
    if problems:
        raise PolicyLockedError(problems)
