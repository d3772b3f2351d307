"""A patient's earlier results, as parts of the answer: each series with its days, and in one line of words."""

from __future__ import annotations

from oncocds.advice.first import SeriesPoint, SeriesView
from oncocds.advice.part import Bilingual
from oncocds.advice.views import bilingual
from oncocds.advice.wording import written
from oncocds.profile.facts import PatientFacts
from oncocds.profile.history import Point, Series
from oncocds.text import Language, Text
from oncocds.vocabulary.models import Vocabulary

_MOST_TOLD = 12
"""Of a longer series the words tell the newest ones, and how many came before."""
_HEAD = Text("{label}（{unit}）：", "{label} ({unit}): ")
_BEFORE = Text("此前另有{count}次 → ", "{count} before → ")
_POINT, _NAMED = (
    Text("{value}（{date}）", "{value} ({date})"),
    Text("{value}（{date}，{names}）", "{value} ({date}, {names})"),
)
_BASELINE, _LOWEST, _LATEST = Text("基线", "baseline"), Text("最低", "lowest"), Text("最近", "latest")
_OPEN = Text("；可能不全，不据此取值", "; may be incomplete, nothing rests on it")


def series_views(facts: PatientFacts, vocabulary: Vocabulary) -> list[SeriesView]:
    """Return the series of a patient."""
    return [_view(one, vocabulary) for one in facts.series]


def _view(one: Series, vocabulary: Vocabulary) -> SeriesView:
    return SeriesView.of(
        series=one.name,
        label=bilingual(one.label),
        unit=one.unit,
        points=[_point(each) for each in one.points],
        latest=_point(one.latest),
        baseline=None if one.baseline is None else _point(one.baseline),
        lowest=_point(one.lowest),
        whole=one.whole,
        text=Bilingual.both(lambda language: _said(one, vocabulary, language)),
    )


def _point(one: Point) -> SeriesPoint:
    return SeriesPoint.of(date=one.date, value=one.value)


def _said(one: Series, vocabulary: Vocabulary, language: Language) -> str:
    head = _HEAD.in_(language).format(label=one.label.in_(language), unit=vocabulary.unit_label(one.unit, language))
    before = len(one.points) - _MOST_TOLD
    told = [_told(each, one, language) for each in one.points[-_MOST_TOLD:]]
    counted = _BEFORE.in_(language).format(count=before) if before > 0 else ""
    return f"{head}{counted}{' → '.join(told)}{'' if one.whole else _OPEN.in_(language)}"


def _told(point: Point, one: Series, language: Language) -> str:
    named = ((one.baseline, _BASELINE), (one.lowest, _LOWEST), (one.latest, _LATEST))
    names = [] if len(one.points) == 1 else [name.in_(language) for each, name in named if each is point]
    words = (_NAMED if names else _POINT).in_(language)
    return words.format(
        value=written(point.value), date=point.date, names=("、" if language == "zh" else ", ").join(names)
    )
