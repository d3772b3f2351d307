"""412 Precondition Failed with an OperationOutcome: what is required and could not be had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import JSONResponse

from oncocds.text import Language
from oncocds_api.cds import words

MEDIA_TYPE = "application/fhir+json"


def unavailable(missing: Sequence[Mapping[str, Any]], language: Language) -> JSONResponse:
    """Return the response: an issue for each template that is required and missing."""
    issues = []
    for one in missing:
        name = words.KEYS[one["key"]].in_(language)
        pages = f" ({words.LATER_PAGES.in_(language)})" if one["pages"] else ""
        why = words.WHY_MISSING[one["why"]].in_(language)
        told = words.CANNOT_CONCLUDE.in_(language).format(data=f"{name}{pages}", why=why)
        issues.append(
            {
                "severity": "error",
                "code": "not-found" if one["why"] in ("absent", "null") else "processing",
                "details": {"text": told},
                "diagnostics": f"prefetch key '{one['key']}'{' (later pages)' if one['pages'] else ''}: {one['why']}",
            }
        )
    return JSONResponse({"resourceType": "OperationOutcome", "issue": issues}, 412, media_type=MEDIA_TYPE)
