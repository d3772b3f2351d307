"""The safety list, each a named claim, said from recorded facts where it can be."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import z3

from oncocds.proofs.claims.claim import Claim, Question, Shown, active, both, fires, never
from oncocds.proofs.facts import OpenItem
from oncocds.proofs.situation import Situation
from oncocds.proofs.symbols import all_of, either_of, negation_of
from oncocds.text import Text

_CURRENT_DRUG = ("active", "planned")


def present(situation: Situation, item: OpenItem) -> Any:
    """Return that a list is recorded and has an item in this place."""
    return all_of([situation.facts.source.known(item.list, "before"), item.present])


def code(item: OpenItem, field: str, *codes: str) -> Any:
    """Return that a field is known to be one of some codes."""
    return either_of(item.finding(field).cases[one] for one in codes)


def of_class(item: OpenItem, name: str) -> Any:
    """Return that a drug is known to be of a class."""
    return all_of([item.finding("class").known, item.finding("class").cases[name]])


def in_some(situation: Situation, name: str, *conditions: Any) -> Any:
    """Return that some item of a list fits; conditions are functions of the item."""
    return either_of(
        all_of([present(situation, item), *(condition(item) for condition in conditions)])
        for item in situation.facts.slots[name]
    )


def knows(situation: Situation, *rules: str) -> bool:
    """Tell whether the knowledge has some rules."""
    return all(rule in situation.knowledge.conditions for rule in rules)


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
            lambda item: of_class(item, "bone_modifying_agent"),
            lambda item: code(item, "status", "active"),
            lambda item: item.finding("for_bone_metastasis").true,
        )
        for rule in situation.declared.groups.get("starts-bone-agent", ()):
            yield Question(rule, (rule,), all_of([situation.rule(rule).true, in_use]), fires(rule))


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
            lambda item: of_class(item, "bone_modifying_agent"),
            lambda item: code(item, "status", "stopped"),
            lambda item: code(item, "stop_reason", "adverse_event"),
        )
        for rule in situation.declared.groups.get("starts-bone-agent", ()):
            yield Question(rule, (rule,), all_of([situation.rule(rule).true, stopped]), fires(rule))


def _two_agents(situation: Situation, one: OpenItem, two: OpenItem) -> Any:
    drugs = [item.finding("drug").cases for item in (one, two)]
    listed = situation.knowledge.vocabulary.drugs
    agents = [name for name, drug in listed.items() if "bone_modifying_agent" in drug.classes]
    different = either_of(all_of([drugs[0][a], drugs[1][b]]) for a in agents for b in agents if a != b)
    current = [code(item, "status", *_CURRENT_DRUG) for item in (one, two)]
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


class EligibleOnlyWhenAllKnown(Claim):
    """Never eligible for SBRT with sorafenib with an exclusion true or a criterion unknown."""

    id = "eligible-only-when-all-known"
    says = Text(
        "任一排除项成立或任一标准未知，都不得提示符合SBRT联合索拉非尼的标准",
        "Never eligible for SBRT with sorafenib with an exclusion true or a criterion unknown",
    )
    _excluding = (
        "hcc.suitable_surgery",
        "hcc.suitable_ablation",
        "hcc.suitable_tace",
        "hcc.prior_radioembolisation",
        "derived.prior_radiotherapy",
    )
    _criteria = (
        "diagnosis.confirmation",
        "hcc.bclc",
        "hcc.child_pugh",
        "labs.platelets.value",
        "hcc.n_intrahepatic",
        "hcc.sum_diameter_cm",
        "derived.largest_metastasis_cm",
        *_excluding,
    )

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask for a patient called eligible, per fact that is unknown, excluding, or beyond its limit."""
        if not knows(situation, "HCCSBRT-01"):
            return
        eligible, shown = situation.rule("HCCSBRT-01").true, fires("HCCSBRT-01")
        finding = situation.facts.finding
        ways = {f"{name} unknown": negation_of(finding(name).known) for name in self._criteria}
        ways |= {f"{name} true": finding(name).true for name in self._excluding}
        beyond = {
            "hcc.n_intrahepatic": finding("hcc.n_intrahepatic").term > 5,
            "hcc.sum_diameter_cm": finding("hcc.sum_diameter_cm").term > 20,
            "derived.largest_metastasis_cm": finding("derived.largest_metastasis_cm").term > 3,
            "labs.platelets.value": finding("labs.platelets.value").term < 60,
        }
        ways |= {f"{name} beyond its limit": all_of([finding(name).known, term]) for name, term in beyond.items()}
        ways["not BCLC B or C"] = either_of(finding("hcc.bclc").cases[one] for one in ("0", "A", "D"))
        ways["not Child-Pugh A"] = either_of(finding("hcc.child_pugh").cases[one] for one in ("B", "C"))
        for name, way in ways.items():
            yield Question(name, ("HCCSBRT-01",), all_of([eligible, way]), shown)


