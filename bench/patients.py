"""The patients that all contenders are measured on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from oncocds import Engine

Patient = tuple[Mapping[str, Any], Mapping[str, Any]]  # a profile, and the policy laid over the engine's
DIRECTORY = Path(__file__).parent / "patients"


def patients(engine: Engine) -> tuple[str, list[Patient]]:
    """Return where the patients are from and the patients: the recorded ones, else the examples of the rules."""
    recorded = sorted(DIRECTORY.glob("*.json"))
    if recorded:
        return f"{len(recorded)} files in {DIRECTORY.name}/", [_read(path) for path in recorded]
    examples = [
        (example.given, example.policy) for rule in engine.knowledge.rules.values() for example in rule.examples
    ]
    return f"the {len(examples)} examples of the rules", examples


def _read(path: Path) -> Patient:
    """A file holds a profile, or a request with ``patient`` and ``policy``."""
    content = json.loads(path.read_text(encoding="utf-8"))
    if "patient" in content:
        return content["patient"], content.get("policy", {})
    return content, {}
