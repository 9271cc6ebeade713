"""Scoring, risk and storage of the chronic-pain risk service: the layer that every function imports.

Arrows between the packages point inward:
``web``, ``storage`` → ``assessments`` → ``scoring`` → ``instruments`` → ``errors``.
"""

ENGINE_VERSION = "0.1.0"
"""Travels with every result beside the definition's own version and hash."""
