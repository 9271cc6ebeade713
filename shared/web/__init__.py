"""From API Gateway events to calls, and from results and domain errors to JSON answers."""
