"""Answers of the workers as fragments of a page."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Callable

from fastapi import Request, Response

from oncocds_api.evaluations.evaluations import worked
from oncocds_api.pages.refusals import with_words
from oncocds_api.workers.workers import Workers


async def fragment(
    request: Request, pool: Workers, kind: str, render: Callable[[Request, bytes], Response]
) -> Response:
    """Have a request answered by the workers; return the answer as ``render`` shows it, or the problem in words.

    A long answer takes a while to render, which is no work for the event loop.
    """
    response = await worked(request, pool, kind)
    if response.status_code != 200:
        return with_words(response)
    return await to_thread(render, request, bytes(response.body))
