"""CDS Hooks: services an EHR calls while the doctor works, the cards they answer with, and what became of these."""
