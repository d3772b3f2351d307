"""What is measured, each value with its UCUM unit: body weight, laboratory results, and what was measured before."""

from typing import Annotated

from oncocds.profile.codes import CodeOf, Date, Id, NotNegative, ShortText, Unit
from oncocds.profile.groups import Group


class Weight(Group):
    """Body weight with its UCUM unit."""

    value: NotNegative
    unit: Unit


class LabResult(Group):
    """A laboratory result; the laboratory's limits are in the unit of the result."""

    value: NotNegative | None = None
    unit: Unit | None = None
    date: Date | None = None
    reference_low: NotNegative | None = None
    reference_high: NotNegative | None = None
    interpretation: Annotated[str, CodeOf("interpretation")] | None = None


class DatedResult(Group):
    """One earlier result: of a laboratory test by its name within ``labs``, or of the LVEF (``lvef``, in %)."""

    id: Id | None = None
    of: ShortText
    date: Date
    value: NotNegative
    unit: Unit


class CalciumResult(LabResult):
    """Total calcium; ``since_symptoms``: measured after the symptoms began."""

    since_symptoms: bool | None = None


class Labs(Group):
    """Laboratory results by analyte; which analytes there are is the vocabulary's business (``models_of``)."""
