"""An EHR for tests that follows SMART App Launch 2: discovery, authorization with PKCE, tokens, FHIR reads, CORS."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

Answer = tuple[int, Mapping[str, str], bytes]
PAGE = 4  # entries of a page of a search


def coded(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Ehr:
    """``registered`` is the client's metadata; the fields after it make the EHR misbehave."""

    registered: Mapping[str, Any]
    client_id: str = "oncocds"
    base: str = ""
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)  # by Type/id
    patient: str = ""
    launches: set[str] = field(default_factory=set)
    consent: bool = True
    state: str | None = None  # another state than the one that came
    discovery: dict[str, Any] = field(default_factory=dict)  # over what is right; None takes a key out
    token: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    token_status: int = 200
    failing: dict[str, int] = field(default_factory=dict)  # status by type
    next_page: str | None = None  # where all next pages are said to be
    expired: bool = False
    asked: list[str] = field(default_factory=list)  # paths of the FHIR server
    authorized: list[dict[str, str]] = field(default_factory=list)
    posted: list[dict[str, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)  # what broke the specification
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _tokens: set[str] = field(default_factory=set)

    def opens(self, bundle: Mapping[str, Any]) -> str:
        """Open the chart of a Bundle's patient; return the ``launch`` of it."""
        found = [entry["resource"] for entry in bundle["entry"]]
        self.resources = {f"{one['resourceType']}/{one['id']}": one for one in found}
        self.patient = next(one["id"] for one in found if one["resourceType"] == "Patient")
        self.launches.add(launch := secrets.token_urlsafe(8))
        return launch

    @property
    def iss(self) -> str:
        return f"{self.base}/fhir"

    def get(self, target: str, authorization: str | None) -> Answer:
        url = urlsplit(target)
        if url.path == "/authorize":
            return self._authorize(dict(parse_qsl(url.query)))
        if url.path == "/fhir/.well-known/smart-configuration":
            told: dict[str, Any] = {
                "issuer": self.base,
                "authorization_endpoint": f"{self.base}/authorize",
                "token_endpoint": f"{self.base}/token",
                "grant_types_supported": ["authorization_code"],
                "code_challenge_methods_supported": ["S256"],
                "capabilities": ["launch-ehr", "launch-standalone", "client-public", "permission-v2"],
            } | self.discovery  # fmt: skip
            return _json(200, {key: value for key, value in told.items() if value is not None})
        if not url.path.startswith("/fhir/"):
            return _json(404, {})
        self.asked.append(target.removeprefix("/fhir/"))
        if self.expired or (authorization or "").removeprefix("Bearer ") not in self._tokens:
            return _json(401, {})
        return self._read(url.path.removeprefix("/fhir/"), parse_qs(url.query))

    def _authorize(self, asked: dict[str, str]) -> Answer:
        self.authorized.append(asked)
        rules = {
            "response_type": asked.get("response_type") == "code",
            "client_id": asked.get("client_id") == self.client_id,
            "redirect_uri": asked.get("redirect_uri") in self.registered["redirect_uris"],
            "aud": asked.get("aud") == self.iss,
            "state": len(asked.get("state", "")) >= 22,  # 122 bits at least
            "code_challenge": len(asked.get("code_challenge", "")) == 43,
            "code_challenge_method": asked.get("code_challenge_method") == "S256",
            "launch": "launch" not in asked or asked["launch"] in self.launches,
            "scope": set(asked.get("scope", "").split()) <= set(self.registered["scope"].split()),
            "context": ("launch" in asked.get("scope", "").split()) == ("launch" in asked),
        }
        self.wrong += [name for name, kept in rules.items() if not kept]
        if self.wrong:
            return _json(400, {"error": "invalid_request"})
        told = {"state": self.state or asked["state"]}
        if self.consent:
            self._codes[code := secrets.token_urlsafe(16)] = asked
            told["code"] = code
        else:
            told["error"] = "access_denied"
        return 302, {"Location": f"{asked['redirect_uri']}?{urlencode(told)}"}, b""

    def post(self, target: str, content: bytes, authorization: str | None) -> Answer:
        if target != "/token":
            return _json(404, {})
        form = dict(parse_qsl(content.decode()))
        self.posted.append(form)
        asked = self._codes.pop(form.get("code", ""), None)
        if self.token_status != 200:
            return _json(self.token_status, {"error": "invalid_grant", "error_description": "<b>no</b>"})
        rules = asked is not None and (
            form.get("grant_type") == "authorization_code"
            and form.get("client_id") == self.client_id
            and form.get("redirect_uri") == asked["redirect_uri"]
            and 43 <= len(form.get("code_verifier", "")) <= 128
            and coded(hashlib.sha256(form["code_verifier"].encode()).digest()) == asked["code_challenge"]
            and authorization is None
            and "client_secret" not in form
        )
        if not rules or asked is None:
            self.wrong.append("token")
            return _json(400, {"error": "invalid_grant"})
        self._tokens.add(token := secrets.token_urlsafe(24))
        claims = {
            "iss": self.base, "aud": self.client_id, "exp": time.time() + 300, "nonce": asked.get("nonce"),
            "fhirUser": f"{self.iss}/Practitioner/dr-li",
        } | self.claims  # fmt: skip
        parts = ({"alg": "RS256"}, claims)
        told = {
            "access_token": token, "token_type": "Bearer", "expires_in": 300, "scope": asked["scope"],
            "patient": self.patient,
            "id_token": ".".join([*(coded(json.dumps(part).encode()) for part in parts), "c2ln"]),
        } | self.token  # fmt: skip
        return _json(200, {key: value for key, value in told.items() if value is not None})

    def _read(self, path: str, query: dict[str, list[str]]) -> Answer:
        kind = path.split("/")[0]
        if kind in self.failing:
            return _json(self.failing[kind], {"resourceType": "OperationOutcome", "issue": []})
        if "/" in path:
            return _json(200, self.resources[path]) if path in self.resources else _json(404, {})
        mine = query.get("patient") == [self.patient]
        found = [one for one in self.resources.values() if mine and one["resourceType"] == kind]
        start = int(query.get("page", ["0"])[0])
        told: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "total": len(found)}
        told["link"] = [{"relation": "self", "url": f"{self.iss}/{kind}"}]
        told["entry"] = [
            {"fullUrl": f"{self.iss}/{kind}/{one['id']}", "resource": one, "search": {"mode": "match"}}
            for one in found[start : start + PAGE]
        ]
        if start + PAGE < len(found):
            here = f"{self.iss}/{kind}?patient={self.patient}&page={start + PAGE}"
            told["link"].append({"relation": "next", "url": self.next_page or here})
        return _json(200, told)


def _json(status: int, content: Any) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(content).encode()


@contextlib.contextmanager
def _served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def smart_ehr(ehr: Ehr) -> Iterator[Ehr]:
    """Serve an EHR on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_OPTIONS(self) -> None:
            self._send((204, {"Access-Control-Allow-Headers": "Authorization, Content-Type, Accept"}, b""))

        def do_GET(self) -> None:
            self._send(ehr.get(self.path, self.headers.get("Authorization")))

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._send(ehr.post(self.path, content, self.headers.get("Authorization")))

        def _send(self, answer: Answer) -> None:
            status, headers, content = answer
            with contextlib.suppress(OSError):
                self.send_response(status)
                for name, value in (headers | {"Access-Control-Allow-Origin": "*"}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            pass

    with _served(Handler) as ehr.base:
        yield ehr


@contextlib.contextmanager
def folder_served(folder: Path) -> Iterator[str]:
    """Serve the files of a folder at an origin of its own."""

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(folder))

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            pass

    with _served(Handler) as address:
        yield address
