"""Is a difference as large as one that matters? By the one verified figure of the definition, or not at all."""

from __future__ import annotations

from fractions import Fraction

from shared.change.exactly import exact, shown
from shared.change.result import Because
from shared.instruments.definition import Difference, Score

Verdict = tuple[bool | None, list[Because]]


def judge_importance(score: Score, difference: Fraction, *, other_band: bool | None) -> Verdict:
    """The verdict by ``important_difference``, and every other published figure as context.

    ``other_band``: has the score moved to another band? ``None`` where it has no bands.
    """
    context = [_context(other) for other in score.important_difference_other]
    figure = score.important_difference
    if figure is None:
        return None, [_why("no-important-difference", "No important difference was read for this score."), *context]
    value = figure.value
    if value is None or figure.value_high is not None or figure.unverified:
        return None, [_refusal(figure), *context]
    holds: bool | None = abs(difference) >= exact(value)
    detail = f"{_sign(difference)}; {shown(value)} points or more matter: {figure.kind}."
    reasons: list[Because] = []
    if figure.with_another_band and holds:
        holds = other_band
        reasons = [_band_reason(other_band)]
    decided: Because = {
        "about": "important",
        "rule": "important-difference",
        "detail": detail,
        "value": value,
        "op": ">=",
    }
    if holds is not None:
        decided["holds"] = holds
    if figure.source:
        decided["source"] = figure.source
    return holds, [decided, *reasons, *_direction_note(score, figure, difference), *context]


def _refusal(figure: Difference) -> Because:
    """Why a figure computes nothing, although it is shown."""
    if figure.unverified:
        return _with_figure(_why("important-difference-not-verified", f"Not verified: {figure.kind}."), figure)
    if figure.value is None:
        return _with_figure(_why("important-difference-not-fixed", f"Not a fixed number: {figure.kind}."), figure)
    return _with_figure(_why("important-difference-is-a-range", f"A range, no single number: {figure.kind}."), figure)


def _direction_note(score: Score, figure: Difference, difference: Fraction) -> list[Because]:
    if figure.read_for is None or difference == 0 or score.direction == "neutral":
        return []
    improved = (difference > 0) is (score.direction == "higher-is-better")
    if improved is (figure.read_for == "improvement"):
        return []
    changed = "improvement" if improved else "worsening"
    return [_why("read-for-other-direction", f"The source speaks of {figure.read_for}; this is a {changed}.")]


def _band_reason(other_band: bool | None) -> Because:
    words = {
        True: "The source asks for a move to another band as well, and there was one.",
        False: "The source asks for a move to another band as well, and there was none.",
        None: "The source asks for a move to another band as well, and the band is not known.",
    }
    return _why("with-another-band", words[other_band])


def _context(figure: Difference) -> Because:
    return _with_figure(_why("important-difference-other", f"For context, decides nothing: {figure.kind}."), figure)


def _with_figure(reason: Because, figure: Difference) -> Because:
    if figure.value is not None:
        reason["value"] = figure.value
    if figure.value_high is not None:
        reason["value_high"] = figure.value_high
    if figure.source:
        reason["source"] = figure.source
    if figure.unverified:
        reason["unverified"] = True
    return reason


def _sign(difference: Fraction) -> str:
    return f"A difference of {shown(float(difference))}".replace("of -", "of −")


def _why(rule: str, detail: str) -> Because:
    return {"about": "important", "rule": rule, "detail": detail}
