"""A fired rule becomes a ground: its text for this patient, why it fired, its passages, flags, notes and evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from oncocds.advice import conditions
from oncocds.advice.case import Case
from oncocds.advice.precedence import Applied
from oncocds.advice.result import Because, Bilingual, Ground, NoteView, Origin, Withheld
from oncocds.advice.views import RuleView, audience_views, note_view, rule_views
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import URGENCIES, Note, Urgency
from oncocds.profile.policy import SWITCHES

LOCAL_POLICY = Bilingual(
    zh="依据本院设置判定，非来源数值", en="decided by a local setting, not by a figure of the source"
)
_SWITCHES = frozenset(f"policy.{name}" for name in SWITCHES)


def highest(urgencies: list[Urgency]) -> Urgency:
    """Return the most urgent of some urgencies."""
    return min(urgencies, key=URGENCIES.index)


class Grounds:
    """Builds grounds; everything that does not depend on the patient is prepared once."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.views: Mapping[str, RuleView] = rule_views(knowledge)
        self._professional = audience_views(knowledge.vocabulary)["professional"]
        self._notes: dict[str, list[tuple[Note, NoteView]]] = defaultdict(list)
        for remark in knowledge.notes.values():
            for rule in remark.attached_to:
                self._notes[rule].append((remark, note_view(remark)))
        self._supporters: dict[str, list[str]] = defaultdict(list)
        for evidence in knowledge.rules.values():
            for supported in evidence.supports:
                self._supporters[supported].append(evidence.id)

    def build(self, case: Case, rule_id: str, lesion: str | None, demoted: Mapping[str, list[Applied]]) -> Ground:
        """Build the ground of a fired rule, about one lesion or about the patient."""
        view = self.views[rule_id]
        because = case.because(rule_id, lesion)
        origin = _origin(case, rule_id, because)
        remarks = self._remarks(case, rule_id, lesion)
        notes = [view for _, view in remarks]
        demotions = [applied.demotion for applied in demoted.get(rule_id, ()) if applied.covers(lesion)]
        supported_by, withheld = self._evidence(case, rule_id, demoted)
        assert view.rule.urgency is not None
        return Ground.of(
            rule=rule_id,
            revision=view.rule.revision,
            kind=view.rule.kind,
            urgency=_urgency(view.rule.urgency, [remark for remark, _ in remarks]),
            status="demoted" if demotions else "active",
            demoted_by=demotions,
            text=self._text(case, view) if view.rule.slots else view.text,
            origin=origin,
            label=_label(view, origin, because),
            strength=view.strength,
            evidence=view.evidence,
            because=because,
            passages=view.passages,
            supported_by=supported_by,
            withheld=withheld,
            reading=view.reading,
            not_said=view.not_said,
            flags=view.flags,
            notes=notes,
            # What stepped back is for the professional to weigh, never for the patient to read.
            audience=self._professional if demotions else view.audience,
            recipients=view.recipients,
        )

    def _text(self, case: Case, view: RuleView) -> Bilingual:
        rule = view.rule
        return view.filled(
            {
                name: [
                    piece.text
                    for index, piece in enumerate(pieces)
                    if case.others[conditions.slot(rule.id, name, index)] is True
                ]
                for name, pieces in rule.slots.items()
            }
        )

    def _remarks(self, case: Case, rule_id: str, lesion: str | None) -> list[tuple[Note, NoteView]]:
        return [
            (remark, view)
            for remark, view in self._notes.get(rule_id, ())
            if remark.when is None
            or (
                case.others[conditions.note(remark.id)] is True
                and (not remark.same_lesion or lesion is None or lesion in case.lesions_of_note(remark.id))
            )
        ]

    def _evidence(
        self, case: Case, rule_id: str, demoted: Mapping[str, list[Applied]]
    ) -> tuple[list[str], list[Withheld]]:
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


def _urgency(own: Urgency, remarks: list[Note]) -> Urgency:
    """Return a rule's urgency lowered by the remarks that cap it, then raised by those that have one."""
    caps: list[Urgency] = [own, *(note.at_most for note in remarks if note.at_most)]
    lowered = max(caps, key=URGENCIES.index)
    return highest([lowered, *(note.urgency for note in remarks if note.urgency)])


def _origin(case: Case, rule_id: str, because: list[Because]) -> Origin:
    if case.extrapolated(rule_id):
        return "extrapolated"
    return "local policy" if _by_local_policy(because) else "source"


def _label(view: RuleView, origin: Origin, because: list[Because]) -> Bilingual | None:
    """Return how a ground is labelled: by the arm it fired through, and by a setting that decided it; both may be."""
    labels = [view.label] if origin == "extrapolated" and view.label is not None else []
    if _by_local_policy(because):
        labels.append(LOCAL_POLICY)
    if not labels:
        return None
    return Bilingual(zh="；".join(label.zh for label in labels), en="; ".join(label.en for label in labels))


def _by_local_policy(because: list[Because]) -> bool:
    return any(reason.fact.startswith("policy.") and reason.fact not in _SWITCHES for reason in because)
