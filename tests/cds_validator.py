"""The rules of the CDS Hooks specification (2.0.1, and 3.0 where it binds a service differently), as checks.

Each check returns what is wrong, in words; an empty list is a response that keeps every rule.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

INDICATORS = ("info", "warning", "critical")
BEHAVIOURS = ("at-most-one", "any")
ACTIONS = ("create", "update", "delete")
HOOKS = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
TOKEN = re.compile(r"\{\{(.+?)\}\}")
CARD = {
    "uuid",
    "summary",
    "detail",
    "indicator",
    "source",
    "suggestions",
    "selectionBehavior",
    "overrideReasons",
    "links",
    "extension",
}
# What a prefetch template may use: instance reads, type searches, references, tokens, dates, _count and _sort.
SEARCH = re.compile(r"[A-Z]\w+\?(?:[a-z_-]+=[^&\s]+)(?:&(?:_count=\d+|_sort=-?[a-z]+|[a-z-]+=[^&\s]+))*")
READ = re.compile(r"[A-Z]\w+/\{\{context\.\w+\}\}")
CONTEXTS = {
    "patient-view": {"userId", "patientId", "encounterId"},
    "order-select": {"userId", "patientId", "encounterId", "selections", "draftOrders"},
    "order-sign": {"userId", "patientId", "encounterId", "draftOrders"},
}


def discovery_faults(document: Any) -> list[str]:
    """Check an answer of discovery."""
    return list(_discovery(document))


def response_faults(document: Any, version: str = "2.0.1") -> list[str]:
    """Check the answer of a service to a client of a version."""
    return [*_empties(document, ""), *_response(document, version)]


def _discovery(document: Any) -> Iterator[str]:
    if not isinstance(document, dict) or set(document) - {"services", "extension"}:
        yield "not an object with services alone"
        return
    seen = set()
    for service in document["services"]:
        for key in ("hook", "description", "id", "title"):
            if not isinstance(service.get(key), str) or not service[key].strip():
                yield f"service: {key} is missing"
        if not HOOKS.fullmatch(service["hook"]):
            yield "service: hook is no name of a hook"
        if (service["id"], service["hook"]) in seen:
            yield "service: the same id stands twice under one hook"
        seen.add((service["id"], service["hook"]))
        if service["id"] != urlsplit(service["id"]).path or "/" in service["id"]:
            yield "service: id is no path segment"
        if not isinstance(service.get("usageRequirements", ""), str):
            yield "service: usageRequirements is no text"
        for key, query in service.get("prefetch", {}).items():
            if not re.fullmatch(r"[\w-]+", key):
                yield f"prefetch {key}: a key that is no name"
            if not (SEARCH.fullmatch(query) or READ.fullmatch(query)):
                yield f"prefetch {key}: not a read or a plain search"
            if "_include" in query or re.search(r":(?!in=)\w+=", query):
                yield f"prefetch {key}: more than clients need to support"
            for token in TOKEN.findall(query):
                field = token.removeprefix("context.")
                if not token.startswith("context.") or field not in CONTEXTS[service["hook"]]:
                    yield f"prefetch {key}: {token} is not in the context of {service['hook']}"


def _response(document: Any, version: str) -> Iterator[str]:
    if not isinstance(document, dict) or not isinstance(document.get("cards"), list):
        yield "cards is missing"
        return
    if set(document) - {"cards", "systemActions", "extension"}:
        yield "unknown elements beside cards"
    names: list[str] = []
    for place, card in enumerate(document["cards"]):
        where = f"cards/{place}"
        for fault in _card(card, version):
            yield f"{where}: {fault}"
        names.append(card.get("uuid", ""))
        names.extend(one.get("uuid", "") for one in card.get("suggestions", ()))
    if len(set(names)) != len(names):
        yield "a uuid stands twice"


def _card(card: Mapping[str, Any], version: str) -> Iterator[str]:
    if set(card) - CARD:
        yield f"unknown elements {sorted(set(card) - CARD)}"
    if not _is_uuid(card.get("uuid")):
        yield "without a uuid there is no feedback"
    summary = card.get("summary")
    if not isinstance(summary, str) or not summary.strip() or len(summary) >= 140 or "\n" in summary:
        yield "summary is no line of less than 140 characters"
    if card.get("indicator") not in INDICATORS:
        yield "indicator is no indicator"
    if not isinstance(card.get("detail", "x"), str):
        yield "detail is no text"
    yield from _source(card.get("source"))
    if ("suggestions" in card) and card.get("selectionBehavior") not in BEHAVIOURS:
        yield "suggestions without selectionBehavior"
    recommended = [one for one in card.get("suggestions", ()) if one.get("isRecommended")]
    if card.get("selectionBehavior") == "at-most-one" and len(recommended) > 1:
        yield "several recommended where at most one may be chosen"
    for suggestion in card.get("suggestions", ()):
        yield from _suggestion(suggestion, version)
    for reason in card.get("overrideReasons", ()):
        yield from _coding(reason, "overrideReasons", display=True)
    for link in card.get("links", ()):
        if not isinstance(link.get("label"), str) or link.get("type") not in ("absolute", "smart"):
            yield "link without label or type"
        if not _is_absolute(link.get("url")):
            yield "link without an absolute url"
        if "appContext" in link and link["type"] != "smart":
            yield "appContext is for smart links alone"
    if not isinstance(card.get("extension", {}), dict):
        yield "extension is no object"
    if any("." not in name for name in card.get("extension", {})):
        yield "extension with a name that is not unique in the world"


def _source(source: Any) -> Iterator[str]:
    if not isinstance(source, dict) or not isinstance(source.get("label"), str) or not source["label"].strip():
        yield "source without a label"
        return
    if set(source) - {"label", "url", "icon", "topic"}:
        yield "source has unknown elements"
    for key in ("url", "icon"):
        if key in source and not _is_absolute(source[key]):
            yield f"source.{key} is not absolute"
    if "topic" in source:
        yield from _coding(source["topic"], "topic", display=False)


def _suggestion(suggestion: Mapping[str, Any], version: str) -> Iterator[str]:
    if not isinstance(suggestion.get("label"), str) or not suggestion["label"].strip():
        yield "suggestion without a label"
    if not _is_uuid(suggestion.get("uuid")):
        yield "suggestion without a uuid"
    for action in suggestion.get("actions", ()):
        kind = action.get("type")
        if kind not in ACTIONS:
            yield "action without a type"
        if not isinstance(action.get("description"), str) or not action["description"].strip():
            yield "action without a description"
        if kind == "delete":
            if not re.fullmatch(r"[A-Z]\w+/[^/\s]+", action.get("resourceId", "")):
                yield "delete without a relative reference in resourceId"
            if version != "2.0.1" and "resource" in action:
                yield "delete with a resource is of an older version"
        elif not isinstance(action.get("resource"), dict):
            yield f"{kind} without its resource"


def _coding(coding: Any, what: str, *, display: bool) -> Iterator[str]:
    for key in ("code", "system", *(("display",) if display else ())):
        if not isinstance(coding, dict) or not isinstance(coding.get(key), str) or not coding[key]:
            yield f"{what} without {key}"


def _empties(value: Any, path: str) -> Iterator[str]:
    if value is None or (value in ("", [], {}) and path != "/cards"):
        yield f"{path or '/'} is null or empty"
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in entries:
        yield from _empties(part, f"{path}/{key}")


def _is_uuid(value: Any) -> bool:
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value
    except ValueError:
        return False


def _is_absolute(value: Any) -> bool:
    parts = urlsplit(value) if isinstance(value, str) else None
    return parts is not None and parts.scheme in ("http", "https") and bool(parts.netloc)
