"""The engine: knowledge and site policy in, a patient in, the answer out."""

from __future__ import annotations

import copy
import datetime
import sys
import weakref
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from oncocds import __version__
from oncocds.advice.advised import Advised
from oncocds.advice.assembly import Assembly
from oncocds.advice.conditions import explained_conditions, shaping_conditions
from oncocds.advice.opening import UNOPENED
from oncocds.advice.result import ChangedSetting, EffectivePolicy, Evaluation, KnowledgeId, Questions
from oncocds.advice.series import series_views
from oncocds.advice.switched import switched_line
from oncocds.advice.views import bilingual
from oncocds.inference.inference import Conclusion, Inference, Plan
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
from oncocds.uncollected import uncollected
from oncocds.vocabulary.bundled import bundled_knowledge
from oncocds.vocabulary.models import Vocabulary
from oncocds.vocabulary.prepared import made_from_digest, prepared
from oncocds.vocabulary.reads import facts_read
from oncocds.vocabulary.site import base_of, site_codes

if TYPE_CHECKING:
    from oncocds.vocabulary.code_tables import CodeTables

_VERDICTS: dict[bool | None, Verdict] = {True: "fires", False: "silent", None: "undetermined"}
KNOWLEDGE, PLAN = "knowledge", f"plan-{sys.implementation.cache_tag}"
"""The prepared parts; compiled Python is good for one version of it."""
_PREPARED: dict[int, Plan] = {}  # by the identity of knowledge that has one, as long as that lives
_AT_WORK = weakref.WeakValueDictionary[str, Inference]()  # by the digest of prepared knowledge


def directories(knowledge: Path | str | None) -> tuple[Path, Path]:
    """Return the directories ``rules`` and ``seeds`` of some knowledge, by default the bundled ones."""
    home = bundled_knowledge() if knowledge is None else Path(knowledge)
    return home / "rules", home / "seeds"


def read_knowledge(knowledge: Path | str | None, overlay: Path | str | None = None) -> Knowledge:
    """Read knowledge from its files, by default the bundled ones, and check all of it. Raises ``KnowledgeError``."""
    from oncocds.knowledge.loader import load_knowledge  # what reads YAML is imported where YAML is read

    return _with(overlay, load_knowledge(*directories(knowledge)), knowledge)


def load_bundled_or(knowledge: Path | str | None, overlay: Path | str | None = None) -> Knowledge:
    """Load knowledge from a directory, by default the bundled knowledge, prepared. Raises ``KnowledgeError``.

    ``overlay`` is a site's YAML file of its own drugs, codes and names: with it, they are part of the knowledge.
    """
    if knowledge is not None:
        return read_knowledge(knowledge, overlay)
    bundled = prepared(KNOWLEDGE, lambda: read_knowledge(None))
    plan = prepared(PLAN, lambda: plan_of(bundled))
    return as_prepared(_with(overlay, bundled, None), plan)  # no rule is changed by an overlay


def _with(overlay: Path | str | None, loaded: Knowledge, knowledge: Path | str | None) -> Knowledge:
    if overlay is None:
        return loaded
    from oncocds.knowledge.sited import sited  # it reads YAML

    home = directories(knowledge)[0] / "vocabulary" / "codes"
    return sited(loaded, home, Path(overlay), load_tables(knowledge, loaded.vocabulary))


def as_prepared(knowledge: Knowledge, plan: Plan) -> Knowledge:
    """Return knowledge whose plan was made already: by ``plan_of`` for the same knowledge, here or elsewhere."""
    _PREPARED[id(knowledge)] = plan
    weakref.finalize(knowledge, _PREPARED.pop, id(knowledge), None)
    return knowledge


def is_prepared(knowledge: Knowledge) -> bool:
    """Tell whether knowledge is as it was prepared: no other knowledge, and no changed copy."""
    return id(knowledge) in _PREPARED


