"""The cards of CDS Hooks 2.0.1. What is not there is left out: nothing is null, nothing empty but ``cards``."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from oncocds.knowledge.models import Urgency

EXTENSION = "example.oncocds"
"""The name of our own data in a card's extension (reverse domain)."""


class CdsPart(BaseModel):
    """Base of all parts of a response."""

    model_config = ConfigDict(frozen=True)


class CdsCoding(CdsPart):
    """A code of a system, with words."""

    code: str
    system: str
    display: str


class CardSource(CdsPart):
    """The document that the advice is from."""

    label: str
    url: str | None = None
    topic: CdsCoding | None = None


class CardLink(CdsPart):
    """A page to read."""

    label: str
    url: str
    type: Literal["absolute"] = "absolute"


class DeleteAction(CdsPart):
    """Withdraws a draft order."""

    type: Literal["delete"] = "delete"
    description: str
    resourceId: str  # noqa: N815 - the specification's name


class Suggestion(CdsPart):
    """A change that the clinician may accept."""

    label: str
    uuid: str
    actions: list[DeleteAction]


class Card(CdsPart):
    """One piece of advice."""

    uuid: str
    summary: str = Field(max_length=139)
    detail: str | None = None
    indicator: Urgency
    source: CardSource
    suggestions: list[Suggestion] | None = None
    selectionBehavior: Literal["at-most-one", "any"] | None = None  # noqa: N815 - the specification's name
    overrideReasons: list[CdsCoding] | None = None  # noqa: N815 - the specification's name
    links: list[CardLink] | None = None
    extension: dict[str, Any] | None = None


class CdsResponse(CdsPart):
    """The cards of one call."""

    cards: list[Card]


class CdsService(CdsPart):
    """A service as discovery tells of it."""

    hook: str
    title: str
    description: str
    id: str
    prefetch: dict[str, str]
    usageRequirements: str  # noqa: N815 - the specification's name


class Discovery(CdsPart):
    """All services."""

    services: list[CdsService]
