"""FHIR bundles over HTTP: mapped, or mapped and evaluated."""
