"""The line that says under which changed safety settings an answer was made: what they add or leave out is not seen."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from oncocds.advice.first import Line, Ref
from oncocds.advice.part import Bilingual
from oncocds.advice.result import ChangedSetting
from oncocds.text import Language, Text

_SWITCHED = Text("本次评估的安全设置与本院不同：{names}", "Safety settings are not the site's here: {names}")
_ONE = Text("{label}：{here}（本院：{site}）", "{label}: {here} (the site's: {site})")
_BETWEEN = Text("；", "; ")
_STATES = {True: Text("开", "on"), False: Text("关", "off"), None: Text("未设", "unset")}


def switched_line(changed: Sequence[ChangedSetting], switches: Collection[str]) -> Line | None:
    """Return the line of the changed settings that are safety switches; None where there is none."""
    found = [one for one in changed if one.setting in switches]
    if not found:
        return None
    covers = [Ref.to("setting", one.setting) for one in found]
    words = Bilingual.both(lambda language: _words(found, language))
    return Line.saying(words, "do", Ref.to("setting", "policy"), "warning", covers)


def _words(found: Sequence[ChangedSetting], language: Language) -> str:
    names = [
        _ONE.in_(language).format(
            label=one.label.in_(language),
            here=_state(one.here).in_(language),
            site=_state(one.site).in_(language),
        )
        for one in found
    ]
    return _SWITCHED.in_(language).format(names=_BETWEEN.in_(language).join(names))


def _state(value: float | None) -> Text:
    return _STATES[None if value is None else bool(value)]
