"""An answer as plain text, for the note: the briefing with rules and quotes, what is missing, date and digests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from oncocds.advice.result import Evaluation, PassageView
from oncocds.advice.views import translation
from oncocds.reference.pages import DocumentPage
from oncocds.text import Language, Text
from oncocds_api.pages.answer import Entry, Shelf, topics
from oncocds_api.pages.changed_settings import ChangedSetting
from oncocds_api.pages.overview import cited

_MARKS = {"critical": "‼", "warning": "!", "info": "·"}
_TITLE = Text("oncocds 评估", "oncocds evaluation")
_SERIES = Text("历次结果", "Earlier results")
_MISSING = Text("还缺少的资料", "Missing facts")
_SOURCES = Text("来源", "Sources")
_SETTINGS = Text("本次评估所用的设置", "The settings of this evaluation")
_DUTY = Text("供医务人员参考，不替代专业判断", "For health professionals; never replaces their judgement")
_DIGESTS = Text("知识 {0} {1}；设置 {2}；资料 {3}", "knowledge {0} {1}; policy {2}; patient {3}")


def as_text(
    evaluation: Evaluation,
    shelves: Mapping[str, Shelf],
    changed: Sequence[ChangedSetting],
    documents: Mapping[str, DocumentPage],
) -> Text:
    """Return an answer as text in both languages."""
    found = ["\n".join(_lines(evaluation, shelves, changed, documents, language)) for language in ("zh", "en")]
    return Text(*found)


def _lines(
    evaluation: Evaluation,
    shelves: Mapping[str, Shelf],
    changed: Sequence[ChangedSetting],
    documents: Mapping[str, DocumentPage],
    language: Language,
) -> Iterator[str]:
    numbers = {identity: number for number, identity in enumerate(documents, 1)}
    yield f"{_TITLE.in_(language)} {evaluation.as_of} · oncocds {evaluation.engine}"
    if changed:
        yield f"[{_SETTINGS.in_(language)}]"
        yield from (f"! {one.label.in_(language)} {one.state.in_(language)}" for one in changed)
    for shelf in shelves.values():
        yield f"[{shelf.title.in_(language)}]"
        for entry in shelf.entries:
            yield from _entry(entry, numbers, language)
    if evaluation.series:
        yield f"[{_SERIES.in_(language)}]"
        yield from (one.text.in_(language) for one in evaluation.series)
    asked = [one for part in topics(evaluation) for one in part]
    if asked:
        yield f"[{_MISSING.in_(language)}]"
        for one in asked:
            labels = dict.fromkeys(question.label.in_(language) for question in one.questions)
            yield f"{_MARKS[one.topic.urgency]} {one.topic.label.in_(language)} — {', '.join(labels)}"
    used = cited(evaluation)
    if used:
        yield f"[{_SOURCES.in_(language)}]"
        yield from (f"[{numbers[one]}] {documents[one].title.in_(language)}" for one in used)
    knowledge, policy = evaluation.knowledge, evaluation.policy
    yield _DIGESTS.in_(language).format(knowledge.version, knowledge.digest, policy.digest, evaluation.input_digest)
    yield _DUTY.in_(language)


def _entry(entry: Entry, numbers: Mapping[str, int], language: Language) -> Iterator[str]:
    """Yield a line with its rules; below it what is quoted, where it is urgent."""
    line = entry.line
    rules = f" ({', '.join(line.rules)})" if line.rules else ""
    told = line.line.in_(language)
    title = entry.titles[0].in_(language) if entry.titles and not entry.more else told
    yield f"{_MARKS[line.urgency]} {told if told.startswith(title) else f'{title} — {told}'}{rules}"
    if entry.more:
        return
    if line.section in ("now", "do"):
        grounds = (told.ground.passages for card in entry.cards for told in card.grounds)
        passages = [passage for of_ground in grounds for passage in of_ground]
    else:
        passages = [p for one in entry.decisions for answer in one.answers for b in answer.brings for p in b.passages]
    yield from _quotes(passages, numbers, language)


def _quotes(passages: Iterable[PassageView], numbers: Mapping[str, int], language: Language) -> Iterator[str]:
    told = {(one.document, one.start, one.end): one for one in passages if one.role == "states"}
    for one in told.values():
        yield f"   “{one.quote}” [{numbers[one.document]}] {one.start}–{one.end}"
        if words := translation(one, language):
            yield f"   {words}"
