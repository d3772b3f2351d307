"""What the EHR gave and what is still to be had: absent, null, an error, or the first page of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urljoin

from oncocds.errors import InputError, Problem
from oncocds.reading.strict_json import parse_json
from oncocds_api.cds.envelope import Fetched
from oncocds_api.cds.hook_request import MOST_BYTES, HookRequest
from oncocds_api.cds.referenced import KEY, add_medications
from oncocds_api.cds.services import TEMPLATES, Template
from oncocds_api.fhir.bundle import Collected, Resource, collect
from oncocds_api.fhir.elements import Element

_ERRORS = ("error", "fatal")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A query that is still to be asked."""

    key: str
    url: str


@dataclass(frozen=True, slots=True)
class Missing:
    """Data that could not be had: the template, whether only later pages are missing, and why."""

    template: Template
    pages: bool
    why: str

    @property
    def forbids(self) -> bool:
        """Whether no advice can be given without it."""
        return self.template.whole if self.pages else self.template.required


@dataclass
class Gathered:
    """The resources at hand, what is to be fetched, and what cannot be had."""

    collected: Collected = field(default_factory=Collected)
    wanted: list[Wanted] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)


def gather(
    request: HookRequest, fetched: Sequence[Fetched], last_round: bool, drafts: Sequence[Resource] = ()
) -> Gathered:
    """Gather the resources of a call. Raises ``InputError`` where what the EHR sent is not FHIR."""
    gathered = Gathered()
    known = {template.key for template in TEMPLATES}
    for template in TEMPLATES:
        _Key(request, template, [one for one in fetched if one.key == template.key], last_round).gather(gathered)
    for key, value in request.prefetch.items():
        if key not in known and isinstance(value, dict):  # not asked for: read where it is FHIR at all
            collect(value, f"/prefetch/{_escaped(key)}", gathered.collected)
    # That there are more pages is told by ``missing``: here they have been followed.
    gathered.collected.remarks = [remark for remark in gathered.collected.remarks if remark[0] != "more-pages"]
    _check_patient(request, gathered.collected)
    medications = add_medications(drafts, gathered.collected, request.server, fetched)
    if not last_round:
        gathered.wanted.extend(Wanted(KEY, url) for url in medications)
    return gathered


class _Key:
    """One template: its value in the request, then what was fetched for it, page after page."""

    def __init__(self, request: HookRequest, template: Template, fetched: Sequence[Fetched], last_round: bool) -> None:
        self._request = request
        self._template = template
        self._fetched = {one.url: one for one in fetched}
        self._last_round = last_round

    def gather(self, gathered: Gathered) -> None:
        key = self._template.key
        why = "absent"
        if key in self._request.prefetch:
            value = self._request.prefetch[key]
            pointer = f"/prefetch/{key}"
            if value is None:
                if self._template.key == "patient":
                    gathered.missing.append(Missing(self._template, False, "null"))
                return
            if not isinstance(value, dict):
                raise InputError([Problem(pointer, "not an object", "a FHIR resource, or null for none")])
            if not reports_error(value):
                collect(value, pointer, gathered.collected)
                self._follow(value, gathered)
                return
            why = "error"
        self._first(why, gathered)

    def _first(self, why: str, gathered: Gathered) -> None:
        if self._request.server is None:
            gathered.missing.append(Missing(self._template, False, why))
            return
        url = f"{self._request.server.rstrip('/')}/{self._template.query_for(self._request.patient)}"
        page = self._page(url, False, gathered)
        if page is not None:
            self._follow(page, gathered)

    def _follow(self, page: Mapping[str, Any], gathered: Gathered) -> None:
        seen: set[str] = set()
        following = next_page(page)
        while following is not None:
            if self._request.server is None:
                gathered.missing.append(Missing(self._template, True, "absent"))
                return
            url = urljoin(f"{self._request.server.rstrip('/')}/", following)
            if url in seen or not following:
                gathered.missing.append(Missing(self._template, True, "error"))
                return
            seen.add(url)
            found = self._page(url, True, gathered)
            if found is None:
                return
            following = next_page(found)

    def _page(self, url: str, later: bool, gathered: Gathered) -> Mapping[str, Any] | None:
        """Collect a fetched page and return it; else it is wanted, or missing."""
        answer = self._fetched.get(url)
        if answer is None:
            if self._last_round:
                gathered.missing.append(Missing(self._template, later, "limit"))
            else:
                gathered.wanted.append(Wanted(self._template.key, url))
            return None
        why = answer.failure
        if why is None:
            try:
                page = parse_json(answer.content, max_bytes=MOST_BYTES)
                if isinstance(page, dict) and reports_error(page):
                    why = "error"
                elif not isinstance(page, dict) or page.get("resourceType") not in ("Bundle", "Patient"):
                    why = "not-fhir"
                else:
                    collect(page, f"/fetched/{self._template.key}", gathered.collected)
                    return page
            except InputError:
                why = "not-fhir"
        gathered.missing.append(Missing(self._template, later, why or "error"))
        return None


def reports_error(value: Mapping[str, Any]) -> bool:
    """Tell whether a value is an OperationOutcome with an error, or a Bundle that holds one."""
    if value.get("resourceType") == "Bundle":
        entries = value.get("entry")
        entries = entries if isinstance(entries, list) else []
        resources = [entry.get("resource") for entry in entries if isinstance(entry, dict)]
    else:
        resources = [value]
    for resource in resources:
        if not isinstance(resource, dict) or resource.get("resourceType") != "OperationOutcome":
            continue
        issues = resource.get("issue")
        issues = issues if isinstance(issues, list) else []
        severities = [issue.get("severity") for issue in issues if isinstance(issue, dict)]
        # An outcome that stands in place of the data is an error, whatever it says; within a Bundle it may be a hint.
        if value is resource or any(severity in _ERRORS for severity in severities):
            return True
    return False


def next_page(bundle: Mapping[str, Any]) -> str | None:
    """Return the address of the page after this one; ``collect`` has checked that the links are objects."""
    links = bundle.get("link") if bundle.get("resourceType") == "Bundle" else None
    for link in links if isinstance(links, list) else []:
        if link.get("relation") == "next":
            url = link.get("url")
            return url if isinstance(url, str) else ""
    return None


def _check_patient(request: HookRequest, collected: Collected) -> None:
    """See that the patient is the one the call is about; one without an id is taken to be."""
    for place, resource in enumerate(collected.resources):
        if resource.type != "Patient" or resource.id == request.patient:
            continue
        if resource.id is not None:
            raise InputError(
                [Problem(f"{resource.element.pointer}/id", "another patient than the context's", "context.patientId")]
            )
        named = Element({**resource.element.raw(), "id": request.patient}, resource.element.pointer)
        collected.resources[place] = replace(resource, id=request.patient, element=named)


def _escaped(key: str) -> str:
    shown = "".join(c if c.isprintable() else "?" for c in key[:60])
    return shown.replace("~", "~0").replace("/", "~1")
