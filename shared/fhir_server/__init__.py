"""What the FHIR server does, a module for each kind of thing that is asked of it; routes are in ``functions/fhir``."""
