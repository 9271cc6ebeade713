"""A browser without a window, for pages that prove something."""

from __future__ import annotations

from pathlib import Path

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--allow-file-access-from-files",
)


def browsing(chromium: str, folder: Path, milliseconds: int) -> list[str]:
    """The command that opens a page with a profile in ``folder`` and lets its clock run so far."""
    return [chromium, *FLAGS, f"--user-data-dir={folder / 'profile'}", f"--virtual-time-budget={milliseconds}"]
