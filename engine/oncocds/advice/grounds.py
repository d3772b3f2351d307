"""A fired rule becomes a ground: its text for this patient, why it fired, its passages, flags, notes and evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from oncocds.advice import conditions
from oncocds.advice.absence import Absences
from oncocds.advice.case import Case
from oncocds.advice.computed import Figures
from oncocds.advice.monitoring import Monitorings
from oncocds.advice.precedence import Applied
from oncocds.advice.remarks import Remarks, drugs_named
from oncocds.advice.result import Absence, Because, Bilingual, Demotion, Ground, Origin, Withheld
from oncocds.advice.views import RuleView, audience_views, rule_views
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import URGENCIES, Note, Urgency
from oncocds.language.references import names_items
from oncocds.language.truth import item_truth
from oncocds.profile.identity import in_order
from oncocds.text import Text
from oncocds.vocabulary.drug_classes import OTHER

Demoted = Mapping[str, list[Applied]]
FINDING = "recorded"
"""The slot of a rule's text that names what the record shows of its matter, with the figures it reads."""
LOCAL_POLICY = Bilingual(
    zh="依据本院设置判定，非来源数值", en="decided by a local setting, not by a figure of the source"
)


def highest(urgencies: list[Urgency]) -> Urgency:
    """Return the most urgent of some urgencies."""
    return min(urgencies, key=URGENCIES.index)


class Grounds:
    """Builds grounds; everything that does not depend on the patient is prepared once."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.view = rule_views(knowledge)
        self._professional = audience_views(knowledge.vocabulary)["professional"]
        self._figures = Figures(knowledge.vocabulary)
        self.monitorings = Monitorings(knowledge.vocabulary)
        self._absences = Absences(knowledge.vocabulary)
        self.remarks = Remarks(knowledge, self._figures)
        self._switches = frozenset(f"policy.{name}" for name in knowledge.vocabulary.switches)
        self._findings = {
            rule.id: [
                (conditions.slot(rule.id, FINDING, index), self._figures.measured_in(piece.when))
                for index, piece in enumerate(rule.slots.get(FINDING, ()))
            ]
            for rule in knowledge.rules.values()
        }
        self._of_lesions = frozenset(
            name
            for rule in knowledge.rules.values()
            for name, piece in conditions.slots(rule)
            if names_items(piece.when, conditions.LESIONS)
        )
        self._unknown_drugs = {
            name: where
            for rule in knowledge.rules.values()
            for name, piece in conditions.slots(rule)
            for where in conditions.items_meant(piece.when, conditions.MEDICATIONS)
            if OTHER in drugs_named(where, knowledge)
        }
        self._supporters: dict[str, list[str]] = defaultdict(list)
        for evidence in knowledge.rules.values():
            for supported in evidence.supports:
                self._supporters[supported].append(evidence.id)

    def build(self, case: Case, rule_id: str, lesion: str | None, demoted: Demoted) -> Ground:
        """Build the ground of a fired rule, about one lesion or about the patient."""
        view = self.view(rule_id)
        because = case.because(rule_id, lesion)
        local = self._by_local_policy(because)
        origin: Origin = "extrapolated" if case.extrapolated(rule_id) else "local policy" if local else "source"
        remarks = self.remarks.attached(case, rule_id, lesion)
        text = self._text(case, view) if view.rule.slots else view.text
        demotions = _demotions(rule_id, lesion, demoted)
        supported_by, withheld = self._evidence(case, rule_id, demoted)
        raised = _raised(case, view, lesion)
        return Ground.of(
            rule=rule_id,
            revision=view.rule.revision,
            kind=view.rule.kind,
            urgency=_urgency(view, raised, remarks),
            status="demoted" if demotions else "active",
            demoted_by=demotions,
            text=self._figures.added(
                text,
                case,
                [*self._figures.behind(because), *(fact for facts in self._found(case, rule_id) for fact in facts)],
                self.monitorings.said(case, rule_id),
            ),
            origin=origin,
            label=_label(view, origin, local),
            strength=next((words for index in raised if (words := view.raised[index]) is not None), view.strength),
            evidence=view.evidence,
            because=because,
            absent=[
                Absence.of(text=said, passed_over=list(facts))
                for one, facts in case.absent(rule_id)
                if (said := self._absences.said(one)) is not None
            ],
            not_recorded=case.not_recorded(rule_id, lesion),
            passages=view.passages,
            supported_by=supported_by,
            withheld=withheld,
            reading=view.reading,
            not_said=view.not_said,
            flags=view.flags,
            notes=[self.remarks.view(case, remark) for remark in remarks],
            # What stepped back is for the professional to weigh, never for the patient to read.
            audience=self._professional if demotions else view.audience,
            recipients=view.recipients,
        )

    def tells_finding(self, case: Case, rule_id: str) -> bool:
        """Tell whether the text of a fired rule names what this patient's record shows of its matter."""
        return any(True for _ in self._found(case, rule_id))

    def _found(self, case: Case, rule_id: str) -> Iterator[tuple[str, ...]]:
        return (facts for name, facts in self._findings[rule_id] if case.others[name] is True)

    def standing(self, case: Case, rule_id: str, lesion: str | None, demoted: Demoted) -> Urgency | None:
        """Return the urgency of the ground that ``build`` would build; None where it has stepped back."""
        if _demotions(rule_id, lesion, demoted):
            return None
        view = self.view(rule_id)
        return _urgency(view, _raised(case, view, lesion), self.remarks.attached(case, rule_id, lesion))

    def _by_local_policy(self, because: list[Because]) -> bool:
        return any(reason.fact.startswith("policy.") and reason.fact not in self._switches for reason in because)

    def _text(self, case: Case, view: RuleView) -> Bilingual:
        rule = view.rule
        return view.filled(
            {
                name: [
                    self._piece(case, one, piece.text)
                    for index, piece in enumerate(pieces)
                    if case.others[one := conditions.slot(rule.id, name, index)] is True
                ]
                for name, pieces in rule.slots.items()
            }
        )

    def _piece(self, case: Case, name: str, text: Text) -> Text:
        """Return a piece of text, after the lesions that make it true; of drugs that nobody knows, with their names."""
        if (where := self._unknown_drugs.get(name)) is not None:
            items = case.facts.items(conditions.MEDICATIONS) or ()
            drugs = [one.id for one in items if item_truth(where, one) is True]
            zh, en = (case.names.together(conditions.MEDICATIONS, drugs, language) for language in ("zh", "en"))
            return Text(f"{text.zh}（{zh}）", f"{text.en} ({en})") if drugs else text
        lesions = sorted(case.lesions_of(name), key=in_order) if name in self._of_lesions else []
        if not lesions:
            return text
        zh, en = (case.names.together(conditions.LESIONS, lesions, language) for language in ("zh", "en"))
        return Text(zh=f"[{zh}] {text.zh}", en=f"[{en}] {text.en}")

    def _evidence(self, case: Case, rule_id: str, demoted: Demoted) -> tuple[list[str], list[Withheld]]:
        supported_by: list[str] = []
        withheld: list[Withheld] = []
        for evidence in self._supporters.get(rule_id, ()):
            if not case.shown(evidence):
                continue
            if evidence in demoted:
                withheld.append(Withheld.of(rule=evidence, demoted_by=demoted[evidence][0].demotion))
            else:
                supported_by.append(evidence)
        return supported_by, withheld


