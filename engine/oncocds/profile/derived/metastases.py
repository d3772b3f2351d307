"""Metastases: what the lesions say, unless a clinician's assertion says it outright.

A lesion counts as established when it is imaging-positive or confirmed. A lesion that is only suspected, or whose
status or organ is unknown, could go either way: it is counted once as a metastasis and once not.
"""

from __future__ import annotations

from oncocds.profile.finding import Facts, Finding, Item, RecordedItem
from oncocds.profile.kleene import NO, both, certain, either, equals, known, unknown
from oncocds.profile.lists import absent, any_item, number, resting_on, tally

_ESTABLISHED = "lesion_status.established"
_VISCERA = "organ.viscera"
_NEW, _OLD = ("new",), ("old",)


def bone_metastases(facts: Facts) -> Finding:
    """Return whether bone metastasis is established. Origin: source (imaging or biopsy shows it).

    A clinician's assertion wins. Any established bone lesion → true; only suspected ones, or ones of unknown status →
    unknown; none in the complete list → false. A lesion recorded as primary is none.
    """
    asserted = facts.finding("diagnosis.bone_metastases")
    if asserted.value is not None:
        return asserted
    return any_item(facts, "lesions", lambda lesion: _spread(facts, lesion, "bone"))


def bone_metastases_suspected(facts: Facts) -> Finding:
    """Return whether bone metastasis is suspected and not established. Origin: convention.

    Any of: a clinician's suspicion, a bone lesion that is not established, bone pain, cord signs, present
    hypercalcaemia, fracture, recorded cord compression. Bone metastasis that is merely unknown is not established.
    Calcium that is not known to be high and an unrecorded suspicion add nothing, and ask nothing; hypercalcaemia that
    is said to be not known does.
    """
    established = facts.finding("derived.bone_metastases")
    if established.value is True:
        return known(False, established)
    return either(
        [
            certain(facts.finding("diagnosis.bone_suspected")),
            facts.finding("symptoms.bone_pain"),
            facts.finding("symptoms.cord_signs"),
            _high_calcium(facts),
            facts.finding("skeletal_events.pathological_fracture"),
            facts.finding("skeletal_events.vertebral_fracture"),
            facts.finding("skeletal_events.cord_compression"),
            _open_bone_lesion(facts),
        ]
    )


def _high_calcium(facts: Facts) -> Finding:
    found, event = facts.finding("derived.hypercalcaemia"), facts.finding("skeletal_events.hypercalcaemia")
    return event if found.value is None and event.value is None else certain(found)


def _open_bone_lesion(facts: Facts) -> Finding:
    """Return whether there is a bone lesion that is suspected or of unknown status."""
    denied = facts.finding("diagnosis.bone_metastases").value is False
    found = any_item(facts, "lesions", lambda lesion: _open_in_bone(facts, lesion, denied=denied))
    # A clinician who rules bone metastasis out has answered what the lesions that are not recorded would tell.
    return NO if denied and found.value is None else resting_on("lesions", found)


def _open_in_bone(facts: Facts, lesion: Item, *, denied: bool) -> Finding:
    organ, status = lesion.finding("organ"), lesion.finding("status")
    if organ.value in ("bone", None) and (primary := _primary(lesion)) is not None:
        return primary
    if organ.value == "bone":
        # An established lesion beside a denial is a contradiction: work-up goes on.
        return known(True, organ, status)
    established = facts.vocabulary.codes(_ESTABLISHED)
    return organ if organ.value is None and status.value not in established and not denied else NO


def present_metastasis(facts: Facts, lesion: RecordedItem) -> Finding:
    """Return whether a lesion is a metastasis that is there to be treated: established, not resolved, not the primary.

    Origin: convention. One that is only suspected is not, it has to be confirmed first.
    """
    return _gone(lesion) or equals(lesion.finding("status"), *facts.vocabulary.codes(_ESTABLISHED))


def bone_scan_done(facts: Facts) -> Finding:
    """Return whether a bone scan was done: among the modalities of a lesion, else as recorded. Origin: convention."""
    seen = any_item(facts, "lesions", _on_bone_scan)
    return seen if seen.value is True else facts.finding("assessments.bone_scan_done")


