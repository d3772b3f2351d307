"""The safety list on lesions: what is treated is there, and a bone about to break is never less than an emergency."""

from __future__ import annotations

from collections.abc import Iterator

from oncocds.language.tree import Any as Either
from oncocds.language.tree import Compare, Quantified
from oncocds.proofs.claims.claim import Claim, Question, Replayed, Shown, both, comes_to, fires, never
from oncocds.proofs.claims.recorded import code, in_some
from oncocds.proofs.situation import Situation, read_by
from oncocds.proofs.terms import all_of, either_of, negation_of
from oncocds.text import Text

_ASSERTED = ("oligometastatic", "oligomet_baseline", "oligoresidual", "oligoprogression", "brain_oligo_new")
_IMPENDING = "lesions.impending_fracture"
_SOME_IMPENDING = Quantified("some", "lesions", Compare("impending_fracture", "is", True))
_RESOLVED_OR_SUSPECTED = Either((Compare("trend", "is", "resolved"), Compare("status", "is", "suspected")))
_NONE_ELSE = Quantified("every", "lesions", _RESOLVED_OR_SUSPECTED)


class NoTreatmentOfWhatIsNotThere(Claim):
    """No rule advises to treat a lesion locally where every lesion is resolved or only suspected."""

    id = "no-treatment-of-what-is-not-there"
    says = Text(
        "已消失或仅为疑似的病灶，不建议局部治疗",
        "No local treatment is advised of a lesion that is resolved or only suspected",
    )

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask, per rule whose action declares local treatment, for a patient without any other lesion.

        What a clinician asserts of the lesions as a whole stands, and is left out. A list that may go on could hold
        another lesion; a rule that fires on it fires on the same list said to be whole, which is what is asked of.
        """
        other = in_some(
            situation,
            "lesions",
            lambda item: map(negation_of, (code(item, "trend", "resolved"), code(item, "status", "suspected"))),
        )
        asserted = either_of(situation.facts.finding(f"diagnosis.{name}").true for name in _ASSERTED)
        unasserted: Shown = both(
            comes_to(_NONE_ELSE, True),
            *(never(comes_to(Compare(f"diagnosis.{name}", "is", True), True)) for name in _ASSERTED),
        )
        for rule in situation.knowledge.rules.values():
            if rule.action is not None and situation.knowledge.actions[rule.action].local_treatment:
                treated = situation.rule(rule.id).true
                formula = all_of([treated, situation.facts.whole("lesions"), negation_of(other), negation_of(asserted)])
                yield Question(rule.id, (rule.id,), formula, both(fires(rule.id), unasserted))


class ImpendingFractureIsCritical(Claim):
    """A recorded impending fracture is critical, whatever the tumour and whichever rule or notice says it."""

    id = "impending-fracture-is-critical"
    says = Text("即将骨折，无论何种肿瘤，一律列为紧急", "An impending fracture is always critical, whatever the tumour")

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask for a patient with such a lesion and with nothing critical that speaks of it."""
        knowledge = situation.knowledge
        rules = [one for one in knowledge.conditions if self._speaks(one, situation)]
        notices = [
            note
            for note in knowledge.notes.values()
            if note.urgency == "critical"
            and not note.attached_to
            and note.when is not None
            and _IMPENDING in read_by(note.when, knowledge)
        ]
        said = [situation.critical(rule) for rule in rules]
        said += [situation.reading.condition(note.when).true for note in notices if note.when is not None]
        about = in_some(situation, "lesions", lambda item: [item.finding("impending_fracture").true])

        def unsaid(patient: Replayed) -> bool:
            told = {notice.id for notice in patient.evaluation.notices if notice.urgency == "critical"}
            items = [ground for item in patient.evaluation.advice for ground in item.grounds]
            told |= {ground.rule for ground in items if ground.urgency == "critical" and ground.status == "active"}
            recorded = patient.truth(_SOME_IMPENDING) is True
            return recorded and told.isdisjoint({*rules, *(note.id for note in notices)})

        yield Question("impending fracture", tuple(rules), all_of([about, negation_of(either_of(said))]), unsaid)

    @staticmethod
    def _speaks(rule: str, situation: Situation) -> bool:
        one = situation.knowledge.rules[rule]
        if one.urgency == "critical":
            return _IMPENDING in situation.reads(rule)
        raised = [raised.when for raised in one.raised if raised.urgency == "critical"]
        return any(_IMPENDING in read_by(when, situation.knowledge) for when in raised)