def _applies(case: Case, rule_id: str, index: int, lesion: str | None) -> bool:
    """Tell whether a rule is raised; in a ground about a lesion, a condition on lesions has to be true of that one."""
    name = conditions.raised(rule_id, index)
    if case.others[name] is not True:
        return False
    about = frozenset() if lesion is None else case.lesions_of(name)
    return not about or lesion in about


def _demotions(rule_id: str, lesion: str | None, demoted: Demoted) -> list[Demotion]:
    return [applied.demotion for applied in demoted.get(rule_id, ()) if applied.covers(lesion)]


def _raised(case: Case, view: RuleView, lesion: str | None) -> list[int]:
    """Return the numbers of the conditions that raise a rule here."""
    return [index for index in range(len(view.rule.raised)) if _applies(case, view.rule.id, index, lesion)]


def _urgency(view: RuleView, raised: list[int], remarks: list[Note]) -> Urgency:
    """Return a rule's urgency as it is raised, lowered by remarks that cap it, then raised by those that have one."""
    own = view.rule.urgency
    assert own is not None
    for index in raised:
        own = highest([own, view.rule.raised[index].urgency or own])
    caps: list[Urgency] = [own, *(note.at_most for note in remarks if note.at_most)]
    lowered = max(caps, key=URGENCIES.index)
    return highest([lowered, *(note.urgency for note in remarks if note.urgency)])


def _label(view: RuleView, origin: Origin, local: bool) -> Bilingual | None:
    """Return how a ground is labelled: by the arm it fired through, and by a setting that decided it; both may be."""
    labels = [view.label] if origin == "extrapolated" and view.label is not None else []
    if local:
        labels.append(LOCAL_POLICY)
    if not labels:
        return None
    return Bilingual(zh="；".join(label.zh for label in labels), en="; ".join(label.en for label in labels))
