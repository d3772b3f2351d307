"""The report as one HTML page in two languages: what was counted comes ready, here it is laid out."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from oncocds.knowledge.models import Urgency
from oncocds.text import Language, Text
from oncocds_cohort.answers import DECIDE
from oncocds_cohort.outputs.compare import CHANGES
from oncocds_cohort.outputs.read_first import OfMonitoring
from oncocds_cohort.outputs.report_style import STYLE
from oncocds_cohort.outputs.report_words import WORDS
from oncocds_cohort.outputs.suppression import Row

HIDDEN = "·"


@dataclass(frozen=True, slots=True)
class Quoted:
    """A passage with its place, and what it says in English, which is a translation."""

    quote: str
    place: str
    gloss: str | None


@dataclass(frozen=True, slots=True)
class Gap:
    """What some patients are due, and others wait for."""

    urgency: Urgency
    title: Text
    rules: Sequence[str]
    due: int | None
    waiting: int | None
    passage: Quoted | None


@dataclass(frozen=True, slots=True)
class Lacking:
    """A fact that some patients lack."""

    label: Text
    patients: int


@dataclass(frozen=True, slots=True)
class Changed:
    """What a new version changes for whom, by one rule."""

    rule: str
    title: Text
    standing: str
    changes: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What a new version changes."""

    old: str
    new: str
    untouched: int
    counted: int
    settings: Sequence[Text]
    changed: int | None
    rules: Sequence[Changed]
    more_rules: int


@dataclass(frozen=True, slots=True)
class OfRule:
    """One rule in the list of all."""

    rule: str
    title: Text
    row: Row


@dataclass(frozen=True, slots=True)
class Report:
    """All that the report says; None is not published. ``settings`` are those that differ, ready to be read."""

    patients: int | None
    as_of: str
    hides: bool  # numbers that are small
    figures: Mapping[str, int | None]
    gaps: Sequence[Gap]
    more_gaps: int
    lacking: Sequence[Lacking]
    more_lacking: int
    of_site: Sequence[Lacking]
    monitoring: Sequence[OfMonitoring]
    new: NewVersion | None
    documents: Sequence[tuple[Text, Sequence[OfRule]]]
    notes: Sequence[Text]
    settings: Sequence[Text]
    digests: Mapping[str, str]


def page(report: Report, first: Language) -> str:
    """Return the page; ``first`` is the language that is shown until another is chosen."""
    told = "\n".join(f"{name}: {html.escape(value)}" for name, value in report.digests.items())
    chosen = {one: " checked" if one == first else "" for one in ("zh", "en")}
    title = "患者队列报告 · Cohort report"
    return (
        f"<!doctype html>\n<!--\noncocds cohort report\n{told}\n-->\n"
        f'<html lang="{"zh-CN" if first == "zh" else "en"}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title>'
        f"<style>{STYLE}</style></head><body>\n"
        '<header class="languages">'
        f'<input class="which" type="radio" name="language" id="zh"{chosen["zh"]}>'
        '<label for="zh" lang="zh-CN">中文</label>'
        f'<input class="which" type="radio" name="language" id="en"{chosen["en"]}>'
        '<label for="en" lang="en">English</label></header>\n'
        f"{''.join(_Body(report, 'zh').parts())}{''.join(_Body(report, 'en').parts())}</body></html>\n"
    )


