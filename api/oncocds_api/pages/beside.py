"""The routes of what stands beside an answer: why a rule holds, what differs from a file, what became of items."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Callable, Sequence

from fastapi import APIRouter, Request, Response
from fastapi.params import Depends

from oncocds.explaining.result import RuleExplanation
from oncocds.knowledge.knowledge import Knowledge
from oncocds_api.feedback.feedback import Feedback
from oncocds_api.pages.compared import compared, differences
from oncocds_api.pages.fragments import fragment
from oncocds_api.pages.judging import judged
from oncocds_api.pages.refusals import with_words
from oncocds_api.workers.workers import Workers


def add_beside_routes(
    router: APIRouter,
    page: Callable[..., Response],
    guards: Sequence[Depends],
    pool: Workers,
    knowledge: Knowledge,
    feedback: Feedback,
) -> None:
    """Add the routes; ``page`` renders a template, which is no work for the event loop."""

    @router.post("/explanation", dependencies=guards)
    async def explanation(request: Request) -> Response:
        """Explain one rule for a patient and return it as a fragment for the side pane, or the problem."""
        return await fragment(request, pool, "explanation", explained)

    def explained(request: Request, body: bytes) -> Response:
        return page(request, "explanation.html", found=RuleExplanation.model_validate_json(body))

    @router.post("/comparison", dependencies=guards)
    async def comparison(request: Request) -> Response:
        """Hold two states of a patient against each other; return a fragment for the side pane, or the problem."""
        found = await compared(request, pool)
        if isinstance(found, Response):
            return with_words(found)
        return await to_thread(lambda: page(request, "comparison.html", **differences(found, knowledge)))

    @router.post("/judgement", dependencies=guards)
    async def judgement(request: Request) -> Response:
        """Keep what a clinician decided about items of advice, or say that it could not be kept."""
        return with_words(await judged(request, pool, feedback))
