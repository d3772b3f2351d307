"""What the page needs to be opened by an EHR with SMART on FHIR: which EHRs, what it reads there, what it may reach."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from oncocds_api.cds.services import MEDICATION_KEYS, TEMPLATES
from oncocds_api.settings.addresses import SmartServer


def servers(known: Iterable[SmartServer]) -> list[dict[str, Any]]:
    """Return what the page is told of each EHR; ``origins`` are all that it may be sent to or call."""
    return [
        {"iss": one.iss, "client_id": one.client_id, "name": one.name or one.iss, "origins": origins_of([one])}
        for one in known
    ]


def reads() -> list[dict[str, Any]]:
    """Return the FHIR queries of a chart: the same that CDS Hooks asks to be prefetched."""
    return [
        {"query": one.query, "required": one.required, "medications": one.key in MEDICATION_KEYS} for one in TEMPLATES
    ]


def origins_of(known: Iterable[SmartServer]) -> list[str]:
    """Return the origins of EHRs, each once."""
    addresses = [address for one in known for address in (one.iss, *one.origins)]
    return list(dict.fromkeys(f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, addresses)))
