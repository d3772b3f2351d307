"""Records in FHIR R4 become a profile, with the resource behind every fact and a report of what could not be used."""
