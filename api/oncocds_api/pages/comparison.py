"""Two states of a patient held against each other: which facts and which advice are new, gone or changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from oncocds.advice.result import AdviceItem, Evaluation, Notice
from oncocds.advice.wording import FactWords
from oncocds.knowledge.models import URGENCIES, Urgency
from oncocds.profile.models import Profile
from oncocds.text import Text
from oncocds.vocabulary.models import Vocabulary
from oncocds_api.pages.told_facts import ToldFacts, in_both, joined
from oncocds_api.reference.words import URGENCY_WORDS

Change = Literal["new", "gone", "changed"]
_STATUS = {"active": Text("生效", "active"), "demoted": Text("已让位", "stepped back")}


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact or one item of advice that differs; None where it is not recorded or does not stand."""

    label: Text
    before: Text | None
    now: Text | None
    urgency: Urgency | None = None

    @property
    def change(self) -> Change:
        """Whether it is new, gone or changed."""
        return "new" if self.before is None else "gone" if self.now is None else "changed"


def fact_differences(before: Profile, now: Profile, vocabulary: Vocabulary) -> list[Difference]:
    """Return the recorded facts that differ: items of lists are told apart by their ids."""
    told = ToldFacts(vocabulary)
    return _differences(dict(told.facts(before)), dict(told.facts(now)))


def setting_differences(before: Evaluation, now: Evaluation, vocabulary: Vocabulary) -> list[Difference]:
    """Return what differs of the settings and the date of two answers."""
    return _differences(dict(_settings(before, vocabulary)), dict(_settings(now, vocabulary)))


def advice_differences(before: Evaluation, now: Evaluation) -> list[Difference]:
    """Return the items of advice and the notices that differ, the most urgent first."""
    old, new = dict(_advice(before)), dict(_advice(now))
    found = []
    for key in dict.fromkeys((*new, *old)):
        was, here = old.get(key), new.get(key)
        if was == here:
            continue
        title, urgency, _ = here or was or (Text("", ""), "info", ())
        parts = _changed(was, here)
        found.append(Difference(title, *parts, urgency=urgency))
    return sorted(found, key=lambda one: URGENCIES.index(one.urgency or "info"))


_Fact = tuple[Text, Text]
_Standing = tuple[Text, Urgency, tuple[Text, ...]]


def _differences(before: Mapping[str, _Fact], now: Mapping[str, _Fact]) -> list[Difference]:
    found = []
    for path in dict.fromkeys((*now, *before)):
        was, here = before.get(path), now.get(path)
        if was != here:
            label = (here or was or (Text("", ""), None))[0]
            found.append(Difference(label, was and was[1], here and here[1]))
    return found


def _changed(was: _Standing | None, here: _Standing | None) -> tuple[Text | None, Text | None]:
    """Return how an item stood and stands; of one that stands in both, only what differs."""
    if was is None or here is None:
        return (None if was is None else joined(was[2][2:])), (None if here is None else joined(here[2][2:]))
    kept = [place for place, (old, new) in enumerate(zip(was[2], here[2], strict=True)) if old != new]
    return joined([was[2][place] for place in kept]), joined([here[2][place] for place in kept])


def _advice(evaluation: Evaluation) -> Iterator[tuple[str, _Standing]]:
    for item in evaluation.advice:
        yield f"{item.action}@{item.lesion or ''}", _item(item, evaluation)
    for notice in evaluation.notices:
        yield f"notice@{notice.id}", _notice(notice)


def _item(item: AdviceItem, evaluation: Evaluation) -> _Standing:
    called = evaluation.lesion(item.lesion) if item.lesion else None
    zh, en = ("", "") if called is None else (f" [{called.zh}]", f" [{called.en}]")
    active = [ground for ground in item.grounds if ground.status == item.status]
    texts = dict.fromkeys((ground.text.zh, ground.text.en) for ground in active)
    rules = ", ".join(sorted({ground.rule for ground in active}))
    standing = (
        URGENCY_WORDS[item.urgency],
        _STATUS[item.status],
        Text(rules, rules),
        Text("".join(zh for zh, _ in texts), " ".join(en for _, en in texts)),
    )
    return Text(item.title.zh + zh, item.title.en + en), item.urgency, standing


def _notice(notice: Notice) -> _Standing:
    """Return a remark by its words, and what stands in brackets behind them of this patient: it may be what differs."""
    zh, en = notice.text.zh.partition("［"), notice.text.en.partition(" [")
    figures = Text("".join(zh[1:]), "".join(en[1:]).strip())
    return Text(zh[0], en[0]), notice.urgency, (URGENCY_WORDS[notice.urgency], Text("", ""), figures)


def _settings(evaluation: Evaluation, vocabulary: Vocabulary) -> Iterator[tuple[str, _Fact]]:
    words = FactWords(vocabulary)
    for name, value in evaluation.policy.effective.items():
        if value is not None:
            fact = f"policy.{name}"
            yield fact, (vocabulary.fields[fact].label, in_both(words, fact, value))
    yield "as_of", (Text("评估日期", "as of"), Text(evaluation.as_of, evaluation.as_of))
