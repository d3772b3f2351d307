"""The audit log: one sealed record of every answer, written before the answer leaves."""
