"""The routes of the pages: evaluate, read, rules. Nothing about a patient is kept; answers are never cached."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.responses import RedirectResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from oncocds.advice.result import Evaluation
from oncocds.advice.views import for_nobody
from oncocds.advice.wording import FactWords
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import URGENCIES
from oncocds.profile.identity import identified, input_digest
from oncocds.profile.reading import read_profile
from oncocds.reference.derived import ORIGINS, derived_pages
from oncocds.reference.pages import Reference
from oncocds.reference.words import KINDS
from oncocds.scenarios.dictionary import KINDS as WORD_KINDS
from oncocds.scenarios.dictionary import entries, look_up
from oncocds.scenarios.phrases import PHRASES
from oncocds_api.evaluations.evaluations import worked
from oncocds_api.evaluations.scenario_runs import MOST_CHARACTERS
from oncocds_api.feedback.feedback import Feedback
from oncocds_api.feedback.reasons import OVERRIDE_REASONS
from oncocds_api.pages.access import asked_of_the_page
from oncocds_api.pages.answer import shelves, topics
from oncocds_api.pages.as_text import as_text
from oncocds_api.pages.beside import add_beside_routes
from oncocds_api.pages.changed_settings import changed_settings, effective_settings
from oncocds_api.pages.drug_names import drug_names
from oncocds_api.pages.examples import examples
from oncocds_api.pages.form import carried, form
from oncocds_api.pages.fragments import fragment
from oncocds_api.pages.overview import cited, counts, course, drawn, without_advice
from oncocds_api.pages.passage_search import PassageSearch
from oncocds_api.pages.picture import Pictures
from oncocds_api.pages.refusals import with_words
from oncocds_api.pages.rendering import POLICY, Pages, policy
from oncocds_api.pages.rule_index import RuleIndex, Sought
from oncocds_api.pages.smart import origins_of, reads, servers
from oncocds_api.pages.story import STORY
from oncocds_api.reference.documents import UNRULED, paragraphs, passage_id
from oncocds_api.reference.words import LEVELS, STATUSES, TRUTH_MARKS, TRUTHS, URGENCY_WORDS, VERDICTS
from oncocds_api.requests.requests import MOST_FHIR_BYTES
from oncocds_api.security.guards import RoleGuard
from oncocds_api.settings.key_settings import Role
from oncocds_api.settings.settings import Settings
from oncocds_api.web.problems import problem
from oncocds_api.workers.workers import Workers

_ROLES: tuple[Role, Role] = ("evaluate", "scenarios")
STATIC = Path(__file__).parent / "static"


def page_routes(
    pool: Workers, knowledge: Knowledge, reference: Reference, settings: Settings, by_key: RoleGuard, feedback: Feedback
) -> APIRouter:
    """Return the routes of the pages of one knowledge and its ``reference``.

    What only reads the knowledge is open; ``by_key`` stands before what a patient is sent to, unless settings open it.
    """
    router = APIRouter(include_in_schema=False)
    router.mount("/static", _Asked(directory=STATIC), name="static")
    pictures = Pictures(knowledge)
    asked = asked_of_the_page(settings)
    guards, of_scenarios = ([] if asked == "nothing" else [Depends(by_key(one))] for one in _ROLES)
    page = Pages(
        settings,
        asked=asked,
        for_nobody=for_nobody,
        words=FactWords(knowledge.vocabulary),
        documents=reference.documents,
        numbers={identity: number for number, identity in enumerate(reference.documents, 1)},
        rules=reference.rules,
        passage_id=passage_id,
        course=course,
        drawn=drawn,
        urgencies=URGENCIES,
        urgency_words=URGENCY_WORDS,
        kinds=KINDS,
        levels=LEVELS,
        statuses=STATUSES,
        verdicts=VERDICTS,
        unruled=UNRULED,
        truths=TRUTHS,
        marks=TRUTH_MARKS,
        reasons=OVERRIDE_REASONS,
    )

    sections, drugs = form(knowledge.vocabulary), drug_names(knowledge.vocabulary)
    patients = examples()
    nobody = input_digest(identified(read_profile({}, knowledge.vocabulary)))
    concluded = derived_pages(knowledge.vocabulary)
    index = RuleIndex(knowledge, reference)
    passages = PassageSearch(reference.documents, reference.rules)
    dictionary = entries(knowledge)
    meanings = {_plain(identity): identity for identity in reference.rules}
    read = {identity: paragraphs(document) for identity, document in reference.documents.items()}

    @router.get("/")
    async def evaluate(request: Request) -> Response:
        """Show the form."""
        held = carried(knowledge.vocabulary)
        return page(request, "evaluate.html", sections=sections, drugs=drugs, examples=patients, carried=held)

    @router.get("/launch")
    async def launch(request: Request) -> Response:
        """Show the form as an EHR opens it with SMART on FHIR; the page may then reach that EHR as well."""
        if not settings.smart_servers:
            return page(request, "missing.html", 404, what="launch")
        held = carried(knowledge.vocabulary)
        known = {"servers": servers(settings.smart_servers), "reads": reads()}
        shown = page(
            request, "evaluate.html", sections=sections, drugs=drugs, examples=patients, carried=held, launch=known
        )
        shown.headers[POLICY] = policy(settings.frame_ancestors, origins_of(settings.smart_servers))
        return shown

    @router.get("/examples/{name}.json")
    async def example(name: str) -> Response:
        """Return an example patient as a profile."""
        found = next((one for one in patients if one.name == name), None)
        return problem("not-found") if found is None else Response(found.profile, media_type="application/json")

    @router.post("/evaluate", dependencies=guards)
    async def answer(request: Request) -> Response:
        """Evaluate a patient and return the answer as a fragment of the page, or the problem."""
        return await fragment(request, pool, "evaluation", answered)

    def answered(request: Request, body: bytes) -> Response:
        evaluation = Evaluation.model_validate_json(body)
        placed, changed = shelves(evaluation), changed_settings(evaluation, knowledge.vocabulary)
        return page(
            request,
            "answer.html",
            evaluation=evaluation,
            words=FactWords(knowledge.vocabulary, evaluation.items.get),
            name=_name(request),
            changed=changed,
            effective=effective_settings(evaluation, knowledge.vocabulary),
            shelves=placed,
            topics=topics(evaluation),
            as_text=as_text(evaluation, placed, changed, reference.documents),
            counts=counts(evaluation),
            without_advice=without_advice(evaluation),
            nothing_known=evaluation.input_digest == nobody,
            cited=cited(evaluation),
        )

    @router.post("/profile", dependencies=guards)
    async def profile(request: Request) -> Response:
        """Read what was pasted (a profile, a request, a FHIR Bundle) into what the form is to hold, or the problem."""
        return with_words(await worked(request, pool, "pasted", most=MOST_FHIR_BYTES))

    add_beside_routes(router, page, guards, pool, knowledge, feedback)

    @router.get("/derived")
    async def derived(request: Request) -> Response:
        """Say how every derived fact is concluded."""
        return page(request, "derived.html", derived=concluded, origins=ORIGINS)

    @router.get("/documents")
    async def documents(request: Request, q: str = Query("", max_length=100)) -> Response:
        """List the documents, or their sentences that hold some words."""
        return page(request, "documents.html", sought=q.strip(), found=passages.find(q))

    @router.get("/documents/{identity}")
    async def document(request: Request, identity: str) -> Response:
        """Show a document with its passages marked; in the side pane the text alone."""
        if identity not in read:
            return page(request, "missing.html", 404, what=identity)
        template = "document_pane.html" if request.query_params.get("pane") == "true" else "document.html"
        return page(request, template, document=reference.documents[identity], paragraphs=read[identity])

    @router.get("/rules")
    async def rules(request: Request, q: str = Query("", max_length=100)) -> Response:  # noqa: ARG001 - its length
        """List the rules, narrowed to what the address seeks."""
        sought = index.known(Sought.of(request.query_params))
        entries = [(entry, entry.fits(sought)) for entry in index.entries]
        return page(request, "rules.html", actions=knowledge.actions, index=index, entries=entries, sought=sought)

    @router.get("/rules/{identity}")
    async def rule(request: Request, identity: str) -> Response:
        """Show one rule."""
        found = reference.rules.get(identity)
        if found is None and (meant := meanings.get(_plain(identity))):
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"{page.prefix}/rules/{meant}{query}", headers=page.headers)
        if found is None:
            return page(request, "missing.html", 404, what=identity)
        picture = pictures.of(identity) if found.condition is not None else None
        action = knowledge.actions[found.action] if found.action is not None else None
        return page(
            request,
            "rule.html",
            rule=found,
            action=action,
            concepts=[reference.concepts[concept] for concept in index.concepts(identity)],
            picture=picture,
            box=pictures,
            examples=[
                (
                    one.expect,
                    json.dumps(one.given, ensure_ascii=False, indent=1),
                    [index.label(fact) for fact in one.asks],
                )
                for one in knowledge.rules[identity].examples
            ],
        )

    @router.get("/scenarios")
    async def scenarios(request: Request) -> Response:
        """Show where a scenario file is pasted or chosen."""
        return page(request, "scenarios.html", phrases=PHRASES.values(), most=MOST_CHARACTERS, story=STORY)

    @router.post("/scenarios", dependencies=of_scenarios)
    async def run_scenarios(request: Request) -> Response:
        """Check and run a scenario file; return its report as a fragment of the page, or the problem."""
        return await fragment(
            request, pool, "scenarios", lambda asked, body: page(asked, "scenario_report.html", run=json.loads(body))
        )

    @router.post("/scenario", dependencies=of_scenarios)
    async def save_scenario(request: Request) -> Response:
        """Write the patient in the form, or a disagreement with the answer, as a scenario file; or the problem."""
        return await fragment(
            request, pool, "scenario-file", lambda asked, body: page(asked, "scenario_file.html", text=json.loads(body))
        )

    @router.get("/vocabulary")
    async def vocabulary(request: Request, q: str = Query("", max_length=100)) -> Response:
        """Show the words that scenarios may use, or those that a word names."""
        found, named = look_up(q, dictionary) if q.strip() else (dictionary, True)
        kinds = list(dict.fromkeys(entry.kind for entry in found))  # in the order of the best of each
        found = sorted(found, key=lambda entry: kinds.index(entry.kind))
        return page(request, "vocabulary.html", kinds_of_words=WORD_KINDS, entries=found, named=named, sought=q.strip())

    return router


class _Asked(StaticFiles):
    """Scripts and styles that a browser asks for each time: those of another version would misread the pages."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file, to be kept only as long as it is the same here."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def _plain(identity: str) -> str:
    """Return a rule's id as anybody may type it: in small or full-width letters, with blanks around it."""
    return unicodedata.normalize("NFKC", identity).strip().upper()


def _name(request: Request) -> str:
    """Return what a request calls itself; its answer repeats it, so that no other is taken for it."""
    name = request.headers.get("oncocds-request", "")
    return name if re.fullmatch(r"[\w.-]{1,60}", name, re.ASCII) else ""
