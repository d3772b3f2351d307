"""What every evaluating request holds: whom it is about, the policy over the site's, the date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from oncocds.errors import InputError, Problem
from oncocds.profile.reading import read_date, resource_problem
from oncocds.reading.strict_json import parse_json
from oncocds_fhir.skipping import skipped

MOST_FHIR_BYTES = 8_388_608
"""The largest body that holds records in FHIR: read in half a second and at most 230 MB, whatever it holds."""


@dataclass(frozen=True)
class WorkRequest:
    """A request as read; ``subject`` is what stood under its main key, or the whole body (``bare``).

    ``rule`` is the rule that is asked about, empty where none is.
    """

    subject: dict[str, Any]
    policy: dict[str, Any] | None
    as_of: str | None
    bare: bool = False
    rule: str = ""


def parse_fhir(data: bytes) -> object:
    """As ``parse_json``, for records in FHIR: without the content of those that are not looked into."""
    return parse_json(data, max_bytes=MOST_FHIR_BYTES, kept=skipped)


def read_request(
    body: bytes, key: str, expected: str, *, bare: str | None = None, of_rule: bool = False, fhir: bool = False
) -> WorkRequest:
    """Read a body strictly. ``bare`` names a key by which the subject itself is told, sent without an envelope.

    ``of_rule`` where the request is about a rule, too; ``fhir`` where the subject is records in FHIR.

    Raises ``InputError`` with the JSON pointer of each place that is wrong.
    """
    request = parse_fhir(body) if fhir else parse_json(body)
    if not isinstance(request, dict):
        raise InputError([Problem("", "the body is no object", f"an object with '{key}'")])
    if bare is not None and bare in request:
        return WorkRequest(request, None, None, bare=True)
    if "resourceType" in request and not fhir:
        raise InputError([resource_problem("/resourceType")])
    known = (*(["rule"] if of_rule else ()), key, "policy", "as_of")
    problems = []
    for name in request:
        if name not in known:
            shown = "".join(c if c.isprintable() else "?" for c in name[:60]).replace("~", "~0").replace("/", "~1")
            problems.append(Problem(f"/{shown}", "this key is not known", f"one of: {', '.join(known)}"))
    subject: Any = request.get(key)
    policy: Any = request.get("policy")
    as_of: Any = request.get("as_of")
    if key not in request:
        problems.append(Problem(f"/{key}", "missing", expected))
    elif not isinstance(subject, dict):
        problems.append(Problem(f"/{key}", "not an object", expected))
    rule: Any = request.get("rule")
    if of_rule and not isinstance(rule, str):
        wrong = "not a text" if "rule" in request else "missing"
        problems.append(Problem("/rule", wrong, "a rule's id, see /v1/rules"))
    if policy is not None and not isinstance(policy, dict):
        problems.append(Problem("/policy", "not an object", "an object of policy settings"))
    if as_of is not None:
        try:
            if not isinstance(as_of, str):
                raise InputError([])
            read_date(as_of)
        except InputError:
            problems.append(Problem("/as_of", "not a date", "a date, YYYY-MM-DD"))
    if problems:
        raise InputError(problems)
    return WorkRequest(subject, policy, as_of, rule=rule if of_rule else "")
