"""How much a server takes: of connections, of waiting requests, and of one caller."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Limits(BaseModel):
    """The limits of a server. The defaults suit a hospital; only a caller has none unless it is set.

    ``queue``: how many requests may wait for a worker, beyond those at work; by default fifty for each worker.
    ``connections``: how many may be open at once. ``head_seconds``: how long a connection may take for the head of a
    request, its first one included. ``keep_alive_seconds``: how long it may stay open between two requests; longer than
    a proxy keeps its own (nginx: 60), or the proxy sends requests into closed ones.
    ``per_second``: how many requests of one caller (a key, or an issuer of tokens) are taken in a second, after a
    ``burst``; ``at_once``: how many of them are worked on or wait at the same time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    queue: int | None = Field(default=None, ge=1, le=10_000)
    connections: int = Field(default=500, ge=8, le=100_000)
    head_seconds: float = Field(default=10.0, gt=0, le=300)
    keep_alive_seconds: int = Field(default=75, ge=1, le=3600)
    per_second: float | None = Field(default=None, gt=0, le=100_000)
    burst: int | None = Field(default=None, ge=1, le=100_000)
    at_once: int | None = Field(default=None, ge=1, le=100_000)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.burst is not None and self.per_second is None:
            raise ValueError("expected 'per_second' beside 'burst'")
        return self
