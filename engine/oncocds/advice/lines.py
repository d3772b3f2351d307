"""The words of the briefing's lines: one line each, the point first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from oncocds.advice.computed import bracketed, shortened
from oncocds.advice.first import Choice, Decision, Line
from oncocds.advice.grounds import highest
from oncocds.advice.monitoring import NOTHING_DUE, DueOf
from oncocds.advice.names import MOST_NAMED, NOBODY, Names
from oncocds.advice.part import Bilingual
from oncocds.advice.questions import Labels
from oncocds.advice.result import AdviceItem, DataConflict, Ground, NoteView
from oncocds.advice.warning import is_warning, leads
from oncocds.advice.wording import FactWords
from oncocds.knowledge.models import URGENCIES, Action, Rule
from oncocds.profile.finding import in_item
from oncocds.text import Language, Text
from oncocds.vocabulary.models import Vocabulary

MOST_ANSWERS = 3
"""Answers that are named of those that bring the same; where there are more, two are, and all are counted."""
MOST_RECORDED = 5
"""What is named of a conflict of data, and of items asked about unless the answer is critical."""
_FIGURES = re.compile(r"(.*?)(［[^［］]*］| \[[^\[\]]*: [^\[\]]*\])?", re.DOTALL)
_BETWEEN = Text("；", "; ")
_LIST = Text("、", ", ")
_COLON = Text("：", ": ")
_FURTHER = Text("另：", "Also: ")
_CRITERIA = Text("（{count}项）", " ({count} of them)")
_BACKGROUND = Text("常规{count}项：{names}", "Routine, {count}: {names}")
_BACK = Text("已让位{count}项：{names}", "Stepped back, {count}: {names}")
_MORE = Text("另{count}项：{names}", "{count} more: {names}")
_ALONE = Text("{count}项：{names}", "{count} items: {names}")
_HINTS = Text("资料待核对{count}处：{names}", "Data to check, {count}: {names}")
_MORE_DECISIONS = Text("另{count}项，各一答可定：{names}", "{count} more, each one answer away: {names}")
_DECISIONS_ALONE = Text("{count}项，各一答可定：{names}", "{count} questions, each one answer away: {names}")
_CONFIRM = Text("尚待确认：", "To be confirmed: ")
_OR = Text("”或“", "” or “")
_IF = Text("若“{answer}”", "if “{answer}”")
_IF_ONE_OF = Text("若“{answer}”等{count}个答案之一", "if “{answer}” or another of {count} answers")
_BRINGS = Text("{condition}→ {titles}", "{condition} → {titles}")


class Lines:
    """Writes lines; shared by threads. Items are called by their ``names``, those of one patient."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        actions: Mapping[str, Action],
        rules: Mapping[str, Rule],
        labels: Labels,
        names: Names = NOBODY,
    ) -> None:
        self._vocabulary, self._names = vocabulary, names
        self._actions, self._rules, self._labels = actions, rules, labels
        self._words = FactWords(vocabulary, names.called)

    def about(self, names: Names) -> Lines:
        """Return what writes the lines of one patient."""
        return Lines(self._vocabulary, self._actions, self._rules, self._labels, names)

    def advice(
        self, items: Sequence[AdviceItem], after: Sequence[AdviceItem], told: set[str], due: DueOf = NOTHING_DUE
    ) -> Bilingual:
        """Return the line of the items of one action, which differ by lesion, followed by what is said after them.

        Urgent notes from outside the documents that the items carry are said before them, after them where they are
        less urgent than these, each in the first line that carries it (``told``).
        """
        notes = {
            note.id: note
            for item in (*items, *after)
            for ground in item.grounds
            if ground.status == "active"
            for note in ground.notes
            if is_warning(note) and note.id not in told
        }
        told.update(notes)
        ranked = sorted(notes.values(), key=lambda note: URGENCIES.index(note.urgency or "info"))
        return Bilingual.both(lambda language: self._advice(items, after, ranked, due, language))

    def decision(self, asked: Sequence[Decision], *, recorded: bool) -> Bilingual:
        """Return the line of decisions: what is known, the questions, what each answer would bring.

        Where nothing ``recorded`` speaks for them, it says that they wait to be confirmed.
        """
        return Bilingual.both(lambda language: self._decision(asked, recorded, language))

    def more_decisions(self, matters: Sequence[Sequence[Decision]], *, first: bool) -> Bilingual:
        """Return the line that counts and names decisions, each matter with its question alone.

        They are "more" only where others stand before them: not where the line is the ``first``.
        """
        words = _DECISIONS_ALONE if first else _MORE_DECISIONS
        apart = [one for some in matters for one in self.matters(some)]

        def named(language: Language) -> str:
            """Name the questions, those on the same item together; between others and these stands a stronger mark."""
            told: dict[str, list[str]] = {}
            for one in apart:
                about = "" if in_item(one[0].fact) is None else _COLON.in_(language)
                for question in self._asks(one, language):
                    subject, mark, asked = question.rpartition(about) if about else ("", "", question)
                    told.setdefault(subject + mark, []).append(asked.rstrip("？?"))
            return _BETWEEN.in_(language).join(about + _LIST.in_(language).join(some) for about, some in told.items())

        count = sum(len(self._apart(one)) for one in apart)
        return Bilingual.both(lambda language: words.in_(language).format(count=count, names=named(language)))

    def matters(self, asked: Iterable[Decision]) -> list[list[Decision]]:
        """Return decisions by what they share that are asked in one breath: the topic; of items, the field."""
        found: dict[str, list[Decision]] = {}
        for one in asked:
            match = in_item(one.fact)
            found.setdefault(one.topic if match is None else f"{match[1]}.{match[3]}", []).append(one)
        return list(found.values())

    def background(self, items: Sequence[AdviceItem], due: DueOf = NOTHING_DUE) -> Bilingual:
        """Return the one line that counts and names what is said of every such patient."""
        return self._named(_BACKGROUND, items, due)

    def stepped_back(self, items: Sequence[AdviceItem]) -> Bilingual:
        """Return the one line that counts and names what steps back."""
        return self._named(_BACK, items)

    def conflict(self, conflict: DataConflict) -> Bilingual:
        """Return the line of a conflict of data: what is to be checked, and as what it was recorded."""
        return Bilingual.both(lambda language: self._conflict(conflict, language))

    def hints(self, conflicts: Sequence[DataConflict]) -> Bilingual:
        """Return the one line of several hints that data should be checked."""
        return Bilingual.both(
            lambda language: _counted(_HINTS, [self._conflict(one, language) for one in conflicts], _BETWEEN, language)
        )

    def more(self, lines: Sequence[Line], *, first: bool) -> Bilingual:
        """Return the line that counts and names what a cap has cut; it is the ``first`` where none was kept."""
        words = _ALONE if first else _MORE
        return Bilingual.both(lambda language: self._more(words, lines, language))

    def _conflict(self, conflict: DataConflict, language: Language) -> str:
        recorded = shortened(self._words.phrases(conflict.facts, language), MOST_RECORDED, language)
        return bracketed(conflict.text.in_(language), recorded, language)

    def _advice(
        self,
        items: Sequence[AdviceItem],
        after: Sequence[AdviceItem],
        notes: Sequence[NoteView],
        due: DueOf,
        language: Language,
    ) -> str:
        lesions = [item.lesion for item in items if item.lesion is not None]
        where = self._names.together("lesions", lesions, language)
        told = self._said(items[0], due, language)
        urgency = highest([item.urgency for item in (*items, *after)])
        parts = [note.in_(language) for note in notes if leads(note, urgency)]
        parts += [f"[{where}] {told}" if where else told, *(self._said(item, due, language) for item in after)]
        parts += [note.in_(language) for note in notes if not leads(note, urgency)]
        return _sentences(_figures_once(parts), language)

    def _said(self, item: AdviceItem, due: DueOf, language: Language) -> str:
        """Return what an item says, with what of it is due, each once: a leading ground says its own."""
        active = [ground for ground in item.grounds if ground.status == "active"]
        led = item.urgency != "info" and self._actions[item.action].listed_before is None
        lead = next((ground.rule for ground in active if ground.urgency != "info"), None) if led else None
        told = {} if lead is None else due.get(lead, {})
        others = {name: text for ground in active for name, text in due.get(ground.rule, {}).items()}
        left = [text for name, text in others.items() if name not in told]
        said = self._of_grounds(item, language)
        return bracketed(said, [text.in_(language) for text in left], language)

    def _of_grounds(self, item: AdviceItem, language: Language) -> str:
        """Return what an item says: its title where it is no more than good to know, else the words of its grounds."""
        listed = self._actions[item.action].listed_before
        active = [ground for ground in item.grounds if ground.status == "active"]
        if listed is not None:
            points = [one.text.in_(language).split(listed.in_(language))[0].rstrip("：，； ,:;") for one in active]
            count = _CRITERIA.in_(language).format(count=len(points)) if len(points) > 1 else ""
            return f"{item.title.in_(language)}{_COLON.in_(language)}{_BETWEEN.in_(language).join(points)}{count}"
        if item.urgency == "info":
            return item.title.in_(language)
        lead, *others = [ground for ground in active if ground.urgency != "info"]
        said = lead.text.in_(language)
        if not others:
            return said
        further = _LIST.in_(language).join(self._point(ground, language) for ground in others)
        return _sentences([said, f"{_FURTHER.in_(language)}{further}"], language)

    def _point(self, ground: Ground, language: Language) -> str:
        return self._rules[ground.rule].title.in_(language)

    def _decision(self, asked: Sequence[Decision], recorded: bool, language: Language) -> str:
        questions: dict[str, list[str]] = {}  # by what their answers bring, which is said once
        known: dict[str, dict[str, None]] = {}  # the figures that bear on them, measured ones only
        for matter in self.matters(asked):
            for one, question in zip(self._apart(matter), self._asks(matter, language), strict=True):
                brings = self._brings(one, language)
                questions.setdefault(brings, []).append(question)
                figures = (value.text.in_(language) for value in one.values if value.formula is None)
                known.setdefault(brings, {}).update(dict.fromkeys(figures))
        space = "" if language == "zh" else " "
        told = []
        for brings, several in questions.items():
            told += [_LIST.in_(language).join(known[brings])] if known[brings] else []
            told.append(f"{space.join(several)}{brings}")
        return ("" if recorded else _CONFIRM.in_(language)) + _BETWEEN.in_(language).join(told)

    def _apart(self, matter: Sequence[Decision]) -> Sequence[Decision]:
        """Return a decision for each question that is asked of a matter: items share theirs."""
        return matter[:1] if in_item(matter[0].fact) is not None else matter

    def _asks(self, matter: Sequence[Decision], language: Language) -> list[str]:
        """Return the questions of a matter; items of which the same is asked are named in one."""
        items = [match for one in matter if (match := in_item(one.fact)) is not None]
        if len(items) < 2:
            return [one.question.in_(language) for one in matter]
        of_list = self._vocabulary.lists[items[0][1]].in_(language)
        field = self._labels.which(f"{items[0][1]}.{items[0][3]}").in_(language)
        most = MOST_NAMED if any(one.urgency == "critical" for one in matter) else MOST_RECORDED
        names = self._names.together(items[0][1], [match[2] for match in items], language, most)
        mark, space = ("？", "") if language == "zh" else ("?", " ")
        return [f"{of_list}{space}{names}{_COLON.in_(language)}{field}{mark}"]

    def _brings(self, decision: Decision, language: Language) -> str:
        promised: dict[str, list[str]] = {}  # answers by what they bring, which is said once, the most urgent first
        for choice in sorted((one for one in decision.answers if one.brings), key=_urgency):
            promised.setdefault(self._titles(choice, language), []).append(choice.label.in_(language))
        told = [self._promise(answers, titles, language) for titles, answers in promised.items()]
        return ("" if language == "zh" else " ") + _BETWEEN.in_(language).join(told)

    def _promise(self, answers: Sequence[str], titles: str, language: Language) -> str:
        many = len(answers) > MOST_ANSWERS
        words = _IF_ONE_OF if many else _IF
        named = _OR.in_(language).join(answers[: MOST_ANSWERS - 1] if many else answers)
        condition = words.in_(language).format(answer=named, count=len(answers))
        return _BRINGS.in_(language).format(condition=condition, titles=titles)

    def _titles(self, choice: Choice, language: Language) -> str:
        """Return the titles of the most urgent advice that an answer would bring, the first two of them."""
        first = choice.brings[0].urgency
        titles = list(dict.fromkeys(one.title.in_(language) for one in choice.brings if one.urgency == first))
        return _LIST.in_(language).join(titles[:2]) + ("…" if len(titles) > 2 else "")

    def _named(self, words: Text, items: Sequence[AdviceItem], due: DueOf = NOTHING_DUE) -> Bilingual:
        def names(language: Language) -> list[str]:
            return list(dict.fromkeys(_named_with(item, due, language) for item in items))

        return Bilingual.both(lambda language: _counted(words, names(language), _LIST, language))

    def _more(self, words: Text, lines: Sequence[Line], language: Language) -> str:
        return _counted(words, [self._short(line, language) for line in lines], _LIST, language)

    def _short(self, line: Line, language: Language) -> str:
        if line.kind == "advice":
            return self._actions[line.ref].title.in_(language)
        return line.line.in_(language)


