"""CDS Hooks 2.0: what an EHR asks at a moment of care, and the cards that answer it. It knows no AWS and no HTTP."""
