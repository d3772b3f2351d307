"""Servers that put answers on record, and records to look at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from oncocds_api.audit.chain import files_of
from oncocds_api.settings.settings import Settings

AUDIT_KEY = "an-audit-key-of-the-site-4711"


def settings(folder: Path, **more: Any) -> Settings:
    told = {"audit": "required", "audit_key": AUDIT_KEY, "audit_log": folder, "audit_fsync": False}
    told["feedback_spool"] = folder.with_name(f"{folder.name}-spool")  # not where the next test may be
    return Settings.model_validate({"feedback_database": "sqlite://", **told, **more})


def lines(folder: Path) -> list[bytes]:
    return [line for files in files_of(folder).values() for path in files for line in path.read_bytes().splitlines()]


def records(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines(folder)]
