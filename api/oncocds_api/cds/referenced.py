"""Medications that orders refer to and that did not come with them: read from the EHR's server, drafts first.

Without them a drug is known by the words beside the reference alone, if by anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

from oncocds.errors import InputError
from oncocds_api.cds.envelope import Fetched
from oncocds_api.requests.requests import parse_fhir
from oncocds_fhir.bundle import Collected, References, Resource, collect, tail
from oncocds_fhir.medication_records import TYPES

KEY = "medications"
"""The key of these reads; no template has it."""
_MOST = 20
_ID = re.compile(r"[A-Za-z0-9\-.]{1,200}")


def add_medications(
    drafts: Sequence[Resource], collected: Collected, server: str | None, fetched: Sequence[Fetched]
) -> list[str]:
    """Add what was read to the collected resources and return the addresses still to be read.

    What could not be read is left out: the mapping says of each order that its reference leads nowhere.
    """
    if server is None:
        return []
    base = server.rstrip("/")
    read = {one.url: one for one in fetched if one.key == KEY}
    wanted = []
    for identity in list(dict.fromkeys(_missing(drafts, collected, base)))[:_MOST]:
        url = f"{base}/Medication/{quote(identity, safe='')}"
        answer = read.get(url)
        if answer is None:
            wanted.append(url)
        elif answer.failure is None:
            _take(answer, identity, collected)
    return wanted


def _missing(drafts: Sequence[Resource], collected: Collected, base: str) -> Iterable[str]:
    references = References((*collected.resources, *drafts))
    for resource in (*drafts, *collected.resources):
        if resource.type not in TYPES:
            continue
        holder = resource.element.raw().get("medicationReference")
        reference = holder.get("reference") if isinstance(holder, Mapping) else None
        if not isinstance(reference, str) or references.find(reference, resource) is not None:
            continue
        kind, _, identity = tail(reference).partition("/")
        ours = reference.partition("/_history/")[0].count("/") == 1 or reference.startswith(f"{base}/")
        if ours and kind == "Medication" and _ID.fullmatch(identity):
            yield identity


def _take(answer: Fetched, identity: str, collected: Collected) -> None:
    try:
        document = parse_fhir(answer.content)
        if isinstance(document, dict) and document.get("resourceType") == "Medication":
            collect({**document, "id": identity}, f"/fetched/{KEY}", collected)
    except InputError:
        return
