"""Instruments of different kinds, each scored by a function written for it alone.

They are the baseline that the declarative engine is measured against: plain Python with every number written into
code. They give the very same results (``tests/unit/test_bench_baseline.py`` proves it), and take the same answers
and the same wording; what is refused they refuse, without the engine's list of problems.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bench.by_hand.phq9 import score_phq9
from bench.by_hand.promis_sleep_8a import score_promis_sleep_8a
from bench.by_hand.psqi import score_psqi
from bench.by_hand.rand36 import score_rand36
from bench.by_hand.stop_bang import score_stop_bang

Head = dict[str, str]
Alerts = dict[str, dict[str, Any]]

BY_HAND: dict[str, Callable[[dict[str, Any], Head, Alerts], dict[str, Any]]] = {
    "phq-9": score_phq9,
    "psqi": score_psqi,
    "promis-sleep-disturbance-8a": score_promis_sleep_8a,
    "rand-36": score_rand36,
    "stop-bang": score_stop_bang,
}

KINDS = {
    "phq-9": "a prorated sum, criteria, alerts",
    "psqi": "seven components, clock times",
    "promis-sleep-disturbance-8a": "a table",
    "rand-36": "means of recoded answers",
    "stop-bang": "a category, unknowns bounded",
}