def _on_bone_scan(lesion: Item) -> Finding:
    imaging = lesion.finding("imaging")
    return known(True, imaging) if isinstance(imaging.value, tuple) and "bone_scan" in imaging.value else NO


def brain_metastases(facts: Facts) -> Finding:
    """Return whether brain metastasis is established; resolved lesions do not count. Origin: source."""
    return any_item(facts, "lesions", lambda lesion: in_brain(facts, lesion))


def brain_oligometastases_new(facts: Facts) -> Finding:
    """Return whether there are new brain lesions, few enough in all by ``policy.brain_oligo_max``.

    Origin: local policy, unless a clinician asserts it; the source gives no number. Suspected lesions make a range;
    resolved ones do not count. A lesion is new when it is called so, or by its trend.
    """
    asserted = facts.finding("diagnosis.brain_oligo_new")
    return asserted if asserted.value is not None else or_asked(asserted, _few_new_in_brain(facts))


def _few_new_in_brain(facts: Facts) -> Finding:
    if absent(facts, "lesions"):
        return unknown("lesions")
    here = tally(facts, "lesions", lambda lesion: in_brain(facts, lesion))
    there = tally(facts, "lesions", lambda lesion: _new_there(facts, lesion))
    perhaps = tally(facts, "lesions", lambda lesion: _perhaps_new_there(facts, lesion))
    sure, open_ = here.sure, here.unknowns
    further = () if here.whole else (unknown("lesions"),)
    maximum = facts.finding("policy.brain_oligo_max")
    room = _room(maximum, number(sure))
    enough, more = (room is None or room >= least for least in (0, 1))
    certainly_new, candidates = there.having(_NEW) if enough else (), there.unknowns if enough else ()
    possible = perhaps.unknowns if more else ()
    if not certainly_new and not candidates and not possible and not (further and more):
        if here.most == 0:
            return any_item(facts, "lesions", lambda lesion: in_brain(facts, lesion))
        olds = (*there.having(_OLD), *perhaps.having(_OLD))
        few = () if here.most == number(there.having(_OLD)) + number(perhaps.having(_OLD)) else (*sure, maximum)
        return known(False, *olds, *few)
    if certainly_new and room is not None and here.most - number(sure) <= room:
        return known(True, *there.sure, *sure, maximum)
    if certainly_new:
        return unknown(maximum) if room is None else unknown(*here.open)
    # Which of the open lesions are there matters where they could become too many, or are the only new ones.
    crowd = open_ if room is not None and number(open_) > room else ()
    return unknown(*candidates, *possible, *crowd, *further, maximum)


def _new_there(facts: Facts, lesion: Item) -> Finding:
    """Return of a lesion that is surely in the brain whether it is new, in a word of its own; False of others."""
    brain, new = in_brain(facts, lesion), newly_seen(lesion)
    if brain.value is not True:
        return NO
    return new if new.value is None else known("new", new, brain) if new.value else known("old", new)


def _perhaps_new_there(facts: Facts, lesion: Item) -> Finding:
    """Return of a lesion that may be in the brain what is lacking to call it a new one there, or that it is old."""
    brain, new = in_brain(facts, lesion), newly_seen(lesion)
    if brain.value is not None:
        return NO
    return known("old", new) if new.value is False else unknown(brain, new)


def visceral_metastases(facts: Facts) -> Finding:
    """Return whether there are visceral metastases. Origin: convention.

    Liver, lung, pleura, peritoneum, adrenal and other viscera; brain by ``policy.cns_counts_as_visceral``. The primary
    and resolved lesions do not count. A lesion counts unless it is only suspected. A clinician's assertion wins.
    """
    asserted = facts.finding("diagnosis.visceral_metastases")
    if asserted.value is not None:
        return asserted
    return any_item(facts, "lesions", lambda lesion: _visceral(facts, lesion))


def oligometastatic(facts: Facts) -> Finding:
    """Return whether at least one and at most ``policy.oligomet_max`` metastases are there.

    Origin: local policy, unless a clinician asserts it; the source gives no number. The primary and resolved lesions do
    not count; lesions that are suspected or of unknown status make a range.
    """
    asserted = facts.finding("diagnosis.oligometastatic")
    return asserted if asserted.value is not None else or_asked(asserted, few_metastases(facts))


