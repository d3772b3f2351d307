"""The clinician's pages, rendered here; a little script of our own, nothing from elsewhere."""
