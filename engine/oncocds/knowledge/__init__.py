"""The knowledge: rule files read, checked, digested."""
