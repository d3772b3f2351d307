"""The store of feedback: append what was shown and what became of it; count it per rule."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from oncocds_api.feedback.pruning import prune_some
from oncocds_api.feedback.schema import accepted, card_rules, card_suggestions, cards, metadata, outcomes, taken
from oncocds_api.storage.database import Database


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a clinician did with a card. ``reason`` is one of our codes, ``other`` for any other, None without one."""

    card: uuid.UUID
    outcome: str
    suggestions: tuple[uuid.UUID, ...]
    reason: str | None
    commented: bool
    at: datetime.datetime

    def told(self) -> dict[str, str]:
        """Return what is put on record: nothing of a person's."""
        reason = {} if self.reason is None else {"reason": self.reason}
        return {"card": str(self.card), "outcome": self.outcome, **reason}


@dataclass(frozen=True, slots=True)
class RuleCount:
    """What became of the cards that rest on a rule; the newest outcome of a card counts."""

    rule: str
    shown: int
    accepted: int
    overridden: int
    reasons: Mapping[str, int]


class FeedbackStore:
    """One database; tables are made at the first use. Methods block: call them off the event loop.

    ``overridden`` is told each rule of each card that was overridden, once that is kept.

    Raises ``SettingsError`` for an address that is no database's.
    """

    def __init__(self, address: str, overridden: Callable[[str], None] = lambda _rule: None) -> None:
        self._database = Database(address, metadata)
        self._overridden = overridden

    def shown(
        self, service: str, hook: str, made: Sequence[Mapping[str, Any]], at: datetime.datetime | None = None
    ) -> None:
        """Append the cards of one answer, unless they are there; ``at`` is when they were shown (default: now)."""
        if not made:
            return
        now = at or datetime.datetime.now(datetime.UTC)
        rows = [
            {
                "card": uuid.UUID(one["uuid"]),
                "service": service,
                "hook": hook,
                "subject": one["subject"],
                "urgency": one["urgency"],
                "engine": one["engine"],
                "knowledge_digest": one["knowledge"],
                "policy_digest": one["policy"],
                "input_digest": one["input"],
                "shown_at": now,
            }
            for one in made
        ]
        rules = [{"card": uuid.UUID(one["uuid"]), "rule": rule} for one in made for rule in dict.fromkeys(one["rules"])]
        suggestions = [
            {"card": uuid.UUID(one["uuid"]), "suggestion": uuid.UUID(name)}
            for one in made
            for name in one["suggestions"]
        ]
        with self._database.ready().begin() as connection:
            if connection.execute(select(cards.c.card).where(cards.c.card == rows[0]["card"])).first() is not None:
                return
            connection.execute(cards.insert(), rows)
            if rules:
                connection.execute(card_rules.insert(), rules)
            if suggestions:
                connection.execute(card_suggestions.insert(), suggestions)

    def known(self, service: str, names: Sequence[uuid.UUID]) -> dict[uuid.UUID, set[uuid.UUID]]:
        """Return which of some cards a service has shown, each with its suggestions."""
        wanted = select(cards.c.card, card_suggestions.c.suggestion).where(
            cards.c.card.in_(names), cards.c.service == service
        )
        joined = wanted.select_from(cards.outerjoin(card_suggestions, cards.c.card == card_suggestions.c.card))
        found: dict[uuid.UUID, set[uuid.UUID]] = {}
        with self._database.ready().connect() as connection:
            for card, suggestion in connection.execute(joined):
                found.setdefault(card, set()).update([suggestion] if suggestion is not None else [])
        return found

    def append(
        self, found: Sequence[Outcome], entry: uuid.UUID | None = None, at: datetime.datetime | None = None
    ) -> None:
        """Append outcomes of cards that were shown; all of them or none.

        ``entry`` names the request they came with: the same one is appended once. ``at`` is when (default: now).
        """
        now = at or datetime.datetime.now(datetime.UTC)
        with self._database.ready().begin() as connection:
            if entry is not None:
                if connection.execute(select(taken.c.entry).where(taken.c.entry == entry)).first() is not None:
                    return
                connection.execute(taken.insert(), {"entry": entry})
            for one in found:
                row = {
                    "card": one.card,
                    "outcome": one.outcome,
                    "reason": one.reason,
                    "commented": one.commented,
                    "outcome_at": one.at,
                    "received_at": now,
                }
                made = connection.execute(outcomes.insert(), row).inserted_primary_key
                assert made is not None
                for suggestion in dict.fromkeys(one.suggestions):
                    connection.execute(accepted.insert(), {"outcome": made[0], "suggestion": suggestion})
            names = [one.card for one in found if one.outcome == "overridden"]
            rules = select(card_rules.c.rule).where(card_rules.c.card.in_(names))
            overridden = connection.scalars(rules).all() if names else ()
        for rule in overridden:
            self._overridden(rule)

    def count(self, rule: str | None = None) -> list[RuleCount]:
        """Count what became of the cards of every rule, or of one, by rule id."""
        # The newest outcome of a card is found in an index, card by card: no list of all of them is gone through.
        of_card = outcomes.alias()
        newest = select(func.max(of_card.c.id)).where(of_card.c.card == card_rules.c.card).scalar_subquery()
        counted = (
            select(card_rules.c.rule, outcomes.c.outcome, outcomes.c.reason, func.count())
            .select_from(card_rules.outerjoin(outcomes, outcomes.c.id == newest))
            .group_by(card_rules.c.rule, outcomes.c.outcome, outcomes.c.reason)
        )
        if rule is not None:
            counted = counted.where(card_rules.c.rule == rule)
        by_rule: dict[str, list[tuple[str | None, str | None, int]]] = {}
        with self._database.apart().connect() as connection:
            for name, outcome, reason, number in connection.execute(counted):
                by_rule.setdefault(name, []).append((outcome, reason, number))
        return [_counted(name, by_rule[name]) for name in sorted(by_rule)]

    def probe(self) -> None:
        """Write a row and take it back. Raises ``SQLAlchemyError``."""
        with self._database.apart().connect() as connection, connection.begin() as attempt:
            connection.execute(taken.insert(), {"entry": uuid.uuid4()})
            attempt.rollback()

    def prune(self, before: datetime.datetime) -> int:
        """Delete what was shown before a time and what became of it; return how many cards.

        The only way rows are deleted: the triggers that forbid it are off within these transactions alone.
        """
        pruned = 0
        while number := prune_some(self._database.apart(), before):
            pruned += number
        return pruned

    @property
    def file(self) -> Path | None:
        """The database's file, where it is one."""
        return self._database.file

    def doubt(self) -> None:
        """Look again, at the next use, whether the tables are there."""
        self._database.doubt()

    def close(self) -> None:
        """Close the connections."""
        self._database.close()


def _counted(rule: str, rows: Sequence[tuple[str | None, str | None, int]]) -> RuleCount:
    reasons: dict[str, int] = {}
    for outcome, reason, number in rows:
        if outcome == "overridden":
            name = reason or "none-given"
            reasons[name] = reasons.get(name, 0) + number
    return RuleCount(
        rule,
        sum(number for _, _, number in rows),
        sum(number for outcome, _, number in rows if outcome == "accepted"),
        sum(reasons.values()),
        dict(sorted(reasons.items())),
    )
