"""What is sent to a tenant's own systems: built from a stored assessment, signed, sent, and the answer read."""
