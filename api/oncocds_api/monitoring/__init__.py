"""What is counted, traced and logged of every request."""
