"""Everyone at once: the verdicts of the engine for files of patients, as columns.

A library beside the engine (extra ``cohort``). It reads the engine's own trees and functions and adds no knowledge.
"""
