"""The advice on a patient, shown and not stored: the answer is evaluated anew each time it is opened."""

from functools import cache

from trytond.exceptions import UserError
from trytond.model import ModelView, fields
from trytond.pool import Pool
from trytond.wizard import Button, StateView, Wizard

from oncocds import Engine
from oncocds.errors import EngineFault, InputError
from oncocds_fhir import bundled_codes, collect, map_bundle

from .records import bundle

FAULT = "引擎故障，没有结论；这不等于没有建议。 The engine failed. This is not an answer without advice."
MOST_ASKED = 10
URGENT, ATTENTION = ("critical",), ("warning",)


@cache
def engine():
    """Return the engine: loaded once, shared by all threads. ``Engine.load(policy=PATH)`` takes the site's settings."""
    return Engine.load()


def evaluated(patient, today):
    """Map and evaluate a patient's records. Raises ``UserError``: no fault may look like an empty list of advice."""
    try:
        collected = collect(bundle(patient))
        if not patient.medications_reviewed:
            collected.not_had("medications", ("medications",))
        mapped = map_bundle(collected, engine().knowledge.vocabulary, bundled_codes(), today)
        if patient.medications_reviewed:  # an empty table means none, once somebody has asked
            mapped.profile.setdefault("medications", [])
        return mapped, engine().evaluate(mapped.profile, as_of=today)
    except InputError as error:
        places = "; ".join(f"{one.pointer}: {one.reason}" for one in error.problems)
        raise UserError(f"资料无法评估。The records cannot be evaluated. {places}") from None
    except EngineFault:
        raise UserError(FAULT) from None


class AdviceShow(ModelView):
    """Advice."""

    __name__ = "oncology.advice.show"

    urgent = fields.Text("紧急 Urgent", readonly=True)
    attention = fields.Text("注意 Attention", readonly=True)
    asked = fields.Text("还缺 Missing", readonly=True)
    left_out = fields.Text("未能采用 Left out", readonly=True)
    basis = fields.Char("依据 Basis", readonly=True)


class Advice(Wizard):
    """Advice on a patient."""

    __name__ = "oncology.advice"

    start_state = "show"
    show = StateView(
        "oncology.advice.show",
        "oncology_advice.advice_show_view_form",
        [Button("关闭 Close", "end", "tryton-close", default=True)],
    )

    def default_show(self, _fields):
        """Return what is shown."""
        mapped, evaluation = evaluated(self.record, Pool().get("ir.date").today())
        report = mapped.report()
        questions = evaluation.questions.clinician
        asked = [f"{one.label.zh} {one.label.en}" for one in questions[:MOST_ASKED]]
        if len(questions) > MOST_ASKED:
            asked.append(f"……另有{len(questions) - MOST_ASKED}项 … and {len(questions) - MOST_ASKED} more")
        unread = [f"{one.text.zh} {one.text.en} ({', '.join(one.resources)})" for one in report.unmapped]
        unread += [f"{one.name}: {why.text.zh} {why.text.en}" for one in report.open_lists for why in one.because]
        return {
            "urgent": _lines(_said(evaluation, URGENT)),
            "attention": _lines(_said(evaluation, ATTENTION)),
            "asked": _lines(asked),
            "left_out": _lines(unread),
            "basis": f"{evaluation.engine} · {evaluation.knowledge.version} · {evaluation.as_of}",
        }


def _said(evaluation, urgencies):
    """Yield each active piece of advice and each remark of these urgencies, with its passages."""
    for notice in evaluation.notices:
        if notice.urgency in urgencies:
            yield f"{notice.text.zh}\n{notice.text.en}"
    for item in evaluation.advice:
        if item.status != "active" or item.urgency not in urgencies:
            continue
        yield f"■ {item.title.zh} {item.title.en}"
        for ground in (one for one in item.grounds if one.status == "active"):
            quotes = " ".join(f"“{one.quote}”" for one in ground.passages if one.role == "states")
            yield f"{ground.text.zh}\n{ground.text.en}\n{quotes} ({ground.rule})"


def _lines(lines):
    return "\n".join(lines)
