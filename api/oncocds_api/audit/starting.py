"""What is put on record when the server starts, and what it says of files that others can read."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from oncocds import __version__
from oncocds_api.audit.key import AuditKey, made_key_file
from oncocds_api.editions.loading import Loaded
from oncocds_api.settings.settings import Settings

_LOG = logging.getLogger("oncocds_api")
_OTHERS = 0o077


def start_told(settings: Settings, key: AuditKey, loaded: Loaded) -> dict[str, Any]:
    """Return the record of a start: which settings (a keyed hash: secrets are among them), and what answers."""
    knowledge = loaded.knowledge
    plain = json.dumps({name: getattr(settings, name) for name in type(settings).model_fields}, default=_revealed)
    return {
        "settings": key.keyed("settings", plain),
        "audit": settings.audit_mode,
        "fsync": settings.audit_fsync,
        "engine": __version__,
        "knowledge": {"version": knowledge.version, "digest": knowledge.digest},
        "codes": loaded.codes.digest,
        "policy": {"digest": loaded.policy_digest, "effective": loaded.site.model_dump()},
        "worker": loaded.identity,
    }


def warned_of_files(settings: Settings) -> None:
    """Say which files of secrets others can read, and that the key of the log stands beside it."""
    for path in readable_by_others(settings.files_with_secrets()):
        _LOG.warning("%s holds secrets and can be read by others on this machine: chmod 600 it", path)
    if settings.audit_mode != "off" and settings.audit_key is None:
        _LOG.warning(
            "audit_key is not set: the key that seals the audit log stands beside it, in %s. Whoever can write both can"
            " forge records: keep the key elsewhere and name it as audit_key.",
            made_key_file(settings),
        )


def readable_by_others(files: Iterable[Path]) -> list[Path]:
    """Return those of some files that more than their owner may read or write, each once."""
    return [path for path in dict.fromkeys(files) if _mode(path) & _OTHERS]


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode & 0o777 if os.name == "posix" else 0
    except OSError:
        return 0


def _revealed(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, BaseModel):
        return {name: getattr(value, name) for name in type(value).model_fields}
    return dict(value) if hasattr(value, "items") else str(value)
