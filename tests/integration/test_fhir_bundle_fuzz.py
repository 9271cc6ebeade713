"""Bundles that were broken in every way: none yields a fault of ours, none a number, and none repeats what was sent."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.fhir_calls import MARK, response

OF_ONE_SERVICE = settings(
    deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
IDENTIFIER = {"system": "https://ehr.example.org/forms", "value": "f-1"}
SURPRISES = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        3.5,
        10**18,
        "",
        MARK,
        "urn:uuid:x",
        "identifier=a|b",
        "Patient/x?y=z",
        "\ud800",
        [],
        {},
        [None],
        [[]],
        [{}],
        {MARK: MARK},
        {"reference": MARK},
        {"resourceType": "Bundle", "type": "batch"},
        [{"url": MARK, "valueBoolean": True}],
        *("POST", "GET", "PUT", "HEAD", "batch", "transaction", "QuestionnaireResponse", "amended", "entered-in-error"),
    ]
)


def whole(kind: str) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": kind,
        "entry": [
            {
                "fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000001",
                "resource": response(identifier=IDENTIFIER, encounter={"reference": "Encounter/1"}),
                "request": {
                    "method": "POST",
                    "url": "QuestionnaireResponse",
                    "ifNoneExist": "identifier=https://ehr.example.org/forms|f-1",
                },
            },
            {"request": {"method": "GET", "url": "Observation?patient=p-77&_count=5"}},
            {"request": {"method": "POST", "url": "QuestionnaireResponse"}, "resource": response()},
            {"request": {"method": "GET", "url": "QuestionnaireResponse/x-phq-9/_history/1"}},
        ],
    }


def places(part: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    return [at, *(place for name, child in children for place in places(child, (*at, name)))]


@st.composite
def broken(draw: st.DrawFn) -> dict[str, Any]:
    """A valid Bundle of which up to four places are replaced, removed, doubled, renamed or put into each other."""
    document = copy.deepcopy(whole(draw(st.sampled_from(["transaction", "batch"]))))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.sampled_from([place for place in places(document) if place]))
        parent = document
        for part in place[:-1]:
            parent = parent[part]
        how = draw(st.sampled_from(["replace", "replace", "remove", "double", "rename", "nest"]))
        if how == "replace":
            parent[place[-1]] = copy.deepcopy(draw(SURPRISES))
        elif how == "remove":
            del parent[place[-1]]
        elif how == "double" and isinstance(parent, list):
            parent += copy.deepcopy(parent[:1]) * draw(st.sampled_from([1, 3, 60]))
        elif how == "rename" and isinstance(parent, dict):
            parent[MARK] = parent.pop(place[-1])
        elif how == "nest":
            for _ in range(draw(st.sampled_from([1, 30]))):
                parent[place[-1]] = {"item": [parent[place[-1]]]}
    return document


def refuse_nothing_with_a_fault(client: Any, raw: bytes) -> None:
    answer = client.post("/fhir/R4", raw=raw)

    assert answer.status < 500, answer.text
    document = json.loads(answer.text)
    assert document["resourceType"] in ("Bundle", "OperationOutcome")
    assert MARK not in answer.text
    for entry in document.get("entry", []):
        assert not entry["response"]["status"].startswith("5")


@settings(OF_ONE_SERVICE, max_examples=150)
@given(document=broken())
def test_a_broken_bundle_is_an_answer_and_never_a_fault(client, document):
    refuse_nothing_with_a_fault(client, json.dumps(document).encode())


@settings(OF_ONE_SERVICE, max_examples=60)
@given(data=st.data())
def test_a_bundle_with_torn_bytes_is_an_answer_and_never_a_fault(client, data):
    raw = json.dumps(whole("transaction")).encode()
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(raw))] * 2)))
    torn = data.draw(
        st.sampled_from([b"", b'"a":1,"a":2,', b"\xff", b"NaN", b"1e999", b"[" * 100, b"null", raw[start:end]])
    )

    refuse_nothing_with_a_fault(client, raw[:start] + torn + raw[end if data.draw(st.booleans()) else start :])
