"""The rule language: conditions read, defined, explained, put into prose."""
