"""Notes and notices of one answer: which appear, where, and in which words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from oncocds.advice import conditions
from oncocds.advice.case import Case
from oncocds.advice.computed import Figures, bracketed, shortened
from oncocds.advice.questions import Labels
from oncocds.advice.result import AdviceItem, Because, Bilingual, NoteView, Notice, PassageView
from oncocds.advice.views import bilingual, note_view, passage_view
from oncocds.advice.wording import FactWords
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import URGENCIES, Action, Note, Urgency
from oncocds.language import references
from oncocds.language.tree import All, Compare, Condition, Holds, Known
from oncocds.language.truth import item_truth
from oncocds.text import Language, Text
from oncocds.vocabulary.drug_classes import OTHER

_LACKING = Text("尚缺：", "still missing: ")
_LIST = Text("、", ", ")
_MOST_ITEMS = 3
"""Lesions and adverse effects that are told of in the line of a notice; its text tells of all."""
_IN_USE = ("active", "planned")


class Remarks:
    """Places notes; everything that does not depend on the patient is prepared once and shared by threads."""

    def __init__(self, knowledge: Knowledge, figures: Figures) -> None:
        self._figures = figures
        self._vocabulary, self._labels = knowledge.vocabulary, Labels(knowledge.vocabulary)
        self._of_lesions, self._of_toxicities = (
            frozenset(one.id for one in knowledge.notes.values() if conditions.asks_for(one, items))
            for items in (conditions.LESIONS, conditions.TOXICITIES)
        )
        self._attached: dict[str, list[Note]] = defaultdict(list)
        for remark in knowledge.notes.values():
            for rule in remark.attached_to:
                self._attached[rule].append(remark)
        notes = knowledge.notes.values()
        self._read = {remark.id: figures.read_by(remark.when) for remark in notes if remark.when is not None}
        self._unknown = {
            remark.id: unknown
            for remark in notes
            if remark.when is not None and (unknown := tuple(_unknown(remark.when, knowledge)))
        }
        self._meant = {
            remark.id: meant
            for remark in notes
            if (meant := tuple(conditions.items_meant(remark.when, conditions.MEDICATIONS)))
            and not any(drugs_named(remark.when, knowledge))
        }
        self._by_id = {remark.id: remark for remark in notes}
        self._plain = {remark.id: note_view(remark) for remark in notes}
        self._beside = {
            action.id: [remark for remark in notes if remark.beside is not None and remark.beside.covers(action)]
            for action in knowledge.actions.values()
        }
        self._drugs = {
            remark.id: frozenset(drugs_named(remark.when, knowledge)) for remark in notes if remark.beside is not None
        }
        self._notices: list[tuple[Note, list[PassageView]]] = [
            (remark, [passage_view(passage) for rule in remark.rules for passage in knowledge.passages[rule]])
            for remark in notes
            if not remark.attached_to
        ]

    def attached(self, case: Case, rule_id: str, lesion: str | None) -> list[Note]:
        """Return the notes attached to a rule, for its ground about one lesion or about the patient."""
        return [
            remark
            for remark in self._attached.get(rule_id, ())
            if _in_force(case, remark)
            and (not remark.same_lesion or lesion is None or lesion in case.lesions_of(conditions.note(remark.id)))
        ]

    def beside(self, case: Case, action: Action) -> list[NoteView]:
        """Return the notes that stand beside the items of an action, those about a drug in use or planned first."""
        found = [remark for remark in self._beside[action.id] if _in_force(case, remark)]
        if len(found) > 1:
            used = {
                drug.finding("drug").value
                for drug in case.facts.items("medications") or ()
                if drug.finding("status").value in _IN_USE
            }
            found.sort(key=lambda remark: used.isdisjoint(self._drugs[remark.id]))
        return [self.view(case, remark) for remark in found]

    def view(self, case: Case, remark: Note) -> NoteView:
        """Return a note in its words for this patient."""
        told = self._read.get(remark.id) or remark.id in self._unknown or remark.id in self._meant
        return note_view(remark, self._words(case, remark)) if told else self._plain[remark.id]

    def notices(self, case: Case, advice: Sequence[AdviceItem]) -> list[Notice]:
        """Return the remarks on the whole case, the most urgent first.

        A note that stands beside items is one of them where no active item at least as urgent carries it.
        """
        carried: set[tuple[str, Urgency]] = {
            (note.id, item.urgency) for item in advice if item.status == "active" for note in item.grounds[0].notes
        }
        found = [
            Notice.of(
                id=remark.id,
                urgency=remark.urgency or "info",
                text=self._recorded(case, remark),
                origin=remark.origin,
                status=remark.status,
                passages=passages,
            )
            for remark, passages in self._notices
            if _in_force(case, remark) and not _carried(remark, carried)
        ]
        return sorted(found, key=lambda notice: (URGENCIES.index(notice.urgency), notice.id))

    def line(self, case: Case, notice: Notice) -> Bilingual:
        """Return a notice as it is said in the briefing: of many lesions the first, and how many more."""
        return self._recorded(case, self._by_id[notice.id], _MOST_ITEMS)

    def _recorded(self, case: Case, remark: Note, most: int | None = None) -> Bilingual:
        """Return the words of a notice; an urgent one of lesions, and one of adverse effects, says as what recorded.

        Of more than ``most`` of them the first are told, and how many more there are.
        """
        if remark.id in self._of_toxicities:
            reasons = list(_toxicities(case))
        elif remark.id in self._of_lesions and remark.urgency not in (None, "info"):
            because = case.because_of(conditions.note(remark.id))
            reasons = [one for one in because if one.fact != "diagnosis.tumour_type"]
        else:
            return self._words(case, remark)
        text, facts = bilingual(remark.text), FactWords(self._vocabulary, case.names.called)

        def words(language: Language) -> str:
            told = facts.phrases(reasons, language)
            return bracketed(text.in_(language), told if most is None else shortened(told, most, language), language)

        return Bilingual.both(words)

    def _words(self, case: Case, remark: Note) -> Bilingual:
        also = [*self._drugs_meant(case, remark), *self._lacking(case, remark)]
        return self._figures.added(bilingual(remark.text), case, self._read.get(remark.id, ()), also)

    def _drugs_meant(self, case: Case, remark: Note) -> list[Bilingual]:
        """Return which drugs a note speaks of that names a class of them alone, in one phrase; [] where it names them.

        They are called as the vocabulary calls them: a text of the record stands in no note.
        """
        drugs = case.knowledge.vocabulary.drugs
        codes = [
            str(item.finding("drug").value)
            for where in self._meant.get(remark.id, ())
            for item in case.facts.items(conditions.MEDICATIONS) or ()
            if item_truth(where, item) is True
        ]
        found = [drugs.get(code, drugs[OTHER]).label for code in dict.fromkeys(codes)]
        if not found:
            return []
        return [Bilingual.both(lambda language: _LIST.in_(language).join(one.in_(language) for one in found))]

    def _lacking(self, case: Case, remark: Note) -> list[Bilingual]:
        """Return what would tell the derived facts that a note calls unknown, in one phrase; [] where it calls none."""
        unknown = map(case.facts.finding, self._unknown.get(remark.id, ()))
        labels = [
            self._labels.of(path, case.names)
            for path in dict.fromkeys(one for found in unknown for one in found.missing)
        ]
        if not labels:
            return []

        def words(language: Language) -> str:
            return _LACKING.in_(language) + _LIST.in_(language).join(label.in_(language) for label in labels)

        return [Bilingual.both(words)]


def drugs_named(condition: Condition | None, knowledge: Knowledge) -> Iterator[str]:
    """Yield the drugs that a condition asks for by name, by itself or through concepts; not those that it excepts."""
    for part in () if condition is None else references.walk(condition):
        if isinstance(part, Compare) and part.fact == "drug" and part.operator in ("is", "in"):
            yield from (str(one) for one in (part.value if isinstance(part.value, tuple) else (part.value,)))
        if isinstance(part, Holds):
            yield from drugs_named(knowledge.concepts[part.concept].when, knowledge)


def _unknown(condition: Condition, knowledge: Knowledge) -> Iterator[str]:
    """Yield the derived facts of the patient that a condition calls unknown, alternatives apart."""
    fields = knowledge.vocabulary.fields
    for part in condition.parts if isinstance(condition, All) else (condition,):
        if isinstance(part, Known) and not part.known and part.fact in fields and fields[part.fact].world == "derived":
            yield part.fact


def _toxicities(case: Case) -> Iterator[Because]:
    """Yield what was recorded of adverse effects: the term of each, and its grade where there is one."""
    for item in case.facts.items(conditions.TOXICITIES) or ():
        yield from (case.reason(path) for field in ("term", "grade") for path in item.finding(field).used)


def _in_force(case: Case, remark: Note) -> bool:
    return remark.when is None or case.others[conditions.note(remark.id)] is True


def _carried(remark: Note, carried: set[tuple[str, Urgency]]) -> bool:
    enough = URGENCIES[: URGENCIES.index(remark.urgency or "info") + 1]
    return remark.beside is not None and any((remark.id, urgency) in carried for urgency in enough)
