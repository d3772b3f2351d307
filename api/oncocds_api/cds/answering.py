"""What a worker process does with a hook call: read, gather, map, evaluate, make cards; or name what to fetch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from oncocds.advice.result import AdviceItem, Evaluation
from oncocds.engine import Engine
from oncocds.profile.facts import PatientFacts
from oncocds.profile.identity import identified
from oncocds.profile.reading import read_profile
from oncocds.text import Language
from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.models import Vocabulary
from oncocds_api.audit.about import about, left_open
from oncocds_api.cds.cards import Maker
from oncocds_api.cds.chart import chart_cards
from oncocds_api.cds.checks import Checks
from oncocds_api.cds.choice import shown_items, shown_notices
from oncocds_api.cds.data_card import data_card
from oncocds_api.cds.detail import Details
from oncocds_api.cds.drafts import Drafts, read_drafts, with_drafts
from oncocds_api.cds.envelope import Options, unpacked
from oncocds_api.cds.hook_request import HookRequest, read_hook
from oncocds_api.cds.models import EXTENSION, Card, CdsResponse
from oncocds_api.cds.possible_pregnancy import possible_pregnancy
from oncocds_api.cds.prefetch import Gathered, Missing, gather
from oncocds_api.cds.services import ORDER_HOOKS, SERVICES, Hook
from oncocds_api.cds.suggestions import withdrawals
from oncocds_api.fhir.service import moment_of
from oncocds_api.tracing.timing import timed
from oncocds_api.workers.frames import Frame
from oncocds_fhir.bundle import Resource
from oncocds_fhir.holding import ORDERED, lists_of
from oncocds_fhir.mapping import Mapped, map_bundle
from oncocds_fhir.times import Moment

_BONE_AGENT = "bone_modifying_agent"  # of two of them together the sources say that they must not be


def hook_answer(engine: Engine, codes: CodeTables, content: bytes) -> Frame:
    """Answer one hook call: cards, or (``fetch``) what to fetch first, or (``unavailable``) what cannot be had."""
    options, body, fetched = unpacked(content)
    request = read_hook(body, SERVICES[options.service])
    drafts = read_drafts(request)
    gathered = gather(request, fetched, options.last_round, drafts.resources)
    if gathered.wanted:
        wanted = [asdict(one) for one in gathered.wanted]
        return {"outcome": "fetch", "server": request.server, "token": request.token, "wanted": wanted}, b""
    by = {"hook": request.hook, "user": request.user, "instance": request.instance}
    if lacking := gathered.forbidding:
        return {"outcome": "unavailable", "missing": _told(lacking), "by": by}, b""
    return _Case(engine, codes, moment_of(None), options, request, drafts, gathered, by).answer()


class _Case:
    """One patient at one hook."""

    def __init__(
        self,
        engine: Engine,
        codes: CodeTables,
        moment: Moment,
        options: Options,
        request: HookRequest,
        drafts: Drafts,
        gathered: Gathered,
        by: Mapping[str, str],
    ) -> None:
        self._engine = engine
        self._codes = codes
        self._moment = moment
        self._options = options
        self._hook: Hook = request.hook
        self._server = request.server
        self._drafts = drafts
        self._gathered = gathered
        self._by = by
        self._done: dict[tuple[str, ...], tuple[Mapped, Evaluation]] = {}

    def answer(self) -> Frame:
        mapped, evaluation = self._evaluated(self._drafts.resources)
        details = Details(self._engine.knowledge, self._options.language, mapped.sources, evaluation)
        maker = Maker(evaluation, details, self._options.base_url, self._options.decision)

        def name(draft: Resource) -> str:
            return _ordered(draft, mapped, self._engine.knowledge.vocabulary, self._options.language)

        selected = self._drafts.selected

        def card(item: AdviceItem) -> Card:
            suggestions = withdrawals(item, self._drafts, mapped.sources, self._without, name, details.say)
            return maker.card(item, suggestions)

        unchecked = [name(draft) for draft in self._unknown(mapped)] if self._has_bone_agent(mapped) else []
        about_data = data_card(maker, self._hook, mapped, self._gathered.missing, selected, unchecked)
        if self._hook in ORDER_HOOKS:
            checks = self._checks(mapped)
            shown = shown_items(evaluation, self._hook, mapped.sources, selected, self._unordered, checks.of)
            told_of = shown_notices(evaluation, checks.warns)
            if (possible := possible_pregnancy(mapped)) is not None and checks.treats():
                told_of.append(possible)
            notices = [maker.notice(one) for one in told_of]
            cards = sorted([*notices, *map(card, shown)], key=lambda one: one.indicator != "critical")
        else:
            cards = chart_cards(maker, card, others=about_data is not None)
        if about_data is not None:
            cards.append(about_data)
        told = about(evaluation, open_lists=left_open(mapped.profile, mapped.remarks))
        header = {
            "outcome": "done",
            "digest": evaluation.input_digest,
            "hook": self._hook,
            "shown": [_shown(card) for card in cards],
            "missing": _told(self._gathered.missing),
            "by": self._by,
            "about": {**told, "left_out": mapped.remarks.counts()},
        }
        return header, CdsResponse(cards=cards).model_dump_json(exclude_none=True).encode()

    def _checks(self, mapped: Mapped) -> Checks:
        vocabulary = self._engine.knowledge.vocabulary
        patient = identified(read_profile(mapped.profile, vocabulary))
        facts = PatientFacts(patient, self._engine.policy, vocabulary, self._moment.date)
        return Checks(self._engine.knowledge, facts, mapped.sources, self._drafts.selected)

    def _unknown(self, mapped: Mapped) -> list[Resource]:
        """Return the drafts in question whose drug the vocabulary lacks."""
        labels = mapped.remarks.about("unknown-drug") & self._drafts.selected
        return [one for one in self._drafts.resources if one.label in labels]

    def _has_bone_agent(self, mapped: Mapped) -> bool:
        """Tell whether a bone-modifying agent is in use or about to be: then an unknown drug may be a second one."""
        drugs = self._engine.knowledge.vocabulary.drugs
        return any(
            _BONE_AGENT in (one.get("class") or one.get("has_class") or drugs[one["drug"]].classes)
            for one in mapped.profile.get("medications", ())
            if "drug" in one and one.get("status") not in ("stopped", "completed")
        )

    def _without(self, draft: Resource) -> Evaluation:
        return self._evaluated([one for one in self._drafts.resources if one is not draft])[1]

    def _unordered(self) -> Evaluation:
        return self._evaluated([one for one in self._drafts.resources if one.label not in self._drafts.selected])[1]

    def _evaluated(self, drafts: Sequence[Resource]) -> tuple[Mapped, Evaluation]:
        """Map and evaluate the records with some of the drafts; the same drafts are evaluated once."""
        labels = tuple(one.label for one in drafts)
        if labels not in self._done:
            self._done[labels] = self._evaluate(drafts)
        return self._done[labels]

    def _evaluate(self, drafts: Sequence[Resource]) -> tuple[Mapped, Evaluation]:
        records = with_drafts(self._gathered.collected.resources, drafts)
        records.left_out += (*self._gathered.collected.left_out, *self._drafts.left_out)
        with timed("mapping"):
            mapped = map_bundle(records, self._engine.knowledge.vocabulary, self._codes, self._moment, self._server)
        # Orders do not tell what else there is: a list of which no record was read holds more than what is ordered.
        read = {name for one in self._gathered.collected.resources for name in lists_of(one.type)}
        if ordered_alone := {name for name in ORDERED if name in mapped.profile} - read:
            mapped.profile["incomplete"] = sorted({*mapped.profile.get("incomplete", ()), *ordered_alone})
        # The beginning is told and put on record of the patient with all orders; the others are only compared.
        begin = len(drafts) == len(self._drafts.resources)
        with timed("evaluation"):
            return mapped, self._engine.evaluate(mapped.profile, as_of=self._moment.date, begin=begin)


def _ordered(draft: Resource, mapped: Mapped, vocabulary: Vocabulary, language: Language) -> str:
    """Return what a draft orders: the drug as it was understood, else the reference to it."""
    for medication in mapped.profile.get("medications", ()):
        if draft.label in mapped.sources.get(f"medications[{medication['id']}].drug", ()):
            code = medication["drug"]
            return str(medication.get("name") or vocabulary.drugs[code].label.in_(language))
    return draft.label


def _told(missing: Sequence[Missing]) -> list[dict[str, object]]:
    """Return what could not be had."""
    return [{"key": one.template.key, "pages": one.pages, "why": one.why} for one in missing]


def _shown(card: Card) -> dict[str, object]:
    """Return what is kept of a card for feedback: ids and digests, nothing of the patient's."""
    told = (card.extension or {})[EXTENSION]
    return {
        "uuid": card.uuid,
        "subject": told.get("action")
        or told.get("notice")
        or told.get("decision")
        or ("more" if "more" in told else "data"),
        "urgency": card.indicator,
        "rules": [told["notice"]] if "notice" in told else told.get("rules", []),
        "suggestions": [one.uuid for one in card.suggestions or ()],
        "engine": told["engine"],
        "knowledge": told["knowledge"]["digest"],
        "policy": told["policy_digest"],
        "input": told["input_digest"],
    }
