"""What is answered from, and the change to the next of it."""