class Her2Needed(Claim):
    """Nothing that needs HER2-positive disease fires with HER2 negative or unknown."""

    id = "her2-needed"
    says = Text("需HER2阳性的建议，在HER2阴性或未知时不出现", "What needs HER2-positive never fires otherwise")

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask, per rule of the document on HER2 and per rule with a HER2 drug in its action, for such a patient."""
        positive = situation.facts.finding("derived.her2_status").cases["positive"]
        for rule in situation.knowledge.conditions:
            document = situation.knowledge.rules[rule].document
            if (
                document == "her2-radiotherapy"
                or situation.knowledge.rules[rule].action == "anti-her2-with-chemotherapy"
            ):
                yield Question(rule, (rule,), all_of([situation.rule(rule).true, negation_of(positive)]), fires(rule))


class SafeOnlyWithTrastuzumab(Claim):
    """HER2RT-04, which speaks of trastuzumab alone, never without it."""

    id = "safe-only-with-trastuzumab"
    says = Text("无曲妥珠单抗，不出现HER2RT-04", "HER2RT-04 never without trastuzumab")

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask for a patient with the statement and without the drug."""
        if not knows(situation, "HER2RT-04"):
            return
        given = in_some(
            situation,
            "medications",
            lambda item: code(item, "drug", "trastuzumab"),
            lambda item: code(item, "status", *_CURRENT_DRUG),
        )
        formula = all_of([situation.rule("HER2RT-04").true, negation_of(given)])
        yield Question("HER2RT-04", ("HER2RT-04",), formula, fires("HER2RT-04"))


class EchoWhereverTheyOverlap(Claim):
    """Echo monitoring fires whenever radiotherapy and anti-HER2 therapy overlap in HER2-positive breast cancer."""

    id = "echo-wherever-they-overlap"
    says = Text(
        "HER2阳性乳腺癌放疗与抗HER2治疗重叠时，必有心脏超声监测提示",
        "Echo monitoring fires wherever radiotherapy and anti-HER2 therapy overlap",
    )

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask for a patient with the overlap and without the monitoring."""
        if not knows(situation, "HER2RT-15"):
            return
        drug = in_some(
            situation,
            "medications",
            lambda item: of_class(item, "anti_her2"),
            lambda item: code(item, "status", *_CURRENT_DRUG),
        )
        course = in_some(situation, "radiotherapy", lambda item: code(item, "status", "planned", "ongoing"))
        positive = situation.facts.finding("derived.her2_status").cases["positive"]
        breast = situation.facts.finding("diagnosis.tumour_type").cases["breast"]
        formula = all_of([breast, positive, drug, course, negation_of(situation.rule("HER2RT-15").true)])
        yield Question("HER2RT-15", ("HER2RT-15",), formula, never(fires("HER2RT-15")))


class LvefFallDemotesSafe(Claim):
    """An LVEF-fall alert demotes every statement that combining is safe."""

    id = "lvef-fall-demotes-safe"
    says = Text(
        "左室射血功能下降时，“可以同步”“安全”的表述一律降级", "An LVEF fall demotes every “safe to combine” statement"
    )

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask for a patient with the alert and such a statement active."""
        if not knows(situation, "HER2RT-16"):
            return
        for rule in situation.declared.groups.get("says-safe-to-combine", ()):
            formula = all_of([situation.rule("HER2RT-16").true, situation.active(rule)])
            yield Question(rule, ("HER2RT-16", rule), formula, both(fires("HER2RT-16"), active(rule)))


class SilentOutsideEveryScope(Claim):
    """With the safety switches off nothing fires for a tumour outside every scope."""

    id = "silent-outside-every-scope"
    says = Text(
        "安全开关全部关闭时，范围之外的肿瘤没有任何提示",
        "With the switches off nothing fires for a tumour outside every scope",
    )

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask, per rule, for such a patient."""
        tumour = situation.facts.finding("diagnosis.tumour_type")
        scoped = {one for rule in situation.knowledge.rules.values() for one in rule.tumours}
        outside = either_of(when for name, when in tumour.cases.items() if name not in scoped)
        switches = {rule.extension.policy for rule in situation.knowledge.rules.values() if rule.extension}
        off = [negation_of(situation.facts.finding(f"policy.{one}").true) for one in sorted(switches)]
        for rule in situation.knowledge.conditions:
            yield Question(rule, (rule,), all_of([situation.rule(rule).true, outside, *off]), fires(rule))


class ExtensionsAreLabelled(Claim):
    """What a switch adds fires through a labelled arm only, and only while the switch is on."""

    id = "extensions-are-labelled"
    says = Text("开关所增加的提示，都标明为外推", "What a switch adds is always labelled")

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask for a patient for whom a rule fires beyond its source with the switch off, or without a label."""
        for rule_id in situation.knowledge.extended_arms:
            rule = situation.knowledge.rules[rule_id]
            assert rule.extension is not None
            source = situation.reading.condition(situation.knowledge.source_arms[rule_id]).true
            beyond = all_of([situation.rule(rule_id).true, negation_of(source)])
            off = negation_of(situation.facts.finding(f"policy.{rule.extension.policy}").true)
            yield Question(f"{rule_id} with the switch off", (rule_id,), all_of([beyond, off]), fires(rule_id))
            labelled = bool(rule.extension.label.zh.strip() and rule.extension.label.en.strip())
            unlabelled = all_of([beyond, z3.BoolVal(not labelled)])
            yield Question(f"{rule_id} without a label", (rule_id,), unlabelled, fires(rule_id))
