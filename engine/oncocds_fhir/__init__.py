"""Records in FHIR R4 become a profile, with the resource behind every fact and a report of what could not be used.

A library beside the engine, without a web framework: an EHR plugin maps its own resources and evaluates the profile::

    engine, codes = Engine.load(), bundled_codes()
    mapped = map_bundle(collect(bundle), engine.knowledge.vocabulary, codes, datetime.date.today())
    evaluation = engine.evaluate(mapped.profile)
    mapped.report()  # what was left out, what is open and why
"""

from oncocds.vocabulary.code_loader import bundled_codes
from oncocds_fhir.bundle import collect
from oncocds_fhir.mapping import Mapped, map_bundle
from oncocds_fhir.memory import Memory
from oncocds_fhir.report import MappingReport
from oncocds_fhir.times import Moment

__all__ = ["Mapped", "MappingReport", "Memory", "Moment", "bundled_codes", "collect", "map_bundle"]
