"""Explaining one rule for one patient: why, why not, and — with the extra ``proofs`` — what would change it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from oncocds.advice.names import Names
from oncocds.advice.result import Bilingual, Evaluation
from oncocds.advice.views import bilingual, for_nobody, passage_view
from oncocds.engine import Engine
from oncocds.errors import InputError, Problem, ReadingsDisagree
from oncocds.explaining.result import (
    Bound,
    ChangeSet,
    FactChange,
    RuleExplanation,
    Standing,
    TreeNode,
    WhatWouldChange,
)
from oncocds.explaining.tree import Tree
from oncocds.explaining.wording import (
    ATTACHED,
    CONTRADICTS,
    NEEDS_Z3,
    NO_CLEARANCE,
    NO_VERDICT,
    NOT_ATTACHED,
    NOT_CONFIRMED,
    NOT_FOUND,
    OUTCOMES,
    PARTLY,
    TOO_MANY,
    VERDICTS,
    ChangeWords,
    joined,
)
from oncocds.knowledge.models import Rule
from oncocds.profile.facts import PatientFacts
from oncocds.profile.history import completed
from oncocds.profile.identity import identified
from oncocds.profile.models import ITEM_LISTS, Profile
from oncocds.profile.policy import Policy
from oncocds.profile.reading import read_date, read_profile
from oncocds.reading.nearest import suggestion

if TYPE_CHECKING:
    from oncocds.proofs.changes import Alternative, Changes

SECONDS = 20.0  # for the search of changes, where nothing else is said
MOST_ITEMS = 40  # of a list that is searched for changes


class UnknownRuleError(InputError):
    """No rule has this id."""


def explain(
    engine: Engine,
    rule: str,
    profile: Mapping[str, Any] | str | bytes | Profile,
    policy: Mapping[str, Any] | Policy | None = None,
    as_of: datetime.date | str | None = None,
    seconds: float = SECONDS,
) -> RuleExplanation:
    """Explain a rule for a patient; what would change it is searched for as long as ``seconds``.

    Profile, policy and date are as for ``Engine.evaluate``, and so are the errors raised; ``UnknownRuleError`` for a
    rule that nobody knows. Without the extra ``proofs`` the answer says that it is missing.
    """
    knowledge = engine.knowledge
    known = knowledge.rules.get(rule)
    if known is None:
        raise UnknownRuleError(
            [Problem("/rule", "no rule has this id", f"a rule's id, see /v1/rules{suggestion(rule, knowledge.rules)}")]
        )
    patient = identified(read_profile(profile, knowledge.vocabulary))
    effective = engine.effective(policy)
    date = read_date(as_of)
    evaluation = engine.evaluate(patient, effective, date, begin=False)
    patient = completed(patient, knowledge.vocabulary, date)
    facts = PatientFacts(patient, effective, knowledge.vocabulary, date)
    names = Names(facts)
    tree = Tree(knowledge, facts, names)
    condition = knowledge.conditions.get(rule, known.attach_when)
    verdict = evaluation.verdicts.get(rule)
    node = None if condition is None else tree.node(condition)
    if node is not None and verdict is not None:
        _check(rule, node, verdict)
    attached = _attached_to(rule, evaluation)
    return RuleExplanation.of(
        engine=evaluation.engine,
        knowledge=evaluation.knowledge,
        policy=evaluation.policy,
        input_digest=evaluation.input_digest,
        as_of=evaluation.as_of,
        rule=rule,
        revision=known.revision,
        kind=known.kind,
        title=bilingual(known.title),
        text=_text(known, evaluation),
        verdict=verdict,
        statement=VERDICTS[verdict] if verdict is not None else ATTACHED if attached else NOT_ATTACHED,
        standing=_standing(rule, evaluation),
        attached_to=attached,
        tree=node,
        missing=[] if condition is None else tree.labelled(tree.explain(condition).missing),
        passages=[passage_view(passage) for passage in knowledge.passages[rule]],
        what_would_change=_what_would_change(engine, rule, patient, effective, evaluation, seconds, names),
    )


def _check(rule: str, node: TreeNode, verdict: str) -> None:
    if {"true": "fires", "false": "silent", "unknown": "undetermined"}[node.truth] != verdict:
        raise ReadingsDisagree(f"the explanation and the engine disagree on {rule}")


def _text(rule: Rule, evaluation: Evaluation) -> Bilingual:
    """Return what the rule says of this patient where it fires, else what it says of nobody in particular."""
    grounds = (ground for item in evaluation.advice for ground in item.grounds if ground.rule == rule.id)
    ground = next(grounds, None)
    return for_nobody(rule.then, rule.title) if ground is None else ground.text


def _standing(rule: str, evaluation: Evaluation) -> list[Standing]:
    return [
        Standing.of(
            lesion=item.lesion,
            called=evaluation.lesion(item.lesion) if item.lesion else None,
            status=ground.status,
            demoted_by=ground.demoted_by,
        )
        for item in evaluation.advice
        for ground in item.grounds
        if ground.rule == rule
    ]


def _attached_to(rule: str, evaluation: Evaluation) -> list[str]:
    grounds = (ground for item in evaluation.advice for ground in item.grounds if rule in ground.supported_by)
    return sorted({ground.rule for ground in grounds})


def _what_would_change(
    engine: Engine, rule: str, patient: Profile, policy: Policy, evaluation: Evaluation, seconds: float, names: Names
) -> WhatWouldChange:
    verdict = evaluation.verdicts.get(rule)
    if verdict is None:
        return WhatWouldChange.of(
            goal=None, status="no verdict", text=NO_VERDICT, fewest=None, complete=False, alternatives=None
        )
    goal = "stop" if verdict == "fires" else "fire"
    if any(len(getattr(patient, name) or ()) > MOST_ITEMS for name in ITEM_LISTS):
        return WhatWouldChange.of(
            goal=goal, status="too many items", text=TOO_MANY, fewest=None, complete=False, alternatives=None
        )
    try:  # the one place where the engine asks for the extra
        from oncocds.proofs.changes import Changing
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "z3":
            raise
        return WhatWouldChange.of(
            goal=goal, status="needs z3", text=NEEDS_Z3, fewest=None, complete=False, alternatives=None
        )
    changes = Changing(engine, rule, patient, policy, evaluation).find(seconds)
    words = ChangeWords(engine.knowledge.vocabulary, names)
    return WhatWouldChange.of(
        goal=goal,
        status=changes.status,
        text=_outcome(changes, goal),
        fewest=changes.fewest,
        complete=changes.complete,
        alternatives=[_change_set(one, words) for one in changes.alternatives],
    )


def _outcome(changes: Changes, goal: str) -> Bilingual:
    plain = {"not found": NOT_FOUND, "not confirmed": NOT_CONFIRMED}.get(changes.status)
    parts = [plain or OUTCOMES[changes.status, goal]]
    if not changes.complete and changes.status == "found":
        parts.append(PARTLY)
    if changes.unsearched:
        parts.append(NO_CLEARANCE)
    if any(one.contradicts for one in changes.alternatives):
        parts.append(CONTRADICTS)
    return joined(parts)


def _change_set(alternative: Alternative, words: ChangeWords) -> ChangeSet:
    changes = []
    for one in alternative.changes:
        low, high = (
            None if limit is None else Bound.of(value=limit.value, included=not limit.strict) for limit in one.limits
        )
        text = words.of(one.kind, one.path, one.was, one.to, one.unit, (low, high), free=one.free)
        changes.append(
            FactChange.of(
                kind=one.kind,
                path=one.path,
                from_=one.was,
                to=one.to,
                unit=one.unit,
                at_least=low,
                at_most=high,
                text=text,
            )
        )
    return ChangeSet.of(
        changes=changes,
        facts=alternative.facts,
        verdict=alternative.verdict,
        contradicts=list(alternative.contradicts),
    )
