"""What a request asks for, and what is noted of it."""
