"""The engine: knowledge and site policy in, a patient in, the answer out."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from oncocds import __version__
from oncocds.advice.assembly import Assembly
from oncocds.advice.conditions import explained_conditions, shaping_conditions
from oncocds.advice.result import ChangedSetting, EffectivePolicy, Evaluation, KnowledgeId, Questions
from oncocds.advice.views import bilingual
from oncocds.inference import generated
from oncocds.inference.inference import Inference
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import Verdict
from oncocds.profile.contradictions import contradictions
from oncocds.profile.facts import PatientFacts
from oncocds.profile.identity import identified, input_digest
from oncocds.profile.lock import Locked, check_lock, locked_settings
from oncocds.profile.made import models_of
from oncocds.profile.models import Profile
from oncocds.profile.policy import Policy, merge, policy_digest
from oncocds.profile.reading import read_date, read_policy, read_profile
from oncocds.vocabulary.bundled import bundled_knowledge
from oncocds.vocabulary.code_loader import bundled_codes, load_codes
from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.models import Vocabulary
from oncocds.vocabulary.prepared import prepared

_VERDICTS: dict[bool | None, Verdict] = {True: "fires", False: "silent", None: "undetermined"}


def directories(knowledge: Path | str | None) -> tuple[Path, Path]:
    """Return the directories ``rules`` and ``seeds`` of some knowledge, by default the bundled ones."""
    home = bundled_knowledge() if knowledge is None else Path(knowledge)
    return home / "rules", home / "seeds"


def read_knowledge(knowledge: Path | str | None) -> Knowledge:
    """Read knowledge from its files, by default the bundled ones, and check all of it. Raises ``KnowledgeError``."""
    from oncocds.knowledge.loader import load_knowledge  # what reads YAML is imported where YAML is read

    return load_knowledge(*directories(knowledge))


def load_bundled_or(knowledge: Path | str | None) -> Knowledge:
    """Load knowledge from a directory, by default the bundled knowledge, prepared. Raises ``KnowledgeError``."""
    if knowledge is not None:
        return read_knowledge(knowledge)
    bundled = prepared("knowledge", lambda: read_knowledge(None))
    # Compiled Python is good for one version of it.
    part = f"code-{sys.implementation.cache_tag}"
    generated.bring(prepared(part, lambda: generated.compiled_by(lambda: inference_of(bundled))))
    return bundled


def load_tables(knowledge: Path | str | None, vocabulary: Vocabulary) -> CodeTables:
    """Load the code tables of some knowledge, by default the bundled ones, prepared. Raises ``KnowledgeError``."""
    if knowledge is None:
        return bundled_codes()
    return load_codes(directories(knowledge)[0] / "vocabulary" / "codes", vocabulary)


@cache
def derived_reads() -> Mapping[str, frozenset[str]]:
    """Return the facts that each derived fact is concluded from, prepared: it is read off the derivations' code."""

    def read() -> Mapping[str, frozenset[str]]:
        from oncocds.profile.derived.reads import facts_read

        return dict(facts_read())

    return prepared("reads", read)


def inference_of(knowledge: Knowledge) -> Inference:
    """Lower and compile the rules of some knowledge, and start its agenda."""
    return Inference(
        knowledge.conditions,
        {concept.id: concept.when for concept in knowledge.concepts.values()},
        shaping_conditions(knowledge),
        explained_conditions(knowledge),
    )


