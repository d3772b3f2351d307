"""A CDS Hooks client as an EHR has one: opens a chart, chooses orders, signs them, and tells what became of the cards.

python examples/cds_client.py examples/fhir/bone-metastases-with-two-agents.json [http://localhost:8000]
    [--issuer https://ehr.hospital.example --key private.jwk.json]

The bundle stands for the EHR's records; what is ``draft`` in it is about to be ordered. The server needs ``issuers`` in
its settings, or ``development: true`` on a machine for trials. Tokens are signed when ``--key`` names a private JWK.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx2
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

Json = dict[str, Any]


class Records:
    """The EHR's records of one patient: answers the reads and searches of prefetch templates."""

    def __init__(self, bundle: Json) -> None:
        stored = [entry["resource"] for entry in bundle["entry"]]
        codes = {f"Medication/{one['id']}": one["code"] for one in stored if one["resourceType"] == "Medication"}
        resources = [_naming_its_drug(one, codes) for one in stored]
        self.drafts = [one for one in resources if one.get("status") == "draft"]
        self._stored = [one for one in resources if one.get("status") != "draft"]
        self.patient: str = next(one["id"] for one in resources if one["resourceType"] == "Patient")

    def prefetch(self, templates: Mapping[str, str], context: Json) -> Json:
        """Return what the templates ask for: a resource, a Bundle, or null where there is nothing."""
        return {key: self._query(_filled(template, context)) for key, template in templates.items()}

    def _query(self, query: str) -> Json | None:
        path, _, search = query.partition("?")
        kind, _, identity = path.partition("/")
        found = [one for one in self._stored if one["resourceType"] == kind]
        if identity:
            return next((one for one in found if one["id"] == identity), None)
        asked = dict(parse_qsl(search))
        if asked.pop("patient") != self.patient or not found:
            return None
        return {**_bundle(found), "type": "searchset"}


class Client:
    """Calls the services of one server. With a key each call carries a token of its own."""

    def __init__(self, server: str, issuer: str | None, key: Path | None) -> None:
        self._server = server.rstrip("/")
        self._http = httpx2.Client(timeout=30)
        self._issuer = issuer
        self._key = None if key is None else _private_key(json.loads(key.read_text("utf-8")))

    def services(self) -> list[Json]:
        """Return what discovery tells of the services."""
        services: list[Json] = self._called("GET", "/cds-services")["services"]
        return services

    def cards(self, service: Json, context: Json, records: Records) -> list[Json]:
        """Call a service at its hook and return its cards."""
        call = {
            "hook": service["hook"],
            "hookInstance": str(uuid.uuid4()),
            "context": context,
            "prefetch": records.prefetch(service.get("prefetch", {}), context),
        }
        cards: list[Json] = self._called("POST", f"/cds-services/{service['id']}", call)["cards"]
        return cards

    def feedback(self, service: Json, *entries: Json) -> None:
        """Tell what became of cards."""
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        body = {"feedback": [{**entry, "outcomeTimestamp": now} for entry in entries]}
        self._called("POST", f"/cds-services/{service['id']}/feedback", body)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _called(self, method: str, path: str, body: Json | None = None) -> Json:
        address = self._server + path
        headers = {} if self._key is None else {"Authorization": f"Bearer {self._token(address)}"}
        answer = self._http.request(method, address, json=body, headers=headers)
        answer.raise_for_status()
        content: Json = answer.json() if answer.content else {}
        return content

    def _token(self, audience: str) -> str:
        assert self._key is not None
        algorithm = "ES384" if isinstance(self._key, ECKey) else "RS384"
        header = {"alg": algorithm, "typ": "JWT", "kid": self._key.kid}
        now = int(time.time())
        claims = {"iss": self._issuer, "aud": audience, "iat": now, "exp": now + 60, "jti": str(uuid.uuid4())}
        return jwt.encode(header, claims, self._key, algorithms=[algorithm])


