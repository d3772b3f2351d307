"""RET fusion and whether it was tested for. Origin: the document names testing; what counts as tested is convention."""

from __future__ import annotations

from oncocds.profile.finding import Facts, Finding
from oncocds.profile.kleene import known, unknown

_FUSION, _DONE, _INCLUDES = "biomarkers.ret_fusion", "biomarkers.ngs_done", "biomarkers.ngs_includes_ret"


def ret_fusion(facts: Facts) -> Finding:
    """Return the RET fusion result, positive or negative; pending and not tested are unknown, never negative."""
    reported = facts.finding(_FUSION)
    return reported if reported.value in ("positive", "negative") else unknown(_FUSION)


def ret_tested(facts: Facts) -> Finding:
    """Return whether RET fusion was tested for.

    A result, or one pending, says yes; so does a panel that was done and includes RET. "Not tested", no panel, or a
    panel without RET says no; "not tested" beside a panel that includes RET contradicts itself and is asked about.
    """
    reported, done, includes = (facts.finding(fact) for fact in (_FUSION, _DONE, _INCLUDES))
    if reported.value in ("positive", "negative", "pending"):
        return known(True, reported)
    by_panel = _by_panel(done, includes)
    if reported.value == "not_tested":
        return unknown(_FUSION, _INCLUDES) if by_panel.value is True else known(False, reported)
    return by_panel if by_panel.value is not None else unknown(_FUSION, by_panel)


def _by_panel(done: Finding, includes: Finding) -> Finding:
    for finding in (done, includes):
        if finding.value is False:
            return known(False, finding)
    if done.value is None or includes.value is None:
        return unknown(*(finding for finding in (done, includes) if finding.value is None))
    return known(True, done, includes)
