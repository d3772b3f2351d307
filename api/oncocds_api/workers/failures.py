"""What becomes of workers and of what they are asked, and who is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class WorkerLost(Exception):  # noqa: N818 - named as the problem is
    """The worker died during the request."""


class WorkerTimeout(Exception):  # noqa: N818 - named as the problem is
    """The worker did not answer in time and was ended."""


class Busy(Exception):  # noqa: N818 - named as the problem is
    """No worker became free in time."""


class NotStarted(Exception):  # noqa: N818 - it is one of the things that happen
    """A worker did not become one that may answer; the message says why."""


class OtherIdentity(NotStarted):
    """A worker would answer from something else than the server."""


class Watching:
    """Is told what happens to workers; this one does nothing with it."""

    def answered(self, kind: str, header: Mapping[str, Any]) -> None:
        """Hear how a request of a kind was answered."""

    def lost(self, why: str) -> None:
        """Hear that a worker ``died``, ``hung``, needed too much ``memory`` or was ``not-started``."""
