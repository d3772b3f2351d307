"""Bundles and single resources, whatever way they came: the resources in them, and what refers to what."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from oncocds.errors import InputError, Problem
from oncocds.profile.codes import Id
from oncocds_fhir.elements import Element, wrong
from oncocds_fhir.holding import LISTS, lists_of_search
from oncocds_fhir.shapes import Shape

_TYPES = (
    "collection", "searchset", "transaction", "transaction-response", "batch", "batch-response", "document", "message",
)  # fmt: skip
MOST_ENTRIES = 50_000
"""No chart that fits into one request has as many; of next to nothing millions would."""
_LONGEST_ID = 100
_ITEM_ID: TypeAdapter[str] = TypeAdapter(Id)
_ERRORS = ("error", "fatal")
# Types of issue that say that data were held back, however mild the severity.
_LOSSES = (
    "incomplete", "suppressed", "too-costly", "timeout", "throttled", "transient", "exception", "forbidden", "security",
)  # fmt: skip
_NOT_MATCHES = ("include", "outcome")


@dataclass(slots=True, eq=False)  # not frozen: there are many of them, and setting a frozen one's fields is slow
class Resource:
    """A resource: its type, its id if any, how the report calls it, and its content.

    ``shape`` is what it has in common with others, where whoever read it knows of some.
    """

    type: str
    id: str | None
    label: str
    element: Element
    full_url: str | None = None
    shape: Shape | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was left out or is not there: the reason, how the report calls it, and the lists that it leaves open."""

    reason: str
    label: str
    lists: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass
class Collected:
    """Resources gathered for one patient, and what of their Bundles is no resource that can be read."""

    resources: list[Resource] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def not_had(self, name: str, lists: tuple[str, ...]) -> None:
        """Note that data that were asked for could not be had, or only in part."""
        self.left_out.append(LeftOut("not-had", name, lists))


def collect(
    document: Any, pointer: str = "", into: Collected | None = None, lists: tuple[str, ...] = LISTS
) -> Collected:
    """Gather the resources of a Bundle, or one resource; Bundles within a Bundle (answers of a batch) are opened too.

    An entry that cannot be read is left out; ``lists`` are those that it, or a further page, could hold an item of.
    Where the caller does not narrow them, a Bundle's ``self`` link does: it says what was searched for.
    Raises ``InputError`` with JSON pointers below ``pointer`` where the document itself is no resource.
    """
    collected = Collected() if into is None else into
    _add(document, pointer, None, collected, lists)
    return collected


def _add(data: Any, pointer: str, full_url: str | None, collected: Collected, lists: tuple[str, ...]) -> None:
    element = Element(data, pointer)
    kind = element.text("resourceType")
    if kind is None:
        raise wrong(f"{pointer}/resourceType", "missing", "the type of the resource")
    if not kind.isascii() or not kind.isalpha() or len(kind) > 60:
        raise wrong(f"{pointer}/resourceType", "not a type of resource", "a FHIR resource type")
    if kind == "Bundle":
        _entries(element, collected, lists)
        return
    identity = element.text("id")
    resource = Resource(kind, identity, label_of(kind, identity, full_url, pointer), element, full_url)
    if kind == "OperationOutcome" and tells_of_a_loss(element.raw()):
        collected.left_out.append(LeftOut("outcome", resource.label, lists))
    collected.resources.append(resource)


def _entries(bundle: Element, collected: Collected, lists: tuple[str, ...]) -> None:
    kind = bundle.text("type")
    if kind is not None and kind not in _TYPES:
        raise wrong(f"{bundle.pointer}/type", "a type of Bundle that is not read", "one of " + ", ".join(_TYPES))
    entries = bundle.raw().get("entry")
    if entries is None:
        entries = []
    if not isinstance(entries, list):
        raise wrong(f"{bundle.pointer}/entry", "wrong type", "a list")
    if len(entries) > MOST_ENTRIES:
        raise wrong(f"{bundle.pointer}/entry", "too many entries", f"at most {MOST_ENTRIES} in one Bundle")
    if lists == LISTS:  # whoever asked knows better what it was asked for
        lists = lists_of_search(_link(bundle.raw(), "self") or "")
    if next_page(bundle.raw()) is not None:
        collected.left_out.append(LeftOut("more-pages", "Bundle", lists))
    elif lacks_entries(bundle.raw()):
        collected.left_out.append(LeftOut("fewer-than-total", "Bundle", lists))
    for number, data in enumerate(entries):
        pointer, problems = f"{bundle.pointer}/entry/{number}", tuple[Problem, ...]()
        try:
            reason = _entry(Element(data, pointer), collected, lists)
        except InputError as error:
            reason, problems = "unreadable", tuple(error.problems)
        if reason is not None:
            label = f"Bundle{pointer}" if pointer.startswith("/entry") else f"Bundle {pointer}"
            held = () if reason == "deleted" else lists
            collected.left_out.append(LeftOut(reason, label, held, problems))


