"""Folders of FHIR records, as a server's Bulk Data export gives them, become a file of patients."""
