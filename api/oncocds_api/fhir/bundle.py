"""Bundles and single resources, whatever way they came: the resources in them, and what refers to what."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from oncocds.errors import InputError, Problem
from oncocds_api.fhir.elements import Element, wrong
from oncocds_api.fhir.times import When, newest, read_when

_TYPES = (
    "collection", "searchset", "transaction", "transaction-response", "batch", "batch-response", "document", "message",
)  # fmt: skip
_MOST_PROBLEMS = 50
_LONGEST_ID = 100
_ITEM_ID = re.compile(r"[\w.:-]{1,60}")


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource: its type, its id if any, how the report calls it, and its content."""

    type: str
    id: str | None
    label: str
    element: Element
    full_url: str | None = None


@dataclass
class Collected:
    """Resources gathered for one patient, and remarks ``(reason, label)`` on entries that hold none."""

    resources: list[Resource] = field(default_factory=list)
    remarks: list[tuple[str, str]] = field(default_factory=list)


def collect(document: Any, pointer: str = "", into: Collected | None = None) -> Collected:
    """Gather the resources of a Bundle, or one resource. Raises ``InputError`` with JSON pointers below ``pointer``.

    Bundles within a Bundle (the answers of a batch) are opened too.
    """
    collected = Collected() if into is None else into
    problems: list[Problem] = []
    _add(document, pointer, None, collected, problems)
    if problems:
        raise InputError(problems[:_MOST_PROBLEMS])
    return collected


def _add(data: Any, pointer: str, full_url: str | None, collected: Collected, problems: list[Problem]) -> None:
    try:
        element = Element(data, pointer)
        kind = element.text("resourceType")
        if kind is None:
            raise wrong(f"{pointer}/resourceType", "missing", "the type of the resource")
        if not kind.isascii() or not kind.isalpha() or len(kind) > 60:
            raise wrong(f"{pointer}/resourceType", "not a type of resource", "a FHIR resource type")
        if kind == "Bundle":
            _entries(element, collected, problems)
            return
        identity = element.text("id")
        resource = Resource(kind, identity, _label(kind, identity, full_url, pointer), element, full_url)
        collected.resources.append(resource)
    except InputError as error:
        problems.extend(error.problems)


def _entries(bundle: Element, collected: Collected, problems: list[Problem]) -> None:
    kind = bundle.text("type")
    if kind is not None and kind not in _TYPES:
        raise wrong(f"{bundle.pointer}/type", "a type of Bundle that is not read", "one of " + ", ".join(_TYPES))
    if any(link.text("relation") == "next" for link in bundle.elements("link")):
        collected.remarks.append(("more-pages", "Bundle"))
    for entry in bundle.elements("entry"):
        try:
            full_url = entry.text("fullUrl")
            request, response = entry.element("request"), entry.element("response")
            if request is not None and request.text("method") == "DELETE":
                collected.remarks.append(("deleted", f"Bundle{entry.pointer.removeprefix(bundle.pointer)}"))
                continue
            if response is not None and not (response.text("status") or "200").startswith("2"):
                collected.remarks.append(("failed-entry", f"Bundle{entry.pointer.removeprefix(bundle.pointer)}"))
                continue
            if entry.has("resource"):
                _add(entry.raw()["resource"], f"{entry.pointer}/resource", full_url, collected, problems)
            elif request is None and response is None:
                raise wrong(f"{entry.pointer}/resource", "missing", "a resource")
        except InputError as error:
            problems.extend(error.problems)


def _label(kind: str, identity: str | None, full_url: str | None, pointer: str) -> str:
    name = identity or (full_url if full_url is not None and full_url.startswith("urn:") else None)
    if name is not None and len(name) <= _LONGEST_ID and name.isprintable() and " " not in name:
        return f"{kind}/{name}"
    return f"{kind} {pointer or '/'}"


class References:
    """Finds what a reference means: a full URL, ``Type/id`` (with or without a server), or a contained resource."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._found: dict[str, Resource] = {}
        for resource in resources:
            if resource.id is not None:
                self._found[f"{resource.type}/{resource.id}"] = resource
            if resource.full_url is not None:
                self._found[resource.full_url] = resource

    def find(self, reference: str | None, within: Resource) -> Resource | None:
        """Return the resource referred to, or None."""
        if reference is None:
            return None
        if reference.startswith("#"):
            for contained in within.element.elements("contained"):
                kind, identity = contained.text("resourceType"), contained.text("id")
                if kind is not None and identity == reference[1:]:
                    return Resource(kind, identity, within.label, contained)
            return None
        return self._found.get(reference) or self._found.get(tail(reference))


def tail(reference: str) -> str:
    """Return ``Type/id`` of a reference, without server and version."""
    parts = reference.split("/_history/")[0].split("/")
    return "/".join(parts[-2:])


def without_copies(resources: Iterable[Resource]) -> tuple[list[Resource], list[tuple[str, str]]]:
    """Return each resource once: of several versions the newest by ``meta.lastUpdated``; of undecided ones none."""
    by_name: dict[str, list[Resource]] = {}
    single: list[Resource] = []
    for resource in resources:
        if resource.id is None and resource.full_url is None:
            single.append(resource)
        else:
            by_name.setdefault(f"{resource.type}/{resource.id or resource.full_url}", []).append(resource)
    remarks: list[tuple[str, str]] = []
    for copies in by_name.values():
        different = {json.dumps(copy.element.raw(), sort_keys=True): copy for copy in copies}
        if len(different) == 1:
            single.append(copies[0])
            continue
        latest = newest([(_updated(copy), copy) for copy in different.values()])
        if len(latest) == 1 and _updated(latest[0]) is not None:
            single.append(latest[0])
            remarks.append(("superseded", latest[0].label))
        else:
            remarks.append(("duplicate-id", copies[0].label))
    return single, remarks


def _updated(resource: Resource) -> When | None:
    meta = resource.element.element("meta")
    return None if meta is None else read_when(meta, "lastUpdated")


def stable_id(resource: Resource) -> str:
    """Return an id for a list item of the profile: the resource's own where it fits, else a digest of its content."""
    if resource.id is not None and _ITEM_ID.fullmatch(resource.id):
        return resource.id
    content = json.dumps(resource.element.raw(), sort_keys=True)
    return f"{resource.type.lower()}-{hashlib.sha256(content.encode()).hexdigest()[:10]}"
