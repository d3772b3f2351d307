"""Why one rule fires for a patient, why not, and what would change it."""
