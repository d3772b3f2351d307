"""From facts to verdicts: lowering to durable-rules, the agenda, the compiled reading, and their cross-check."""
