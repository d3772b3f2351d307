"""What is written of a cohort: verdicts, counts, gaps, comparisons, a report."""
