"""What a worker tells of an evaluation for its record: digests, the briefing's lines, what was missing. No values.

Names of items (lesions, courses) are as the caller chose them: the server puts keyed hashes in their place. Texts are
hashed here, and again with the key there. Where no records are kept, only what is counted is told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import Any

from oncocds.advice.first import Line
from oncocds.advice.result import Evaluation
from oncocds.explaining.result import RuleExplanation
from oncocds.profile.finding import field_of
from oncocds_fhir.remarks import Remarks

Open = Mapping[str, Mapping[str, int]]
"""Lists that may hold more than is written: by reason how many records were left out."""
RECORDED = "recorded"
"""The key of a request's header that says: its answer is put on record."""
_RECORDED: ContextVar[bool] = ContextVar("recorded", default=True)


def keep_records(recorded: bool) -> None:
    """Say whether what is answered from now on is put on record: where not, nothing is written or hashed for it."""
    _RECORDED.set(recorded)


def about(evaluation: Evaluation, content: bytes | None = None, open_lists: Open | None = None) -> dict[str, Any]:
    """Return what is told of an evaluation; ``content`` is its JSON, where that was made already."""
    counted: dict[str, Any] = {"open": open_lists or {}}
    if not _RECORDED.get():
        return counted
    answer = evaluation.as_json() if content is None else content
    return {
        **counted,
        **_same_again(evaluation),
        "answer": hashlib.sha256(answer).hexdigest(),
        "asked": sorted({field_of(one.fact) for one in evaluation.questions.clinician}),
        "briefing": [line_told(one) for one in evaluation.briefing],
    }


def about_explanation(explanation: RuleExplanation) -> dict[str, Any]:
    """Return what is told of the explanation of a rule."""
    if not _RECORDED.get():
        return {}
    return {
        **_same_again(explanation),
        "rule": explanation.rule,
        "verdict": explanation.verdict,
        "asked": sorted({field_of(one.fact) for one in explanation.missing}),
    }


def line_told(line: Line) -> dict[str, Any]:
    """Return what is told of a line."""
    told = {
        "section": line.section,
        "kind": line.kind,
        "ref": line.ref,
        "urgency": line.urgency,
        "text": hashlib.sha256(f"{line.line.zh}\n{line.line.en}".encode()).hexdigest(),
    }
    return told if line.lesion is None else {**told, "lesion": line.lesion}


def said_incomplete(profile: Mapping[str, Any]) -> Open:
    """Return the lists of which a profile says that they may hold more."""
    names: Sequence[str] = profile.get("incomplete") or ()
    return {name: {"said": 0} for name in names}


def left_open(profile: Mapping[str, Any], remarks: Remarks) -> Open:
    """Return the lists that stay open of mapped records, each with the reasons."""
    reasons = remarks.open_lists
    counted = {name: {why: len(found) for why, found in sorted(reasons.get(name, {}).items())} for name in reasons}
    return {**said_incomplete(profile), **{name: found for name, found in counted.items() if found}}


def _same_again(found: Evaluation | RuleExplanation) -> dict[str, Any]:
    policy = found.policy
    return {
        "engine": found.engine,
        "knowledge": found.knowledge.model_dump(),
        "policy": {
            "digest": policy.digest,
            "effective": policy.effective,
            "site": {one.setting: one.site for one in policy.changed},
        },
        "input": found.input_digest,
        "as_of": found.as_of,
    }