class Engine:
    """Evaluates patients against the knowledge it was loaded with. One engine may be shared by threads.

    ``policy`` is the site's; ``locked`` are the settings that no caller's policy may set to another value than the one
    given there (default: none, the embedder is the site).
    """

    def __init__(self, knowledge: Knowledge, policy: Policy, locked: Locked | None = None) -> None:
        self.knowledge = knowledge
        self.policy = merge(models_of(knowledge.vocabulary).policy(), policy)
        self.locked: Locked = locked or {}
        self._inference = inference_of(knowledge)
        self._assembly = Assembly(knowledge, self._inference, derived_reads())
        self._identity = KnowledgeId(version=knowledge.version, digest=knowledge.digest)
        self._policy_digest = policy_digest(self.policy)

    @classmethod
    def load(
        cls,
        knowledge: Path | str | None = None,
        policy: Path | str | Mapping[str, Any] | None = None,
        *,
        free_policy: Collection[str] | None = None,
    ) -> Engine:
        """Load an engine.

        ``knowledge`` is a directory with ``rules/`` and ``seeds/`` (default: the bundled knowledge); ``policy`` a JSON
        or YAML file, or a mapping, of the site's settings, laid over the shipped ones. ``free_policy``, where it is
        given, locks every safety setting but those it names: then they are the site's, and ``evaluate`` takes no other
        value for them. Raises ``KnowledgeError`` (with every issue's file, line and column) or ``PolicyError``.
        """
        loaded = load_bundled_or(knowledge)
        site = read_policy(loaded.policy, loaded.vocabulary)
        if policy is not None:
            site = merge(site, read_policy(policy, loaded.vocabulary))
        if free_policy is None:
            return cls(loaded, site)
        return cls(loaded, site, locked_settings(loaded.vocabulary, site, free_policy))

    def effective(self, policy: Mapping[str, Any] | Policy | None) -> Policy:
        """Lay a caller's policy over the engine's. Raises ``PolicyError``."""
        if policy is None:
            return self.policy
        over = read_policy(policy, self.knowledge.vocabulary)
        check_lock(over, self.locked)
        return merge(self.policy, over)

    def evaluate(
        self,
        profile: Mapping[str, Any] | str | bytes | Profile,
        policy: Mapping[str, Any] | Policy | None = None,
        as_of: datetime.date | str | None = None,
    ) -> Evaluation:
        """Evaluate one patient.

        ``profile`` is a mapping, JSON text or a ``Profile``; ``policy`` is laid over the engine's for this patient;
        ``as_of`` is the date of the evaluation (default: today). Raises ``ProfileError`` or ``PolicyError`` for input
        that is refused and ``EngineFault`` where the engine cannot conclude; it never answers less than it concluded.
        """
        patient = identified(read_profile(profile, self.knowledge.vocabulary))
        effective = self.effective(policy)
        date = read_date(as_of)
        facts = PatientFacts(patient, effective, self.knowledge.vocabulary, date)
        found = contradictions(facts)
        conclusion = self._inference.conclude(facts)
        case = self._assembly.case(facts, conclusion)
        advice = self._assembly.advice(case)
        notices = self._assembly.notices(case, advice)
        conflicts = self._assembly.data_conflicts(case, found)
        clinician, site = self._assembly.questions(case, found)
        opened = self._assembly.opening.opened(case, facts, conclusion, found, advice, notices, conflicts, clinician)
        return Evaluation.of(
            engine=__version__,
            knowledge=self._identity,
            policy=EffectivePolicy.of(
                digest=self._policy_digest if effective is self.policy else policy_digest(effective),
                effective=effective.model_dump(),
                changed=self._changed(effective),
            ),
            input_digest=input_digest(patient),
            as_of=date.isoformat(),
            briefing=opened.briefing,
            decisions=opened.decisions,
            values=opened.values,
            advice=advice,
            conflicts=self._assembly.conflicts(case),
            questions=Questions.of(clinician=clinician, site=site, topics=opened.topics),
            data_conflicts=conflicts,
            notices=notices,
            verdicts=dict(zip(conclusion.rules, map(_VERDICTS.__getitem__, conclusion.rules.values()), strict=True)),
        )

    def _changed(self, effective: Policy) -> list[ChangedSetting]:
        if effective is self.policy:
            return []
        fields = self.knowledge.vocabulary.fields
        values = ((name, getattr(self.policy, name), getattr(effective, name)) for name in type(effective).model_fields)
        return [
            ChangedSetting.of(setting=name, label=bilingual(fields[f"policy.{name}"].label), site=site, here=here)
            for name, site, here in values
            if site != here
        ]
