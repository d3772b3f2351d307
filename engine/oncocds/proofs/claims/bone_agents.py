"""The safety list on bone-modifying agents and calcium, each a named claim, said from recorded facts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import combinations
from typing import Any

from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import Note
from oncocds.language import references
from oncocds.language.tree import Compare
from oncocds.proofs.claims.claim import Claim, Question, Replayed, Shown, active, both, comes_to, fires, never
from oncocds.proofs.claims.recorded import CURRENT_DRUG, code, in_some, knows, of_class, present
from oncocds.proofs.facts import OpenItem
from oncocds.proofs.situation import Situation
from oncocds.proofs.terms import all_of, either_of, negation_of
from oncocds.text import Text


class NoStartWhileActive(Claim):
    """Never advice to start a bone-modifying agent while one for bone metastasis is active."""

    id = "no-start-while-active"
    says = Text(
        "已在用治疗骨转移的骨改良药物时，不再建议启用",
        "Never advice to start a bone-modifying agent while one for bone metastasis is active",
    )

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask for a patient with both."""
        in_use = in_some(
            situation,
            "medications",
            lambda item: (
                of_class(item, "bone_modifying_agent"),
                code(item, "status", "active"),
                item.finding("for_bone_metastasis").true,
            ),
        )
        yield from _starting_beside(in_use, situation)


class NoRestartAfterAdverseEvent(Claim):
    """Never advice to start a bone-modifying agent after one was stopped for an adverse event."""

    id = "no-restart-after-adverse-event"
    says = Text(
        "曾因不良反应停用骨改良药物者，不建议启用",
        "Never advice to start after a bone-modifying agent was stopped for an adverse event",
    )

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask for a patient with both."""
        stopped = in_some(
            situation,
            "medications",
            lambda item: (
                of_class(item, "bone_modifying_agent"),
                code(item, "status", "stopped"),
                code(item, "stop_reason", "adverse_event"),
            ),
        )
        yield from _starting_beside(stopped, situation)


def _starting_beside(condition: Any, situation: Situation) -> Iterator[Question]:
    for rule in situation.declared.groups.get("starts-bone-agent", ()):
        yield Question(rule, (rule,), all_of([situation.rule(rule).true, condition]), fires(rule))


def _two_agents(situation: Situation, one: OpenItem, two: OpenItem) -> Any:
    drugs = [item.finding("drug").cases for item in (one, two)]
    listed = situation.facts.vocabulary.drugs
    agents = [name for name, drug in listed.items() if "bone_modifying_agent" in drug.classes]
    different = either_of(all_of([drugs[0][a], drugs[1][b]]) for a in agents for b in agents if a != b)
    current = [code(item, "status", *CURRENT_DRUG) for item in (one, two)]
    return all_of([present(situation, one), present(situation, two), different, *current])


def _sequential(one: OpenItem, two: OpenItem) -> Any:
    ways = []
    for first, second in ((one, two), (two, one)):
        stop, start = first.finding("stop_date"), second.finding("start_date")
        ways.append(all_of([stop.known, start.known, start.term >= stop.term]))
    return either_of(ways)


def _switch(situation: Situation) -> Any:
    reason = situation.facts.finding("plans.stop_bma_reason")
    return all_of([situation.facts.finding("plans.stop_bma").true, reason.cases["switch"]])


class TwoAgentsAlarm(Claim):
    """Two different bone-modifying agents at the same time always raise the contraindication within its scope."""

    id = "two-agents-alarm"
    says = Text(
        "不同骨改良药物同时在用或拟用，必有禁忌提示",
        "Two different bone agents at once always raise the contraindication",
    )

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask for a patient in scope, and one under the safety switch, without the alarm."""
        if not knows(situation, "BCBM-62"):
            return
        slots = situation.facts.slots["medications"]
        at_once = either_of(
            all_of([_two_agents(situation, one, two), negation_of(_sequential(one, two))])
            for one, two in combinations(slots, 2)
        )
        rule = situation.rule("BCBM-62").true
        breast = situation.facts.finding("diagnosis.tumour_type").cases["breast"]
        bone = situation.concept("established-bone-metastases").true
        quiet = negation_of(_switch(situation))
        silent: Shown = never(fires("BCBM-62"))
        within = all_of([breast, bone, at_once, quiet, negation_of(rule)])
        yield Question("within scope", ("BCBM-62",), within, silent)
        switched_on = situation.facts.finding("policy.cross_tumour_safety").true
        yield Question("any tumour", ("BCBM-62",), all_of([switched_on, at_once, quiet, negation_of(rule)]), silent)


