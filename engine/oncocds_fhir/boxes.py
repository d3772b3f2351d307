"""Printed forms: 骨转移：□有 ☑无 is read as 骨转移：无; so are 骨转移【无】, M0. What cannot be read is a doubt."""

from __future__ import annotations

import re

_BOX = re.compile(
    r"(?P<ticked>[☑✓✔√■]|\[\s?[x√✓]\s?\]|\([√✓]\))|(?P<empty>[□☐○◯]|\[\s*\]|\(\s+\))"
    r"|(?P<unclear>[✗✘☒✕]|(?<![0-9])×(?!\s?[0-9]))"
)
# Brackets and quotes that printed forms have instead of round ones; <2.0 is none.
_BRACKETED = re.compile(
    r"【([^【】]{0,40})】|[{｛]([^{}｛｝]{0,40})[}｝]|〔([^〔〕]{0,40})〕|〈([^〈〉]{0,40})〉|《([^《》]{0,40})》|「([^「」]{0,40})」"
    r"|“([^“”]{0,40})”|\"([^\"]{0,40})\"|[<＜]([^<>＜＞0-9]{0,40})[>＞]"
)
_NONE = re.compile(
    r"(转移|(?<![a-z])(?:mets|metastas[ei]s))[\s:：=＝,(（m)）]{0,6}(?:[cpyr]{0,2}m0(?![0-9a-z])[)）]?|0\s?[处个枚]?(?=\s*(?:$|[,，;；。])))",
    re.IGNORECASE,
)
_MINUS = re.compile(r"[\[(（【{]\s?[-–—−－]\s?[\])）】}]")
_OPTION = re.compile(r"[^\s,，;；:：、|/。()（）]*")
_BETWEEN = re.compile(r"[\s,，;；:：、|/。()（）]")
_EITHER = re.compile(
    r"[是有]\s?[/／]\s?[否无]|(?<![a-z])(?:yes\s?/\s?no|y\s?/\s?n)(?![a-z])|有\s?否|是否|有无|whether or not"
)


def filled_in(text: str) -> str:
    """Return a text with the options of a form that are ticked and without the others, where each box precedes its own.

    Any other text is returned as it is, one of which nothing is ticked as well, but for brackets, and for what
    counts none behind a metastasis (the M0 of TNM, a 0).
    """
    text = _MINUS.sub("(-)", text)
    text = _BRACKETED.sub(lambda one: f"({''.join(filter(None, one.groups()))})", _NONE.sub(r"\1：阴性", text))
    boxes = list(_BOX.finditer(text))
    if not any(box["ticked"] for box in boxes) or not all(_precedes(text, box) for box in boxes):
        return text
    found = [text[: boxes[0].start()]]
    for box, behind in zip(boxes, [*boxes[1:], None], strict=True):
        start = box.end() if box["ticked"] else _end_of_option(text, box.end())
        found.append(text[start : len(text) if behind is None else behind.start()])
    return "".join(found).strip()


def unfilled(text: str) -> bool:
    """Tell whether a folded text holds boxes of which nobody can tell what is ticked, or a choice that was not made."""
    boxes = _BOX.finditer(filled_in(text))
    return any(not box["ticked"] for box in boxes) or _EITHER.search(text) is not None


def _precedes(text: str, box: re.Match[str]) -> bool:
    """Tell whether a box stands directly before its option, and behind none."""
    before, behind = text[: box.start()][-1:], text[box.end() :][:1]
    apart = not before or _BETWEEN.fullmatch(before) is not None
    return not box["unclear"] and apart and bool(behind) and _BETWEEN.fullmatch(behind) is None


def _end_of_option(text: str, start: int) -> int:
    found = _OPTION.match(text, start)
    return start if found is None else found.end()
