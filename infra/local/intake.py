"""``python -m infra.local.intake FILE…``: assess intakes as the service would, store nothing, print everything."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from infra.local.show import print_assessment
from shared.assessments.ports import NewAssessment, StoredAssessment
from shared.assessments.request import Request
from shared.assessments.risk import RiskView
from shared.assessments.service import Assessments
from shared.errors import SubmissionRefused
from shared.instruments import registry
from shared.risk_models import registry as risk_models


class Forgets:
    """A store that keeps nothing, for looking only."""

    def add(self, *_: NewAssessment) -> None:
        """Nothing is kept."""

    def get(self, *_: object) -> StoredAssessment | None:
        return None

    def settings(self, *_: object) -> None:
        return None

    def keep_refused(self, *_: object) -> None:
        """Nothing is kept."""


def assess_with() -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A function that assesses one intake and keeps nothing; it raises ``SubmissionRefused`` as the service would."""
    view = RiskView(risk_models(()))
    service = Assessments(Forgets(), registry(), timedelta(days=30), timedelta(days=1), lambda: view)  # type: ignore[arg-type]
    return lambda body: service.submit(body, Request("local", "you", "")).view


def main(files: Sequence[str]) -> int:
    assess = assess_with()
    for name in files:
        print(f"===== {name}")
        try:
            print_assessment(assess(json.loads(Path(name).read_text(encoding="utf-8"))))
        except SubmissionRefused as refused:
            print(*(f"{line.pointer}: {line.detail}" for line in refused.problems), sep="\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
