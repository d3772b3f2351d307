"""Which facts belong together: the topics of questions, by the vocabulary; facts of an item belong to the item."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from oncocds.advice.case import Case
from oncocds.advice.first import Topic
from oncocds.advice.part import Because, Bilingual
from oncocds.advice.questions import Labels
from oncocds.advice.result import Question
from oncocds.advice.views import bilingual
from oncocds.knowledge.models import URGENCIES
from oncocds.profile.finding import in_item
from oncocds.vocabulary.models import Vocabulary
from oncocds.vocabulary.topics import Judged

MOST_SHOWN = 5
_OF_ITEMS = {
    "lesions": ("organ", "site", "status"),
    "medications": ("drug", "name", "status"),
    "radiotherapy": ("site", "status"),
}


class Topics:
    """Puts facts under topics; shared by threads."""

    def __init__(self, vocabulary: Vocabulary, labels: Labels) -> None:
        self._labels = labels
        self._made = {name: bilingual(topic.label) for name, topic in vocabulary.topics.items()}
        self._of = {
            fact: name
            for name, topic in vocabulary.topics.items()
            for given in topic.facts
            for fact in vocabulary.fields
            if fact == given or fact.startswith(f"{given}.")
        }
        self._judged = {name: topic.judged for name, topic in vocabulary.topics.items()}
        self._facts: dict[str, list[str]] = {}  # the recorded and the derived ones
        for fact, name in self._of.items():
            self._facts.setdefault(name, []).append(fact)
        self._recorded = {
            name: tuple(fact for fact in facts if not fact.startswith("derived."))
            for name, facts in self._facts.items()
        }

    def of(self, fact: str) -> str:
        """Return the topic of a fact by its public path: one of the vocabulary's, its item, or the fact itself."""
        match = in_item(fact)
        return f"{match[1]}[{match[2]}]" if match is not None else self._of.get(fact, fact)

    def judged(self, topic: str) -> Judged | None:
        """Return what a clinician is asked in the place of a missing number of a topic, None where nothing is."""
        return self._judged.get(topic)

    def label(self, topic: str, case: Case) -> Bilingual:
        """Return what a topic is called."""
        return self._made.get(topic) or self._labels.asked(topic, case.facts, case.names)

    def facts(self, topic: str) -> Iterable[str]:
        """Return the facts of a topic about the patient; those of an item are not listed."""
        return self._facts.get(topic, ())

    def known(self, topic: str, case: Case) -> list[Because]:
        """Return what is recorded of a topic."""
        match = in_item(topic)
        if match is None:
            return case.known(self._recorded.get(topic, ()))
        return case.known(tuple([f"{topic}.{one}" for one in _OF_ITEMS.get(match[1], ())]))

    def grouped(
        self, case: Case, questions: Collection[Question], asked: Collection[str], emergencies: Collection[str]
    ) -> list[Topic]:
        """Return the questions by topic: those on a present emergency first, then the most urgent.

        ``asked`` are the topics that lines of the briefing ask about, ``emergencies`` those that critical advice rests
        on. At most ``MOST_SHOWN`` are shown.
        """
        facts: dict[str, list[Question]] = {}
        for question in questions:  # in their order
            facts.setdefault(self.of(question.fact), []).append(question)
        order = sorted(facts, key=lambda topic: (topic not in emergencies, URGENCIES.index(facts[topic][0].urgency)))
        shown = [topic for topic in order if topic not in asked][:MOST_SHOWN]
        return [
            Topic.of(
                topic=topic,
                label=self.label(topic, case),
                urgency=facts[topic][0].urgency,
                facts=[question.fact for question in facts[topic]],
                known=self.known(topic, case),
                shown=topic in shown,
            )
            for topic in order
        ]
