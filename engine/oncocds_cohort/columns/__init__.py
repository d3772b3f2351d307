"""Rules and derived facts as one plan over columns: a batch of patients in, what each rule says of each of them out."""

from oncocds_cohort.columns.plan import Plan

__all__ = ["Plan"]
