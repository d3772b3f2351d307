"""CDS Hooks under a steady load, beside an empty handler of the same app with the same bodies.

The load is open: requests leave at fixed times whether or not earlier ones are answered, and what a request waits is
counted from the time it was due. Every call carries a signed token of its own, as the server asks for by default.
A turn ends some seconds after its last request was due: what is not answered by then failed.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.web import PATIENCE, answered, posted, served
from oncocds_api.cds.services import TEMPLATES

RATE = 50.0
EMPTY = "empty handler"
_BUNDLES = Path(__file__).resolve().parent.parent / "examples" / "fhir"
_ISSUER = "https://ehr.bench.example"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_FURTHER_RESULTS = 300
_KEYS = {template.query.partition("?")[0].partition("/")[0]: template.key for template in TEMPLATES}
_KEYS["Medication"] = _KEYS["MedicationRequest"]  # comes with what refers to it
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Waits:
    """The milliseconds of each request of a turn, and how many were not answered with 200."""

    milliseconds: Sequence[float]
    failed: int


@dataclass(frozen=True, slots=True)
class _Contender:
    path: str
    bodies: Sequence[bytes]


def measure(rounds: int, seconds: float) -> dict[str, list[Waits]]:
    """Return what was waited by contender, round by round. Raises ``RuntimeError`` if the server does not start."""
    from joserfc.jwk import ECKey

    key = ECKey.generate_key("P-384", {"kid": "bench"})
    with tempfile.TemporaryDirectory() as folder:
        jwks = Path(folder) / "jwks.json"
        jwks.write_text(json.dumps({"keys": [key.as_dict(private=False)]}), encoding="utf-8")

        def settings(port: int) -> Mapping[str, str]:
            return {
                "ONCOCDS_BASE_URL": f"http://127.0.0.1:{port}",
                "ONCOCDS_ISSUERS": json.dumps([{"iss": _ISSUER, "jwks": str(jwks)}]),
                "ONCOCDS_FEEDBACK_DATABASE": f"sqlite:///{folder}/feedback.sqlite3",
            }

        contenders = _contenders()
        found: dict[str, list[Waits]] = {name: [] for name in contenders}
        with served(settings) as port:
            for number in range(1 + rounds):  # the first warms up
                for name, contender in contenders.items():
                    turn = _requests(port, contender, key, round(seconds * RATE))
                    waits = asyncio.run(_steady(port, turn))
                    if number:
                        found[name].append(waits)
        return found


def _contenders() -> dict[str, _Contender]:
    charts, orders, long = [], [], []
    for file in sorted(_BUNDLES.glob("*.json")):
        document = json.loads(file.read_text(encoding="utf-8"))
        resources = [entry["resource"] for entry in document.get("bundle", document)["entry"]]
        charts.append(_call("patient-view", resources))
        long.append(_call("patient-view", [*resources, *_further(resources)]))
        orders.append(_call("order-sign", resources))
    return {
        EMPTY: _Contender("/bench/empty", [*charts, *orders]),
        "patient-view": _Contender("/cds-services/oncocds-patient", charts),
        "order-sign": _Contender("/cds-services/oncocds-orders", orders),
        f"patient-view, +{_FURTHER_RESULTS} results": _Contender("/cds-services/oncocds-patient", long),
    }


def _call(hook: str, resources: Sequence[Json]) -> bytes:
    """Make a call with everything prefetched; at an order a draft for a bone-modifying agent is signed."""
    prefetch: Json = dict.fromkeys(_KEYS.values())
    drafts = [one for one in resources if one.get("status") == "draft"]
    for resource in resources:
        key = _KEYS[resource["resourceType"]]
        if key == "patient":
            prefetch[key] = resource
        elif resource.get("status") != "draft":
            prefetch[key] = prefetch[key] or {"resourceType": "Bundle", "type": "searchset", "entry": []}
            prefetch[key]["entry"].append({"resource": resource})
    patient = prefetch["patient"]["id"]
    context: Json = {"userId": "Practitioner/example", "patientId": patient}
    if hook == "order-sign":
        signed = drafts or [_draft(patient)]
        context["draftOrders"] = {
            "resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in signed],
        }  # fmt: skip
    call = {"hook": hook, "hookInstance": str(uuid.uuid4()), "context": context, "prefetch": prefetch}
    return json.dumps(call, ensure_ascii=False).encode()


def _draft(patient: str) -> Json:
    return {
        "resourceType": "MedicationRequest",
        "id": "draft",
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": {"text": "地舒单抗注射液"},
        "subject": {"reference": f"Patient/{patient}"},
    }


def _further(resources: Sequence[Json]) -> Iterator[Json]:
    """Yield results of other tests, as a chart of some years holds them."""
    patient = next(one["id"] for one in resources if one["resourceType"] == "Patient")
    for number in range(_FURTHER_RESULTS):
        yield {
            "resourceType": "Observation",
            "id": f"further-{number}",
            "status": "final",
            "category": [{"coding": [{"system": _CATEGORY, "code": "laboratory"}]}],
            "code": {"coding": [{"system": "http://loinc.org", "code": "2951-2", "display": "Sodium"}], "text": "钠"},
            "subject": {"reference": f"Patient/{patient}"},
            "effectiveDateTime": f"2024-{1 + number % 12:02}-{1 + number % 28:02}T08:00:00+08:00",
            "valueQuantity": {
                "value": 135 + number % 10, "unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L",
            },
        }  # fmt: skip


def _requests(port: int, contender: _Contender, key: Any, count: int) -> list[bytes]:
    """Make the requests of a turn beforehand: signing takes the clients' time, not the server's."""
    from joserfc import jwt

    made = []
    now = int(time.time())
    for number in range(count):
        claims = {
            "iss": _ISSUER, "aud": f"http://127.0.0.1:{port}{contender.path}", "iat": now, "exp": now + 300,
            "jti": str(uuid.uuid4()),
        }  # fmt: skip
        token = jwt.encode({"alg": "ES384", "typ": "JWT", "kid": "bench"}, claims, key, algorithms=["ES384"])
        body = contender.bodies[number % len(contender.bodies)]
        made.append(posted(port, contender.path, body, f"Authorization: Bearer {token}\r\n"))
    return made


async def _steady(port: int, requests: Sequence[bytes]) -> Waits:
    """Send each request when it is due, on a connection that is free or on a new one."""
    loop = asyncio.get_running_loop()
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    waits: list[float] = []
    failed = 0

    async def send(request: bytes, due: float) -> None:
        nonlocal failed
        reader, writer = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(request)
            status = await answered(reader)
        except BaseException:
            writer.close()
            raise
        waits.append((loop.time() - due) * 1e3)
        failed += status != 200
        idle.append((reader, writer))

    start = loop.time() + 0.1
    last = start + len(requests) / RATE + PATIENCE
    sent: set[asyncio.Task[None]] = set()
    for number, request in enumerate(requests):
        due = start + number / RATE
        await asyncio.sleep(max(0.0, due - loop.time()))
        if sent and loop.time() > last:
            break
        sent.add(asyncio.create_task(send(request, due)))
    done, late = await asyncio.wait(sent, timeout=max(0.0, last - loop.time()))
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    for task in done:
        task.result()
    for _, writer in idle:
        writer.close()
    return Waits(waits, failed + len(requests) - len(done))