def or_asked(asserted: Finding, concluded: Finding) -> Finding:
    """Return a conclusion; where it is open the clinician's own assertion is asked for as well."""
    return concluded if concluded.value is not None else unknown(asserted, concluded)


def few_metastases(facts: Facts) -> Finding:
    """Return whether the lesions alone show at least one and at most ``policy.oligomet_max`` metastases."""
    if absent(facts, "lesions"):
        return unknown("lesions")
    here = tally(facts, "lesions", lambda lesion: metastasis(facts, lesion))
    if here.most == 0:
        return any_item(facts, "lesions", lambda lesion: metastasis(facts, lesion))
    maximum = facts.finding("policy.oligomet_max")
    room = _room(maximum, number(here.sure))
    if room is not None and (room < 0 or room == 0 == number(here.sure)):
        return known(False, *here.sure, maximum)
    if here.sure and room is not None and here.most - number(here.sure) <= room:
        return known(True, *here.sure, maximum)
    # Without a maximum the open lesions matter only where nothing is established yet.
    return unknown(*(() if room is None and here.sure else here.open), maximum)


def _visceral(facts: Facts, lesion: Item) -> Finding:
    """Return whether a lesion is a present metastasis of the viscera."""
    organ, gone = lesion.finding("organ"), _gone(lesion)
    if gone is not None:
        return gone
    if organ.value == "brain":
        return both([facts.finding("policy.cns_counts_as_visceral"), _not_only_suspected(lesion)])
    viscera = facts.vocabulary.codes(_VISCERA)
    if organ.value is None or organ.value in viscera:
        return both([equals(organ, *viscera), _not_only_suspected(lesion)])
    return Finding(False, organ.used)


def _room(maximum: Finding, sure: int) -> float | None:
    """Return how many lesions beyond the sure ones a maximum still allows; None without one."""
    return maximum.value - sure if isinstance(maximum.value, int | float) else None


def _established(facts: Facts, lesion: Item) -> Finding:
    status = lesion.finding("status")
    if status.value is None:
        return status
    if status.value in facts.vocabulary.codes(_ESTABLISHED):
        return Finding(True, status.used)
    # Recorded, and yet the fact to ask for: only its confirmation decides.
    return unknown(f"{lesion.path}.status")


def _not_only_suspected(lesion: Item) -> Finding:
    status = lesion.finding("status")
    return unknown(f"{lesion.path}.status") if status.value == "suspected" else Finding(True, status.used)


def _here(facts: Facts, lesion: Item, wanted: str) -> Finding:
    organ = lesion.finding("organ")
    if organ.value is None:
        return both([organ, _established(facts, lesion)])
    if organ.value != wanted:
        return Finding(False, organ.used)
    status = _established(facts, lesion)
    return status if status.value is None else Finding(True, organ.used + status.used)


def _gone(lesion: Item) -> Finding | None:
    """Return why a lesion is no present metastasis: it is the primary, or resolved; None where it may be one."""
    trend = lesion.finding("trend")
    if trend.value == "resolved":
        return Finding(False, trend.used)
    return _primary(lesion)


def _primary(lesion: Item) -> Finding | None:
    """Return that a lesion is no metastasis because it is recorded as primary; None where it is not."""
    primary = lesion.finding("is_primary")
    return Finding(False, primary.used) if primary.value is True else None


def _spread(facts: Facts, lesion: Item, organ: str) -> Finding:
    """Return whether a lesion is a metastasis in an organ, resolved or not."""
    here = _here(facts, lesion, organ)
    return here if here.value is False else _primary(lesion) or here


def in_brain(facts: Facts, lesion: Item) -> Finding:
    """Return whether a lesion is a present metastasis of the brain."""
    here = _here(facts, lesion, "brain")
    return here if here.value is False else _gone(lesion) or here


def metastasis(facts: Facts, lesion: Item) -> Finding:
    """Return whether a lesion is a metastasis that is there, wherever it is."""
    return _gone(lesion) or _established(facts, lesion)


def newly_seen(lesion: Item) -> Finding:
    """Return whether a lesion is called new, by its trend or in so many words."""
    trend = lesion.finding("trend")
    return Finding(True, trend.used) if trend.value == "new" else lesion.finding("is_new")
