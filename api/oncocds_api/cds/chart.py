"""The cards of a chart that is opened: the briefing, a card for each line that asks for something, the rest on one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from oncocds.advice.first import Line
from oncocds.advice.result import AdviceItem
from oncocds.advice.warning import leads
from oncocds.text import Text
from oncocds_api.cds import words
from oncocds_api.cds.cards import Maker
from oncocds_api.cds.markdown import plain
from oncocds_api.cds.models import Card

MOST_CARDS = 6
_ASKING = ("now", "decide", "do")


def chart_cards(maker: Maker, of_item: Callable[[AdviceItem], Card], others: int) -> list[Card]:
    """Return the cards in the order of the briefing, ``MOST_CARDS`` at most, ``others`` further ones counted.

    What a line counts is counted on the last card, which names all that it holds; no critical line is dropped.
    """
    lines = maker.evaluation.briefing
    asking = [line for line in lines if line.section in _ASKING and line.kind != "group"]
    most = max(MOST_CARDS - others, 1)
    rest = [line for line in lines if line.section not in _ASKING or line.kind == "group"]
    if len(asking) + bool(rest) > most:
        critical = [line for line in asking if line.urgency == "critical"]
        room = max(most - 1 - len(critical), 0)
        others_first = [line for line in asking if line.urgency != "critical"]
        kept = {id(line) for line in (*critical, *others_first[:room])}
        rest = [line for line in lines if id(line) not in kept]
        asking = [line for line in asking if id(line) in kept]
    cards = [_card(maker, line, of_item) for line in asking]
    if rest:
        cards.append(_more(maker, rest, words.MORE_LINES if cards else words.ONLY_LINES))
    return cards


def _card(maker: Maker, line: Line, of_item: Callable[[AdviceItem], Card]) -> Card:
    covered = {(one.kind, one.ref, one.lesion) for one in line.covers}
    items = [one for one in maker.evaluation.advice if ("advice", one.action, one.lesion) in covered]
    if items:
        card = of_item(items[0])
        if len(items) > 1 or any(_led(item) for item in items):
            detail = "\n\n".join(filter(None, (of_item(item).detail for item in items)))
            card = maker.widened(card, maker.details.say(line.line), detail, line)
        return card
    if line.kind == "notice":
        return maker.notice(next(one for one in maker.evaluation.notices if one.id == line.ref))
    passages = [
        passage
        for decision in maker.evaluation.decisions
        if ("decision", decision.id, None) in covered
        for answer in decision.answers
        for brought in answer.brings
        for passage in brought.passages
    ]
    return maker.line(line, maker.details.say(line.line), plain(maker.details.say(line.line)), passages)


def _led(item: AdviceItem) -> bool:
    """Tell whether an urgent remark is read before an item: the line that says so is its summary then."""
    return any(leads(note, item.urgency) for one in item.grounds if one.status == "active" for note in one.notes)


def _more(maker: Maker, rest: Sequence[Line], told: Text) -> Card:
    say = maker.details.say
    named = [plain(say(line.line)) for line in rest]
    count = sum(len(line.covers) for line in rest)
    urgency_first = min(rest, key=lambda line: ("critical", "warning", "info").index(line.urgency))
    summary = say(told).format(count=count)
    return maker.more(urgency_first.urgency, summary, "\n".join(f"- {one}" for one in named), rest)
