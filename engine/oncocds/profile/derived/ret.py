"""RET fusion and whether it was tested for. Origin: the document names testing; what counts as tested is convention."""

from __future__ import annotations

from oncocds.profile.finding import Facts, Finding
from oncocds.profile.kleene import known, unknown

_FUSION, _DONE, _INCLUDES = "biomarkers.ret_fusion", "biomarkers.ngs_done", "biomarkers.ngs_includes_ret"
_RESULTS = ("positive", "negative")
_TESTED = (*_RESULTS, "pending")


def ret_fusion(facts: Facts) -> Finding:
    """Return the RET fusion result, positive or negative; pending and not tested are unknown, never negative."""
    reported = facts.finding(_FUSION)
    return reported if reported.value in _RESULTS else unknown(_FUSION)


def ret_tested(facts: Facts) -> Finding:
    """Return whether RET fusion was tested for.

    A result, or one pending, says yes; so does a panel that includes RET. "Not tested", no panel, or a panel without
    RET says no. "Not tested", or no panel, beside one that includes RET contradicts itself and is asked about.
    """
    reported, done, includes = (facts.finding(fact) for fact in (_FUSION, _DONE, _INCLUDES))
    if reported.value in _TESTED:
        return known(True, reported)
    denied = [finding for finding in (reported, done) if finding.value in ("not_tested", False)]
    if includes.value is True:
        return unknown(_FUSION, *denied[-1].used, _INCLUDES) if denied else known(True, includes)
    denied += [includes] if includes.value is False else []
    return known(False, denied[0]) if denied else unknown(_FUSION, done, includes)
