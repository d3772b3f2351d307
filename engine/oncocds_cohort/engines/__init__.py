"""Cohorts on many machines: what Spark, Dask or whatever else spreads work over machines is to call."""

from oncocds_cohort.engines.counts import Counts
from oncocds_cohort.engines.job import Job
from oncocds_cohort.engines.output import Output
from oncocds_cohort.engines.verdicts import Verdicts

__all__ = ["Counts", "Job", "Output", "Verdicts"]
