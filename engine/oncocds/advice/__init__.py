"""From conclusions to the answer."""
