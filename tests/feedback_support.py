"""Rows of feedback to test with."""

from __future__ import annotations

import uuid
from typing import Any


def made(name: uuid.UUID, rules: list[str]) -> dict[str, Any]:
    """A card as it is noted when it is shown."""
    digests = {"engine": "1", "knowledge": "sha256:k", "policy": "sha256:p", "input": "sha256:i"}
    return {"uuid": str(name), "subject": "a", "urgency": "info", "rules": rules, "suggestions": [], **digests}