class SequenceIsNoAlarm(Claim):
    """Two agents in sequence, or a declared switch from one to the other, are not an alarm."""

    id = "sequence-is-no-alarm"
    says = Text(
        "日期先后衔接或已声明换药，不提示禁忌", "Sequential dates or a declared switch raise no contraindication"
    )

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask for a patient with exactly two such agents and the alarm."""
        if not knows(situation, "BCBM-62"):
            return
        one, two, *others = situation.facts.slots["medications"]
        only_two = all_of(negation_of(item.present) for item in others)
        rule = situation.rule("BCBM-62").true
        pair = _two_agents(situation, one, two)
        in_sequence = all_of([pair, only_two, _sequential(one, two), rule])
        yield Question("in sequence", ("BCBM-62",), in_sequence, fires("BCBM-62"))
        statuses = all_of(
            [
                either_of(item.finding("status").cases["active"] for item in (one, two)),
                either_of(item.finding("status").cases["planned"] for item in (one, two)),
            ]
        )
        declared = all_of([pair, only_two, statuses, _switch(situation), rule])
        yield Question("declared switch", ("BCBM-62",), declared, fires("BCBM-62"))


class NoCalciumInHypercalcaemia(Claim):
    """No active advice to supplement calcium with hypercalcaemia."""

    id = "no-calcium-in-hypercalcaemia"
    says = Text("高钙血症时，补钙建议不生效", "No active calcium supplement with hypercalcaemia")

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask for a patient with both."""
        high = situation.facts.finding("derived.hypercalcaemia").true
        for rule in situation.declared.groups.get("supplements-calcium", ()):
            yield Question(rule, (rule,), all_of([situation.active(rule), high]), active(rule))


class RenalWarningBesideBoneAgents(Claim):
    """No advice about a bone-modifying agent stands without its renal warning where the kidney fails.

    The advice is found by what its action is about, the warning by what it reads and stands beside, so that a later
    rule cannot slip through. The kidney fails below the figure of the labels, or on dialysis.
    """

    id = "renal-warning-beside-bone-agents"
    says = Text(
        "肌酐清除率低于说明书界值或透析时，骨改良药物的启用、继续或“尤其适用”必附肾功能警示",
        "With clearance below the labels' figure or dialysis, no advice to start, continue or particularly use a bone "
        "agent stands without the renal warning",
    )

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask, per rule, for a patient without any such warning; per drug that has one of its own, without that one."""
        severe = situation.facts.finding(_SEVERE).true
        failing = comes_to(Compare(_SEVERE, "is", True), True)
        knowledge = situation.knowledge
        for rule in knowledge.conditions:
            action = knowledge.actions.get(knowledge.rules[rule].action or "")
            if action is None or _AGENT not in action.gives:
                continue
            warnings = [note for note in _renal_warnings(knowledge) if note.beside and note.beside.covers(action)]
            warned = either_of(_when(situation, note) for note in warnings)
            formula = all_of([situation.rule(rule).true, severe, negation_of(warned)])
            unsaid = both(fires(rule), failing, *(never(_said(note.id)) for note in warnings))
            yield Question(rule, (rule,), formula, unsaid)
        for drug in sorted(name for name, one in knowledge.vocabulary.drugs.items() if _AGENT in one.classes):
            given = in_some(situation, "medications", partial(_in_use, drug))
            own = [note for note in _renal_warnings(knowledge) if _names(note, drug, knowledge)]
            warnings = own or _renal_warnings(knowledge)
            warned = either_of(_when(situation, note) for note in warnings)
            unsaid = both(failing, *(never(_said(note.id)) for note in warnings))
            yield Question(drug, (), all_of([given, severe, negation_of(warned)]), unsaid)


_SEVERE, _AGENT = "derived.severe_renal_impairment", "bone_modifying_agent"


def _renal_warnings(knowledge: Knowledge) -> list[Note]:
    return [
        note
        for note in knowledge.notes.values()
        if note.beside is not None
        and note.urgency == "warning"
        and note.when is not None
        and _SEVERE in references.facts(note.when)
    ]


def _names(note: Note, drug: str, knowledge: Knowledge) -> bool:
    """Return whether a note, or a concept it holds, is about a drug by its name."""
    assert note.when is not None
    conditions = [note.when, *(knowledge.concept_condition(one) for one in references.concepts(note.when))]
    return any(
        isinstance(part, Compare)
        and part.fact == "drug"
        and part.operator in ("is", "in")
        and drug in (part.value if isinstance(part.value, tuple) else (part.value,))
        for condition in conditions
        for part in references.walk(condition)
    )


def _in_use(drug: str, item: OpenItem) -> tuple[Any, Any]:
    return code(item, "drug", drug), code(item, "status", *CURRENT_DRUG)


def _when(situation: Situation, note: Note) -> Any:
    assert note.when is not None
    return situation.reading.condition(note.when).true


def _said(note: str) -> Shown:
    """Return that the answer has a note, beside an item or as a notice of its own."""

    def shown(patient: Replayed) -> bool:
        beside = (one.id for item in patient.evaluation.advice for ground in item.grounds for one in ground.notes)
        return note in {*beside, *(notice.id for notice in patient.evaluation.notices)}

    return shown
