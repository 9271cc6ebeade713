"""Which scopes let a request in, and which a client is granted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web.scopes import NO_WILDCARD, OWN, allows, covers, granted, system_scope

RESOURCES = ("QuestionnaireResponse", "Observation", "RiskAssessment", "Patient", "AuditEvent")
letters = st.sets(st.sampled_from("cruds"), min_size=1).map(lambda chosen: "".join(sorted(chosen, key="cruds".index)))
resources = st.sampled_from(RESOURCES)
scopes = st.builds("system/{}.{}".format, st.sampled_from((*RESOURCES, "*")), letters)
registered = st.lists(st.one_of(scopes, st.sampled_from(OWN)), max_size=6)


def grant(asked, registered):
    return " ".join(granted(asked.split(), registered.split()))


@given(st.text(alphabet="cruds", min_size=1, max_size=6))
def test_letters_count_in_their_one_order_only(text):
    understood = system_scope(f"system/Observation.{text}")

    in_order = "".join(letter for letter in "cruds" if letter in text) == text
    assert (understood is not None) == in_order
    assert understood is None or understood.letters == text


@given(resources)
def test_version_1_read_is_read_and_search_and_write_is_create_update_delete(resource):
    assert str(system_scope(f"system/{resource}.read")) == f"system/{resource}.rs"
    assert str(system_scope(f"system/{resource}.write")) == f"system/{resource}.cud"
    assert str(system_scope(f"system/{resource}.*")) == f"system/{resource}.cruds"


@given(scopes)
def test_a_scope_is_read_back_as_it_was_written(text):
    assert str(system_scope(text)) == text


@given(scopes, resources, st.sampled_from("cruds"))
def test_a_scope_covers_its_letters_on_its_resource_and_nothing_else(text, resource, letter):
    named, _, held = text.removeprefix("system/").partition(".")

    expected = letter in held and (named == resource or (named == "*" and resource not in NO_WILDCARD))
    assert covers([text], f"system/{resource}.{letter}") == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "system/Observation",
        "system/Observation.",
        "system/.rs",
        "system/observation.rs",
        "system/Observation.dus",
        "system/Observation.sr",
        "system/Observation.rr",
        "system/Observation.READ",
        "system/Observation.reads",
        "system/Observation.rs ",
        "system/Observation.rs\n",
        "system/Observation.rs?category=survey",
        "system/*.rs.c",
        "system/**.rs",
        "patient/Observation.rs",
        "user/Observation.rs",
        "System/Observation.rs",
        "system/Obs\u00e9rvation.rs",
        "launch",
        "openid",
    ],
)
def test_what_is_no_system_scope_grants_nothing(text):
    assert system_scope(text) is None
    assert not allows([text], ["system/Observation.r", "score"])
    assert granted([text], ["system/*.cruds", text]) == []


def test_any_one_of_the_wanted_scopes_is_enough():
    assert allows({"assessments:read"}, ["assessments:read", "system/Observation.r"])
    assert allows({"system/*.rs"}, ["assessments:read", "system/Observation.r"])
    assert not allows({"system/*.c"}, ["assessments:read", "system/Observation.r"])


def test_two_scopes_together_cover_what_neither_does_alone():
    assert covers(["system/Observation.r", "system/*.s"], "system/Observation.rs")


def test_a_scope_of_ours_is_not_covered_by_one_of_smarts():
    assert not allows({"system/*.cruds"}, OWN)


@pytest.mark.parametrize(
    ("asked", "registered", "given"),
    [
        ("system/Observation.rs", "system/*.cruds", "system/Observation.rs"),
        ("system/Observation.cruds", "system/Observation.rs", "system/Observation.rs"),
        ("system/Observation.read", "system/*.rs", "system/Observation.rs"),
        ("system/QuestionnaireResponse.write", "system/QuestionnaireResponse.c", "system/QuestionnaireResponse.c"),
        ("system/Observation.rs", "system/*.read", "system/Observation.rs"),
        ("system/*.read", "system/*.cruds", "system/*.rs"),
        ("system/*.rs", "system/Observation.rs", "system/Observation.rs"),
        (
            "system/*.cruds",
            "system/*.rs system/QuestionnaireResponse.c",
            "system/*.rs system/QuestionnaireResponse.crs",
        ),
        ("system/Observation.r system/Observation.s", "system/*.rs", "system/Observation.rs"),
        ("system/Observation.r system/*.rs", "system/*.rs", "system/*.rs"),
        ("system/Patient.rs", "system/Observation.rs", ""),
        ("system/Observation.dus", "system/*.cruds", ""),
        ("system/Observation.dus system/Observation.r", "system/*.cruds", "system/Observation.r"),
        ("system/AuditEvent.rs", "system/*.cruds", ""),
        ("system/AuditEvent.rs", "system/AuditEvent.rs", "system/AuditEvent.rs"),
        ("system/*.rs", "system/*.rs system/AuditEvent.rs", "system/*.rs"),
        ("system/*.rs system/AuditEvent.rs", "system/*.rs system/AuditEvent.rs", "system/*.rs system/AuditEvent.rs"),
        ("score", "score assessments:read", "score"),
        ("score tenant:admin", "score", "score"),
        ("score score", "score", "score"),
        ("system/*.cruds", "score", ""),
        ("launch", "launch", ""),
        ("", "system/*.cruds", ""),
    ],
)
def test_what_is_granted_is_what_was_asked_and_is_registered(asked, registered, given):
    assert grant(asked, registered) == given


@given(registered, registered)
def test_nothing_is_granted_that_is_not_both_asked_and_registered(asked, held):
    given = granted(asked, held)

    for scope in given:
        assert covers(held, scope)
        assert covers(asked, scope)
    assert len(set(given)) == len(given)


@given(registered, registered, resources, st.sampled_from("cruds"))
def test_everything_is_granted_that_is_asked_and_registered(asked, held, resource, letter):
    wanted = f"system/{resource}.{letter}"

    assert covers(granted(asked, held), wanted) == (covers(asked, wanted) and covers(held, wanted))


@given(registered, registered)
def test_asking_for_what_was_granted_grants_the_same(asked, held):
    given = granted(asked, held)

    assert set(granted(given, held)) == set(given)
