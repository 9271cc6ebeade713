"""What a tenant has decided: one versioned document of settings."""

from shared.tenants.settings import DEFAULTS, TenantSettings, Visibility

__all__ = ["DEFAULTS", "TenantSettings", "Visibility"]
