"""Scenario files in a worker process: their mistakes, or how each scenario went. Nothing uploaded is run as code."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from oncocds.engine import Engine
from oncocds.errors import InputError, Problem
from oncocds.profile.reading import read_policy
from oncocds.reading.strict_json import parse_json
from oncocds.scenarios.direct import run_text
from oncocds.scenarios.site import OF_THE_SITE, Site
from oncocds.vocabulary.code_tables import CodeTables
from oncocds_api.workers.frames import Frame

MOST_CHARACTERS = 200_000


def scenario_run(engine: Engine, _codes: CodeTables, body: bytes) -> Frame:
    """Check and run the feature file of one request body: ``{"text": …}``.

    Scenarios are evaluated under the site's policy, as patients are, unless they ask for the shipped one or name
    settings of their own; a safety setting they name must have the site's value.
    """
    request: Any = parse_json(body)
    text = request.get("text") if isinstance(request, dict) else None
    if not isinstance(text, str) or len(text) > MOST_CHARACTERS:
        expected = f"the text of a feature file, at most {MOST_CHARACTERS} characters"
        raise InputError([Problem("/text", "no text, or too long a text", expected)])
    run = run_text("feature", text, _site(engine))
    report = asdict(run)
    for shown, scenario in zip(report["scenarios"], run.scenarios, strict=True):
        shown["passed"] = scenario.passed
    return {"outcome": "done", "digest": "-"}, json.dumps(report, ensure_ascii=False).encode()


@lru_cache(maxsize=2)  # locked, and not
def _site(engine: Engine) -> Site:
    """Return the server's site: its safety settings stay, also where a scenario asks for the shipped ones."""
    shipped = read_policy(engine.knowledge.policy, engine.knowledge.vocabulary)
    locked = shipped.model_copy(update=dict(engine.locked))
    return Site(engine, Engine(engine.knowledge, locked, engine.locked), OF_THE_SITE)
