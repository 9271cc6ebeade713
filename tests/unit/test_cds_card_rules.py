"""Whatever was answered and whenever, every card keeps the rules of CDS Hooks."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.cds.answer import cards
from shared.cds.card import Frame
from tests.support.card_rules import check_answer
from tests.support.hooks import BASE, NAMES, NOW, PATIENT, SHELF, operation, opioid, person, request_of, stored

HOOKS = ("patient-view", "order-select", "order-sign", "encounter-discharge")
TIMEPOINTS = ("preoperative", "postoperative-day-3", "postoperative-month-3", "injury", "follow-up")
ANSWERS = st.one_of(st.none(), st.integers(0, 3))


def answers(prefix, count):
    return st.fixed_dictionaries({f"{prefix}_{n}": ANSWERS for n in range(1, count + 1)})


INSTRUMENTS = {
    "phq-9": answers("phq9", 9),
    "gad-7": answers("gad7", 7),
    "isi": answers("isi", 7),
    "peg": answers("peg", 3),
    "ort-oud": st.just({}),
}
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "age": st.integers(0, 110),
        "female": st.sampled_from([0, 1]),
        "procedure": st.sampled_from(["total-knee-arthroplasty", "hysterectomy", "thoracotomy", "other"]),
        "condition": st.sampled_from(["whiplash", "non-traumatic-neck-pain", "low-back-pain"]),
        "preoperative_opioids": st.sampled_from([0, 1]),
        "smoker": st.sampled_from([0, 1]),
        "pain_at_site": st.sampled_from([0, 1]),
    },
)


@st.composite
def submissions(draw):
    chosen = draw(st.lists(st.sampled_from(sorted(INSTRUMENTS)), min_size=1, max_size=3, unique=True))
    authored = NOW - timedelta(days=draw(st.integers(0, 400)), minutes=draw(st.integers(0, 1400)))
    return {
        "subject": PATIENT,
        "timepoint": draw(st.sampled_from(TIMEPOINTS)),
        "authored": authored.isoformat(),
        "responses": [{"instrument": one, "responses": draw(INSTRUMENTS[one])} for one in chosen],
        "clinical": draw(FACTS),
    }


@given(
    st.lists(submissions(), max_size=3),
    st.sampled_from(HOOKS),
    st.sampled_from([None, "https://app.example.org/launch"]),
    st.sampled_from(["info", "warning"]),
)
@settings(max_examples=60, deadline=None)
def test_every_answer_keeps_the_rules(bodies, hook, launch_url, indicator):
    bodies.sort(key=lambda body: body["authored"], reverse=True)
    views = [stored(body, now=max(NOW, datetime.fromisoformat(body["authored"]))) for body in bodies]
    who = person(*views, cds={"launch_url": launch_url, "profile_indicator": indicator})
    numbers = itertools.count(1)
    frame = Frame(NAMES, BASE, launch_url, lambda: f"00000000-0000-4000-8000-{next(numbers):012d}")

    made = [frame.render(card) for card in cards(request_of(hook, operation(), opioid()), who, SHELF)]

    check_answer({"cards": made})
    assert [card["indicator"] for card in made].count("critical") <= 1
    assert not any(card["indicator"] == "critical" for card in made if card["source"]["topic"]["code"] != "safety")


@pytest.mark.parametrize("hook", HOOKS)
def test_no_card_names_the_patient_but_in_a_draft(hook):
    body = {
        "subject": PATIENT,
        "timepoint": "preoperative",
        "authored": NOW.isoformat(),
        "responses": [{"instrument": "phq-9", "responses": {f"phq9_{n}": 1 for n in range(1, 10)}}],
    }
    who = person(stored(body))
    frame = Frame(NAMES, BASE, None, lambda: "00000000-0000-4000-8000-000000000000")

    told = cards(request_of(hook, operation()), who, SHELF)

    assert told
    for card in told:
        made = frame.render(card)
        assert PATIENT not in made["summary"] + made["detail"]
