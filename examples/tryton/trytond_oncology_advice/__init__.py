"""Oncology advice within Tryton: records are mapped and evaluated in the server's process, and nothing is kept."""

from trytond.pool import Pool

from . import advice, patient


def register() -> None:
    """Tell Tryton the classes of the module."""
    models = (patient.Patient, patient.Diagnosis, patient.Medication, patient.Result, advice.AdviceShow)
    Pool.register(*models, module="oncology_advice", type_="model")
    Pool.register(advice.Advice, module="oncology_advice", type_="wizard")
