"""What the side pane's comparison asks: two requests in one body, each evaluated by itself."""

from __future__ import annotations

import json
from typing import Any

from fastapi import Request, Response

from oncocds.advice.result import Evaluation
from oncocds.errors import InputError, Problem
from oncocds.knowledge.knowledge import Knowledge
from oncocds.profile.reading import read_profile
from oncocds.reading.strict_json import MAX_BYTES, parse_json
from oncocds.text import Text
from oncocds_api.evaluations.evaluations import asked, failed
from oncocds_api.pages.comparison import advice_differences, fact_differences, setting_differences
from oncocds_api.reference.words import CHANGES
from oncocds_api.web.bodies import json_body
from oncocds_api.web.problems import problem, refused
from oncocds_api.workers.workers import Workers

_SIDES = ("before", "now")
_TITLES = {
    "advice": Text("建议", "Advice"),
    "facts": Text("资料", "Facts"),
    "settings": Text("设置与日期", "Settings and date"),
}
_NOTHING = {
    "advice": Text("建议相同。", "The advice is the same."),
    "facts": Text("资料相同。", "The facts are the same."),
}
Compared = tuple[dict[str, Any], Evaluation]


async def compared(request: Request, pool: Workers) -> list[Compared] | Response:
    """Return the two requests with their answers, or the problem: a refusal names its side first."""
    body = await json_body(request, most=2 * MAX_BYTES)
    if isinstance(body, Response):
        return body
    try:
        sides = _read(body)
    except InputError as error:
        return refused(error)
    found: list[Compared] = []
    for name, side in zip(_SIDES, sides, strict=True):
        header, content = await asked(pool, "evaluation", json.dumps(side).encode(), request)
        if header["outcome"] == "refused":
            errors = [{**one, "pointer": f"/{name}{one['pointer']}"} for one in header["errors"]]
            return problem("refused", errors)
        if header["outcome"] != "done":
            return failed(header)
        found.append((side, Evaluation.model_validate_json(content)))
    return found


def differences(found: list[Compared], knowledge: Knowledge) -> dict[str, Any]:
    """Return what the page tells of two answers."""
    (asked_before, before), (asked_now, now) = found
    vocabulary = knowledge.vocabulary
    earlier, present = (read_profile(one["patient"], vocabulary) for one in (asked_before, asked_now))
    return {
        "before": before,
        "now": now,
        "advice": advice_differences(before, now),
        "facts": fact_differences(earlier, present, vocabulary),
        "settings": setting_differences(before, now, vocabulary),
        "titles": _TITLES,
        "nothing": _NOTHING,
        "changes": CHANGES,
    }


def _read(body: bytes) -> list[dict[str, Any]]:
    """Read the two requests. Raises ``InputError``."""
    document = parse_json(body, max_bytes=2 * MAX_BYTES)
    wanted = "an object with 'before' and 'now', each a request for an evaluation"
    if not isinstance(document, dict):
        raise InputError([Problem("", "the body is no object", wanted)])
    wrong = [
        Problem(f"/{name}", "not an object", wanted) for name in _SIDES if not isinstance(document.get(name), dict)
    ]
    wrong += [Problem("", "another key", wanted)] * (len(document.keys() - set(_SIDES)) > 0)
    if wrong:
        raise InputError(wrong)
    return [document[name] for name in _SIDES]
