"""What can be read of the knowledge: rules, documents, policy, the schema of the profile. Made once, cached by ETag."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from oncocds.advice.result import KnowledgeId
from oncocds.knowledge.knowledge import Knowledge
from oncocds.profile.policy import Policy
from oncocds.reference.derived import DerivedPage, derived_pages
from oncocds.reference.pages import DocumentPage, DocumentSummary, Reference, RulePage
from oncocds.reference.policy import PolicyPage, policy_page
from oncocds_api.requests.models import ANY_OBJECT, DerivedList, DocumentList, RuleList
from oncocds_api.web.problems import documented, problem


def reference_routes(knowledge: Knowledge, pages: Reference, policy: Policy, profile: dict[str, Any]) -> APIRouter:
    """Return the routes of one knowledge and its ``pages``.

    ``policy`` is the site's, ``profile`` the JSON Schema of the profile.
    """
    router = APIRouter()
    identity = KnowledgeId(version=knowledge.version, digest=knowledge.digest)
    summaries = [
        DocumentSummary.model_validate(page.model_dump(include=set(DocumentSummary.model_fields)))
        for page in pages.documents.values()
    ]
    rule_list = _page(RuleList(knowledge=identity, rules=list(pages.rules.values())))
    derived = derived_pages(knowledge.vocabulary)
    derived_list = _page(DerivedList(knowledge=identity, derived=list(derived.values())))
    derived_facts = {name: _page(page) for name, page in derived.items()}
    document_list = _page(DocumentList(knowledge=identity, documents=summaries))
    rule_pages = {name: _page(page) for name, page in pages.rules.items()}
    document_pages = {name: _page(page) for name, page in pages.documents.items()}
    site_policy = _page(policy_page(knowledge, policy))
    schema_page = json.dumps(profile, ensure_ascii=False).encode()

    @router.get("/v1/rules", response_model=RuleList, responses=_leads_to("rule", "/rules/0/id"))
    async def rules(request: Request) -> Response:
        """List every rule with its condition in prose, source, flags and revision."""
        return _cached(request, rule_list)

    @router.get(
        "/v1/rules/{identity}",
        operation_id="rule",
        response_model=RulePage,
        responses={**documented("not-found"), **_leads_to("document", "/document")},
    )
    async def rule(request: Request, identity: str) -> Response:
        """Show one rule."""
        return _cached(request, rule_pages.get(identity))

    @router.get("/v1/derived", response_model=DerivedList, responses=_leads_to("derived", "/derived/0/id"))
    async def all_derived(request: Request) -> Response:
        """List the derived facts: how each is concluded, by which tables and numbers, from which facts."""
        return _cached(request, derived_list)

    @router.get(
        "/v1/derived/{identity}",
        operation_id="derived",
        response_model=DerivedPage,
        responses=documented("not-found"),
    )
    async def derived_fact(request: Request, identity: str) -> Response:
        """Show one derived fact."""
        return _cached(request, derived_facts.get(identity))

    @router.get("/v1/documents", response_model=DocumentList, responses=_leads_to("document", "/documents/0/id"))
    async def documents(request: Request) -> Response:
        """List the source documents."""
        return _cached(request, document_list)

    @router.get(
        "/v1/documents/{identity}",
        operation_id="document",
        response_model=DocumentPage,
        responses={**documented("not-found"), **_leads_to("rule", "/passages/0/rules/0")},
    )
    async def document(request: Request, identity: str) -> Response:
        """Show one document: its text, its passages with the rules on them, and what becomes of every sentence."""
        return _cached(request, document_pages.get(identity))

    @router.get("/v1/policy", response_model=PolicyPage)
    async def policy_in_force(request: Request) -> Response:
        """List the settings in force here, what each does, and what stays undetermined without it.

        The ``policy`` of a request to evaluate is laid over these.
        """
        return _cached(request, site_policy)

    @router.get(
        "/v1/schema/patient",
        response_class=_SchemaResponse,
        responses={200: {"content": {_SchemaResponse.media_type: {"schema": ANY_OBJECT}}}},
    )
    async def schema(request: Request) -> Response:
        """Return the JSON Schema of the patient profile."""
        return _cached(request, schema_page, _SchemaResponse.media_type)

    return router


def _leads_to(operation: str, place: str) -> dict[int | str, dict[str, Any]]:
    """Say in the description that an answer names, in a place, what another operation shows."""
    link = {"operationId": operation, "parameters": {"identity": f"$response.body#{place}"}}
    return {200: {"links": {operation: link}}}


class _SchemaResponse(Response):
    media_type = "application/schema+json"


def _page(page: BaseModel) -> bytes:
    return page.model_dump_json().encode()


def _cached(request: Request, content: bytes | None, media_type: str = "application/json") -> Response:
    if content is None:
        return problem("not-found")
    tag = f'"{hashlib.sha256(content).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