class _Body:
    def __init__(self, report: Report, language: Language) -> None:
        self._report = report
        self._language: Language = language

    def parts(self) -> Iterator[str]:
        """Yield the parts of the page in one language."""
        report = self._report
        code = "zh-CN" if self._language == "zh" else "en"
        yield f'<main class="{self._language}" lang="{code}">\n<h1>{self._say("title")}</h1>'
        of = self._say("of", patients=self._count(report.patients), as_of=report.as_of)
        yield f'<p class="soft">{of}</p><p><b>{self._say("professional")}</b></p>'
        yield '<ul class="figures">'
        styles = {"patients": "", "critical": "due", "due": "due", "waiting": "wait", DECIDE: "wait"}
        for name in (one for one in styles if one in report.figures):
            style = styles[name]
            yield f'<li class="{style}"><b>{self._count(report.figures[name])}</b> {self._say(name)}</li>'
        yield "</ul>\n"
        if report.hides:
            yield f'<p class="soft small">{self._say("dot")}</p>'
        yield from self._gaps()
        if report.monitoring:
            yield from self._monitoring()
        yield from self._lacking()
        if report.new is not None:
            yield from self._new(report.new)
        yield from self._about()
        yield from self._all()
        yield "</main>\n"

    def _gaps(self) -> Iterator[str]:
        report = self._report
        yield f'<h2>{self._say("gaps")}</h2><p class="soft">{self._say("gaps_are")}</p>'
        if not report.gaps:
            yield f"<p>{self._say('no_gaps')}</p>"
            return
        yield f'<p class="key small"><span class="i"></span>{self._say("is_due")}'
        yield f'<span class="u"></span>{self._say("is_waiting")}</p>'
        yield f"<table><thead><tr><th>{self._say('gaps')}</th>{self._heads('is_due', 'is_waiting')}"
        yield f"<th>{self._say('share')}</th></tr></thead><tbody>"
        for gap in report.gaps:
            word = "urgent" if gap.urgency == "critical" else "warning"
            yield f'<tr><td><span class="mark {word}">{self._say(word)}</span><b>{self._in(gap.title)}</b> '
            yield f'<span class="soft small">{_ids(gap.rules)}</span>{self._quote(gap.passage)}</td>'
            yield f'<td class="n">{self._share(gap.due)}</td><td class="n">{self._share(gap.waiting)}</td>'
            yield f"<td>{self._bar(gap.due, gap.waiting)}</td></tr>\n"
        yield "</tbody></table>"
        if report.more_gaps:
            yield f'<p class="soft">{self._say("more_gaps", count=report.more_gaps)}</p>'

    def _quote(self, passage: Quoted | None) -> str:
        if passage is None:
            return ""
        gloss = ""
        if self._language == "en" and passage.gloss is not None:
            gloss = f"<br>translation: {html.escape(passage.gloss)}"
        quote = f'“<span lang="zh-CN">{html.escape(passage.quote)}</span>”'
        return f"<blockquote>{self._say('quote')}: {quote} [{html.escape(passage.place)}]{gloss}</blockquote>"

    def _monitoring(self) -> Iterator[str]:
        yield f'\n<h2>{self._say("monitoring")}</h2><p class="soft">{self._say("monitoring_is")}</p>'
        yield f'<p class="key small"><span class="i"></span>{self._say("overdue")}'
        yield f'<span class="u"></span>{self._say("untold")}</p>'
        yield f"<table><thead><tr><th>{self._say('checked_again')}</th>{self._heads('asked', 'overdue', 'untold')}"
        yield f"<th>{self._say('share')}</th></tr></thead><tbody>"
        for one in self._report.monitoring:
            every = self._say(f"every_{one.unit}", number=one.every)
            label = Text(f"{one.label.zh}已过期", f"{one.label.en} overdue")
            yield f'<tr><td><b>{self._in(label)}</b> <span class="soft small">{every}</span></td>'
            yield from (f'<td class="n">{self._share(count)}</td>' for count in (one.asked, one.overdue, one.untold))
            yield f"<td>{self._bar(one.overdue, one.untold)}</td></tr>\n"
        yield "</tbody></table>"

    def _lacking(self) -> Iterator[str]:
        report = self._report
        yield f'\n<h2>{self._say("missing")}</h2><p class="soft">{self._say("missing_is")}</p>'
        if not report.lacking:
            yield f"<p>{self._say('no_missing')}</p>"
        else:
            yield from self._facts("fact", report.lacking)
            if report.more_lacking:
                yield f'<p class="soft">{self._say("more_facts", count=report.more_lacking)}</p>'
        if report.of_site:
            yield f"<h3>{self._say('for_site')}</h3>"
            yield from self._facts("setting", report.of_site)

    def _facts(self, head: str, facts: Sequence[Lacking]) -> Iterator[str]:
        yield f"<table><thead><tr><th>{self._say(head)}</th>{self._heads('how_many')}<th>{self._say('share')}</th>"
        yield "</tr></thead><tbody>"
        for fact in facts:
            yield f'<tr><td>{self._in(fact.label)}</td><td class="n">{self._share(fact.patients, " ")}</td>'
            yield f"<td>{self._bar(0, fact.patients)}</td></tr>\n"
        yield "</tbody></table>"

    def _new(self, new: NewVersion) -> Iterator[str]:
        said = {"old": new.old, "new": new.new, "untouched": new.untouched, "counted": new.counted}
        yield f"\n<h2>{self._say('new')}</h2><p>{self._say('new_is', **said, changed=self._count(new.changed))}</p>"
        if new.settings:
            yield f"<p>{self._say('new_settings')}: {self._joined(new.settings)}</p>"
        if not new.rules:
            yield f"<p>{self._say('same')}</p>" if new.changed == 0 else ""
            return
        yield f"<table><thead><tr><th>{self._say('rule')}</th>{self._heads(*CHANGES)}</tr></thead><tbody>"
        for one in new.rules:
            mark = f" ({self._say(f'is_{one.standing}')})" if one.standing in ("new", "gone") else ""
            yield f"<tr><td>{_ids([one.rule])}{mark} {self._in(one.title)}</td>"
            yield from (f'<td class="n">{self._count(one.changes[change])}</td>' for change in CHANGES)
            yield "</tr>\n"
        yield "</tbody></table>"
        if new.more_rules:
            yield f'<p class="soft">{self._say("more_rules", count=new.more_rules)}</p>'

    def _about(self) -> Iterator[str]:
        report = self._report
        yield f"\n<h2>{self._say('about')}</h2>"
        yield from (f"<p>{self._in(note)}</p>" for note in report.notes)
        yield f"<p>{self._say('changed_settings')}: {self._joined(report.settings) or self._say('none')}</p><dl>"
        for name, value in report.digests.items():
            yield f"<dt>{self._say(name)}</dt><dd>{html.escape(value)}</dd>"
        yield "</dl>"

    def _all(self) -> Iterator[str]:
        yield f'\n<h2 class="all">{self._say("all")}</h2><p class="soft">{self._say("all_is")}</p>'
        for title, rules in self._report.documents:
            yield f"<h3>{self._in(title)}</h3>\n<table class=small><thead><tr><th>{self._say('rule')}</th>"
            yield f"{self._heads('fires', 'active', 'undetermined')}<th>{self._say('share')}</th></tr></thead><tbody>"
            for one in rules:
                row = one.row
                yield f"<tr><td>{_ids([one.rule])} {self._in(one.title)}</td>"
                yield from (f'<td class="n">{self._count(n)}</td>' for n in (row.fires, row.active, row.undetermined))
                yield f"<td>{self._bar(row.fires, row.undetermined)}</td></tr>\n"
            yield "</tbody></table>"

    def _joined(self, texts: Sequence[Text]) -> str:
        return ("；" if self._language == "zh" else "; ").join(map(self._in, texts))

    def _heads(self, *words: str) -> str:
        return "".join(f'<th class="n">{self._say(word)}</th>' for word in words)

    def _bar(self, due: int | None, waiting: int | None) -> str:
        """Return a bar of the shares that are published: its lengths say no more than the numbers beside it."""
        whole = self._report.patients
        widths = [0.0 if not whole or not count else count / whole for count in (due, waiting)]
        parts = (f'<{tag} style="width:{width:.2%}"></{tag}>' for tag, width in zip("iu", widths, strict=True) if width)
        return f'<div class="bar" aria-hidden="true">{"".join(parts)}</div>'

    def _share(self, count: int | None, between: str = "<br>") -> str:
        whole = self._report.patients
        of_all = f'{between}<span class="soft small">{count / whole:.1%}</span>' if count and whole else ""
        return f"{self._count(count)}{of_all}"

    def _count(self, count: int | None) -> str:
        return HIDDEN if count is None else f"{count:,}"

    def _say(self, word: str, **values: object) -> str:
        return html.escape(WORDS[word].in_(self._language).format(**values), quote=False)

    def _in(self, text: Text) -> str:
        return html.escape(text.in_(self._language), quote=False)


def _ids(rules: Sequence[str]) -> str:
    """Return rules' ids, none of which a line breaks: it is looked up as a whole."""
    told = [f"{rule}," for rule in rules[:-1]] + [*rules[-1:]]
    return " ".join(f'<span class="id">{html.escape(one)}</span>' for one in told)
