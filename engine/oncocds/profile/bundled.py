"""The profile and the policy of the bundled vocabulary, for who makes them in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oncocds.profile.made import models_of
from oncocds.vocabulary.loader import bundled_vocabulary

if TYPE_CHECKING:
    from oncocds.profile.models import Profile
    from oncocds.profile.policy import Policy
else:
    Profile, Policy = models_of(bundled_vocabulary()).profile, models_of(bundled_vocabulary()).policy

__all__ = ["Policy", "Profile"]
