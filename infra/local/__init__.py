"""The service on this machine: the deployed template's routes, environment and table, without AWS."""
