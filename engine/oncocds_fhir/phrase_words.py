"""The words that a diagnosis is cut into, and what of them denies nothing that stands before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_CONTENT = ("place", "vertebrae", "tumour", "metastasis", "cancers", "metastases", "finding")
HEDGES = ("doubt", "denial", "past")
"""Kinds of words by which what they speak of is not certain; those of ``_behind`` stand behind it."""
_RECURRENCE = frozenset(("复发", "复发性", "术后复发", "复发转移", "recurrence", "recurrent"))
_ITSELF = frozenset(("骨质", "lesion", "lesions", "disease"))  # 骨转移，未见骨质改变 denies the metastasis
# What may stand behind a denial and is nothing that is denied.
_FILLING = frozenset((
    "目前", "现", "现有", "有", "是", "明确", "已明确", "明显", "存在", "提示", "证据",
    "征象", "迹象", "表现", "确诊", "已确诊", "确认", "the",
))  # fmt: skip


class Unread(Exception):  # noqa: N818 - it is no error of ours
    """A text that is not understood."""


@dataclass(frozen=True, slots=True)
class Word:
    """A known word: its kind, what it may mean, and its text."""

    kind: str
    means: Mapping[str, tuple[str, ...]]
    text: str


def without_denied_recurrence(words: list[Word]) -> list[Word]:
    """Return the words without what denies a recurrence (术后，未见复发), which denies nothing that stands before it.

    Where something is named behind it that it may deny as well, nothing is left out.
    """
    for at, word in enumerate(words):
        behind = [one for one in words[at + 1 :] if one.kind != "blank"]
        thing = next((one for one in behind if one.text not in _FILLING), None)
        if word.kind != "denial" or not denies(word) or thing is None or thing.text not in _RECURRENCE:
            continue
        rest = behind[behind.index(thing) + 1 :]
        told = next((one for one in rest if one.kind in _CONTENT or one.kind.startswith(HEDGES)), None)
        marked = told is not None and any(one.kind == "marks" for one in rest[: rest.index(told)])
        if told is None or (told.kind == "denial" and marked):
            return [*words[:at], *without_denied_recurrence(rest)]
    return words


def about_more(behind: Iterable[Word]) -> bool:
    """Tell whether words behind a denial name something that it denies: 未见明显改变, unlike 未见明显."""
    said = [word.text for word in behind if word.kind == "beside" and word.text not in _FILLING]
    return bool(said) and _ITSELF.isdisjoint(said)


def tells_any(words: Iterable[Word]) -> bool:
    """Return whether words name anything that may be there."""
    return any(word.kind in _CONTENT for word in words)


def denies(word: Word) -> bool:
    """Return whether a denial denies what stands before it also where it stands alone, as 家族史 does not."""
    return word.means.get("of") == ("certain",)
