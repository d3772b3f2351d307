"""Which request a line, a problem or an answer belongs to, and how long its parts took."""
