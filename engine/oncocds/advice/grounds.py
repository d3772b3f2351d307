"""A fired rule becomes a ground: its text for this patient, why it fired, its passages, flags, notes and evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from oncocds.advice import conditions
from oncocds.advice.case import Case
from oncocds.advice.precedence import Applied
from oncocds.advice.result import Because, Bilingual, Ground, NoteView, Origin, Withheld
from oncocds.advice.views import RuleView, note_view, rule_views
from oncocds.knowledge.loader import Knowledge
from oncocds.knowledge.models import URGENCIES, Note, Urgency

_LOCAL_POLICY = Bilingual(
    zh="依据本院设置判定，非来源数值", en="decided by a local setting, not by a figure of the source"
)


def highest(urgencies: list[Urgency]) -> Urgency:
    """Return the most urgent of some urgencies."""
    return min(urgencies, key=URGENCIES.index)


class Grounds:
    """Builds grounds; everything that does not depend on the patient is prepared once."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.views: Mapping[str, RuleView] = rule_views(knowledge)
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
        notes = self._active_notes(case, rule_id)
        urgencies = [note.urgency for note in notes if note.urgency]
        demotions = [applied.demotion for applied in demoted.get(rule_id, ()) if applied.covers(lesion)]
        supported_by, withheld = self._evidence(case, rule_id, demoted)
        assert view.rule.urgency is not None
        return Ground.of(
            rule=rule_id,
            revision=view.rule.revision,
            kind=view.rule.kind,
            urgency=highest([view.rule.urgency, *urgencies]) if urgencies else view.rule.urgency,
            status="demoted" if demotions else "active",
            demoted_by=demotions,
            text=self._text(case, view) if view.rule.slots else view.text,
            origin=origin,
            label={"source": None, "local policy": _LOCAL_POLICY, "extrapolated": view.label}[origin],
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

    def _active_notes(self, case: Case, rule_id: str) -> list[NoteView]:
        return [
            view
            for remark, view in self._notes.get(rule_id, ())
            if remark.when is None or case.others[conditions.note(remark.id)] is True
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


def _origin(case: Case, rule_id: str, because: list[Because]) -> Origin:
    if case.extrapolated(rule_id):
        return "extrapolated"
    if any(reason.fact.startswith("policy.") for reason in because):
        return "local policy"
    return "source"
