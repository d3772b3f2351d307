"""What the EHR gave and what is still to be had: absent, null, an error, or the first page of several."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from oncocds.errors import InputError, Problem
from oncocds_api.cds.envelope import Fetched
from oncocds_api.cds.hook_request import HookRequest
from oncocds_api.cds.referenced import KEY, add_medications
from oncocds_api.cds.services import MEDICATION_KEYS, TEMPLATES, Template
from oncocds_api.requests.requests import parse_fhir
from oncocds_fhir.bundle import (
    Collected,
    Resource,
    bundles_in,
    collect,
    entries_in,
    failed_entries,
    lacks_entries,
    matches,
    next_page,
)  # fmt: skip
from oncocds_fhir.elements import Element
from oncocds_fhir.medication_records import TYPES

_PAGED = ("more-pages", "fewer-than-total")


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

    @property
    def forbidding(self) -> list[Missing]:
        """What could not be had and without which no advice can be given: also everything about medications."""
        failed = {one.template.key for one in self.missing} >= MEDICATION_KEYS
        none = failed and all(one.type not in TYPES for one in self.collected.resources)
        return [one for one in self.missing if one.forbids or (none and one.template.key in MEDICATION_KEYS)]


def gather(
    request: HookRequest, fetched: Sequence[Fetched], last_round: bool, drafts: Sequence[Resource] = ()
) -> Gathered:
    """Gather the resources of a call. Raises ``InputError`` where what the EHR sent is not FHIR."""
    gathered = Gathered()
    known = {template.key for template in TEMPLATES}
    for template in TEMPLATES:
        _Key(request, template, [one for one in fetched if one.key == template.key], last_round).gather(gathered)
    # That there are more pages is told by ``missing``: here they have been followed.
    collected = gathered.collected
    collected.left_out = [one for one in collected.left_out if one.reason not in _PAGED]
    for key, value in request.prefetch.items():
        if key not in known and isinstance(value, dict):  # not asked for: read where it is FHIR at all
            collect(value, f"/prefetch/{_escaped(key)}", collected)
    for missed in gathered.missing:
        collected.not_had(missed.template.key, missed.template.lists)
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
        if key not in self._request.prefetch:
            self._first("absent", gathered)
            return
        value = self._request.prefetch[key]
        if value is None:
            if key == "patient":
                self._miss(False, "null", gathered)
            return
        pointer = f"/prefetch/{key}"
        if not isinstance(value, dict):
            raise InputError([Problem(pointer, "not an object", "a FHIR resource, or null for none")])
        if value.get("resourceType") == "OperationOutcome":
            self._first("error", gathered)
        elif reports_error(value):
            # What came beside the error still counts, unless the server can be asked again.
            self._first("error", gathered, lambda: self._take(value, pointer, gathered))
        elif not self._is_answer(value):
            collect(value, pointer, gathered.collected, self._template.lists)
            self._first("not-fhir", gathered)
        else:
            self._take(value, pointer, gathered)
            self._follow(value, gathered)

    def _is_answer(self, value: Mapping[str, Any]) -> bool:
        """Tell whether a value is what the query is answered with: a Bundle, or the Patient that is read."""
        if self._template.key == "patient":
            resources = [value, *(entry.get("resource") for entry in entries_in(value))]
            return any(isinstance(one, Mapping) and one.get("resourceType") == "Patient" for one in resources)
        return value.get("resourceType") == "Bundle"

    def _take(self, page: Mapping[str, Any], pointer: str, gathered: Gathered) -> None:
        collect(page, pointer, gathered.collected, self._template.lists)

    def _miss(self, pages: bool, why: str, gathered: Gathered) -> None:
        one = Missing(self._template, pages, why)
        if one not in gathered.missing:
            gathered.missing.append(one)

    def _first(self, why: str, gathered: Gathered, otherwise: Callable[[], None] | None = None) -> None:
        """Ask the server; without one, or where it fails too, take what there is ``otherwise``: a part of the data."""
        page, in_part = None, otherwise is not None and self._template.key != "patient"
        if self._request.server is None:
            self._miss(in_part, why, gathered)
        else:
            url = f"{self._request.server.rstrip('/')}/{self._template.query_for(self._request.patient)}"
            page = self._page(url, in_part, gathered)
        if page is not None:
            if reports_error(page):
                self._miss(self._template.key != "patient", "error", gathered)
            self._follow(page, gathered)
        elif otherwise is not None:
            otherwise()

    def _follow(self, page: Mapping[str, Any], gathered: Gathered) -> None:
        """Follow the pages of a Bundle, and of those in it: a batch answers several searches."""
        for bundle in bundles_in(page):
            self._pages(bundle, gathered)

    def _pages(self, bundle: Mapping[str, Any], gathered: Gathered) -> None:
        seen: set[str] = set()
        count, following = matches(bundle), next_page(bundle)
        while following is not None:
            if self._request.server is None:
                self._miss(True, "absent", gathered)
                return
            url = _joined(self._request.server, following)
            if url is None or url in seen:
                self._miss(True, "error", gathered)
                return
            seen.add(url)
            found = self._page(url, True, gathered)
            if found is None:
                return
            if reports_error(found):
                self._miss(True, "error", gathered)
            count += matches(found)
            following = next_page(found)
        if lacks_entries(bundle, count - matches(bundle)):
            self._miss(True, "fewer", gathered)

    def _page(self, url: str, later: bool, gathered: Gathered) -> Mapping[str, Any] | None:
        """Collect a fetched page and return it; else it is wanted, or missing."""
        answer = self._fetched.get(url)
        if answer is None:
            if self._last_round:
                self._miss(later, "limit", gathered)
            else:
                gathered.wanted.append(Wanted(self._template.key, url))
            return None
        why = answer.failure
        if why is None:
            try:
                page = parse_fhir(answer.content)
                if isinstance(page, dict) and page.get("resourceType") == "OperationOutcome":
                    why = "error"
                elif not isinstance(page, dict) or not self._is_answer(page):
                    why = "not-fhir"
                else:
                    self._take(page, f"/fetched/{self._template.key}", gathered)
                    return page
            except InputError:
                why = "not-fhir"
        self._miss(later, why or "error", gathered)
        return None


def _joined(server: str, link: str) -> str | None:
    """Return the address that a link of a server's answer leads to, None where it is no URL."""
    try:
        own = urlsplit(link)
        url = "" if not link.strip() or (own.scheme and not own.netloc) else urljoin(f"{server.rstrip('/')}/", link)
        parts = urlsplit(url)
        return url if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 else None
    except ValueError:
        return None


def reports_error(value: Mapping[str, Any]) -> bool:
    """Tell whether a Bundle holds an error, or the answer to a request that failed.

    An outcome that stands in place of a Bundle is an error, whatever it says; within one it may be a hint.
    """
    return any(map(failed_entries, bundles_in(value)))


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
