"""The lines at the top of an answer that was made under other settings than the site's."""

from __future__ import annotations

from collections.abc import Iterator

from oncocds.advice.result import ChangedSetting, EffectivePolicy, FactValue
from oncocds.advice.wording import FactWords
from oncocds.text import Language, Text

_CHANGED = Text("! 本次评估所用设置有改动", "! Settings changed for this evaluation")
_LINE = Text("  {label}：{here}（原为：{site}）", "  {label}: {here} (instead of: {site})")
_UNSET = Text("未设定", "unset")


def changed_settings(policy: EffectivePolicy, words: FactWords, language: Language) -> Iterator[str]:
    """Yield the lines: nothing where no setting is changed."""

    def value(setting: ChangedSetting, found: FactValue) -> str:
        return _UNSET.in_(language) if found is None else words.value(f"policy.{setting.setting}", found, language)

    if policy.changed:
        yield _CHANGED.in_(language)
    for one in policy.changed:
        here, site = value(one, one.here), value(one, one.site)
        yield _LINE.in_(language).format(label=one.label.in_(language), here=here, site=site)
