"""How log lines look: for people, or a JSON object each. Both name the request that a line belongs to."""

from __future__ import annotations

import datetime
import json
import logging
import traceback
from pathlib import Path
from typing import Any, Literal

from oncocds_api.tracing.tracing import CURRENT

FIELDS = "oncocds"
"""The name under which a record carries fields of its own (``extra``)."""
LogFormat = Literal["text", "json"]


def set_up_logging(form: LogFormat) -> None:
    """Send the log to standard error, in a form: warnings of whatever runs here, and all that the server tells."""
    handler = logging.StreamHandler()
    handler.setFormatter(_AsJson() if form == "json" else _AsText("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for name in ("oncocds_api", "uvicorn"):
        logging.getLogger(name).setLevel(logging.INFO)


class _AsText(logging.Formatter):
    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the base class's name
        traced = CURRENT.get()
        told = "" if traced is None else "".join(f" {name}={value}" for name, value in traced.told.items())
        return super().formatMessage(record) + told


class _AsJson(logging.Formatter):
    """Tells of an exception its type and its place alone: its message may hold what was sent."""

    def format(self, record: logging.LogRecord) -> str:
        traced = CURRENT.get()
        told: dict[str, Any] = {
            "time": datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **(traced.told if traced is not None else {}),
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            frames = traceback.extract_tb(record.exc_info[2])
            place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
            told["exception"] = f"{type(record.exc_info[1]).__name__}{place}"
        return json.dumps(told, ensure_ascii=False)
