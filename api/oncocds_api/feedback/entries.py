"""What waits to be written to the feedback database, as entries of the spool: JSON, nothing of a patient's."""

from __future__ import annotations

import datetime
import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from oncocds_api.feedback.store import FeedbackStore, Outcome
from oncocds_api.settings.settings import Settings


def spool_folder(settings: Settings) -> Path:
    """Return the folder of the spool: the setting's, beside an SQLite file, or one of this database's own here."""
    if settings.feedback_spool is not None:
        return settings.feedback_spool
    address = make_url(settings.feedback_database)
    if address.get_backend_name() == "sqlite" and address.database not in (None, "", ":memory:"):
        return Path(f"{address.database}.spool")
    named = hashlib.sha256(address.render_as_string(hide_password=True).encode()).hexdigest()
    return Path(f"oncocds-feedback-{named[:12]}.spool")


def shown_entry(service: str, hook: str, cards: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the entry of cards that are shown now."""
    return _packed({"shown": list(cards), "service": service, "hook": hook})


def outcome_entry(outcomes: Sequence[Outcome]) -> bytes:
    """Return the entry of outcomes that came with one request now."""
    return _packed({"outcomes": [asdict(one) for one in outcomes], "entry": uuid.uuid4()})


def shown_cards(entry: bytes) -> Iterator[tuple[str, uuid.UUID, set[uuid.UUID]]]:
    """Yield the cards of an entry: service, card, suggestions."""
    told = json.loads(entry)
    for one in told.get("shown", ()):
        yield told["service"], uuid.UUID(one["uuid"]), set(map(uuid.UUID, one["suggestions"]))


def write_entry(store: FeedbackStore, entry: bytes) -> None:
    """Write an entry to the database; writing it twice is writing it once. Raises ``SQLAlchemyError``."""
    told = json.loads(entry)
    at = datetime.datetime.fromisoformat(told["at"])
    if "shown" in told:
        store.shown(told["service"], told["hook"], told["shown"], at)
    else:
        store.append([_outcome(one) for one in told["outcomes"]], uuid.UUID(told["entry"]), at)


def _packed(content: dict[str, Any]) -> bytes:
    content["at"] = datetime.datetime.now(datetime.UTC)
    return json.dumps(content, default=str, ensure_ascii=False, separators=(",", ":")).encode()


def _outcome(told: Mapping[str, Any]) -> Outcome:
    return Outcome(
        uuid.UUID(told["card"]),
        told["outcome"],
        tuple(map(uuid.UUID, told["suggestions"])),
        told["reason"],
        told["commented"],
        datetime.datetime.fromisoformat(told["at"]),
    )
