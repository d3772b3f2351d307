"""The knowledge to read."""