def _urgency(choice: Choice) -> int:
    return min(URGENCIES.index(one.urgency) for one in choice.brings)


def _named_with(item: AdviceItem, due: DueOf, language: Language) -> str:
    """Return the title of an item, with what of it is due, each once."""
    rules = (ground.rule for ground in item.grounds if ground.status == "active")
    told = {name: text.in_(language) for rule in rules for name, text in due.get(rule, {}).items()}
    return bracketed(item.title.in_(language), list(told.values()), language)


def _counted(words: Text, names: Iterable[str], between: Text, language: Language) -> str:
    told = list(names)
    return words.in_(language).format(count=len(told), names=between.in_(language).join(told))


def _figures_once(parts: Iterable[str]) -> Iterator[str]:
    """Yield the sentences of a line, each figure (in brackets at its end) with the last one that rests on it."""
    told = [_FIGURES.fullmatch(part) for part in parts]
    for number, match in enumerate(told):
        assert match is not None
        words, figures = match.groups()
        again = figures and any(one is not None and one[2] == figures for one in told[number + 1 :])
        yield words.rstrip() if again else match[0]


def _sentences(parts: Iterable[str], language: Language) -> str:
    """Put sentences after each other; what has no end of its own is given one between them."""
    told = [part.strip() for part in parts]
    stop = "。" if language == "zh" else ". "
    joined = [one if one.endswith(("。", ".", "］", "]")) else one + stop.strip() for one in told[:-1]]
    return ("" if language == "zh" else " ").join([*joined, told[-1]])
