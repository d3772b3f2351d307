"""Verdicts on many machines: what Spark, Dask or whatever else spreads work over machines is to call."""

from oncocds_cohort.engines.job import Job
from oncocds_cohort.engines.verdicts import Verdicts

__all__ = ["Job", "Verdicts"]
