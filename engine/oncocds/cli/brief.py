"""``oncocds evaluate``: the briefing as text, with the passages of what is critical; nothing that it does not count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from oncocds.advice.first import Decision, Line
from oncocds.advice.result import AdviceItem, Evaluation, Notice, PassageView
from oncocds.advice.views import translation
from oncocds.knowledge.models import Urgency
from oncocds.text import Language, Text

_HEADINGS: Mapping[str, Text] = {
    "now": Text("立即", "Now"),
    "decide": Text("待您判断", "For you to decide"),
    "do": Text("要做", "To do"),
    "consider": Text("可考虑", "To consider"),
    "background": Text("常规", "Routine"),
    "stepped_back": Text("已让位", "Stepped back"),
}
_MARKS: Mapping[Urgency, str] = {"critical": "‼", "warning": "!", "info": "·"}
_QUOTE = Text("出处", "source")
_NOTHING = Text("没有适用的建议。", "No advice applies.")
_OPEN = Text("现有资料尚不能给出建议，请先补充资料。", "The data are not enough for advice yet; please complete them.")
_ASKED = Text("还可补充：{names}", "Also missing: {names}")
_MORE = Text("；另{count}类", "; {count} more")
_SIDES = Text("文献未排先后的两种意见：{names}", "Two sides the documents leave open: {names}")
_FULL = Text("全部依据、原文与问题：加 --full", "All grounds, passages and questions: add --full")
_BETWEEN = Text("、", ", ")


class Brief:
    """Writes briefings in one language."""

    def __init__(self, language: Language) -> None:
        self._language: Language = language

    def lines(self, evaluation: Evaluation) -> Iterator[str]:
        """Yield the lines of the briefing under their headings, then what is missing, in one line.

        Changed settings are left out: they are said above it.
        """
        briefing = [line for line in evaluation.briefing if line.kind != "setting"]
        if not briefing:
            yield self._say(_OPEN if evaluation.questions.clinician else _NOTHING)
        section = None
        for line in briefing:
            if line.section != section:
                section = line.section
                yield self._say(_HEADINGS[section])
            rules = f"  ({', '.join(line.rules)})" if line.section in ("now", "decide", "do") and line.rules else ""
            yield f"  {_MARKS[line.urgency]} {line.line.in_(self._language)}{rules}"
            if line.urgency == "critical":
                yield from self._quotes(evaluation, line)
        if evaluation.conflicts:
            names = self._say(_BETWEEN).join(one.title.in_(self._language) for one in evaluation.conflicts)
            yield self._say(_SIDES).format(names=names)
        yield from self._missing(evaluation)

    def closing(self) -> str:
        """Return how to see everything."""
        return self._say(_FULL)

    def _missing(self, evaluation: Evaluation) -> Iterator[str]:
        shown = [topic for topic in evaluation.questions.topics if topic.shown]
        if not shown:
            return
        asked = {one.topic for one in evaluation.decisions}
        rest = sum(topic.topic not in asked for topic in evaluation.questions.topics) - len(shown)
        names = self._say(_BETWEEN).join(topic.label.in_(self._language) for topic in shown)
        more = self._say(_MORE).format(count=rest) if rest else ""
        yield self._say(_ASKED).format(names=names) + more

    def _quotes(self, evaluation: Evaluation, line: Line) -> Iterator[str]:
        told = {(one.document, one.start, one.end): one for one in _passages(evaluation, line) if one.role == "states"}
        for one in told.values():
            yield f"      {self._say(_QUOTE)}: “{one.quote}” [{one.document}:{one.start}-{one.end}]"
            yield from translated(one, self._language, "      ")

    def _say(self, text: Text) -> str:
        return text.in_(self._language)


def translated(passage: PassageView, language: Language, indent: str) -> Iterator[str]:
    """Yield the line under a quote that says it in English, where the reader reads English."""
    if words := translation(passage, language):
        yield f"{indent}{words}"


def _passages(evaluation: Evaluation, line: Line) -> Iterator[PassageView]:
    """Yield the passages of the critical advice behind a line."""
    covered = {(one.kind, one.ref, one.lesion) for one in line.covers}
    parts: list[AdviceItem | Notice | Decision] = [*evaluation.advice, *evaluation.notices, *evaluation.decisions]
    for part in parts:
        if isinstance(part, AdviceItem):
            if ("advice", part.action, part.lesion) in covered:
                for ground in part.grounds:
                    if ground.urgency == "critical" and ground.status == "active":
                        yield from ground.passages
        elif isinstance(part, Notice):
            if ("notice", part.id, None) in covered:
                yield from part.passages
        elif ("decision", part.id, None) in covered:
            for brought in (one for answer in part.answers for one in answer.brings):
                if brought.urgency == "critical":
                    yield from brought.passages
