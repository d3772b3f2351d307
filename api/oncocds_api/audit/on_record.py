"""The one place where answers leave: each is put on record first, or is not given, or says that it is not on record."""

from __future__ import annotations

import contextlib
import json
import re
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fastapi import Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oncocds_api.audit.key import AuditKey
from oncocds_api.audit.log import AuditLog, NotRecorded
from oncocds_api.requests.noting import DECISION, caller_of, noted
from oncocds_api.tracing.tracing import CURRENT
from oncocds_api.web.problems import MEDIA_TYPE

DECISION_HEADER, AUDIT_HEADER = "Oncocds-Decision", "Oncocds-Audit"
NOT_RECORDED = "not-recorded"
KINDS: Mapping[str, str] = {
    "/v1/evaluations": "evaluation",
    "/v1/explanations": "explanation",
    "/v1/fhir/evaluations": "fhir-evaluation",
    "/cds-services/{service}": "hook",
    "/cds-services/{service}/feedback": "feedback",
    "/evaluate": "evaluation",
    "/explanation": "explanation",
    "/comparison": "comparison",
    "/scenario": "scenario",
    "/judgement": "feedback",
}
"""What is put on record, by its route; and every answer for which a patient was evaluated, whatever its route."""
_NOTHING_DONE = (401, 429, 499)  # nobody known, one too many, or gone: not a line for each of a thousand
_OVERLOADED = "overloaded"
_ITEM = re.compile(r"\[(.+)\]")


class OnRecord:
    """ASGI middleware, the innermost: what it lets pass is not changed any more but in its form.

    ``refusal`` returns what is answered on a route where an answer could not be put on record.
    """

    def __init__(self, app: ASGIApp, log: AuditLog, refusal: Callable[[str], Response]) -> None:
        self._app = app
        self._log = log
        self._refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer once it is on record."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        start = time.perf_counter()
        decision = scope[DECISION] = str(uuid.uuid4())
        held: list[Message] = []  # the answer's start, until its content is known
        refused = begun = False

        async def recorded(message: Message) -> None:
            nonlocal refused, begun
            if refused:
                return
            if message["type"] == "http.response.start":
                held.append(message)
                return
            if held:
                first = held.pop()
                told = self._told(scope, first, bytes(message.get("body", b"")), time.perf_counter() - start)
                if told is not None:
                    headers = MutableHeaders(scope=first)
                    headers[DECISION_HEADER] = decision
                    try:
                        await self._log.put(told)
                    except NotRecorded:
                        if self._log.required:
                            refused = begun = True
                            await self._refusal(told["route"])(scope, receive, send)
                            return
                        headers[AUDIT_HEADER] = NOT_RECORDED
                begun = True
                await send(first)
            await send(message)

        try:
            await self._app(scope, receive, recorded)
        except Exception:
            if not begun and (told := self._told(scope, None, b"", time.perf_counter() - start)) is not None:
                with contextlib.suppress(NotRecorded):  # no answer leaves: what nobody foresaw is a 500
                    await self._log.put(told)
            raise

    def _told(self, scope: Scope, start: Message | None, body: bytes, seconds: float) -> dict[str, Any] | None:
        """Return the record of an answer, None where none is kept: where nothing was evaluated for anybody, too."""
        route = str(getattr(scope.get("route"), "path", ""))
        found = noted(scope)
        kind = KINDS.get(route) or ("other" if found.get("answers") else None)
        status = 500 if start is None else int(start["status"])
        if kind is None or status in _NOTHING_DONE:
            return None
        caller = caller_of(scope)
        told: dict[str, Any] = {
            "kind": kind,
            "decision": scope[DECISION],
            "route": route,
            "caller": {"by": "nobody"} if caller is None else {"by": caller.by, "name": caller.name},
            "status": status,
            "ms": round(1000 * seconds, 1),
        }
        traced = CURRENT.get()
        if traced is not None:
            told["request"] = traced.request_id
        if start is None:
            told["problem"] = "internal-error"
        elif Headers(raw=start["headers"]).get("content-type") == MEDIA_TYPE:
            told["problem"] = str(json.loads(body)["type"]).rpartition("/")[2]
            if told["problem"] == _OVERLOADED:
                return None
        return {**told, **keyed_parts(self._log.key, found)}


def keyed_parts(key: AuditKey, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was noted as it may be kept: keyed hashes for whoever and whatever is the patient's or a person's."""
    told = dict(found)
    for name in ("user", "instance"):
        if name in told:
            told[name] = key.keyed(name, told[name])
    told["answers"] = [keyed_answer(key, one) for one in told.get("answers", ())]
    return {name: part for name, part in told.items() if part not in (None, [])}


def keyed_answer(key: AuditKey, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a worker told of an evaluation as it may be kept."""
    found = {name: part for name, part in told.items() if part is not None}
    if "answer" in found:
        found["answer"] = key.keyed("answer", found["answer"])
    if "briefing" in found:
        found["briefing"] = keyed_lines(key, found["briefing"])
    return found


def keyed_lines(key: AuditKey, lines: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return lines of the briefing with keyed hashes for texts and for what items are called."""
    return [
        {
            name: key.keyed(name, part)
            if name in ("text", "lesion")
            else _ITEM.sub(lambda found: f"[{key.keyed('item', found[1])[:16]}]", part)
            if name == "ref"
            else part
            for name, part in one.items()
        }
        for one in lines
    ]
