"""Under which settings an answer was made, where they are not the site's or a safety switch is off: said at its top."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from oncocds.advice.result import Evaluation
from oncocds.text import Text
from oncocds.vocabulary.models import Field, Vocabulary
from oncocds_api.requests.clock import now

_Value = bool | int | float | None


@dataclass(frozen=True, slots=True)
class ChangedSetting:
    """A setting: what it is called, its value here and at the site, and what that does. ``off``: a safety switch is."""

    label: Text
    state: Text
    effect: Text | None
    off: bool


def changed_settings(evaluation: Evaluation, vocabulary: Vocabulary) -> tuple[ChangedSetting, ...]:
    """Return the safety switches that are off, then what else differs from the site's policy, then another date."""
    return tuple(sorted(_found(evaluation, vocabulary), key=lambda one: not one.off))


def effective_settings(evaluation: Evaluation, vocabulary: Vocabulary) -> tuple[ChangedSetting, ...]:
    """Return every setting with its value here and, where that differs, at the site."""
    site = {one.setting: one.site for one in evaluation.policy.changed}
    found = []
    for name, here in evaluation.policy.effective.items():
        field = vocabulary.fields[f"policy.{name}"]
        state = _state(here, site.get(name, here), field, vocabulary)
        found.append(ChangedSetting(field.label, state, None, off=field.is_switch and not here))
    return tuple(found)


def _found(evaluation: Evaluation, vocabulary: Vocabulary) -> Iterator[ChangedSetting]:
    site = {one.setting: one.site for one in evaluation.policy.changed}
    for name, here in evaluation.policy.effective.items():
        field = vocabulary.fields[f"policy.{name}"]
        off = field.is_switch and not here
        if off or name in site:
            effect = field.description if here is None or here is False else field.effect
            yield ChangedSetting(field.label, _state(here, site.get(name, here), field, vocabulary), effect, off)
    today = now().date().isoformat()
    if evaluation.as_of != today:
        state = Text(f"{evaluation.as_of}，不是今天（{today}）。", f"{evaluation.as_of}, not today ({today}).")
        yield ChangedSetting(Text("评估日期", "as of"), state, None, off=False)


def _state(here: _Value, there: _Value, field: Field, vocabulary: Vocabulary) -> Text:
    now, usual = setting_words(here, field, vocabulary), setting_words(there, field, vocabulary)
    if now == usual:
        return Text(f"{now.zh}（本院设置）。", f"{now.en} (the site's setting).")
    return Text(f"本次：{now.zh}；本院：{usual.zh}。", f"here: {now.en}; at this site: {usual.en}.")


def setting_words(value: _Value, field: Field, vocabulary: Vocabulary) -> Text:
    """Return the value of a setting in words."""
    if value is None:
        return Text("未设", "unset")
    if isinstance(value, bool):
        return Text("开", "on") if value else Text("关", "off")
    if field.unit is None:
        return Text(f"{value:g}", f"{value:g}")
    unit = vocabulary.unit_words(field.unit)
    return Text(f"{value:g} {unit.zh}", f"{value:g} {unit.en}")
