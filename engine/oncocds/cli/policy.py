"""``oncocds policy``: every setting of the site with its value and its effect, as text for a terminal or as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from oncocds.engine import Engine
from oncocds.reference.policy import PolicyPage, SettingPage, policy_page
from oncocds.text import Language, Text
from oncocds.vocabulary.models import Vocabulary

_WORDS = {
    "threshold": Text("文献未给出的界值：出厂时均未设定", "Thresholds the documents do not give: all shipped unset"),
    "choice": Text("由本院说明的情况：出厂时均未设定", "What the site states of itself: all shipped unset"),
    "switch": Text(
        "安全开关：出厂时打开，可以关闭；经其给出的建议均有标注",
        "Safety switches: shipped on, may be turned off; what they add is labelled",
    ),
    "shipped": Text("出厂", "shipped"),
    "effective": Text("现用", "in force"),
    "effect": Text("作用", "effect"),
    "without": Text("未设定", "without it"),
    "rules": Text("影响规则", "rules that depend on it"),
    "derived": Text("经由", "by way of"),
    "words": Text("只影响文字或提示", "only words or remarks change"),
    "unset": Text("未设定", "unset"),
    "on": Text("是", "yes"),
    "off": Text("否", "no"),
    "none": Text("无", "none"),
    "local policy": Text("标注（本院设置）", "labelled as local policy"),
    "extrapolated": Text("标注（外推）", "labelled as extrapolated"),
}


def print_policy(
    directory: Path | None, policy: Path | None, language: Language, *, as_json: bool, overlay: Path | None = None
) -> int:
    """Print the policy in force. Raises ``KnowledgeError`` or ``PolicyError`` where either does not load."""
    engine = Engine.load(directory, policy, overlay=overlay)
    page = policy_page(engine.knowledge, engine.policy)
    if as_json:
        print(page.model_dump_json(indent=2))
    else:
        print("\n".join(_Listing(engine.knowledge.vocabulary, language).lines(page)))
    return 0


class _Listing:
    """The settings line by line, those of one kind together."""

    def __init__(self, vocabulary: Vocabulary, language: Language) -> None:
        self._vocabulary = vocabulary
        self._language: Language = language

    def lines(self, page: PolicyPage) -> Iterator[str]:
        """Yield the lines."""
        yield f"{page.knowledge.version} · {page.digest[:23]}"
        for kind in ("threshold", "choice", "switch"):
            yield ""
            yield self._say(kind)
            for setting in page.settings:
                if setting.kind == kind:
                    yield from self._setting(setting)

    def _setting(self, page: SettingPage) -> Iterator[str]:
        yield f"  {page.name}  {page.label.in_(self._language)}"
        shipped, effective = self._value(page, page.shipped), self._value(page, page.effective)
        yield f"      {self._say('shipped')}: {shipped}  {self._say('effective')}: {effective}"
        yield f"      {self._say('effect')}: {page.effect.in_(self._language)}"
        yield f"      {self._say('without')}: {page.without.in_(self._language)}"
        rules = ", ".join(rule.id for rule in page.rules) or self._say("none")
        yield f"      {self._say('rules')}: {rules}"
        if page.derived:
            between = "、" if self._language == "zh" else ", "
            derived = between.join(one.label.in_(self._language) for one in page.derived)
            yield f"      {self._say('derived')}: {derived}"
        if page.words:
            yield f"      {self._say('words')}: {', '.join(page.words)}"
        for label in page.labels:
            yield f"      {self._say(label.origin)}: {label.label.in_(self._language)} ({', '.join(label.rules)})"

    def _value(self, page: SettingPage, value: float | None) -> str:
        if value is None:
            return self._say("unset")
        if isinstance(value, bool):
            return self._say("on" if value else "off")
        unit = "" if page.unit is None else f" {self._vocabulary.unit_label(page.unit, self._language)}"
        return f"{value:g}{unit}"

    def _say(self, word: str) -> str:
        return _WORDS[word].in_(self._language)
