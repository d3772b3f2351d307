"""What was recorded of one patient whose facts are open: every fact a variable, every list a number of possible items.

There are two states of knowledge of the same patient, ``before`` and ``after``: after, some more facts are recorded,
and none differs. Most claims look at the state before alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import z3

from oncocds.algebra.derivations import asked_once
from oncocds.profile.coverage import public_fields
from oncocds.profile.finding import SETS
from oncocds.profile.models import ITEM_LISTS
from oncocds.proofs.ranges import Range, ranges
from oncocds.proofs.terms import all_of, either_of, negation_of
from oncocds.vocabulary.models import Field, FieldType, Vocabulary

State = Literal["before", "after"]
ONE_AT_ONCE = z3.Bool("one fact at once")
_LEARNT = z3.Int("the fact learnt")
ELSEWHERE = "elsewhere"
_CLASSES = ("class", "has_class", "not_class")


class Recorded:
    """What was recorded of one patient: the variables, and what every profile the contract allows keeps to.

    ``items`` is how many items each list may have.
    """

    def __init__(self, vocabulary: Vocabulary, items: Mapping[str, int]) -> None:
        self.vocabulary = vocabulary
        self.asked_once = asked_once(vocabulary)
        self.items = {name: items.get(name, 0) for name in ITEM_LISTS}
        self.axioms: list[Any] = []
        self.values: dict[str, Any] = {}
        self._known: dict[tuple[str, State], Any] = {}
        self._learnt: dict[str, int] = {}
        self._members: dict[str, Mapping[str, Any]] = {}
        self._ranges = ranges(vocabulary)
        self._public = public_fields(vocabulary)
        self._done: set[str] = set()

    def field(self, path: str) -> Field:
        """Return the field of a fact: ``lesions[0].status`` is of the field ``lesions.status``."""
        return self.vocabulary.fields[name_of(path)]

    def kind(self, path: str) -> FieldType:
        """Return the type of a fact in profile and policy, where a number may be whole."""
        return self._public[name_of(path)][0]

    def known(self, path: str, state: State) -> Any:
        """Return whether a fact (or a list) is recorded."""
        found = self._known.get((path, state))
        if found is None:
            name = f"{path}?"
            if state == "before":
                found = z3.Bool(name)
            else:
                learnt = z3.Bool(f"{name}+")
                number = self._learnt.setdefault(path, len(self._learnt))
                self.axioms.append(z3.Implies(learnt, self.may_learn(path if path in ITEM_LISTS else name_of(path))))
                self.axioms.append(z3.Implies(z3.And(learnt, ONE_AT_ONCE), number == _LEARNT))
                found = z3.Or(self.known(path, "before"), learnt)
            self._known[path, state] = found
            self._constrain(path)
        return found

    def incomplete(self, name: str, state: State) -> Any:
        """Return whether a recorded list may hold further items, or a set codes; what is learnt is that it does not.

        Of a fact of which nothing recorded means no: whether it is unknown where nothing is recorded.
        """
        said = z3.Bool(f"{name} incomplete")
        if state == "before" or "." in name:  # of a fact it is over once that is recorded
            return said
        self.known(name, "after")
        return z3.And(said, z3.Not(z3.And(self.known(name, "before"), z3.Bool(f"{name}?+"))))

    def lacking(self, path: str) -> Any:
        """Return whether there is something to learn of a fact, or a list, in the state before."""
        absent = negation_of(self.known(path, "before"))
        return either_of([absent, self.incomplete(path, "before")]) if path in (*ITEM_LISTS, *SETS) else absent

    def present(self, name: str, slot: int) -> Any:
        """Return whether a list, once recorded, has an item in a place; places are filled from the front."""
        term = z3.Bool(f"{name}[{slot}]")
        key = f"{name}[{slot}]"
        if key not in self._done:
            self._done.add(key)
            if slot:
                self.axioms.append(z3.Implies(term, self.present(name, slot - 1)))
            if name == "medications":
                self._named(f"{name}[{slot}]")
            if name == "toxicities":
                self.axioms.append(z3.Implies(term, self.known(f"{name}[{slot}].term", "before")))
        return term

    def may_lack(self, name: str, slot: int) -> bool:  # noqa: ARG002
        """Return whether a place may be empty before one that is not; here places are filled from the front."""
        return False

    def codes(self, path: str) -> Mapping[str, Any]:
        """Return the codes of a coded fact, each with the condition that it is this one (or among them)."""
        found = self._members.get(path)
        if found is None:
            field = self.field(path)
            members = self.vocabulary.value_sets[field.value_set or ""].members.values()
            codes = [member.code for member in members if not member.missing]
            if field.type == "codes":
                found = {code: z3.Bool(f"{path}={code}") for code in codes}
            else:
                term = z3.BitVec(path, max(1, (len(codes) - 1).bit_length()))
                found = {code: term == number for number, code in enumerate(codes)}
                self.values[path] = term
                self.axioms.append(z3.ULE(term, len(codes) - 1))
            self._members[path] = found
        return found

    def targets(self, path: str) -> Mapping[str, Any]:
        """Return the lesions a course may be aimed at, by place; with a list of lesions, they are in it."""
        found = self._members.get(path)
        if found is None:
            places = range(self.items["lesions"])
            found = self._members[path] = {str(place): z3.Bool(f"{path}={place}") for place in places}
            listed = self.known("lesions", "after")
            whole = z3.And(listed, negation_of(self.incomplete("lesions", "after")))
            for place, aimed in zip(places, found.values(), strict=True):
                there = self.present("lesions", place)
                self.axioms.append(z3.Implies(z3.And(self.known(path, "after"), listed, aimed), there))
            # Without a whole list of lesions a course may name one that nobody knows.
            found = self._members[path] = {**found, ELSEWHERE: z3.Bool(f"{path}={ELSEWHERE}")}
            self.axioms.append(z3.Implies(z3.And(self.known(path, "after"), whole), z3.Not(found[ELSEWHERE])))
        return found

    def value(self, path: str) -> Any:
        """Return the value of a boolean, a number, a text or a date."""
        found = self.values.get(path)
        if found is None:
            kind = self.kind(path)
            if kind == "boolean":
                found = z3.Bool(path)
            elif kind == "number":
                found = z3.Real(path)
            elif kind == "integer":
                found = z3.Int(path)
            else:
                found = z3.Int(path)
                # Texts are numbered; dates are days from the first of 2026, on any calendar.
                self.axioms += [found >= 0, found <= 500] if kind == "text" else [found >= -739_616, found <= 2_912_442]
            self.values[path] = found
            self.axioms += self._allowed(path, found)
            self._limits_in_order(path)
        return z3.ToReal(found) if self.kind(path) == "integer" else found

    def _allowed(self, path: str, term: Any) -> list[Any]:
        """Return what a number keeps to."""
        return self._ranges.get(name_of(path), Range()).conditions(term)

    def raw(self, path: str) -> Any:
        """Return the variable of a fact, whatever its type but a set."""
        (self.codes if self.field(path).type == "code" else self.value)(path)
        return self.values[path]

    def paths(self) -> list[str]:
        """Return the facts that have been asked for so far, lists aside."""
        return [path for path, state in self._known if state == "before" and path not in ITEM_LISTS]

    def plain_numbers(self, parts: int) -> Any:
        """Return that numbers are multiples of one part of so many, and that nothing rests on the creatinine clearance.

        Every patient a claim is refuted with must be one that the engine can be shown; a number of many decimals would
        be rounded on its way, and a clearance is any number here.
        """
        states: tuple[State, ...] = ("before", "after")
        computed = ("age", "weight", "labs.creatinine.value")
        free = [z3.Not(z3.And([self.known(path, state) for path in computed])) for state in states]
        free += [z3.Not(self.known("policy.crcl_low", state)) for state in states]
        free += [z3.Not(z3.Bool(severe_clearance_decided(state))) for state in states]
        reals = [value for value in self.values.values() if z3.is_real(value)]
        plain = [z3.IsInt(value * parts) for value in reals]
        return z3.And(*plain, *free)

    def may_learn(self, name: str) -> Any:
        """Return that between the two states some fact of this name may be learnt."""
        return z3.Bool(f"{name} may be learnt")

    def learns_only(self, path: str) -> Any:
        """Return that between the two states nothing is learnt but one fact."""
        return z3.And(ONE_AT_ONCE, self._learnt.get(path, -1) == _LEARNT)

    def learnt(self) -> list[str]:
        """Return the facts that conditions ask for in the state after, and lists."""
        return list(self._learnt)

    def learnable(self) -> list[str]:
        """Return the names of the facts that conditions ask for in the state after."""
        return sorted({path if path in ITEM_LISTS else name_of(path) for path in self._learnt})

    def _constrain(self, path: str) -> None:
        """Keep to what profiles must keep to: a class only beside an unlisted drug, which has a name."""
        item, _, field = path.rpartition(".")
        if path.startswith("medications[") and field in _CLASSES:
            self._named(item)
            self._classes_agree(item)

    def _named(self, item: str) -> None:
        if f"{item}.name" in self._done:
            return
        self._done.add(f"{item}.name")
        other = z3.And(self.known(f"{item}.drug", "before"), self.codes(f"{item}.drug")["other"])
        self.axioms.append(z3.Implies(other, self.known(f"{item}.name", "before")))
        for state in ("before", "after"):
            drug = z3.And(self.known(f"{item}.drug", state), self.codes(f"{item}.drug")["other"])
            self.axioms += [z3.Implies(self.known(f"{item}.{field}", state), drug) for field in _CLASSES]
            self.axioms.append(z3.Implies(drug, self.known(f"{item}.name", state)))

    def _classes_agree(self, item: str) -> None:
        """Keep to what profiles must keep to: what is said of an unlisted drug's classes does not contradict itself."""
        if f"{item}.classes" in self._done:
            return
        self._done.add(f"{item}.classes")
        known = [self.known(f"{item}.{field}", "after") for field in _CLASSES]
        codes = [self.codes(f"{item}.{field}") for field in _CLASSES]
        implies = self.vocabulary.implied_classes
        every, some = (_implying(codes[at], known[at], implies) for at in (0, 1))
        for name, recorded in codes[2].items():
            implied = [codes[2][implies[name]]] if name in implies else []
            excluded = all_of([known[2], either_of([recorded, *implied])])
            self.axioms.append(z3.Implies(excluded, z3.Not(either_of([every[name], some[name]]))))
            self.axioms.append(z3.Implies(all_of([known[0], some[name]]), every[name]))

    def _limits_in_order(self, path: str) -> None:
        analyte, _, part = path.rpartition(".")
        if path.startswith("labs.") and part in ("reference_low", "reference_high"):
            low, high = f"{analyte}.reference_low", f"{analyte}.reference_high"
            if low in self.values and high in self.values and analyte not in self._done:
                self._done.add(analyte)
                both = z3.And(self.known(low, "after"), self.known(high, "after"))
                self.axioms.append(z3.Implies(both, self.values[low] <= self.values[high]))


def severe_clearance_decided(state: State) -> str:
    """Name that best and worst case tell whether the clearance is below the figure of the drugs' labels."""
    return f"severe clearance decided {state}"


def _implying(codes: Mapping[str, Any], known: Any, implies: Mapping[str, str]) -> Mapping[str, Any]:
    """Return classes that are recorded, with those they imply, each with its condition."""
    said = {
        name: either_of([recorded, *(codes[one] for one, implied in implies.items() if implied == name)])
        for name, recorded in codes.items()
    }
    return {name: all_of([known, one]) for name, one in said.items()}


def name_of(path: str) -> str:
    """Return the name of the field that a path is about."""
    before, bracket, after = path.partition("[")
    return before + after.partition("]")[2] if bracket else path
