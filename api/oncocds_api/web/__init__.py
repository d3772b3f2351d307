"""Requests and answers as such: bodies, problems, connections."""
