"""Measures the engine: ``python -m bench`` (``make bench``)."""
