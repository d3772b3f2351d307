"""Evaluations and explanations over HTTP, and scenario files."""
