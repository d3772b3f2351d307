"""What was refused, in words of the page."""

from __future__ import annotations

import json

from fastapi import Response
from starlette.responses import JSONResponse

from oncocds.refusal_words import refusal_words
from oncocds_api.evaluations.evaluations import NO_STORE
from oncocds_api.web.problems import MEDIA_TYPE


def with_words(response: Response) -> Response:
    """Return a refusal with each of its errors in words of the page; anything else as it is."""
    if response.status_code != 422:
        return response
    refusal = json.loads(bytes(response.body))
    errors = [{**error, "words": refusal_words(error)} for error in refusal["errors"]]
    return JSONResponse({**refusal, "errors": errors}, 422, NO_STORE, MEDIA_TYPE)
