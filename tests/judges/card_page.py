"""Cards in a page, as a browser shows them: what their Markdown becomes, and a picture of it.

``python -m tests.judges.card_page docs/images/cds-card.png`` takes the picture of the documentation.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.support.chromium import browsing

PAGE = Path(__file__).parent / "cards" / "page.html"
MARKED = PAGE.parent / "node_modules" / "marked"


def browsed(chromium: str, cards: list[dict[str, Any]], folder: Path, *options: str) -> str:
    """What Chromium prints about the page of these cards."""
    script = folder / "cards.js"
    script.write_text(f"window.CARDS = {json.dumps(cards)};", encoding="utf-8")
    ran = subprocess.run(
        [
            *browsing(chromium, folder, 20_000),
            "--hide-scrollbars",
            "--disable-lcd-text",
            *options,
            f"{PAGE.as_uri()}?cases={script.as_uri()}",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return ran.stdout


def rendered(chromium: str, cards: list[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """Of each card's detail: the elements that it became, its links, and its text."""
    found = re.search(
        r'<script id="verdicts"[^>]*>(.*?)</script>', browsed(chromium, cards, folder, "--dump-dom"), re.DOTALL
    )
    if found is None:
        raise RuntimeError("the page gave no verdicts")
    verdicts: list[dict[str, Any]] = json.loads(found[1])
    return verdicts


def picture(chromium: str, cards: list[dict[str, Any]], path: Path, height: int) -> None:
    """A picture of the page."""
    with tempfile.TemporaryDirectory() as folder:
        browsed(chromium, cards, Path(folder), f"--screenshot={path.resolve()}", f"--window-size=860,{height}")


def documented() -> list[dict[str, Any]]:
    """The cards of the sample intake, as an order for its operation is signed."""
    from tests.support.hooks import answered, operation, person, sample, stored

    return answered("order-sign", person(stored(sample())), operation())


if __name__ == "__main__":
    picture(shutil.which("chromium") or "chromium", documented(), Path(sys.argv[1]), 1250)