def visit(client: Client, records: Records) -> Iterator[str]:
    """Open the chart, choose and sign the drafts, heed or override what is said; yield what a screen would show."""
    services = {service["hook"]: service for service in client.services()}
    context = {"userId": "Practitioner/example", "patientId": records.patient}
    chart = services["patient-view"]
    cards = client.cards(chart, context, records)
    yield from _shown("patient-view", cards)
    if cards and "overrideReasons" in cards[-1]:
        client.feedback(chart, _overridden(cards[-1], cards[-1]["overrideReasons"][-1]))
    if not records.drafts:
        return
    selections = [f"{draft['resourceType']}/{draft['id']}" for draft in records.drafts]
    choosing = {**context, "selections": selections, "draftOrders": _bundle(records.drafts)}
    yield from _shown("order-select", client.cards(services["order-select"], choosing, records))
    orders = services["order-sign"]
    cards = client.cards(orders, {**context, "draftOrders": _bundle(records.drafts)}, records)
    yield from _shown("order-sign", cards)
    accepted = [(card, suggestion) for card in cards for suggestion in card.get("suggestions", ())[:1]]
    withdrawn = {action["resourceId"] for _, one in accepted for action in one["actions"] if action["type"] == "delete"}
    for card, suggestion in accepted:
        client.feedback(
            orders, {"card": card["uuid"], "outcome": "accepted", "acceptedSuggestions": [{"id": suggestion["uuid"]}]}
        )
        yield f"✓ {suggestion['label']}"
    remaining = [one for one in records.drafts if f"{one['resourceType']}/{one['id']}" not in withdrawn]
    if withdrawn and remaining:
        cards = client.cards(orders, {**context, "draftOrders": _bundle(remaining)}, records)
        yield from _shown("order-sign", cards)


def main(arguments: list[str]) -> int:
    """Run a visit; 0 if it went through, 2 if the server refused a call."""
    form = argparse.ArgumentParser(description="A CDS Hooks client.")
    form.add_argument("bundle", type=Path)
    form.add_argument("server", nargs="?", default="http://localhost:8000")
    form.add_argument("--issuer", help="the 'iss' of this client's tokens")
    form.add_argument("--key", type=Path, help="a file with its private JWK (P-384 or RSA)")
    asked = form.parse_args(arguments)
    records = Records(json.loads(asked.bundle.read_text("utf-8")))
    try:
        with contextlib.closing(Client(asked.server, asked.issuer, asked.key)) as client:
            for line in visit(client, records):
                print(line)
    except httpx2.HTTPStatusError as refused:  # a problem, or an OperationOutcome: never an empty list of cards
        print(refused.response.status_code, refused.response.text, file=sys.stderr)
        return 2
    return 0


def _naming_its_drug(resource: Json, codes: Mapping[str, Json]) -> Json:
    """Return an order with the drug's code in it: what it refers to is not part of a call."""
    code = codes.get(resource.get("medicationReference", {}).get("reference", ""))
    if code is None:
        return resource
    return {key: value for key, value in resource.items() if key != "medicationReference"} | {
        "medicationCodeableConcept": code
    }


def _filled(template: str, context: Json) -> str:
    for name, value in context.items():
        if isinstance(value, str):
            template = template.replace(f"{{{{context.{name}}}}}", value)
    return template


def _bundle(resources: Sequence[Json]) -> Json:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}


def _overridden(card: Json, reason: Json) -> Json:
    return {"card": card["uuid"], "outcome": "overridden", "overrideReason": {"reason": reason}}


def _private_key(jwk: Json) -> ECKey | RSAKey:
    return ECKey.import_key(jwk) if jwk["kty"] == "EC" else RSAKey.import_key(jwk)


def _shown(hook: str, cards: Sequence[Json]) -> Iterator[str]:
    yield f"== {hook}: {len(cards)} cards"
    for card in cards:
        yield f"[{card['indicator']}] {card['summary']} — {card['source']['label']}"
        yield from (f"    > {suggestion['label']}" for suggestion in card.get("suggestions", ()))
        yield from (f"    {link['label']} {link['url']}" for link in card.get("links", ())[:1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
