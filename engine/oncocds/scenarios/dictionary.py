"""Every word that a scenario may use, to look up: sentences, facts, values, drugs, signs and advice, by any name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from oncocds.knowledge.knowledge import Knowledge
from oncocds.reading.nearest import nearest
from oncocds.scenarios.cells import fold, unit_shown
from oncocds.scenarios.phrases import PHRASES
from oncocds.text import Text
from oncocds.vocabulary.models import Field, Member, Vocabulary

KINDS = {
    "sentence": Text("句子", "sentences"),
    "fact": Text("项目", "facts"),
    "value": Text("取值", "values"),
    "sign": Text("体征与症状", "signs"),
    "drug": Text("药物", "drugs"),
    "unread": Text("没有规则用到的项目", "facts that no rule reads"),
    "advice": Text("建议", "advice"),
    "rule": Text("规则", "rules"),
}
_STEPS = {"given": Text("假如", "Given"), "when": Text("当", "When"), "then": Text("那么", "Then")}
_NOTHING = Text("", "")
_NEAR = 0.5
_NEAREST = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that has names: its kind (of ``KINDS``), labels, other names, and what to know to write it."""

    kind: str
    name: Text
    others: tuple[str, ...] = ()
    about: Text = _NOTHING

    @property
    def names(self) -> tuple[str, ...]:
        """Everything it is called."""
        return (self.name.zh, self.name.en, *self.others)


def entries(knowledge: Knowledge) -> tuple[Entry, ...]:
    """Return everything, sentences first, each kind in the order of the knowledge."""
    vocabulary = knowledge.vocabulary
    found = [*_sentences(), *_facts(vocabulary), *_values(vocabulary)]
    for sign in vocabulary.notes.signs.values():
        means = vocabulary.fields[sign.means].label
        about = Text(f"有：读作 {means.zh} = 是；无：不说明什么", f"yes: read as {means.en} = yes; no: says nothing")
        found.append(Entry("sign", sign.label, sign.synonyms, about))
    for drug in vocabulary.drugs.values():
        members = vocabulary.value_sets["drug_class"].members
        classes = [members[one].label for one in drug.classes]
        about = Text("、".join(one.zh for one in classes), ", ".join(one.en for one in classes))
        found.append(Entry("drug", drug.label, (*drug.synonyms, drug.code), about))
    found += [Entry("unread", one.label, one.synonyms) for one in vocabulary.notes.unread.values()]
    for name, action in knowledge.actions.items():
        titles = [text for _, title in action.alone for text in (title.zh, title.en)]
        found.append(Entry("advice", action.title, (name, *titles)))
    found += [Entry("rule", rule.title, (rule.id,)) for rule in knowledge.rules.values()]
    return tuple(found)


def look_up(word: str, known: Sequence[Entry]) -> tuple[list[Entry], bool]:
    """Return what a word names: entries called so first, then those with it in a name.

    Where there is none, those that come near are returned instead, and the second value is False.
    """
    sought = fold(word)
    exact = [entry for entry in known if sought in map(fold, entry.names)]
    within = [entry for entry in known if entry not in exact and any(sought in fold(name) for name in entry.names)]
    if exact or within:
        return [*exact, *within], True
    by_name = {fold(name): entry for entry in known for name in entry.names}
    near = (by_name[name] for name in nearest(sought, by_name, _NEAREST, _NEAR))
    return list(dict.fromkeys(near)), False


def _sentences() -> Iterator[Entry]:
    for phrase in PHRASES.values():
        step = _STEPS[phrase.kind]
        yield Entry("sentence", Text(f"{step.zh} {phrase.zh}", f"{step.en} {phrase.en}"))


def _facts(vocabulary: Vocabulary) -> Iterator[Entry]:
    for name, fact in vocabulary.fields.items():
        parts = name.split(".")
        if fact.world == "derived" or (
            parts[0] == "labs" and parts[-1] != "value" and name != "labs.calcium.since_symptoms"
        ):
            continue
        alternatives = [word for word, fields in vocabulary.notes.choices.items() if name in fields]
        others = dict.fromkeys(
            (*fact.synonyms, *alternatives, name.removesuffix(".value") if parts[0] == "labs" else name)
        )
        yield Entry("fact", fact.label, tuple(others), _about(fact, vocabulary))


def _about(fact: Field, vocabulary: Vocabulary) -> Text:
    """Return in which table a fact stands and what its cell may say."""
    table = fact.name.split(".")[0]
    where = vocabulary.lists.get(table) or {
        "policy": Text("本院设置", "the local policy"),
        "labs": Text("化验", "the labs"),
    }.get(table, Text("患者", "the patient"))
    zh = en = ""
    if fact.name.startswith("labs.") and fact.name.endswith(".value"):
        units = [
            unit_shown(unit)
            for unit in vocabulary.quantities[table if table != "labs" else fact.name.split(".")[1]].factors
        ]
        zh, en = "数字加单位：" + "、".join(units), "number with unit: " + ", ".join(units)
    elif fact.type == "boolean":
        zh, en = "有、无、不详", "yes, no, unknown"
    elif fact.value_set == "drug":
        zh, en = "一种药物", "a drug"
    elif fact.value_set is not None:
        members = [member.label for member in vocabulary.value_sets[fact.value_set].members.values()]
        zh, en = "、".join(one.zh for one in members), ", ".join(one.en for one in members)
    elif fact.type in ("number", "integer"):
        unit = vocabulary.unit_words(fact.unit) if fact.unit else None
        zh, en = (f"数字 ({unit.zh})", f"number ({unit.en})") if unit else ("数字", "number")
    elif fact.type == "date":
        zh, en = "日期，如 2025-03-01、2025年3月1日", "date, as 2025-03-01"
    else:
        zh, en = "文字", "text"
    return Text(f"{where.zh}表：{zh}", f"{where.en}: {en}")


def _values(vocabulary: Vocabulary) -> Iterator[Entry]:
    for fact in vocabulary.fields.values():
        if fact.value_set in (None, "drug") or fact.world == "derived":
            continue
        members: dict[str, Member] = dict(vocabulary.value_sets[fact.value_set or ""].members)
        beside: dict[str, list[str]] = {}
        for one in vocabulary.notes.beside.get(fact.name, ()):
            if fact.name in one.sets:
                beside.setdefault(one.sets[fact.name], []).extend(one.words)
        for code, member in members.items():
            level = vocabulary.notes.levels.get(fact.name, {}).get(code)
            levels = [f"{one}{n}" for one in level.letters for n in range(1, level.last + 1)] if level else []
            others = (*member.synonyms, *beside.get(code, ()), *levels, *(() if code in member.label.en else (code,)))
            yield Entry(
                "value", member.label, others, Text(f"“{fact.label.zh}”的取值", f"a value of '{fact.label.en}'")
            )