def load_tables(knowledge: Path | str | None, vocabulary: Vocabulary, overlay: Path | str | None = None) -> CodeTables:
    """Load the code tables of some knowledge, by default the bundled ones, prepared. Raises ``KnowledgeError``.

    Of a vocabulary that was loaded with a site's overlay they are those of the same reading. ``overlay`` is such a file
    (``load_codes``) for a vocabulary that was loaded without; with one, all are read.
    """
    if overlay is None and (known := site_codes(vocabulary)) is not None:
        return known
    from oncocds.vocabulary.code_loader import bundled_codes, load_codes  # it reads YAML, and few need the tables

    if knowledge is None and overlay is None:
        return bundled_codes()
    home = directories(knowledge)[0] / "vocabulary" / "codes"
    return load_codes(home, base_of(vocabulary), None if overlay is None else Path(overlay))


def forget_bundled() -> None:
    """Read the bundled knowledge from its files at the next load, if they changed since this process read them."""
    from oncocds.vocabulary import code_loader, loader

    if made_from_digest.__wrapped__() != made_from_digest():
        for kept in (made_from_digest, loader.bundled_vocabulary, code_loader.bundled_codes):
            kept.cache_clear()


def plan_of(knowledge: Knowledge) -> Plan:
    """Return the plan of some knowledge: as it was prepared, else lowered and compiled."""
    return _PREPARED.get(id(knowledge)) or Plan.of(
        knowledge.conditions,
        {concept.id: concept.when for concept in knowledge.concepts.values()},
        shaping_conditions(knowledge),
        explained_conditions(knowledge),
    )


def _at_work(knowledge: Knowledge) -> Inference:
    """Return the plan of some knowledge at work: one for all engines of the same prepared knowledge.

    Each takes 9 MB of durable-rules' own memory, which it never gives back.
    """
    if not is_prepared(knowledge):
        return Inference(plan_of(knowledge))
    found = _AT_WORK.get(knowledge.digest)
    if found is None:
        found = _AT_WORK[knowledge.digest] = Inference(plan_of(knowledge))
    return found


def _verdicts(conclusion: Conclusion) -> dict[str, Verdict]:
    return {rule: _VERDICTS[verdict] for rule, verdict in conclusion.rules.items()}