def _entry(entry: Element, collected: Collected, lists: tuple[str, ...]) -> str | None:
    """Collect what an entry holds; return the reason where that is left out."""
    request, response = entry.element("request"), entry.element("response")
    if request is not None and request.text("method") == "DELETE":
        return "deleted"
    if response is not None and not _succeeded(response.raw().get("status")):
        return "failed-entry"
    if entry.has("resource"):
        _add(entry.raw()["resource"], f"{entry.pointer}/resource", entry.text("fullUrl"), collected, lists)
    elif request is None and response is None:
        raise wrong(f"{entry.pointer}/resource", "missing", "a resource")
    return None


def _succeeded(status: Any) -> bool:
    return status is None or str(status).strip().startswith("2")


def bundles_in(document: Any) -> Iterator[Mapping[str, Any]]:
    """Yield a Bundle and the Bundles in its entries, at any depth."""
    if not isinstance(document, Mapping) or document.get("resourceType") != "Bundle":
        return
    yield document
    for entry in _listed(document, "entry"):
        yield from bundles_in(entry.get("resource"))


def entries_in(bundle: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the entries of a Bundle that are objects."""
    return _listed(bundle, "entry")


def next_page(bundle: Mapping[str, Any]) -> str | None:
    """Return the address of the page after a Bundle, empty where the link names none; None for the last page."""
    return _link(bundle, "next")


def _link(bundle: Mapping[str, Any], relation: str) -> str | None:
    for link in _listed(bundle, "link"):
        if link.get("relation") == relation:
            url = link.get("url")
            return url if isinstance(url, str) else ""
    return None


def lacks_entries(bundle: Mapping[str, Any], of_other_pages: int = 0) -> bool:
    """Tell whether a Bundle's ``total`` is more than the matches that came, on this page and on others."""
    total = bundle.get("total")
    if isinstance(total, bool) or not isinstance(total, int):
        return False
    return total > of_other_pages + matches(bundle)


def matches(bundle: Mapping[str, Any]) -> int:
    """Count the entries of a Bundle that ``total`` counts: neither what was included nor an outcome."""
    modes = (entry.get("search") for entry in _listed(bundle, "entry"))
    return sum(not (isinstance(mode, Mapping) and mode.get("mode") in _NOT_MATCHES) for mode in modes)


def failed_entries(bundle: Mapping[str, Any]) -> bool:
    """Tell whether the server answered an entry of a Bundle with a failure, or with an outcome that says so."""
    for entry in _listed(bundle, "entry"):
        response = entry.get("response")
        if isinstance(response, Mapping) and not _succeeded(response.get("status")):
            return True
        if tells_of_a_loss(entry.get("resource")):
            return True
    return False


def tells_of_a_loss(resource: Any) -> bool:
    """Tell whether a resource is an OperationOutcome that says that data are missing, and is no mere hint."""
    if not isinstance(resource, Mapping) or resource.get("resourceType") != "OperationOutcome":
        return False
    issues = _listed(resource, "issue")
    return any(issue.get("severity") in _ERRORS or issue.get("code") in _LOSSES for issue in issues)


def _listed(holder: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Return the objects of a list in JSON that nothing has checked yet."""
    found = holder.get(key)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def label_of(kind: str, identity: str | None, full_url: str | None, pointer: str) -> str:
    """Return how the report calls a resource: by type and id, where that is one that can be shown."""
    name = identity or (full_url if full_url is not None and full_url.startswith("urn:") else None)
    if name is not None and len(name) <= _LONGEST_ID and name.isprintable() and " " not in name:
        return f"{kind}/{name}"
    return f"{kind} {pointer or '/'}"


class References:
    """Finds what a reference means: a full URL, ``Type/id`` (with or without a server), or a contained resource."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._found: dict[str, Resource] = {}
        self._contained: dict[int, tuple[Resource, dict[str, Resource]]] = {}
        for resource in resources:
            if resource.id is not None:
                self._found[f"{resource.type}/{resource.id}"] = resource
            if resource.full_url is not None:
                self._found[resource.full_url] = resource

    def find(self, reference: str | None, within: Resource) -> Resource | None:
        """Return the resource referred to, or None; ``within`` is the one that holds what is contained."""
        if reference is None:
            return None
        if reference.startswith("#"):
            return self._contained_in(within).get(reference[1:])
        return self._found.get(reference) or self._found.get(tail(reference))

    def _contained_in(self, within: Resource) -> dict[str, Resource]:
        """Return what a resource contains, by id; read once (the resource is kept: its identity stays its own)."""
        if id(within) not in self._contained:
            found: dict[str, Resource] = {}
            for contained in within.element.elements("contained"):
                kind, identity = contained.text("resourceType"), contained.text("id")
                if kind is not None and identity is not None:
                    found.setdefault(identity, Resource(kind, identity, within.label, contained))
            self._contained[id(within)] = (within, found)
        return self._contained[id(within)][1]


def tail(reference: str) -> str:
    """Return ``Type/id`` of a reference, without server and version."""
    parts = reference.split("/_history/")[0].split("/")
    return "/".join(parts[-2:])


def stable_id(resource: Resource) -> str:
    """Return an id for a list item of the profile: the resource's own where it fits, else a digest of its content."""
    with suppress(ValidationError):
        return _ITEM_ID.validate_python(resource.id)
    content = json.dumps(resource.element.raw(), sort_keys=True)
    return f"{resource.type.lower()}-{hashlib.sha256(content.encode()).hexdigest()[:10]}"
