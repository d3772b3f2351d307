"""A hook call as read: the patient, the draft orders, what was prefetched. What is malformed is refused by place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from oncocds.errors import InputError, Problem
from oncocds_api.cds.services import ORDER_HOOKS, Hook, Service
from oncocds_api.requests.requests import parse_fhir

_BARE_ID = re.compile(r"[^\s/?#&]{1,256}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True)
class HookRequest:
    """One call of a service, by which user. ``token`` is the access token for ``server``, if one was given."""

    hook: Hook
    patient: str
    server: str | None
    token: str | None
    drafts: Mapping[str, Any] | None
    selections: tuple[str, ...]
    prefetch: Mapping[str, Any]
    user: str
    instance: str


class _Reader:
    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def wrong(self, pointer: str, reason: str, expected: str) -> None:
        self.problems.append(Problem(pointer, reason, expected))

    def text(self, holder: Mapping[str, Any], pointer: str, key: str, expected: str) -> str:
        value = holder.get(key)
        if isinstance(value, str) and value.strip():
            return value
        self.wrong(f"{pointer}/{key}", "missing" if value is None else "not a text", expected)
        return ""

    def mapping(self, holder: Mapping[str, Any], key: str, expected: str) -> dict[str, Any]:
        value = holder.get(key)
        if isinstance(value, dict):
            return value
        self.wrong(f"/{key}", "missing" if value is None else "not an object", expected)
        return {}


def read_hook(body: bytes, service: Service) -> HookRequest:
    """Read a call of a service, by either version of the specification; what is not known is passed over.

    Raises ``InputError`` with the JSON pointer of each place that is wrong.
    """
    document = parse_fhir(body)
    if not isinstance(document, dict):
        raise InputError([Problem("", "the body is no object", "a CDS Hooks request")])
    reader = _Reader()
    hook = reader.text(document, "", "hook", " or ".join(service.hooks))
    if hook and hook not in service.hooks:
        reader.wrong("/hook", "not a hook of this service", " or ".join(service.hooks))
    instance = reader.text(document, "", "hookInstance", "a UUID")
    if instance and not _UUID.fullmatch(instance.lower().removeprefix("urn:uuid:")):
        reader.wrong("/hookInstance", "not a UUID", "a UUID")
    context = reader.mapping(document, "context", "the context of the hook")
    patient, user = _whose(context, reader) if "context" in document else ("", "")
    prefetch = {} if document.get("prefetch") is None else reader.mapping(document, "prefetch", "resources by key")
    server, token = _server(document, reader)
    drafts, selections = _orders(hook, context, reader)
    if reader.problems:
        raise InputError(reader.problems)
    return HookRequest(cast(Hook, hook), patient, server, token, drafts, selections, prefetch, user, instance)


def _whose(context: Mapping[str, Any], reader: _Reader) -> tuple[str, str]:
    """Return the patient and the user."""
    user = reader.text(context, "/context", "userId", "the user, such as Practitioner/abc")
    expected = "the bare id of the Patient, without 'Patient/'"
    patient = reader.text(context, "/context", "patientId", expected)
    if patient and not _BARE_ID.fullmatch(patient):
        reader.wrong("/context/patientId", "not a bare id", expected)
    encounter = context.get("encounterId")
    if encounter is not None and not isinstance(encounter, str):
        reader.wrong("/context/encounterId", "not a text", "the id of the Encounter")
    return patient, user


def _server(document: Mapping[str, Any], reader: _Reader) -> tuple[str | None, str | None]:
    server = document.get("fhirServer")
    if server is not None and not _is_base(server):
        reader.wrong("/fhirServer", "not a URL", "the absolute base URL of the FHIR server")
    authorization = document.get("fhirAuthorization")
    if authorization is None:
        return server, None
    if not isinstance(authorization, dict):
        reader.wrong("/fhirAuthorization", "not an object", "access_token, token_type, expires_in, scope, subject")
        return server, None
    if server is None:
        reader.wrong("/fhirServer", "missing", "the FHIR server that fhirAuthorization is for")
    token = reader.text(authorization, "/fhirAuthorization", "access_token", "an access token")
    if token and not (token.isascii() and token.isprintable() and " " not in token):
        reader.wrong("/fhirAuthorization/access_token", "not a bearer token", "an access token")
    kind = reader.text(authorization, "/fhirAuthorization", "token_type", "Bearer")
    if kind and kind.lower() != "bearer":
        reader.wrong("/fhirAuthorization/token_type", "another type", "Bearer")
    for key in ("scope", "subject"):
        reader.text(authorization, "/fhirAuthorization", key, "a text")
    seconds = authorization.get("expires_in")
    if isinstance(seconds, bool) or not isinstance(seconds, int):
        reader.wrong("/fhirAuthorization/expires_in", "not a whole number", "a number of seconds")
    return server, token


def _is_base(server: Any) -> bool:
    """Tell whether something is the base URL of a server: absolute, with nothing but a host, a port and a path."""
    if not isinstance(server, str) or not server.isprintable() or any(sign in server for sign in " \\?#@"):
        return False
    try:
        parts = urlsplit(server)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _orders(hook: str, context: Mapping[str, Any], reader: _Reader) -> tuple[Mapping[str, Any] | None, tuple[str, ...]]:
    if hook not in ORDER_HOOKS:
        return None, ()
    drafts = context.get("draftOrders")
    if not isinstance(drafts, dict):
        reason = "missing" if drafts is None else "not an object"
        reader.wrong("/context/draftOrders", reason, "a Bundle of the draft orders")
        drafts = None
    elif drafts.get("resourceType") != "Bundle":
        reader.wrong("/context/draftOrders/resourceType", "not a Bundle", "Bundle")
    selections = context.get("selections")
    if hook == "order-sign":
        return drafts, ()
    if not isinstance(selections, list) or not all(isinstance(one, str) for one in selections):
        reason = "missing" if selections is None else "not a list of texts"
        reader.wrong("/context/selections", reason, "the ids of the selected orders, such as MedicationRequest/abc")
        return drafts, ()
    return drafts, tuple(selections)
