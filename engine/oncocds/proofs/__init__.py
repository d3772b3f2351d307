"""Proofs about the rules for every possible patient (extra ``proofs``: z3). Nothing here is needed to evaluate."""
