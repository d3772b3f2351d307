"""The engine: knowledge and site policy in, a patient in, the answer out."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from oncocds import __version__
from oncocds.advice.assembly import Assembly
from oncocds.advice.conditions import explained_conditions, shaping_conditions
from oncocds.advice.result import EffectivePolicy, Evaluation, KnowledgeId
from oncocds.errors import InputError, Issue
from oncocds.inference import generated
from oncocds.inference.inference import Inference
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import Verdict
from oncocds.profile.contradictions import contradictions
from oncocds.profile.facts import PatientFacts
from oncocds.profile.identity import identified, input_digest
from oncocds.profile.models import Profile
from oncocds.profile.policy import STRICT, Policy, merge, policy_digest
from oncocds.profile.reading import read_date, read_policy, read_profile
from oncocds.vocabulary.bundled import bundled_knowledge
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


def inference_of(knowledge: Knowledge) -> Inference:
    """Lower and compile the rules of some knowledge, and start its agenda."""
    return Inference(
        knowledge.conditions,
        {concept.id: concept.when for concept in knowledge.concepts.values()},
        shaping_conditions(knowledge),
        explained_conditions(knowledge),
    )


def failed_examples(knowledge: Knowledge) -> list[Issue]:
    """Run every rule's examples under the strict policy and return those that come out otherwise."""
    engine = Engine(knowledge, STRICT)
    issues = []
    for rule in knowledge.rules.values():
        for number, example in enumerate(rule.examples, start=1):
            line, column = (example.mark.line, example.mark.column) if example.mark else (1, 1)
            try:
                evaluation = engine.evaluate(example.given, example.policy)
            except InputError as error:
                issues.append(Issue(rule.path, line, column, f"example {number} is refused: {error}"))
                continue
            verdict = evaluation.verdicts[rule.id]
            asked = {
                question.fact
                for question in (*evaluation.questions.clinician, *evaluation.questions.site)
                if rule.id in question.would_decide
            }
            if verdict != example.expect:
                issues.append(Issue(rule.path, line, column, f"example {number}: {verdict}, expected {example.expect}"))
            issues.extend(
                Issue(rule.path, line, column, f"example {number} does not ask for {fact}")
                for fact in example.asks
                if fact not in asked
            )
    return issues


class Engine:
    """Evaluates patients against the knowledge it was loaded with. One engine may be shared by threads."""

    def __init__(self, knowledge: Knowledge, policy: Policy) -> None:
        self.knowledge = knowledge
        self.policy = policy
        self._inference = inference_of(knowledge)
        self._assembly = Assembly(knowledge)
        self._identity = KnowledgeId(version=knowledge.version, digest=knowledge.digest)
        self._policy_digest = policy_digest(policy)

    @classmethod
    def load(cls, knowledge: Path | str | None = None, policy: Path | str | Mapping[str, Any] | None = None) -> Engine:
        """Load an engine.

        ``knowledge`` is a directory with ``rules/`` and ``seeds/`` (default: the bundled knowledge); ``policy`` a JSON
        or YAML file, or a mapping, of the site's settings, laid over the shipped ones. Raises ``KnowledgeError`` (with
        every issue's file, line and column) or ``PolicyError``.
        """
        loaded = load_bundled_or(knowledge)
        shipped = read_policy(loaded.policy, loaded.vocabulary)
        if policy is None:
            return cls(loaded, shipped)
        return cls(loaded, merge(shipped, read_policy(policy, loaded.vocabulary)))

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
        effective = self.policy
        if policy is not None:
            effective = merge(effective, read_policy(policy, self.knowledge.vocabulary))
        date = read_date(as_of)
        facts = PatientFacts(patient, effective, self.knowledge.vocabulary, date)
        found = contradictions(facts)
        conclusion = self._inference.conclude(facts)
        case = self._assembly.case(facts, conclusion)
        return Evaluation.of(
            engine=__version__,
            knowledge=self._identity,
            policy=EffectivePolicy.of(
                digest=self._policy_digest if effective is self.policy else policy_digest(effective),
                effective=effective.model_dump(),
            ),
            input_digest=input_digest(patient),
            as_of=date.isoformat(),
            advice=self._assembly.advice(case),
            conflicts=self._assembly.conflicts(case),
            questions=self._assembly.questions(case, found),
            data_conflicts=self._assembly.data_conflicts(case, found),
            notices=self._assembly.notices(case),
            verdicts=dict(zip(conclusion.rules, map(_VERDICTS.__getitem__, conclusion.rules.values()), strict=True)),
        )
