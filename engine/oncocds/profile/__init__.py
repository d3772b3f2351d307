"""The patient: what callers send, checked, and the facts concluded from it."""
