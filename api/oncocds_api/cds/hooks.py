"""One hook call, from the body to the answer: a worker evaluates, and says what the server must fetch for it first."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response

from oncocds_api.cds.envelope import Fetched, Options, packed
from oncocds_api.cds.fetching import MOST_BYTES, Fetcher
from oncocds_api.cds.outcome import unavailable
from oncocds_api.cds.services import Service
from oncocds_api.evaluations.evaluations import NO_STORE, asked, failed
from oncocds_api.feedback.feedback import Feedback
from oncocds_api.requests.noting import DECISION, note
from oncocds_api.settings.settings import Settings
from oncocds_api.workers.workers import Workers

_LOG = logging.getLogger("oncocds_api")
_MOST_ROUNDS = 8
_PAGES_AT_ONCE = 50  # of a search: a stay of months has some thousand doses


class Hooks:
    """Answers hook calls."""

    def __init__(self, pool: Workers, settings: Settings, fetcher: Fetcher, feedback: Feedback) -> None:
        self._pool = pool
        self._settings = settings
        self._fetcher = fetcher
        self._feedback = feedback

    async def answer(self, service: Service, body: bytes, request: Request) -> tuple[Response, str]:
        """Return the response to a call and the digest of what was evaluated (``-`` for none)."""
        header, content = await self._worked(service, body, request)
        if "by" in header:
            shown = [{"card": one["uuid"], "urgency": one["urgency"]} for one in header.get("shown", ())]
            note(request.scope, service=service.id, **header["by"], failed=header["missing"], cards=shown)
        if header["outcome"] == "done":
            await self._feedback.shown(service.id, header["hook"], header["shown"])
            return Response(content, media_type="application/json", headers=NO_STORE), header["digest"]
        if header["outcome"] == "unavailable":
            _LOG.warning("data missing: %s", ", ".join(f"{one['key']} ({one['why']})" for one in header["missing"]))
            return unavailable(header["missing"], self._settings.language), "-"
        return failed(header), "-"

    async def _worked(self, service: Service, body: bytes, request: Request) -> tuple[Mapping[str, Any], bytes]:
        fetched: list[Fetched] = []
        begun: float | None = None
        for number in range(_MOST_ROUNDS + 1):
            last = number == _MOST_ROUNDS
            decision = request.scope.get(DECISION)
            options = Options(service.id, self._settings.language, self._settings.base_url, last, decision)
            header, content = await asked(self._pool, "cds-hook", packed(options, body, fetched), request)
            if header["outcome"] != "fetch":
                return header, content
            wanted = [(one["key"], one["url"]) for one in header["wanted"]]
            begun = begun or asyncio.get_running_loop().time()
            pages = 1 if fetched else _PAGES_AT_ONCE  # the rest, one by one, as the worker that reads them asks for it
            room = MOST_BYTES - sum(len(one.content) for one in fetched)
            fetched += await self._fetcher.fetch(wanted, header["token"], begun, room, pages)
        raise AssertionError("a worker must not ask for more in the last round")
