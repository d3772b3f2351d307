"""An evaluation and a rule as text for a terminal: Chinese first, or English."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oncocds.advice.result import (
    AdviceItem,
    Because,
    ConflictView,
    DataConflict,
    Evaluation,
    Ground,
    Notice,
    Question,
)
from oncocds.advice.views import for_nobody
from oncocds.advice.wording import FactWords
from oncocds.cli.brief import Brief, translated
from oncocds.cli.changed import changed_settings
from oncocds.reference.pages import RulePage
from oncocds.reference.words import KINDS
from oncocds.text import Language, Text
from oncocds.vocabulary.models import Vocabulary

_RULER = "─" * 78
_MOST_RULES = 4  # of those a question names; --json names all
_WORDS = {
    "critical": Text("‼ 紧急", "‼ CRITICAL"),
    "warning": Text("! 注意", "! WARNING"),
    "info": Text("· 参考", "· INFO"),
    "because": Text("依据", "because"),
    "quote": Text("出处", "source"),
    "strength": Text("措辞", "wording"),
    "not_said": Text("来源未述", "not said"),
    "reading": Text("引擎解读", "engine's reading"),
    "note": Text("外部提示", "external note"),
    "engine": Text("引擎提示", "engine's note"),
    "checked": Text("已核对", "checked"),
    "memory": Text("凭记忆，未复核", "from memory, not checked"),
    "contested": Text("有争议", "contested"),
    "evidence": Text("佐证", "supported by"),
    "audience": Text("对象", "for"),
    "recipients": Text("涉及", "concerns"),
    "revision": Text("修订", "revision"),
    "scope": Text("适用肿瘤", "tumours"),
    "supports": Text("佐证段落", "supporting passage"),
    "demoted": Text("已让位", "stepped back"),
    "missing": Text("还缺少的资料（影响判断）", "Missing data (would decide)"),
    "site": Text("待本院设置", "For the site to configure"),
    "series": Text("历次结果", "Earlier results"),
    "conflicts": Text("文献未排先后的两种意见", "Two sides the documents leave open"),
    "data": Text("资料不一致", "Contradicting data"),
    "notices": Text("提示", "Notices"),
    "notice": Text("提示", "notice"),
    "knowledge": Text("知识", "knowledge"),
    "digests": Text("知识、设置、资料的摘要", "digests of knowledge, policy and input"),
    "more": Text(" 等{count}条", " … {count} in all"),
    "professional": Text(
        "供医务人员参考，不替代专业判断。", "For health professionals; supports and never replaces their judgement."
    ),
}


def _say(word: str, language: Language) -> str:
    return _WORDS[word].in_(language)


def evaluation_text(evaluation: Evaluation, vocabulary: Vocabulary, language: Language, *, full: bool) -> str:
    """Return an evaluation as text: its briefing and, where it is to be ``full``, everything."""
    return "\n".join(_Page(vocabulary, language).lines(evaluation, full=full))


class _Page:
    """An evaluation line by line: first its briefing, then each item with its grounds."""

    def __init__(self, vocabulary: Vocabulary, language: Language) -> None:
        self._language: Language = language
        self._vocabulary, self._words = vocabulary, FactWords(vocabulary)

    def lines(self, evaluation: Evaluation, *, full: bool) -> Iterator[str]:
        """Yield the lines."""
        knowledge = f"{self._say('knowledge')} {evaluation.knowledge.version}"
        yield f"oncocds {evaluation.engine} · {knowledge} · {evaluation.as_of}"
        yield self._say("professional")
        yield from changed_settings(evaluation.policy, self._words, self._language)
        yield ""
        brief = Brief(self._language)
        yield from brief.lines(evaluation)
        if not full:
            yield ""
            yield brief.closing()
            return
        self._words = FactWords(self._vocabulary, evaluation.items.get)
        for item in evaluation.advice:
            yield _RULER
            yield from self._item(item, evaluation)
        yield from self._section("series", [f"  {one.text.in_(self._language)}" for one in evaluation.series])
        yield from self._section("conflicts", [line for one in evaluation.conflicts for line in self._conflict(one)])
        yield from self._section("data", [line for one in evaluation.data_conflicts for line in self._clash(one)])
        yield from self._section("notices", [self._notice(notice) for notice in evaluation.notices])
        for title, questions in (("missing", evaluation.questions.clinician), ("site", evaluation.questions.site)):
            yield from self._section(title, [self._question(question) for question in questions])
        digests = (evaluation.knowledge.digest, evaluation.policy.digest, evaluation.input_digest)
        yield from self._section("digests", ["  " + " · ".join(digest[:23] for digest in digests)])

    def _section(self, title: str, lines: Sequence[str]) -> Iterator[str]:
        if lines:
            yield _RULER
            yield self._say(title)
            yield from lines

    def _item(self, item: AdviceItem, evaluation: Evaluation) -> Iterator[str]:
        back = f"  ({self._say('demoted')})" if item.status == "demoted" else ""
        where = f" [{evaluation.lesion(item.lesion).in_(self._language)}]" if item.lesion else ""
        yield f"{self._say(item.urgency)}  {item.title.in_(self._language)}{where}{back}"
        for ground in item.grounds:
            yield from self._ground(ground)

    def _ground(self, ground: Ground) -> Iterator[str]:
        label = f" 〔{ground.label.in_(self._language)}〕" if ground.label else ""
        yield f"  {ground.rule}  {ground.text.in_(self._language)}{label}"
        for demotion in ground.demoted_by:
            # a notice has no number to be called by
            winners = dict.fromkeys(by if by.isupper() else self._say("notice") for by in demotion.by)
            back = " ".join([self._say("demoted"), "←", ", ".join(winners)]).strip(" ←")
            yield f"      {back}: {demotion.in_(self._language)}"
        if phrases := self._words.grounds(ground, self._language):
            yield f"      {self._say('because')}: {self._joined(phrases)}"
        english = f" ({ground.strength.en})" if self._language == "en" else ""
        yield f"      {self._say('strength')}: “{ground.strength.zh}”{english}"
        for passage in ground.passages:
            if passage.role == "states":
                place = f"[{passage.document}:{passage.start}-{passage.end}]"
                yield f"      {self._say('quote')}: “{passage.quote}” {place}"
                yield from translated(passage, self._language, "      ")
        for flag in ground.flags:
            if flag.contested:
                yield f"      {self._say('contested')} {flag.id}: {flag.in_(self._language)}"
        for note in ground.notes:
            name = self._say("note" if note.origin == "external" else "engine")
            status = f" [{self._say(note.status)}]" if note.status else ""
            yield f"      {name}: {note.in_(self._language)}{status}"
        if ground.supported_by:
            yield f"      {self._say('evidence')}: {', '.join(ground.supported_by)}"
        yield f"      {self._audience(ground)}"

    def _audience(self, ground: Ground) -> str:
        words = f"{self._say('audience')}: {ground.audience.in_(self._language)}"
        if not ground.recipients:
            return words
        between = "、" if self._language == "zh" else ", "
        concerned = between.join(recipient.in_(self._language) for recipient in ground.recipients)
        return f"{words} · {self._say('recipients')}: {concerned}"

    def _conflict(self, conflict: ConflictView) -> Iterator[str]:
        yield f"  ⇄ {conflict.title.in_(self._language)}"
        yield f"    {conflict.text.in_(self._language)}"
        for side in conflict.sides:
            for passage in side.passages:
                yield f"    {'/'.join(side.rules)} “{passage.quote}” [{passage.document}:{passage.start}]"
                yield from translated(passage, self._language, "    ")

    def _notice(self, notice: Notice) -> str:
        status = f" [{self._say(notice.status)}]" if notice.status else ""
        return f"  {notice.text.in_(self._language)}{status}"

    def _clash(self, clash: DataConflict) -> Iterator[str]:
        yield f"  ≠ {clash.text.in_(self._language)}"
        yield f"    {self._facts(clash.facts)}"

    def _question(self, question: Question) -> str:
        by = (each if each.isupper() else self._say("data") for each in question.asked_by)
        rules = list(dict.fromkeys([*question.would_decide, *by]))
        more = self._say("more").format(count=len(rules)) if len(rules) > _MOST_RULES else ""
        return f"  ? {question.label.in_(self._language)}  ({question.fact} → {', '.join(rules[:_MOST_RULES])}{more})"

    def _facts(self, reasons: Sequence[Because]) -> str:
        return self._joined(self._words.phrases(reasons, self._language))

    def _joined(self, phrases: Sequence[str]) -> str:
        return ("；" if self._language == "zh" else "; ").join(phrases)

    def _say(self, word: str) -> str:
        return _say(word, self._language)


def rule_text(page: RulePage, vocabulary: Vocabulary, language: Language) -> str:
    """Return a rule as text: what it says to nobody in particular, when, and where it comes from."""
    kind = f"{KINDS[page.kind].in_(language)}{', ' if language == 'en' else '，'}"
    lines = [f"{page.id}  {page.title.in_(language)}  ({kind}{_say('revision', language)} {page.revision})"]
    lines.append(f"  {for_nobody(page.text, page.title).in_(language)}")
    if page.tumours:
        words = FactWords(vocabulary)
        lines.append(f"  {_say('scope', language)}: {words.value('diagnosis.tumour_type', page.tumours, language)}")
    if page.condition is not None:
        lines += ["  " + line for line in page.condition.in_(language).split("\n")]
    if page.extended_by is not None:
        lines.append(f"  {page.extended_by.label.in_(language)} (policy.{page.extended_by.policy}):")
        lines += ["  " + line for line in page.extended_by.condition.in_(language).split("\n")]
    for raised in page.raised:
        told = [_say(raised.urgency, language)] if raised.urgency is not None else []
        told += [] if raised.strength is None else [f"“{raised.strength.zh}”"]
        lines.append(f"  {' '.join(told)}:")
        lines += ["  " + line for line in raised.condition.in_(language).split("\n")]
    if page.reading is not None:
        lines.append(f"  {_say('reading', language)}: {page.reading.in_(language)}")
    lines.append(f"  {_say('audience', language)}: {page.audience.in_(language)}")
    if page.not_said is not None:
        lines.append(f"  {_say('not_said', language)}: {page.not_said.in_(language)}")
    for passage in page.passages:
        supports = f", {_say('supports', language)}" if passage.role == "supports" else ""
        lines.append(f"  “{passage.quote}” [{passage.document}:{passage.start}-{passage.end}{supports}]")
        lines += translated(passage, language, "  ")
    for flag in page.flags:
        lines.append(f"  {flag.id}: {flag.in_(language)}")
    return "\n".join(lines)
