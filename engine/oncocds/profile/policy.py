"""The site's policy: thresholds the documents do not give, and the safety switches. Unset is unset, never guessed."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

_Count = Annotated[int, Field(ge=0, le=100)]


class Policy(BaseModel):
    """Local settings; ``None`` is unset: what needs the value stays undetermined, a switch that is unset is off."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    lvef_drop_abs: Annotated[float, Field(gt=0, le=100)] | None = None
    brain_oligo_max: _Count | None = None
    oligomet_max: _Count | None = None
    oligoresidual_max: _Count | None = None
    oligoprog_max: _Count | None = None
    pain_nrs: Annotated[int, Field(ge=0, le=10)] | None = None
    elderly_age: Annotated[float, Field(ge=0, le=130)] | None = None
    crcl_low: Annotated[float, Field(gt=0, le=200)] | None = None
    result_age_months: Annotated[int, Field(ge=1, le=600)] | None = None
    cns_counts_as_visceral: bool | None = None
    sbrt_available: bool | None = None
    cross_tumour_safety: bool | None = None
    cross_tumour_bone_agent_checks: bool | None = None
    cross_tumour_emergencies: bool | None = None
    echo_without_radiotherapy: bool | None = None


SWITCHES = (
    "cross_tumour_safety",
    "cross_tumour_bone_agent_checks",
    "cross_tumour_emergencies",
    "echo_without_radiotherapy",
)
STRICT = Policy()


def merge(*layers: Policy) -> Policy:
    """Lay policies over each other, the shipped one first: what a later one sets (an explicit null included) wins."""
    base, *others = layers
    for over in others:
        base = base.model_copy(update={name: getattr(over, name) for name in over.model_fields_set})
    return base


def policy_digest(policy: Policy) -> str:
    """Return the digest of a policy's values."""
    canonical = json.dumps(policy.model_dump(), sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()
