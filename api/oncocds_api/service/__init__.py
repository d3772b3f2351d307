"""What a server says of itself, and is told."""
