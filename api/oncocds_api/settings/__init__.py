"""What a site sets: addresses, keys, limits, and what it leaves open."""
