"""An evaluation and a rule as text for a terminal: Chinese first, or English."""

from __future__ import annotations

from collections.abc import Iterator

from oncocds.advice.result import AdviceItem, Bilingual, Demotion, Evaluation, FactValue, Ground, Question
from oncocds.reference.pages import RulePage
from oncocds.text import Language, Text

_RULER = "─" * 78
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
    "flag": Text("留意", "mind"),
    "contested": Text("有争议", "contested"),
    "evidence": Text("佐证", "supported by"),
    "demoted": Text("已让位", "stepped back"),
    "missing": Text("还缺少的资料（影响判断）", "Missing data (would decide)"),
    "site": Text("待本院设置", "For the site to configure"),
    "conflicts": Text("文献未排先后的两种意见", "Two sides the documents leave open"),
    "data": Text("资料不一致", "Contradicting data"),
    "notices": Text("提示", "Notices"),
    "none": Text("没有适用的建议。", "No advice applies."),
    "professional": Text(
        "供医务人员参考，不替代专业判断。", "For health professionals; supports and never replaces their judgement."
    ),
}


def _say(word: str, language: Language) -> str:
    return _WORDS[word].in_(language)


def _in(text: Bilingual | Demotion, language: Language) -> str:
    return text.zh if language == "zh" else text.en


def evaluation_text(evaluation: Evaluation, language: Language) -> str:
    """Return an evaluation as text."""
    return "\n".join(_evaluation(evaluation, language))


def _evaluation(evaluation: Evaluation, language: Language) -> Iterator[str]:
    yield f"oncocds {evaluation.engine} · {evaluation.knowledge.version} · {evaluation.as_of}"
    yield _say("professional", language)
    if not evaluation.advice:
        yield _RULER
        yield _say("none", language)
    for item in evaluation.advice:
        yield _RULER
        yield from _item(item, language)
    if evaluation.conflicts:
        yield _RULER
        yield _say("conflicts", language)
        for conflict in evaluation.conflicts:
            yield f"  ⇄ {_in(conflict.title, language)}"
            yield f"    {_in(conflict.text, language)}"
            for side in conflict.sides:
                for passage in side.passages:
                    yield f"    {'/'.join(side.rules)} “{passage.quote}” [{passage.document}:{passage.start}]"
    if evaluation.data_conflicts:
        yield _RULER
        yield _say("data", language)
        for clash in evaluation.data_conflicts:
            yield f"  ≠ {_in(clash.text, language)}"
            yield "    " + "; ".join(f"{fact.fact} = {_value(fact.value)}" for fact in clash.facts)
    if evaluation.notices:
        yield _RULER
        yield _say("notices", language)
        yield from (f"  {_in(notice.text, language)}" for notice in evaluation.notices)
    for title, questions in (("missing", evaluation.questions.clinician), ("site", evaluation.questions.site)):
        if questions:
            yield _RULER
            yield _say(title, language)
            yield from (_question(question, language) for question in questions)
    yield _RULER
    yield f"{evaluation.knowledge.digest[:23]} · {evaluation.policy.digest[:23]} · {evaluation.input_digest[:23]}"


def _item(item: AdviceItem, language: Language) -> Iterator[str]:
    where = f" [{item.lesion}]" if item.lesion else ""
    back = f"  ({_say('demoted', language)})" if item.status == "demoted" else ""
    yield f"{_say(item.urgency, language)}  {_in(item.title, language)}{where}{back}"
    for ground in item.grounds:
        yield from _ground(ground, language)


def _ground(ground: Ground, language: Language) -> Iterator[str]:
    label = f" 〔{_in(ground.label, language)}〕" if ground.label else ""
    yield f"  {ground.rule}  {_in(ground.text, language)}{label}"
    for demotion in ground.demoted_by:
        yield f"      {_say('demoted', language)} ← {', '.join(demotion.by)}: {_in(demotion, language)}"
    if ground.because:
        facts = "; ".join(f"{reason.fact} = {_value(reason.value)}" for reason in ground.because)
        yield f"      {_say('because', language)}: {facts}"
    yield f"      {_say('strength', language)}: “{ground.strength.zh}”" + (
        f" ({ground.strength.en})" if language == "en" else ""
    )
    for passage in ground.passages:
        if passage.role == "states":
            place = f"[{passage.document}:{passage.start}-{passage.end}]"
            yield f"      {_say('quote', language)}: “{passage.quote}” {place}"
    for flag in ground.flags:
        if flag.contested:
            yield f"      {_say('contested', language)} {flag.id}: {flag.zh if language == 'zh' else flag.en}"
    for note in ground.notes:
        name = _say("note" if note.origin == "external" else "engine", language)
        yield f"      {name}: {note.zh if language == 'zh' else note.en}" + (f" [{note.status}]" if note.status else "")
    if ground.supported_by:
        yield f"      {_say('evidence', language)}: {', '.join(ground.supported_by)}"


def _question(question: Question, language: Language) -> str:
    rules = ", ".join(question.would_decide + question.asked_by)
    return f"  ? {_in(question.label, language)}  ({question.fact} → {rules})"


def _value(value: FactValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def rule_text(page: RulePage, language: Language) -> str:
    """Return a rule as text: what it says, when, and where it comes from."""
    lines = [f"{page.id}  {_in(page.title, language)}  ({page.kind}, revision {page.revision})"]
    lines.append(f"  {_in(page.text, language)}")
    if page.tumours:
        lines.append(f"  scope: {', '.join(page.tumours)}")
    if page.condition is not None:
        lines += ["  " + line for line in _in(page.condition, language).split("\n")]
    if page.extended_by is not None:
        lines.append(f"  policy.{page.extended_by.policy} ({page.extended_by.scope}):")
        lines += ["  " + line for line in _in(page.extended_by.condition, language).split("\n")]
    if page.reading is not None:
        lines.append(f"  {_say('reading', language)}: {_in(page.reading, language)}")
    if page.not_said is not None:
        lines.append(f"  {_say('not_said', language)}: {_in(page.not_said, language)}")
    for passage in page.passages:
        lines.append(f"  “{passage.quote}” [{passage.document}:{passage.start}-{passage.end}, {passage.role}]")
    for flag in page.flags:
        lines.append(f"  {flag.id}: {flag.zh if language == 'zh' else flag.en}")
    return "\n".join(lines)
