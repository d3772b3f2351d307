"""The plan as one SQL statement: every rule's verdict of every patient of a table, for DuckDB and Spark."""

from oncocds_cohort.sql.statement import Statement

__all__ = ["Statement"]
