"""Requests that nobody should send: what is wrong with each is its kind, and none may bring the server to a 5xx."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.web import posted

Hostile = tuple[str, bytes]
"""The kind of a request, and the request as it goes over the wire."""
_EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
_PATIENT = b'{"patient": {"diagnosis": {"tumour_type": "breast"}}}'
_MANY_KEYS = json.dumps({str(number): 1 for number in range(100_000)}).encode()
_POSTS = (
    "/v1/evaluations",
    "/v1/explanations",
    "/v1/fhir/profile",
    "/v1/fhir/evaluations",
    "/cds-services/oncocds-patient",
    "/cds-services/oncocds-orders",
    "/cds-services/oncocds-orders/feedback",
    "/evaluate",
    "/explanation",
    "/scenario",
)
_VALUES: Sequence[tuple[str, Any]] = (
    ("null", None),
    ("a truth value", True),
    ("a negative number", -1),
    ("a number past all bounds", 1e308),
    ("an integer of 400 digits", int("9" * 400)),
    ("a fraction", 0.1 + 0.2),
    ("an empty text", ""),
    ("a text of 20,000", "9" * 20_000),
    ("script", "<script>alert(1)</script>"),
    ("SQL", "' OR 1=1; --"),
    ("controls", "\x00\x1b[2J\u202e"),
    ("a lone surrogate", "\ud800"),
    ("a template", "{{7*7}}${7*7}%s%n"),
    ("a path", "../../../etc/passwd"),
    ("a list", [[]]),
    ("an object", {"__proto__": {"a": 1}}),
)
_BODIES: Sequence[tuple[str, bytes]] = (
    ("empty", b""),
    ("cut short", _PATIENT[:-3]),
    ("two documents", 2 * _PATIENT),
    ("no UTF-8", b'{"patient": "\xff\xfe"}'),
    ("UTF-16", _PATIENT.decode().encode("utf-16")),
    ("a mark before it", b"\xef\xbb\xbf" + _PATIENT),
    ("50,000 lists deep", b"[" * 50_000),
    ("5,000 objects deep", b'{"patient":' * 5_000),
    ("NaN", b'{"patient": {"age": NaN}}'),
    ("a key twice", b'{"patient": {}, "patient": {}}'),
    ("100,000 keys", _MANY_KEYS),
    ("100,000 items", b'{"patient": {"medications": [' + b"{}," * 99_999 + b"{}]}}"),
    ("a number of 100,000 digits", b"9" * 100_000),
    ("a list", b"[]"),
    ("a text", b'"patient"'),
    ("null", b"null"),
    ("nothing but spaces", b" " * 100_000),
)
_MEDIA_TYPES = (
    "text/plain",
    "application/xml",
    "multipart/form-data; boundary=",
    "application/json; charset=utf-32",
    "",
)
_PATHS = (
    "/v1/rules/" + "A" * 5_000,
    "/v1/rules/../../etc/passwd",
    "/v1/rules/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "/v1/rules/%00",
    "/v1/rules/%ff",
    "/v1/rules/BCBM-62%0d%0aX-Evil:1",
    "/documents/%252e%252e",
    "/documents/..%5c..%5cseeds",
    "/static/../app.py",
    "/static/%2e%2e/routes.py",
    "/rules?q=" + "9" * 8_000,
    "/rules?q=%00%ff",
    "/rules?q=" + "%28a%2B%29%2B" * 300,
    "/v1/derived/'--",
    "/v1/audit/../../x",
    "/health/ready?only=x",
    "/vocabulary?q=" + "%F0%9F%92%80" * 500,
    "/rules/BCBM-62?lang=xx",
    "//v1//rules",
    "/v1/rules/",
    "/launch?iss=javascript:alert(1)",
    "/%",
)
_HEADERS = (
    "Authorization: Bearer x.y.z",
    "Authorization: Bearer " + "A" * 6_000,
    "Authorization: Basic ::",
    "X-API-Key: \xff\xfe",
    "X-API-Key:",
    "Accept: ;;;q=nan",
    "Accept-Encoding: gzip;q=x",
    "Accept-Language: " + "x," * 2_000,
    'If-None-Match: "',
    "traceparent: 00-0-0-0",
    "Origin: null",
    "X-Request-ID: " + "\u00e9" * 300,
    "Cookie: " + "a=b; " * 1_000,
    "Content-Encoding: gzip",
    "Range: bytes=9-1",
    "X-Forwarded-For: ' OR 1=1",
)


def requests(port: int, seed: int = 1) -> list[Hostile]:
    """Return hostile requests, shuffled the same way each time: whoever has no time for all tries some of each."""
    found = [*_odd_bodies(port), *_odd_places(port), *_odd_values(port)]
    random.Random(seed).shuffle(found)
    return found


def _odd_bodies(port: int) -> Iterator[Hostile]:
    for path in _POSTS:
        for kind, body in _BODIES:
            yield f"{path}: body: {kind}", posted(port, path, body)
        for media_type in _MEDIA_TYPES:
            plain = posted(port, path, _PATIENT).replace(b"application/json", media_type.encode())
            yield f"{path}: media type: {media_type}", plain
        yield f"{path}: chunks", _in_chunks(port, path)


def _in_chunks(port: int, path: str) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    head += "Transfer-Encoding: chunked\r\n\r\n"
    return head.encode() + b"".join(b"1\r\n%c\r\n" % byte for byte in _PATIENT) + b"0\r\n\r\n"


def _odd_places(port: int) -> Iterator[Hostile]:
    for path in _PATHS:
        for method in ("GET", "DELETE", "OPTIONS"):
            line = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
            yield f"{method} {path[:40]}", line.encode("latin-1")
    for field in _HEADERS:
        yield f"header: {field[:30]}", posted(port, "/v1/evaluations", _PATIENT, f"{field}\r\n")


def _odd_values(port: int) -> Iterator[Hostile]:
    """Each value of each example, whole lists and objects too, replaced by an odd one; in hook calls, too."""
    for file in sorted((_EXAMPLES / "patients").glob("*.json")):
        content = json.loads(file.read_text("utf-8"))
        for kind, body in _changed(content if "patient" in content else {"patient": content}):
            yield f"/v1/evaluations: {kind}", posted(port, "/v1/evaluations", body)
    for file in sorted((_EXAMPLES / "fhir").glob("*.json")):
        content = json.loads(file.read_text("utf-8"))
        bundle = content.get("bundle", content)
        for kind, body in _changed({"bundle": bundle}):
            yield f"/v1/fhir/evaluations: {kind}", posted(port, "/v1/fhir/evaluations", body)
        call = {
            "hook": "patient-view", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
            "context": {"userId": "Practitioner/x", "patientId": "x"}, "prefetch": {"conditions": bundle},
        }  # fmt: skip
        for kind, body in _changed(call):
            yield f"hook: {kind}", posted(port, "/cds-services/oncocds-patient", body)


def _changed(document: Any) -> Iterator[tuple[str, bytes]]:
    for place, (holder, key) in enumerate(_leaves(document)):
        was = holder[key]
        kind, holder[key] = _VALUES[place % len(_VALUES)]
        yield kind, json.dumps(document).encode()
        holder[key] = was


def _leaves(node: Any) -> list[tuple[Any, Any]]:
    """Return where each value stands, whole lists and objects, too."""
    found: list[tuple[Any, Any]] = []
    for key, value in list(node.items() if isinstance(node, dict) else enumerate(node)):
        found.append((node, key))
        if isinstance(value, dict | list):
            found += _leaves(value)
    return found
