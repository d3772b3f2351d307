"""The worker processes as the server sees them, and whose turn it is."""
