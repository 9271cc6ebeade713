"""The hot path gives what the full reading gives, or nothing at all."""

from __future__ import annotations

import json
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.fhir_response import measure, response_bytes
from shared.fhir.document import Unreadable, parse
from shared.fhir.forms import Forms
from shared.fhir.plain_response import read_plain
from shared.fhir.questionnaire_response import read_response
from shared.fhir.response_scores import score_reading, score_response
from shared.instruments import registry
from tests.fhir_examples import NAMES, SCORABLE, phq9, random_responses, response

FORMS = Forms(NAMES, registry())
US_CORE = "http://hl7.org/fhir/us/core/Questionnaire/phq-9-example"
for one in SCORABLE:
    FORMS.find(f"{NAMES.questionnaire(one.instrument.id)}|{one.instrument.version}")
FORMS.find(US_CORE)


def as_bytes(document, **how):
    return json.dumps(document, ensure_ascii=False, **how).encode("utf-8", "surrogatepass")


def holds(raw):
    """Whether the hot path took it; where it did, the full reading has nothing to say and reads the same."""
    plain = read_plain(raw, FORMS)
    if plain is None:
        return False
    full = read_response(parse(raw), FORMS)
    assert plain == full
    assert full.issues == []
    assert score_reading(plain) == score_reading(full) == score_response(raw, FORMS)
    return True


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"status": "amended"},
        {"id": "r-1"},
        {"language": "en-GB"},
        {"author": {"reference": "Practitioner/d1"}, "encounter": {"reference": "Encounter/e1"}},
        {"source": {"reference": "Patient/p-1001"}},
        {"source": {"reference": "RelatedPerson/r1"}},
        {"meta": {"profile": ["http://x.org/p|1", "http://x.org/q"]}},
        {"authored": "2022-11-29T20:50:32.718Z"},
        {"subject": {"reference": "https://ehr.example.org/fhir/Patient/1/_history/2"}},
    ],
)
def test_plain_responses_take_the_hot_path(change):
    assert holds(as_bytes(phq9() | change))


def test_the_benchmark_measures_the_hot_path_and_its_baseline_sums_the_same():
    raw = response_bytes(NAMES.base)

    assert holds(raw)
    assert measure(rounds=1, calls=1).ratio > 0


def test_texts_displays_totals_and_white_space_are_plain():
    document = phq9(i3=None)
    instrument = registry().get("phq-9").instrument
    document["item"][0]["text"] = instrument.items[0].text
    del document["item"][1]["answer"][0]["valueCoding"]["display"]
    document["item"].append({"linkId": "total", "answer": [{"valueDecimal": 9}]})

    assert holds(as_bytes(document))
    assert holds(as_bytes(document, indent=1, separators=(" , ", " : ")))


def test_a_foreign_form_is_plain_too():
    codes = ["44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5", "44253-3", "44260-8"]
    coding = {"system": "http://loinc.org", "code": "LA6569-3"}
    items = [{"linkId": f"/{code}", "answer": [{"valueCoding": coding}]} for code in codes]
    document = phq9() | {"questionnaire": US_CORE, "item": items}

    assert holds(as_bytes(document))
    assert not holds(as_bytes(document | {"item": items[1:]})), "a required answer is missing"


