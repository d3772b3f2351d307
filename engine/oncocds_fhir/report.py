"""The report of a mapping: what it could not use, and why; what cannot be true together; what was taken for granted."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from oncocds.advice.result import Bilingual, Part


class Place(Part):
    """A place that cannot be read, by JSON pointer; what was wrong, and what was expected."""

    pointer: str
    reason: str
    expected: str


class Unmapped(Part):
    """Resources, or parts of them, that are no facts of the profile, and the reason."""

    reason: str
    severity: Literal["warning", "info"]
    text: Bilingual
    resources: list[str] = Field(description="Type and id. Of very many the first; `count` tells how many there are.")
    count: int
    facts: list[str] = Field(description="The facts that would have been told.")
    code: str | None = Field(description="The code it is about, as SYSTEM|CODE.")
    places: list[Place] = Field(description="Where it stands, of what cannot be read at all.")


class Implausible(Part):
    """Records that cannot both be true (or, as a hint, look odd together)."""

    id: str
    severity: Literal["contradiction", "hint"]
    text: Bilingual
    resources: list[str]
    facts: list[str]


class Assumption(Part):
    """Something the mapping or the evaluation takes for granted, for these facts."""

    id: str
    text: Bilingual
    facts: list[str]


class Opening(Part):
    """Why a list may hold more than is written."""

    reason: str
    text: Bilingual
    resources: list[str] = Field(description="Type and id. Of very many the first; `count` tells how many there are.")
    count: int


class OpenList(Part):
    """A list of the profile that may hold more than is written, and why: it stands in the profile's `incomplete`.

    So do sets of codes (`surgeries`), and facts that are not known where nothing recorded would mean no
    (`skeletal_events.cord_compression`).

    Where only results of some tests may be missing of `history`, these stand in its `history_incomplete` instead.
    """

    name: str
    because: list[Opening]


class MappingReport(Part):
    """Everything about the way from the resources to the profile that the profile itself does not show."""

    codes_digest: str = Field(description="Which code tables were used.")
    resources: int = Field(description="How many resources were looked at.")
    unmapped: list[Unmapped]
    open_lists: list[OpenList]
    plausibility: list[Implausible]
    assumptions: list[Assumption]
