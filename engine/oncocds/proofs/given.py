"""One real patient whose facts may change: variables for what is open, constants for what cannot change.

What is recorded stays recorded: forgetting a fact is no change of the patient. The policy is the site's, not the
patient's. What may become of a recorded value is said by the vocabulary (``change`` of each field).
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import z3

from oncocds.profile.models import ITEM_LISTS, Profile
from oncocds.profile.policy import Policy
from oncocds.proofs.patients import DAY_ZERO, raw_value
from oncocds.proofs.ranges import Range, offered
from oncocds.proofs.recorded import ELSEWHERE, Recorded, State, name_of
from oncocds.proofs.terms import FALSE, TRUE, all_of, either_of, exact
from oncocds.vocabulary.models import Field, Vocabulary

_PLANNED = "planned"
_NOTHING = object()
Places = Mapping[str, Collection[int]]


class Given(Recorded):
    """The facts of an identified profile under a policy.

    ``more`` is how many items each list may gain, ``still`` which of its own may not change at all. ``places`` are the
    items that were asked for so far, ``unsearched`` the facts whose change could not be read, ``rounded`` those that
    were read with some room on either side of a limit.
    """

    def __init__(
        self, vocabulary: Vocabulary, profile: Profile, policy: Policy, more: Mapping[str, int], still: Places
    ) -> None:
        self.profile = profile
        self.policy = policy
        self.own = {name: len(getattr(profile, name) or ()) for name in ITEM_LISTS}
        super().__init__(vocabulary, {name: own + more.get(name, 0) for name, own in self.own.items()})
        self._offered = offered(vocabulary)
        self._still = still
        self._was: dict[str, Any] = {}
        self._staying: dict[str, bool] = {}
        self._texts: dict[str, int] = {}
        self.places: list[tuple[str, int]] = []
        self.unsearched: set[str] = set()
        self.rounded: set[str] = set()

    def was(self, path: str) -> Any:
        """Return what is recorded of a fact, measurements in their preferred unit; None for nothing."""
        found = self._was.get(path, _NOTHING)
        if found is _NOTHING:
            found = self._was[path] = raw_value(self.profile, self.policy, path, self.vocabulary)
        return found

    def asked(self, path: str) -> bool:
        """Return whether a fact or a list was asked for so far."""
        return (path, "before") in self._known

    def stays(self, path: str) -> bool:
        """Return whether a recorded fact cannot become another."""
        found = self._staying.get(path)
        if found is None:
            value = self.was(path)
            found = path.startswith("policy.") or (value is not None and self._stays(path, value))
            self._staying[path] = found
        return found

    def onward(self, path: str) -> Iterator[Any]:
        """Yield what a recorded fact that may change keeps to."""
        value, field = self.was(path), self.field(path)
        if field.type == "code":
            codes = self.codes(path)
            groups = self.vocabulary.value_sets[field.value_set or ""].groups
            if value == _PLANNED:  # a plan that is dropped was never carried out
                yield from (z3.Not(codes[code]) for code in groups.get("past", ()))
            if field.change == "onward":
                order = list(codes)
                yield from (z3.Not(codes[code]) for code in order[: order.index(value)])
        elif field.change == "onward" and field.type in ("number", "integer", "date"):
            yield self.value(path) >= self.constant(path, value)

    def planned(self, name: str, slot: int) -> bool:
        """Return whether an item is a plan that may be dropped."""
        return self.was(f"{name}[{slot}].status") == _PLANNED and slot not in self._still.get(name, ())

    def may_lack(self, name: str, slot: int) -> bool:
        """Return whether a place may be empty before one that is not."""
        return slot < self.own[name]

    def known(self, path: str, state: State) -> Any:  # noqa: ARG002
        """Return whether a fact (or a list) is recorded, constant where it is; there is one state alone."""
        found = self._known.get((path, "before"))
        if found is not None:
            return found
        policy, place = path.startswith("policy."), place_of(path)
        recorded = getattr(self.profile, path) is not None if path in ITEM_LISTS else self.was(path) is not None
        if recorded:
            found = TRUE
        elif policy or self._closed(path, place):
            found = FALSE
        else:
            found = z3.Bool(f"{path}?")
        self._known[path, "before"] = found
        if not policy:
            self._constrain(path)
        if place is not None and place[1] >= self.own[place[0]]:
            self.axioms.append(z3.Implies(found, self.present(*place)))
        return found

    def incomplete(self, name: str, state: State) -> Any:  # noqa: ARG002
        """Return whether a list may still hold further items, or a set codes: one that is whole stays so."""
        if name not in (self.profile.incomplete or ()):
            return FALSE
        return TRUE if "." in name else z3.Bool(f"{name} incomplete")  # a fact stays open until it is recorded

    def present(self, name: str, slot: int) -> Any:
        """Return whether an item is there: those recorded are, but for plans; further places fill from the front."""
        key = f"{name}[{slot}]"
        own = slot < self.own[name]
        term = TRUE if own and not self.planned(name, slot) else z3.Bool(key)
        if key in self._done:
            return term
        self._done.add(key)
        self.places.append((name, slot))
        if name == "medications":
            self._named(key)
        if own:
            return term
        self.axioms.append(z3.Implies(term, self.known(name, "before")))
        if slot > self.own[name]:
            self.axioms.append(z3.Implies(term, self.present(name, slot - 1)))
        if name == "toxicities":
            self.axioms.append(z3.Implies(term, self.known(f"{key}.term", "before")))
        return term

    def codes(self, path: str) -> Mapping[str, Any]:
        """Return the codes of a coded fact, each with the condition that it is this one (or among them)."""
        found = self._members.get(path)
        if found is not None:
            return found
        value, field = self.was(path), self.field(path)
        if value is None or (field.type == "code" and not self.stays(path)):
            return super().codes(path)
        members = self.vocabulary.value_sets[field.value_set or ""].members.values()
        codes = [member.code for member in members if not member.missing]
        if field.type == "code":
            found = {code: TRUE if code == value else FALSE for code in codes}
        else:  # of a list of codes none is taken away
            open_ = FALSE if self.stays(path) else None
            found = {code: TRUE if code in value else open_ or z3.Bool(f"{path}={code}") for code in codes}
        self._members[path] = found
        return found

    def targets(self, path: str) -> Mapping[str, Any]:
        """Return the lesions a course may be aimed at, by place; a recorded aim stays."""
        found, value = self._members.get(path), self.was(path)
        if found is None and value is not None:
            ids = [lesion.id for lesion in self.profile.lesions or ()]
            found = dict.fromkeys(map(str, range(self.items["lesions"])), FALSE)
            found |= {str(ids.index(one)): TRUE for one in value if one in ids}
            found[ELSEWHERE] = FALSE if all(one in ids for one in value) else TRUE
            self._members[path] = found
        return super().targets(path) if found is None else found

    def value(self, path: str) -> Any:
        """Return the value of a boolean, a number, a text or a date."""
        if path not in self.values and self.was(path) is not None and self.stays(path):
            self.values[path] = self.constant(path, self.was(path))
            self._limits_in_order(path)
        return super().value(path)

    def _allowed(self, path: str, term: Any) -> list[Any]:
        """Return what a number keeps to: it stays what it is, or lies where a change is told."""
        told, was = self._offered.get(name_of(path), Range()).conditions(term), self.was(path)
        return told if was is None or not told else [either_of([term == self.constant(path, was), all_of(told)])]

    def constant(self, path: str, value: Any) -> Any:
        """Return a value of a fact as a constant of the solver."""
        kind = self.kind(path)
        if kind == "boolean":
            return z3.BoolVal(bool(value))
        if kind == "text":
            return z3.IntVal(self._texts.setdefault(value.casefold(), len(self._texts)))
        if kind == "date":
            return z3.IntVal((datetime.date.fromisoformat(value) - DAY_ZERO).days)
        return z3.IntVal(int(value)) if kind == "integer" else exact(float(value))

    def _closed(self, path: str, place: tuple[str, int] | None) -> bool:
        """Return whether a fact that is not recorded stays so: nobody learns the name of a drug without its code."""
        if place is None:
            return False
        item, _, name = path.partition("].")
        if place[0] == "medications" and name in ("has_class", "not_class"):
            return True  # what is learnt of a drug's classes is all of them
        return place[1] in self._still.get(place[0], ()) or (
            place[0] == "medications" and name == "name" and self.was(f"{item}].drug") != "other"
        )

    def _stays(self, path: str, value: Any) -> bool:
        field, place = self.field(path), place_of(path)
        if place is not None and (place[1] in self._still.get(place[0], ()) or self._past(*place)):
            return True
        return field.type in ("text", "texts") or settled(field, value, self.vocabulary)

    def _past(self, name: str, slot: int) -> bool:
        """Return whether an item is over: a drug stopped, a course completed."""
        field = self.vocabulary.fields.get(f"{name}.status")
        if field is None or field.value_set is None:
            return False
        return self.was(f"{name}[{slot}].status") in self.vocabulary.value_sets[field.value_set].groups.get("past", ())


def settled(field: Field, value: Any, vocabulary: Vocabulary) -> bool:
    """Return whether a recorded value of a field is there to stay, whatever the item it is of."""
    if field.change == "any":
        return False
    if field.change == "onward":
        return value is True
    if field.type != "code":
        return True
    return not vocabulary.value_sets[field.value_set or ""].members[value].open


def place_of(path: str) -> tuple[str, int] | None:
    """Return list and place of the item that a fact is about, None where it is about the patient."""
    name, bracket, rest = path.partition("[")
    return (name, int(rest.partition("]")[0])) if bracket else None