@pytest.mark.parametrize(
    "change",
    [
        {"status": "in-progress"},
        {"status": "done"},
        {"authored": "2026-11-20"},
        {"authored": "2026-02-30T00:00:00Z"},
        {"subject": {"reference": "Group/1"}},
        {"subject": {"reference": "Patient/1", "display": "x"}},
        {"item": []},
        {"item": {}},
        {"item": "phq9_1"},
        {"item": None},
        {"questionnaire": NAMES.questionnaire("phq-9")},
        {"questionnaire": ["x"]},
        {"extension": [{"url": "http://x.org/e", "valueString": "x"}]},
        {"meta": {"profile": []}},
        {"meta": {"profile": ["a b"]}},
        {"meta": []},
        {"id": "Jane Doe"},
        {"language": ""},
        {"source": {"reference": ""}},
        {"surprise": 1},
        {"resourceType": "Bundle"},
    ],
)
def test_anything_unusual_is_left_to_the_full_reading(change):
    assert not holds(as_bytes(phq9() | change))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"1",
        b"\xff",
        as_bytes(phq9()) + b"x",
        as_bytes(phq9()).replace(b'"status"', b'"status": "amended", "status"'),
        as_bytes(phq9()).replace(b'"linkId": "phq9_1"', b'"linkId": "phq9_2", "linkId": "phq9_1"'),
        as_bytes(phq9()).replace(b'"code": "LA6569-3"', b'"code": "LA6571-9", "code": "LA6569-3"', 1),
        as_bytes(phq9()).replace(b'"code"', b'"c\\u006fde"', 1),
        as_bytes(phq9() | {"item": [{"linkId": "total", "answer": [{"valueDecimal": 1}]}]}).replace(b": 1}", b": NaN}"),
        as_bytes(phq9() | {"item": [{"linkId": "total", "answer": [{"valueDecimal": 1}]}]}).replace(
            b": 1}", b": 1e999}"
        ),
    ],
)
def test_bytes_that_are_not_strict_json_never_pass(raw):
    assert not holds(raw)


@given(
    seed=st.integers(0, 2**32), missing=st.sampled_from([0.0, 0.1, 0.5, 0.95]), place=st.integers(0, len(SCORABLE) - 1)
)
@settings(deadline=None)
def test_any_response_to_any_of_our_forms_is_read_alike(seed, missing, place):
    rng = random.Random(seed)
    instrument = SCORABLE[place].instrument
    document = response(instrument, random_responses(instrument, rng, missing))
    if rng.random() < 0.5:
        score = rng.choice([one for one in instrument.scores if not one.criterion and not one.values] or [None])
        if score is not None:
            item = {"linkId": score.id, "answer": [{"valueDecimal": rng.choice([0, 5, 11.5, -3, 1e9])}]}
            document["item"] = [*document.get("item", ()), item]
    raw = as_bytes(document)

    plain = read_plain(raw, FORMS)
    full = read_response(parse(raw), FORMS)
    assert plain is None or plain == full
    if plain is not None:
        assert score_reading(plain) == score_reading(full)


RAW = as_bytes(phq9() | {"meta": {"profile": ["http://x.org/p"]}, "source": {"reference": "Patient/p-1001"}})
TOKENS = [match.span() for match in re.finditer(rb'"[^"]*"|[{}\[\],:]', RAW)]
SPLINTERS = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b'""',
    b"1",
    b"1.0",
    b"true",
    b"NaN",
    b'"x"',
    b'"linkId"',
    b'"valueCoding"',
    b'"text"',
    b'"display"',
    b'"item"',
    b'"answer"',
    b'"phq9_1"',
    b'"LA6571-9"',
    b'"a": 1,',
    b"\\u0061",
    b'\\"',
    b"\xc3\xa9",
    b"\xe9",
    b"\x00",
    b" ",
    b",",
    b'"status": "completed",',
]


@given(
    edits=st.lists(
        st.tuples(st.sampled_from(TOKENS), st.sampled_from(SPLINTERS), st.booleans()), min_size=1, max_size=3
    )
)
@settings(deadline=None, max_examples=400)
def test_a_damaged_response_is_never_read_otherwise_than_by_the_full_reading(edits):
    raw = RAW
    for (start, end), splinter, insert in sorted(edits, reverse=True):
        raw = raw[:start] + splinter + raw[start if insert else end :]

    plain = read_plain(raw, FORMS)
    if plain is None:
        return
    try:
        document = parse(raw)
    except Unreadable:
        pytest.fail("the hot path read what is not strict JSON")
    assert plain == read_response(document, FORMS)


@given(st.binary(max_size=200))
def test_no_bytes_are_a_fault(raw):
    assert score_response(raw, FORMS).results == []
