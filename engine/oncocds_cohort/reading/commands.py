"""What ``oncocds cohort schema``, ``check`` and ``generate`` do."""

from __future__ import annotations

import json
from pathlib import Path

from oncocds.engine import load_bundled_or
from oncocds_cohort.schema import described, profile_schema


def print_schema(knowledge: Path | None, *, as_json: bool) -> int:
    """Print the columns of a file of patients."""
    vocabulary = load_bundled_or(knowledge).vocabulary
    if as_json:
        print(json.dumps(described(vocabulary), ensure_ascii=False, indent=1))
    else:
        print(profile_schema(vocabulary).to_string())
    return 0
