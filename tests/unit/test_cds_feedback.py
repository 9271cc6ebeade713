"""Feedback on cards: what is taken, what is refused, and what of it is counted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.assessments.ports import SubjectKey
from shared.cds.feedback import MAX_COMMENT, SentFeedback, counted_reason
from shared.cds.ports import ServedCard
from shared.errors import HookRefused, NotFound
from tests.support.hooks import NOW, PATIENT

CARD = "2f6d1f0e-6f6c-4a0e-9d43-0c1f0a7d9b11"
SUGGESTION = "7a0c8d1e-2d1c-4f43-8a53-9a1b8b0f1c01"
SERVICE = "pain-risk-patient-view"
SYSTEM = "https://pain.example.org/CodeSystem/card-override"
SERVED = ServedCard(
    CARD, SubjectKey("demo", "default", PATIENT), SERVICE, "profile", (), (SUGGESTION,), NOW, NOW + timedelta(days=90)
)


def overridden(code="not-now", **changes):
    return {
        "card": CARD,
        "outcome": "overridden",
        "outcomeTimestamp": "2026-11-26T11:59:00Z",
        "overrideReason": {"reason": {"code": code, "system": SYSTEM}, "userComment": "zx-private-zx"},
        **changes,
    }


def accepted(*suggestions, **changes):
    return {
        "card": CARD,
        "outcome": "accepted",
        "outcomeTimestamp": "2026-11-26T11:59:00Z",
        "acceptedSuggestions": [{"id": one} for one in suggestions or (SUGGESTION,)],
        **changes,
    }


def read(*entries):
    return SentFeedback({"feedback": list(entries)}, NOW)


def refused(*entries):
    with pytest.raises(HookRefused) as error:
        read(*entries).about({CARD: SERVED}, SERVICE)
    return [problem.pointer for problem in error.value.problems]


def test_an_override_is_read_with_its_reason_and_comment():
    [one] = read(overridden()).about({CARD: SERVED}, SERVICE)

    assert (one.outcome, one.reason, one.comment) == ("overridden", ("not-now", SYSTEM), "zx-private-zx")


def test_an_override_may_give_no_reason():
    [one] = read(overridden(overrideReason=None)).about({CARD: SERVED}, SERVICE)

    assert (one.reason, one.comment) == (None, None)
    assert counted_reason(one, {SYSTEM}) == ""


def test_an_acceptance_names_the_cards_own_suggestions():
    [one] = read(accepted(SUGGESTION.upper())).about({CARD: SERVED}, SERVICE)

    assert one.accepted == (SUGGESTION,)
    assert refused(accepted(CARD)) == ["/feedback/0/acceptedSuggestions"]
    assert refused(accepted(acceptedSuggestions=[])) == ["/feedback/0/acceptedSuggestions"]


def test_only_codes_of_ours_are_counted_by_name():
    reasons = [
        counted_reason(read(overridden(code, **more)).about({CARD: SERVED}, SERVICE)[0], {SYSTEM})
        for code, more in (
            ("not-now", {}),
            ("a patient's name", {}),
            ("not-now", {"overrideReason": {"reason": {"code": "not-now", "system": "https://other.example.org"}}}),
        )
    ]

    assert reasons == ["not-now", "other", "other"]


@pytest.mark.parametrize(
    ("entry", "at"),
    [
        (overridden(card="1"), "/feedback/0/card"),
        (overridden(outcome="ignored"), "/feedback/0/outcome"),
        (overridden(outcomeTimestamp="2026-11-26"), "/feedback/0/outcomeTimestamp"),
        (overridden(outcomeTimestamp="2026-11-26T12:06:00Z"), "/feedback/0/outcomeTimestamp"),
        (overridden(overrideReason={"userComment": "x" * (MAX_COMMENT + 1)}), "/feedback/0/overrideReason/userComment"),
        (overridden(overrideReason={"reason": {"code": "x"}}), "/feedback/0/overrideReason/reason/system"),
    ],
)
def test_what_is_wrong_is_named(entry, at):
    assert refused(entry) == [at]


def test_every_entry_is_judged():
    assert refused(overridden(card="1"), overridden(outcome="x")) == ["/feedback/0/card", "/feedback/1/outcome"]


@pytest.mark.parametrize("body", [{}, {"feedback": []}, {"feedback": "x"}, {"feedback": [overridden()] * 21}])
def test_a_body_without_a_bounded_list_is_refused(body):
    with pytest.raises(HookRefused):
        SentFeedback(body, NOW)


def test_an_unknown_card_refuses_the_whole():
    unknown = CARD.replace("2", "3")

    with pytest.raises(NotFound):
        read(overridden(), overridden(card=unknown)).about({CARD: SERVED}, SERVICE)


def test_a_card_of_another_service_is_unknown():
    with pytest.raises(NotFound):
        read(overridden()).about({CARD: SERVED}, "pain-risk-order-sign")
