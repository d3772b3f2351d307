"""The safety list but for bone-modifying agents, each a named claim, said from recorded facts where it can be."""

from __future__ import annotations

from collections.abc import Iterator

import z3

from oncocds.proofs.claims.claim import Claim, Question, fires, never
from oncocds.proofs.claims.recorded import CURRENT_DRUG, code, giving, in_some, knows, of_class
from oncocds.proofs.situation import Situation
from oncocds.proofs.terms import all_of, either_of, negation_of
from oncocds.text import Text


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
        """Ask, per rule of the document on HER2 and per rule that gives an anti-HER2 drug, for such a patient.

        The declared arm of a rule on the drug alone is left out: it is labelled, and off without its switch.
        """
        knowledge = situation.knowledge
        positive = situation.facts.finding("derived.her2_status").cases["positive"]
        for rule, condition in knowledge.conditions.items():
            extension = knowledge.rules[rule].extension
            if knowledge.rules[rule].document == "her2-radiotherapy" or rule in giving(situation, "anti_her2"):
                on_its_own = extension is not None and extension.any_tumour
                arm = knowledge.source_arms[rule] if on_its_own else condition
                formula = all_of([situation.reading.condition(arm).true, negation_of(positive)])
                if on_its_own:
                    formula = all_of([formula, situation.rule(rule).true])
                yield Question(rule, (rule,), formula, fires(rule))


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
            lambda item: (code(item, "drug", "trastuzumab"), code(item, "status", *CURRENT_DRUG)),
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
            situation, "medications", lambda item: (of_class(item, "anti_her2"), code(item, "status", *CURRENT_DRUG))
        )
        course = in_some(situation, "radiotherapy", lambda item: [code(item, "status", "planned", "ongoing")])
        positive = situation.facts.finding("derived.her2_status").cases["positive"]
        breast = situation.facts.finding("diagnosis.tumour_type").cases["breast"]
        formula = all_of([breast, positive, drug, course, negation_of(situation.rule("HER2RT-15").true)])
        yield Question("HER2RT-15", ("HER2RT-15",), formula, never(fires("HER2RT-15")))


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
