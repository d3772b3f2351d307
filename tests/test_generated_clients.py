"""A client that a generator makes of our description imports whole, sends what it should and reads the answers."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from cds_support import order
from oncocds_api.app import create_app
from oncocds_api.fhir.example import EXAMPLE as FHIR_EXAMPLE
from oncocds_api.requests.models import EXAMPLE
from oncocds_api.settings.settings import Settings

KEY = "a-key-of-the-hospital"
PACKAGE = "oncocds_made_client"
SETTINGS = Settings(
    base_url="https://hospital.example/oncocds",
    feedback_database="sqlite://",
    development=True,
    api_keys={"his": KEY},  # type: ignore[dict-item]
)


class Served(httpx.BaseTransport):
    """Hands the client's requests to the application, without a network."""

    def __init__(self, server: TestClient) -> None:
        self._server = server

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        answer = self._server.request(request.method, str(request.url), content=body, headers=dict(request.headers))
        return httpx.Response(answer.status_code, content=answer.content)


@pytest.fixture(scope="module")
def server() -> Iterator[TestClient]:
    with TestClient(create_app(workers=1, settings=SETTINGS), base_url="https://hospital.example") as server:
        yield server


@pytest.fixture(scope="module")
def made(server: TestClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("made")
    (folder / "openapi.json").write_text(server.get("/openapi.json").text, "utf-8")
    (folder / "config.json").write_text('{"post_hooks": []}', "utf-8")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", "openapi.json"]
    options = ["--config", "config.json", "--output-path", PACKAGE, "--meta", "none", "--fail-on-warning"]
    done = subprocess.run([*command, *options], cwd=folder, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    try:
        yield folder / PACKAGE
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
            del sys.modules[name]


def module(name: str) -> ModuleType:
    return importlib.import_module(f"{PACKAGE}.{name}")


def client(server: TestClient, key: str = KEY) -> Any:
    made = module("client").AuthenticatedClient("https://hospital.example/oncocds", token=key, prefix="",
                                                auth_header_name="X-API-Key")  # fmt: skip
    return made.set_httpx_client(
        httpx.Client(base_url="https://hospital.example/oncocds", headers={"X-API-Key": key}, transport=Served(server))
    )


def test_every_module_imports(made: Path) -> None:
    files = list(made.rglob("*.py"))
    assert len(files) > 100
    for file in files:
        name = ".".join(file.relative_to(made.parent).with_suffix("").parts).removesuffix(".__init__")
        importlib.import_module(name)


def test_a_patient_is_evaluated(made: Path, server: TestClient) -> None:
    call = module("api.evaluations.evaluate_v1_evaluations_post")
    body = module("models").EvaluateV1EvaluationsPostBody.from_dict(EXAMPLE)
    answer = call.sync(client=client(server), body=body)
    assert answer.advice[0].grounds[0].rule == "BCBM-62"
    assert answer.verdicts["BCBM-62"] == "fires"
    direct = server.post("/v1/evaluations", json=EXAMPLE, headers={"X-API-Key": KEY}).json()
    assert json.loads(json.dumps(answer.to_dict())) == direct, "the models lose nothing of the answer"


def test_a_refusal_is_a_problem_with_its_places(made: Path, server: TestClient) -> None:
    call = module("api.evaluations.evaluate_v1_evaluations_post")
    body = module("models").EvaluateV1EvaluationsPostBody.from_dict(EXAMPLE)
    body.policy = module("models").EvaluateV1EvaluationsPostBodyPolicyType0.from_dict({"elderly": 65})
    assert call.sync(client=client(server), body=body).errors[0].pointer == "/policy/elderly"
    assert call.sync(client=client(server, "not-the-key-of-anyone"), body=body).status == 401


def test_a_bundle_is_evaluated(made: Path, server: TestClient) -> None:
    call = module("api.fhir.evaluate_v1_fhir_evaluations_post")
    body = module("models").EvaluateV1FhirEvaluationsPostBodyType0.from_dict(FHIR_EXAMPLE)
    answer = call.sync(client=client(server), body=body)
    assert answer.evaluation.advice[0].action == "avoid-combining-bone-agents"
    assert answer.report.resources == 5


def test_a_hook_is_called_with_a_typed_context(made: Path, server: TestClient) -> None:
    call = module("api.cds_hooks.call_cds_services_service_post")
    body = module("models").CallCdsServicesServicePostBody.from_dict(order())
    assert body.context.patient_id == "bone-two"
    assert body.context.draft_orders.resource_type == "Bundle"
    answer = call.sync("oncocds-orders", client=client(server), body=body)
    assert answer.cards[0].indicator == "critical"


def test_the_description_says_where_who_and_what(server: TestClient) -> None:
    described = server.get("/openapi.json").json()
    assert [one["url"] for one in described["servers"]] == ["https://hospital.example/oncocds"]
    tags = {one["name"] for one in described["tags"]}
    used = {tag for path in described["paths"].values() for operation in path.values() for tag in operation["tags"]}
    assert used == tags
    schemes = described["components"]["securitySchemes"]
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            for asked in operation.get("security", []):
                assert set(asked) <= set(schemes)
            refused = server.request(method, path.replace("{service}", "oncocds-patient"))
            if operation.get("security", [{}]) and {} not in operation.get("security", [{}]):
                assert refused.status_code == 401, path
            else:
                assert refused.status_code != 401, path
