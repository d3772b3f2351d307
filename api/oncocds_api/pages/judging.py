"""What a clinician decides about items of advice and notices on the page: accepted, or not and why.

It is kept where feedback on cards is, and as that is: rules (of a notice, its id), urgency, digests, the reason from a
closed list, the time; nothing of the patient's.
"""

from __future__ import annotations

import datetime
import json
import re
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from fastapi import Request, Response
from starlette.responses import JSONResponse

from oncocds.advice.result import AdviceItem, Evaluation, Notice
from oncocds.errors import InputError, Problem
from oncocds.reading.strict_json import parse_json
from oncocds_api.evaluations.evaluations import NO_STORE, asked, failed
from oncocds_api.feedback.feedback import Feedback, FeedbackUnavailable
from oncocds_api.feedback.reasons import OVERRIDE_REASONS
from oncocds_api.feedback.store import Outcome
from oncocds_api.requests.noting import note
from oncocds_api.web.bodies import json_body
from oncocds_api.web.problems import problem, refused
from oncocds_api.workers.workers import Workers

PAGE = "page"
"""The page's name among the services whose cards became something, and among the hooks."""
_Held = TypeVar("_Held")
_SPACE = uuid.UUID("5b6f4c0e-6d0f-4f0d-8f5e-0a2d6f2f8b11")
_REQUEST = ("patient", "policy", "as_of")
_KEYS = ("visit", "items", "notices", "outcome", "reason")


async def judged(request: Request, pool: Workers, feedback: Feedback) -> Response:
    """Take a judgement of what the answer to a request holds; the answer is made anew to know that it does.

    ``items`` are items of advice, ``notices`` remarks on the whole answer, by id; one of them at least is named.
    ``visit`` is what the page calls its work on one patient: a judgement of the same in it replaces the last one.
    """
    body = await json_body(request)
    if isinstance(body, Response):
        return body
    try:
        told = _read(body)
        header, content = await asked(pool, "evaluation", json.dumps(told["request"]).encode(), request)
        if header["outcome"] != "done":
            return failed(header)
        evaluation = Evaluation.model_validate_json(content)
        items, notices = _items(told["items"], evaluation), _notices(told["notices"], evaluation)
    except InputError as error:
        return refused(error)
    now = datetime.datetime.now(datetime.UTC)
    group = [told["visit"], *([item.action, item.lesion] for item in items), *([one.id] for one in notices)]
    cards = [
        *(_of_item(item, evaluation, group) for item in items),
        *(_card([one.id], one.id, one.urgency, [one.id], evaluation, group) for one in notices),
    ]
    outcomes = [
        Outcome(uuid.UUID(card["uuid"]), told["outcome"], (), told["reason"], commented=False, at=now) for card in cards
    ]
    try:
        await feedback.judged(PAGE, PAGE, cards, outcomes)
    except FeedbackUnavailable:
        return problem("no-feedback")
    subjects = [{**one.told(), "subject": card["subject"]} for one, card in zip(outcomes, cards, strict=True)]
    note(request.scope, service=PAGE, outcomes=subjects)
    return JSONResponse({"taken": len(cards)}, headers=NO_STORE)


def _read(body: bytes) -> dict[str, Any]:
    """Read a judgement. Raises ``InputError`` with the JSON pointer of each place that is wrong."""
    document = parse_json(body)
    if not isinstance(document, dict):
        raise InputError([Problem("", "the body is no object", "a request for an evaluation, with a judgement")])
    wrong = [Problem("", "another key", f"{', '.join((*_REQUEST, *_KEYS))}")] * bool(
        document.keys() - {*_REQUEST, *_KEYS}
    )
    visit, outcome, reason = document.get("visit"), document.get("outcome"), document.get("reason")
    if not isinstance(visit, str) or not re.fullmatch(r"[\w-]{8,60}", visit, re.ASCII):
        wrong.append(Problem("/visit", "not a name", "8 to 60 letters, digits or hyphens"))
    if outcome not in ("accepted", "overridden"):
        wrong.append(Problem("/outcome", "not an outcome", "accepted or overridden"))
    if outcome == "overridden" and reason not in OVERRIDE_REASONS:
        wrong.append(Problem("/reason", "not a reason", f"one of: {', '.join(OVERRIDE_REASONS)}"))
    if outcome == "accepted" and reason is not None:
        wrong.append(Problem("/reason", "not expected", "no reason where advice is accepted"))
    items, notices = document.get("items", []), document.get("notices", [])
    if not isinstance(items, list) or not all(_is_item(item) for item in items):
        wrong.append(Problem("/items", "not a list of items", "a list of [action, lesion or null]"))
    elif not isinstance(notices, list) or not all(isinstance(one, str) for one in notices):
        wrong.append(Problem("/notices", "not a list of notices", "a list of ids"))
    elif not (items or notices):
        wrong.append(Problem("/items", "nothing is judged", "an item of the advice, or a notice in 'notices'"))
    if wrong:
        raise InputError(wrong)
    asked_for = {key: document[key] for key in _REQUEST if key in document}
    return {
        "request": asked_for,
        "items": items,
        "notices": notices,
        "visit": visit,
        "outcome": outcome,
        "reason": reason,
    }


def _is_item(item: Any) -> bool:
    return (
        isinstance(item, list)
        and len(item) == 2
        and isinstance(item[0], str)
        and (item[1] is None or isinstance(item[1], str))
    )


def _items(named: list[list[str | None]], evaluation: Evaluation) -> list[AdviceItem]:
    """Return the items that are named, each once. Raises ``InputError`` for one that the answer does not hold."""
    there: dict[Any, AdviceItem] = {(item.action, item.lesion): item for item in evaluation.advice}
    wanted = ((action, lesion) for action, lesion in named)
    return _there(wanted, there, "items", "not an item of the answer", "an item of the advice")


def _notices(named: list[str], evaluation: Evaluation) -> list[Notice]:
    """Return the notices that are named, each once. Raises ``InputError`` for one that the answer does not hold."""
    there = {notice.id: notice for notice in evaluation.notices}
    return _there(named, there, "notices", "not a notice of the answer", "a notice's id")


def _there(named: Iterable[Any], there: Mapping[Any, _Held], key: str, reason: str, expected: str) -> list[_Held]:
    wanted = list(dict.fromkeys(named))
    missing = [place for place, one in enumerate(wanted) if one not in there]
    if missing:
        raise InputError([Problem(f"/{key}/{place}", reason, expected) for place in missing])
    return [there[one] for one in wanted]


def _of_item(item: AdviceItem, evaluation: Evaluation, group: list[Any]) -> dict[str, Any]:
    """Return what is kept of an item. What is judged together is noted together, so ``group`` is part of its name."""
    rules = list(dict.fromkeys(ground.rule for ground in item.grounds))
    return _card([item.action, item.lesion], item.action, item.urgency, rules, evaluation, group)


def _card(
    name: list[Any], subject: str, urgency: str, rules: list[str], evaluation: Evaluation, group: list[Any]
) -> dict[str, Any]:
    named = json.dumps([group, evaluation.input_digest, evaluation.policy.digest, *name])
    return {
        "uuid": str(uuid.uuid5(_SPACE, named)),
        "subject": subject,
        "urgency": urgency,
        "rules": rules,
        "suggestions": [],
        "engine": evaluation.engine,
        "knowledge": evaluation.knowledge.digest,
        "policy": evaluation.policy.digest,
        "input": evaluation.input_digest,
    }
