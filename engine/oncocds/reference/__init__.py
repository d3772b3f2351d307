"""The knowledge for readers."""
