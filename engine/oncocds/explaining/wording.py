"""Changes, and what came of searching for them, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from oncocds.advice.names import Names
from oncocds.advice.questions import Labels
from oncocds.advice.result import Bilingual, FactValue
from oncocds.advice.wording import FactWords
from oncocds.explaining.result import Bound
from oncocds.profile.finding import ITEM_PATH
from oncocds.text import Language, Text
from oncocds.vocabulary.models import Vocabulary

_RECORD, _ADD = Text("记录{what}：{to}", "record {what}: {to}"), Text("增加一项{what}：{to}", "add a {what}: {to}")
_CHANGE = Text("{what}：{was} → {to}", "{what}: {was} → {to}")
_WITHDRAW = Text("取消计划：{what}", "drop the plan: {what}")
_COMPLETE = Text("确认{what}没有遗漏", "nothing is missing from the list: {what}")
_ANY_TEXT, _ANY_NUMBER = Text("（任意内容）", "(any text)"), Text("任意结果", "any result")
_NONE = Text("无", "none")
_LIMITS = {
    "at_least": {True: Text("不低于 {}", "at least {}"), False: Text("高于 {}", "above {}")},
    "at_most": {True: Text("不高于 {}", "at most {}"), False: Text("低于 {}", "below {}")},
}
VERDICTS: Mapping[str | None, Bilingual] = {
    "fires": Bilingual(zh="对这位患者，规则触发。", en="For this patient the rule fires."),
    "silent": Bilingual(zh="对这位患者，规则不触发。", en="For this patient the rule is silent."),
    "undetermined": Bilingual(
        zh="对这位患者，规则尚无法判断：缺少资料。",
        en="For this patient the rule is undetermined: facts are missing.",
    ),
}
ATTACHED = Bilingual(
    zh="这是佐证，没有自己的判定；现附于下列已触发的规则。",
    en="An evidence note has no verdict of its own; it is attached to the rules named, which fire.",
)
NOT_ATTACHED = Bilingual(
    zh="这是佐证，没有自己的判定；现未附于任何规则。",
    en="An evidence note has no verdict of its own; it is attached to no rule now.",
)
OUTCOMES: Mapping[tuple[str, str | None], Bilingual] = {
    ("found", "fire"): Bilingual(zh="以下最少的改变会使规则触发：", en="The fewest changes that would make it fire:"),
    ("found", "stop"): Bilingual(zh="以下最少的改变会使规则不再触发：", en="The fewest changes that would stop it:"),
    ("impossible", "fire"): Bilingual(
        zh="在可能改变的事实中，没有任何改变会使规则触发。", en="No change of what may change would make it fire."
    ),
    ("impossible", "stop"): Bilingual(
        zh="在可能改变的事实中，没有任何改变会使规则不再触发。", en="No change of what may change would stop it."
    ),
}
NOT_FOUND = Bilingual(
    zh="没有找到会改变判定的事实；列表较长或时间所限，并非所有改变都已考虑，这不表示没有。",
    en="Nothing was found that would change it; lists are long or time was short: not every change was looked at.",
)
NOT_CONFIRMED = Bilingual(
    zh="找到的改变都未经引擎证实，故不列出；这不表示没有。",
    en="The engine confirmed none of the changes found, so none is told; something else may well change it.",
)
TOO_MANY = Bilingual(
    zh="列表中的条目过多，未作搜索；这不表示没有。",
    en="The lists are too long to be searched; that does not mean that nothing would change it.",
)
NEEDS_Z3 = Bilingual(
    zh="未安装求解器 z3，不能回答什么会改变判定：pip install 'oncocds[proofs]'。",
    en="What would change it is not answered without the solver z3: pip install 'oncocds[proofs]'.",
)
NO_VERDICT = Bilingual(
    zh="佐证没有自己的判定；请解释它所支持的规则。",
    en="An evidence note has no verdict; explain the rules it supports.",
)
PARTLY = Bilingual(
    zh="（列表较长或时间所限，并非所有改变都已考虑。）",
    en="(Not every change was looked at: the lists are long, or time was short.)",
)
NO_CLEARANCE = Bilingual(
    zh="（未考虑肌酐清除率的改变：年龄、性别或体重未记录。）",
    en="(Changes of creatinine clearance were not looked at: age, sex or weight is not recorded.)",
)
CONTRADICTS = Bilingual(
    zh="（下列改变与已记录的其他资料矛盾，须一并核对。）",
    en="(These changes contradict what else is recorded, which must be checked as well.)",
)


def joined(parts: Sequence[Bilingual]) -> Bilingual:
    """Return some sentences as one text."""
    return Bilingual.of(zh="".join(part.zh for part in parts), en=" ".join(part.en for part in parts))


class ChangeWords:
    """Puts changes for one patient into the words of one vocabulary."""

    def __init__(self, vocabulary: Vocabulary, names: Names) -> None:
        self._vocabulary, self._names = vocabulary, names
        self._facts = FactWords(vocabulary)
        self._labels = Labels(vocabulary)

    def of(
        self,
        kind: str,
        path: str,
        was: FactValue,
        to: FactValue | dict[str, FactValue],
        unit: str | None = None,
        limits: tuple[Bound | None, Bound | None] = (None, None),
        *,
        free: bool = False,
    ) -> Bilingual:
        """Return one change in words; ``unit`` is that of its numbers, ``limits`` what the new one keeps to.

        ``free`` tells that any other number would do as well.
        """

        def words(language: Language) -> str:
            what = self._labels.of(path, self._names).in_(language)
            if kind == "complete":
                return _COMPLETE.in_(language).format(what=what)
            if kind == "withdraw":
                return _WITHDRAW.in_(language).format(what=what)
            if isinstance(to, dict):
                match = ITEM_PATH.fullmatch(path)
                assert match is not None
                name = match[1]
                between = "，" if language == "zh" else ", "
                parts = (self._field(name, field, value, language) for field, value in to.items())
                of_list = self._vocabulary.lists[name].in_(language)
                return _ADD.in_(language).format(what=of_list, to=between.join(parts))
            new = self._value(path, to, unit, language) + self._limits(limits, language)
            new = _ANY_NUMBER.in_(language) if free else new
            if kind == "record":
                return _RECORD.in_(language).format(what=what, to=new)
            return _CHANGE.in_(language).format(what=what, was=self._value(path, was, unit, language), to=new)

        return Bilingual.both(words)

    def _field(self, name: str, field: str, value: FactValue, language: Language) -> str:
        fact = f"{name}.{field}"
        label = self._vocabulary.fields[fact].label.in_(language)
        return f"{label} {self._value(fact, value, None, language)}"

    def _value(self, path: str, value: FactValue, unit: str | None, language: Language) -> str:
        if value == "…":
            return _ANY_TEXT.in_(language)
        if unit is not None and isinstance(value, int | float) and not isinstance(value, bool):
            return f"{value:g} {self._vocabulary.unit_label(unit, language)}"
        if value == []:
            return _NONE.in_(language)
        return self._facts.value(path, value, language)

    @staticmethod
    def _limits(limits: tuple[Bound | None, Bound | None], language: Language) -> str:
        found = [
            _LIMITS[end][bound.included].in_(language).format(f"{bound.value:g}")
            for end, bound in zip(("at_least", "at_most"), limits, strict=True)
            if bound is not None
        ]
        if not found:
            return ""
        return f"（{'，'.join(found)}）" if language == "zh" else f" ({', '.join(found)})"
