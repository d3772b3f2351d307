"""The site's policy: thresholds the documents do not give, and the safety switches. Unset is unset, never guessed."""

from __future__ import annotations

import hashlib
import json

from pydantic import BaseModel, ConfigDict

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


class Policy(BaseModel):
    """Local settings; ``None`` is unset: what needs the value stays undetermined, a switch that is unset is off.

    Which settings there are is the vocabulary's business (``models_of``).
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


STRICT = Policy()
"""Nothing is set, whatever settings there are."""


def merge(*layers: Policy) -> Policy:
    """Lay policies over each other, the shipped one first: what a later one sets (an explicit null included) wins."""
    base, *others = layers
    for over in others:
        base = base.model_copy(update={name: getattr(over, name) for name in over.model_fields_set})
    return base


def policy_digest(policy: Policy) -> str:
    """Return the digest of a policy's values."""
    return "sha256:" + hashlib.sha256(_CANONICAL.encode(policy.model_dump()).encode()).hexdigest()
