"""Who may call: signed tokens of EHRs, API keys and signed requests of hospital systems."""