class Engine:
    """Evaluates patients against the knowledge it was loaded with. One engine may be shared by threads.

    ``policy`` is the site's; ``locked`` are the settings that no caller's policy may set to another value than the one
    given there (default: none, the embedder is the site).
    """

    def __init__(self, knowledge: Knowledge, policy: Policy, locked: Locked | None = None) -> None:
        self.knowledge = knowledge
        self.policy = merge(models_of(knowledge.vocabulary).policy(), policy)
        self.locked: Locked = locked or {}
        self._inference = _at_work(knowledge)
        self._assembly = Assembly(knowledge, self._inference, facts_read(knowledge.vocabulary))
        self._switches = knowledge.vocabulary.switches
        self._identity = KnowledgeId(version=knowledge.version, digest=knowledge.digest)
        self._policy_digest = policy_digest(self.policy)

    @classmethod
    @uncollected()
    def load(
        cls,
        knowledge: Path | str | None = None,
        policy: Path | str | Mapping[str, Any] | None = None,
        *,
        overlay: Path | str | None = None,
        free_policy: Collection[str] | None = None,
    ) -> Engine:
        """Load an engine.

        ``knowledge`` is a directory with ``rules/`` and ``seeds/`` (default: the bundled knowledge); ``policy`` a JSON
        or YAML file, or a mapping, of the site's settings, laid over the shipped ones. ``overlay`` is a YAML file of
        the site's own drugs, codes and names, which become part of the knowledge. ``free_policy``, where it is given,
        locks every safety setting but those it names: then they are the site's, and ``evaluate`` takes no other value
        for them. Raises ``KnowledgeError`` (with every issue's file, line and column) or ``PolicyError``.
        """
        loaded = load_bundled_or(knowledge, overlay)
        site = read_policy(loaded.policy, loaded.vocabulary)
        if policy is not None:
            site = merge(site, read_policy(policy, loaded.vocabulary))
        if free_policy is None:
            return cls(loaded, site)
        return cls(loaded, site, locked_settings(loaded.vocabulary, site, free_policy))

    def under(self, policy: Policy) -> Self:
        """Return this engine as it would be at a site with another policy, and with no setting locked."""
        other = copy.copy(self)
        other.policy = merge(models_of(self.knowledge.vocabulary).policy(), policy)
        other.locked = {}
        other._policy_digest = policy_digest(other.policy)
        return other

    def unlocked(self) -> Self:
        """Return this engine with no setting locked: for a caller whom the site lets change its safety settings."""
        free = copy.copy(self)
        free.locked = {}
        return free

    def effective(self, policy: Mapping[str, Any] | Policy | None) -> Policy:
        """Lay a caller's policy over the engine's. Raises ``PolicyError``."""
        if policy is None:
            return self.policy
        over = read_policy(policy, self.knowledge.vocabulary)
        if not over.model_fields_set:
            return self.policy
        check_lock(over, self.locked)
        return merge(self.policy, over)

    def evaluate(
        self,
        profile: Mapping[str, Any] | str | bytes | Profile,
        policy: Mapping[str, Any] | Policy | None = None,
        as_of: datetime.date | str | None = None,
        *,
        begin: bool = True,
    ) -> Evaluation:
        """Evaluate one patient.

        ``profile`` is a mapping, JSON text or a ``Profile``; ``policy`` is laid over the engine's for this patient;
        ``as_of`` is the date of the evaluation (default: today). Without ``begin`` the answer's beginning (briefing,
        decisions, values, topics) stays empty: for those who read verdicts and advice alone. Raises ``ProfileError`` or
        ``PolicyError`` for input that is refused and ``EngineFault`` where the engine cannot conclude; it never answers
        less than it concluded.
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
        monitoring = self._assembly.monitoring(case)
        opened, changed = UNOPENED, self._changed(effective)
        if begin:
            switched = switched_line(changed, self._switches)
            opened = self._assembly.opening.opened(
                case, facts, conclusion, found, advice, notices, conflicts, clinician, switched, monitoring
            )
        return Evaluation.of(
            engine=__version__,
            knowledge=self._identity,
            policy=EffectivePolicy.of(
                digest=self._policy_digest if effective is self.policy else policy_digest(effective),
                effective=effective.model_dump(),
                changed=changed,
            ),
            input_digest=input_digest(patient),
            as_of=date.isoformat(),
            items={path: bilingual(name) for path, name in case.names.all()},
            briefing=opened.briefing,
            decisions=opened.decisions,
            values=opened.values,
            monitoring=monitoring,
            series=series_views(facts, self.knowledge.vocabulary),
            advice=advice,
            conflicts=self._assembly.conflicts(case),
            questions=Questions.of(clinician=clinician, site=site, topics=opened.topics),
            data_conflicts=conflicts,
            notices=notices,
            verdicts=_verdicts(conclusion),
        )

    def verdicts(
        self, profile: Mapping[str, Any] | str | bytes | Profile, as_of: datetime.date | str | None = None
    ) -> dict[str, Verdict]:
        """Return the verdicts that ``evaluate`` would, by both readings of every rule, and make no advice of them.

        Raises as ``evaluate`` does for a profile that is refused and where the readings disagree.
        """
        return _verdicts(self._inference.conclude(self._facts(profile, as_of)))

    def advised(
        self, profile: Mapping[str, Any] | str | bytes | Profile, as_of: datetime.date | str | None = None
    ) -> Advised:
        """Return the verdicts and the advice that ``evaluate`` would, which facts rules lack and what is due.

        What an answer says beside it is not made: its beginning, notices, conflicts, the words of questions. Raises as
        ``evaluate`` does for a profile that is refused and where the readings disagree.
        """
        facts = self._facts(profile, as_of)
        conclusion = self._inference.conclude(facts)
        case = self._assembly.case(facts, conclusion)
        advice, monitoring = self._assembly.advice(case), self._assembly.monitoring(case)
        return Advised(_verdicts(conclusion), advice, case.missing(), monitoring)

    def _facts(
        self, profile: Mapping[str, Any] | str | bytes | Profile, as_of: datetime.date | str | None
    ) -> PatientFacts:
        vocabulary = self.knowledge.vocabulary
        return PatientFacts(identified(read_profile(profile, vocabulary)), self.policy, vocabulary, read_date(as_of))

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
