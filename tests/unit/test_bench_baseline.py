"""The benchmark's hand-written baseline gives the very same result, so the two may be compared."""

from __future__ import annotations

import ast

from hypothesis import given
from hypothesis import strategies as st

from bench.phq9_by_hand import score_phq9
from infra.local.template import ROOT
from shared import ENGINE_VERSION
from shared.instruments import registry
from shared.scoring import scorer_for

DEFINITION = registry().get("phq-9")
HEAD = {
    "instrument": "phq-9",
    "instrument_version": DEFINITION.instrument.version,
    "definition_sha256": DEFINITION.sha256,
    "engine_version": ENGINE_VERSION,
}
RESPONSES = st.dictionaries(st.sampled_from([f"phq9_{n}" for n in range(1, 11)]), st.sampled_from([None, 0, 1, 2, 3]))


def alert_templates():
    fired = scorer_for(DEFINITION).score({"phq9_9": 1})["alerts"] + scorer_for(DEFINITION).score({})["alerts"]
    return {alert["id"]: alert for alert in fired}


@given(RESPONSES)
def test_the_hand_written_phq9_equals_the_engine(responses):
    assert score_phq9(responses, HEAD, alert_templates()) == scorer_for(DEFINITION).score(responses)


def test_the_hand_written_phq9_is_under_sixty_lines():
    tree = ast.parse((ROOT / "bench" / "phq9_by_hand.py").read_text())
    [function] = [node for node in tree.body if isinstance(node, ast.FunctionDef)]

    assert function.end_lineno - function.lineno + 1 < 60
