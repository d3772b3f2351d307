"""Gherkin scenarios over one step vocabulary, in Chinese and English."""
