"""Metastases that diagnoses name → lesions: one for each site, as the newest records of it say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from oncocds_fhir.alike import alike
from oncocds_fhir.bundle import Resource
from oncocds_fhir.concepts import Meant
from oncocds_fhir.diagnoses import MARROW
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.sites import read_sites
from oncocds_fhir.statuses import OPEN
from oncocds_fhir.times import When, newest, read_period, read_when

_REFUTED = "refuted"


class Metastasis(NamedTuple):
    """What one Condition says of a metastatic site."""

    resource: str
    organ: str | None
    site: str | None
    status: str | None
    resolved: bool


Metastases = dict[str, list[tuple[When | None, Metastasis]]]
"""What Conditions say of metastases, by site, and when."""


def note_metastasis(
    condition: Resource,
    entry: Meant,
    verification: str | None,
    clinical: str | None,
    found: Metastases,
    gathering: Gathering,
) -> None:
    """Note what a Condition says of a metastasis; ``entry`` is what its code and words mean."""
    where = alike(read_sites, condition, gathering)
    organ, site = entry.one("organ"), entry.one("site")
    if organ == "unspecified":
        organ = where.only("organ")
    if site is None and organ in (None, "bone") and where.only("organ") in (None, organ):
        site = where.only("site")
    elif where.only("organ") not in (None, organ):
        gathering.remarks.unmapped("site-unclear", condition.label, facts=["lesions.site"])
    sides = where.sides | set(entry.means.get("laterality", ()))
    side = next(iter(sides)) if len(sides) == 1 and site is not None else None
    status = "suspected" if verification in OPEN else verification if verification in ("confirmed", _REFUTED) else None
    said = Metastasis(condition.label, organ, site, status, clinical == "resolved")
    name = "-".join(part for part in (side, site or organ or "site-unspecified") if part)
    found.setdefault(name, []).append((recorded(condition), said))


def map_lesions(found: Metastases, gathering: Gathering) -> None:
    """Make one lesion of all conditions that name the same site; the newest of them says how it stands."""
    for name, records in found.items():
        refuted = [when for when, said in records if said.status == _REFUTED]
        records = [(when, said) for when, said in records if said.status != _REFUTED]
        if not records:
            continue
        since = taken_back([when for when, _ in records], refuted)
        latest = newest(records)
        labels = [said.resource for _, said in records]
        newest_ = set(map(id, latest))
        older = [said.resource for _, said in records if id(said) not in newest_]
        if older:
            gathering.remarks.unmapped("superseded", *older, facts=[f"lesions[{name}].status"])
        values: dict[str, str] = {
            key: value for key in ("organ", "site") if (value := getattr(latest[0], key)) is not None
        }
        if values.get("organ") == MARROW:
            del values["organ"]
            gathering.remarks.unmapped("bone-marrow", *labels, facts=[f"lesions[{name}].organ"])
        statuses = {said.status for said in latest if said.status is not None}
        statuses |= {_REFUTED} if since else set()
        if len(statuses) == 1 and not since:
            values["status"] = next(iter(statuses))
        elif statuses:
            gathering.remarks.unmapped(
                "conflicting-results", *(said.resource for said in latest), facts=[f"lesions[{name}].status"]
            )
        if all(said.resolved for said in latest):
            values["trend"] = "resolved"
        gathering.put_item("lesions", name, values, labels)
        distant = {
            said.resource
            for said in latest
            if said.status == "confirmed" and not said.resolved and said.organ not in (None, "node", "breast", "skin")
        }
        if distant and statuses == {"confirmed"}:
            for when, said in records:
                if said.resource in distant:
                    gathering.offer("diagnosis.extent", "metastatic", when, said.resource)


def recorded(condition: Resource) -> When | None:
    """Return when a Condition was recorded, else when it began."""
    for key in ("recordedDate", "onsetDateTime"):
        when = read_when(condition.element, key)
        if when is not None:
            return when
    return read_period(condition.element, "onsetPeriod")[0]


def taken_back(said: Sequence[When | None], against: Sequence[When | None]) -> bool:
    """Tell whether what was said is contradicted since: by one record that is certainly newer than all that say it."""
    return any(one is not None and all(when is not None and when.before(one) for when in said) for one in against)
