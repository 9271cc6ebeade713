"""A wrong environment fails at start, by name."""

from __future__ import annotations

import pytest

from shared.web.settings import read_settings
from shared.wiring import StoreSettings


def test_a_missing_variable_is_named(monkeypatch):
    for name in ("TABLE_NAME", "ALERT_MAX_AGE_DAYS", "IDEMPOTENCY_DAYS"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(RuntimeError, match="ALERT_MAX_AGE_DAYS, IDEMPOTENCY_DAYS, TABLE_NAME"):
        read_settings(StoreSettings)


def test_a_wrong_value_is_named_and_not_shown(monkeypatch):
    monkeypatch.setenv("TABLE_NAME", "t")
    monkeypatch.setenv("ALERT_MAX_AGE_DAYS", "secret-value")
    monkeypatch.setenv("IDEMPOTENCY_DAYS", "7")

    with pytest.raises(RuntimeError) as refused:
        read_settings(StoreSettings)

    assert str(refused.value) == "environment variables missing or wrong: ALERT_MAX_AGE_DAYS"
