"""Bytes as a JSON document: what is refused before anything is read."""

from __future__ import annotations

import json
import time

import pytest

from shared.fhir.document import MAX_BYTES, MAX_DEPTH, Unreadable, hollow, parse, path


def nested(levels):
    return b'{"a":' * levels + b"1" + b"}" * levels


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "It is not valid JSON."),
        (b"{", "It is not valid JSON."),
        (b'{"a": 1} x', "It is not valid JSON."),
        (b"\xff\xfe{\x00}\x00", "It is not valid JSON."),
        (b'{"a": "\xe9"}', "It is not valid JSON."),
        (b"\xef\xbb\xbf{}", "It is not valid JSON."),
        (b'{"a": 1, "a": 2}', "An object holds the same key twice."),
        (b'{"a": {"b": 1, "c": 2, "b": 1}}', "An object holds the same key twice."),
        (b'{"a": NaN}', "NaN and Infinity are not JSON."),
        (b'{"a": -Infinity}', "NaN and Infinity are not JSON."),
        (b'{"a": 1e999}', "A number is too large."),
        (b'{"a": ' + b"9" * 5000 + b"}", "A number is too large."),
        (b"[1]", "It is not a JSON object."),
        (b'"text"', "It is not a JSON object."),
        (nested(MAX_DEPTH), f"It is nested more than {MAX_DEPTH} levels deep."),
        (b"[" * 100_000 + b"]" * 100_000, "It is not valid JSON."),
    ],
)
def test_what_is_no_plain_json_object_is_unreadable(raw, said):
    with pytest.raises(Unreadable) as refused:
        parse(raw)

    issue = refused.value.issue
    assert (issue.severity, issue.code, issue.status) == ("fatal", "structure", 400)
    assert issue.diagnostics == said


def test_a_key_that_stands_twice_among_very_many_is_found_at_once():
    many = ",".join(f'"{n}":0' for n in range(25_000))
    started = time.process_time()

    with pytest.raises(Unreadable):
        parse(f'{{{many},"x":0,"x":0}}'.encode())

    assert time.process_time() - started < 2


def test_a_body_over_the_limit_is_too_long_before_it_is_parsed():
    with pytest.raises(Unreadable) as refused:
        parse(b"x" * (MAX_BYTES + 1))

    assert (refused.value.issue.code, refused.value.issue.status) == ("too-long", 413)


def test_a_plain_object_is_read_as_it_stands():
    assert parse('{"a": {"b": [1, 2.5, "é", true]}}'.encode()) == {"a": {"b": [1, 2.5, "é", True]}}
    assert parse(nested(MAX_DEPTH - 1))["a"]


@pytest.mark.parametrize(
    ("element", "expression", "what"),
    [
        ({"item": []}, "QuestionnaireResponse.item", "an empty array"),
        ({"subject": {}}, "QuestionnaireResponse.subject", "an empty object"),
        ({"status": ""}, "QuestionnaireResponse.status", "an empty string"),
        ({"authored": None}, "QuestionnaireResponse.authored", "null"),
        (
            {"item": [{"answer": [{"valueCoding": {}}]}]},
            "QuestionnaireResponse.item[0].answer[0].value",
            "an empty object",
        ),
        ({"item": [{"linkId": "a"}, {"text": ""}]}, "QuestionnaireResponse.item[1].text", "an empty string"),
    ],
)
def test_nulls_and_hollow_parts_are_found_where_they_stand(element, expression, what):
    found = hollow({"resourceType": "QuestionnaireResponse", **element})

    assert [(issue.expression, issue.diagnostics) for issue in found.values()] == [(expression, f"Holds {what}.")]


def test_an_expression_never_repeats_a_name_that_could_be_private():
    found = hollow({"resourceType": "Maria Musterfrau", "item": [{"Jane Doe": None}, {"JohnSmith": {"status": ""}}]})

    assert {issue.expression for issue in found.values()} == {"Resource.item[0]", "Resource.item[1]"}
    assert "Doe" not in json.dumps([tuple(issue) for issue in found.values()])


def test_a_choice_of_types_is_named_by_its_element():
    assert path("QuestionnaireResponse", ("item", 2, "answer", 0, "valueQuantity", "code")) == (
        "QuestionnaireResponse.item[2].answer[0].value.code"
    )
