"""Disease that is limited in number: few metastases at diagnosis, few residual lesions, few that progress.

The documents give no number: a clinician's assertion, or a maximum set by the site. Conventions: a new lesion
progresses, a residual or stable one remains, and all lesions of the list are counted.
"""

from __future__ import annotations

from oncocds.profile.derived.medications import active_of_class
from oncocds.profile.derived.metastases import few_metastases, or_asked
from oncocds.profile.finding import Facts, Finding, Item
from oncocds.profile.kleene import both, equals, known, unknown
from oncocds.profile.lists import Tally, number, tally

_PROGRESSING, _REMAINING = "trend.progressing_or_new", "trend.remaining"


def oligometastatic_at_baseline(facts: Facts) -> Finding:
    """Return whether there are few metastases at initial diagnosis (``policy.oligomet_max``).

    Origin: local policy, unless a clinician asserts it. Counted as for ``derived.oligometastatic``.
    """
    asserted = facts.finding("diagnosis.oligomet_baseline")
    if asserted.value is not None:
        return asserted
    at_first = equals(facts.finding("treatment.timepoint"), "initial_diagnosis")
    return or_asked(asserted, both([at_first, few_metastases(facts)]))


def oligoresidual(facts: Facts) -> Finding:
    """Return whether few lesions remain at a response plateau (``policy.oligoresidual_max``).

    Origin: local policy, unless a clinician asserts it. At least one residual or stable lesion, none progressing or
    new; an unassessed lesion may be either. There is no plateau at initial diagnosis: one recorded beside it
    contradicts it, and both are asked about.
    """
    asserted = facts.finding("diagnosis.oligoresidual")
    return asserted if asserted.value is not None else or_asked(asserted, both([_plateau(facts), _few_remain(facts)]))


def oligoprogression(facts: Facts) -> Finding:
    """Return whether, during systemic therapy, most lesions are controlled and few progress.

    Origin: local policy (``policy.oligoprog_max``), unless a clinician asserts it; systemic therapy is needed in either
    case. More than half must be controlled, half is not enough. Unassessed lesions are counted every way: once as
    progressing and once as controlled.
    """
    asserted = facts.finding("diagnosis.oligoprogression")
    few = asserted if asserted.value is not None else or_asked(asserted, _few_progress(facts))
    return both([on_systemic_therapy(facts), few])


def on_systemic_therapy(facts: Facts) -> Finding:
    """Return whether systemic therapy is running: as asserted, else by an active systemic anticancer drug."""
    return active_of_class(facts, "treatment.on_systemic", "systemic")


def _plateau(facts: Facts) -> Finding:
    plateau, time = facts.finding("treatment.response_plateau"), facts.finding("treatment.timepoint")
    if plateau.value is None:
        return known(False, time) if time.value == "initial_diagnosis" else unknown(plateau, time)
    if plateau.value is True and time.value == "initial_diagnosis":
        return unknown("treatment.response_plateau", "treatment.timepoint")
    return plateau


def _few_remain(facts: Facts) -> Finding:
    lesions = tally(facts, "lesions", _trend)
    if not lesions.found:
        return _without(lesions)
    trends, unassessed = lesions.found, lesions.open
    codes = facts.vocabulary.codes
    progressing, remaining = lesions.having(codes(_PROGRESSING)), lesions.having(codes(_REMAINING))
    if progressing:
        return known(False, *progressing)
    if not remaining and not unassessed:
        return known(False, *trends)
    maximum = facts.finding("policy.oligoresidual_max")
    if isinstance(maximum.value, int | float) and maximum.value < max(number(remaining), 1):
        return known(False, *remaining, maximum)
    if unassessed or maximum.value is None:
        return unknown(*unassessed, maximum)
    return known(True, *trends, maximum)


def _few_progress(facts: Facts) -> Finding:
    lesions = tally(facts, "lesions", _trend)
    if not lesions.found:
        return _without(lesions)
    trends, unassessed = lesions.found, lesions.open
    sure, all_ = number(lesions.having(facts.vocabulary.codes(_PROGRESSING))), number(trends)
    if not lesions.whole:
        return _few_progress_among_more(facts, lesions, sure)
    least, most = max(sure, 1), sure + number(unassessed)  # so many may progress, if any does
    if most < 1 or 2 * least >= all_:
        return known(False, *trends)
    limited = sure >= 1 and 2 * most < all_  # however many of the unassessed ones progress
    maximum = facts.finding("policy.oligoprog_max")
    if not isinstance(maximum.value, int | float):
        return unknown(maximum, *(() if limited else unassessed))
    if least > maximum.value:
        return known(False, *trends, maximum)
    return known(True, *trends, maximum) if limited and most <= maximum.value else unknown(*unassessed)


def _few_progress_among_more(facts: Facts, lesions: Tally, sure: int) -> Finding:
    """Return the same of a list with any number of further lesions: they may all be controlled, or progress."""
    maximum = facts.finding("policy.oligoprog_max")
    if isinstance(maximum.value, int | float) and maximum.value < max(sure, 1):
        return known(False, *lesions.found, maximum)
    return unknown(maximum, *lesions.open)


def _trend(lesion: Item) -> Finding:
    return lesion.finding("trend")


def _without(lesions: Tally) -> Finding:
    return Finding(False, ("lesions",)) if lesions.whole else unknown(*lesions.open)
