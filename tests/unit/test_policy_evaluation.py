"""A local policy: it labels only what it counts, says what it is, and takes nothing unknown for absent."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.documents import read_document
from shared.policy import Policy, evaluate, review, schema
from shared.policy.__main__ import main
from shared.profile import factors
from tests.support.profiles import count, scored

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "local-policy.md"
SAYS = "A local policy, not a validated prediction."
MOOD = ["anxiety", "depression"]


def counted(of, names, op, value):
    return {"of": of, "factors": names, "op": op, "value": value}


def rule(rule_id, *when, code="discuss", text=f"Discuss. {SAYS}"):
    return {"id": rule_id, "when": list(when), "label": {"code": code, "text": text}}


def made(*rules, **changes):
    return {
        "id": "made",
        "version": "1.0.0",
        "title": "Made",
        "decided_by": "A test",
        "intakes": ["preoperative"],
        "rules": list(rules),
    } | changes


def policy_of(*rules, **changes):
    return read_document(Policy, json.dumps(made(*rules, **changes)).encode(), "made.json")


def problems(document):
    found = review(json.dumps(document).encode(), "made.json", factors().content)
    return {(one.pointer, one.code) for one in found}


def details(document):
    return " | ".join(one.detail for one in review(json.dumps(document).encode(), "made.json", factors().content))


TWO = rule("two", counted("present", MOOD, ">=", 2), code="first")
ONE = rule("one", counted("present", MOOD, ">=", 1), code="second")
OPEN = rule("open", counted("unknown", MOOD, "==", 2), code="ask")

BOTH = (scored("gad-7", total=15), scored("phq-9", total=15))
ANXIOUS = scored("gad-7", total=15)
NOT_LOW = scored("phq-9", total=0)


@pytest.mark.parametrize(
    ("results", "held", "could"),
    [
        (BOTH, "two", []),
        ((ANXIOUS, NOT_LOW), "one", []),
        ((ANXIOUS,), "one", ["two"]),
        ((), "open", ["two", "one"]),
        ((scored("gad-7", total=0),), None, ["one"]),
        ((scored("gad-7", total=0), NOT_LOW), None, []),
    ],
)
def test_the_first_rule_that_holds_gives_the_label_and_the_open_ones_are_named(results, held, could):
    found = evaluate(policy_of(TWO, ONE, OPEN), count({}, *results))

    assert found["rule"] == held
    assert found["could_become"] == could
    assert (found["label"] is None) == (held is None)


def test_a_result_says_what_was_counted_and_by_which_file():
    policy = policy_of(TWO, ONE)
    found = evaluate(policy, count({}, *BOTH))

    assert found["policy"] == {"id": "made", "version": "1.0.0", "sha256": policy.sha256}
    assert found["because"] == [{"of": "present", "factors": MOOD, "op": ">=", "value": 2, "found": 2}]
    assert "local policy" in found["statement"]
    assert "not a validated prediction" in found["statement"]


def test_no_rule_is_no_finding():
    found = evaluate(policy_of(TWO), count({}, scored("gad-7", total=0), NOT_LOW))

    assert found["label"] is None
    assert "no finding about the person" in found["statement"]


def test_a_policy_speaks_only_at_its_intakes():
    found = evaluate(policy_of(ONE), count({}, *BOTH, timepoint="postoperative-day-20"))

    assert found["label"] is None
    assert found["could_become"] == []


def test_all_counts_every_factor_of_the_profile():
    found = evaluate(policy_of(rule("any", counted("present", "all", ">=", 1))), count({"smoker": 1}))

    assert found["rule"] == "any"
    assert found["because"][0]["found"] == 1


def test_a_factor_that_the_profile_does_not_hold_counts_as_unknown():
    few = rule(
        "few", counted("present", ["smoking", "gone"], "==", 0), counted("unknown", ["smoking", "gone"], "==", 0)
    )

    found = evaluate(policy_of(few), count({"smoker": 0}))

    assert found["label"] is None


def test_few_present_factors_give_a_label_only_when_none_is_unknown():
    few = rule("few", counted("present", MOOD, "==", 0), counted("unknown", MOOD, "==", 0), code="as-usual")

    assert evaluate(policy_of(few), count())["label"] is None
    assert evaluate(policy_of(few), count({}, scored("gad-7", total=0)))["could_become"] == ["few"]
    assert evaluate(policy_of(few), count({}, scored("gad-7", total=0), NOT_LOW))["rule"] == "few"


@settings(deadline=None)
@given(st.permutations(["anxiety", "depression", "sleep"]), st.sampled_from(["<=", "<", "=="]), st.integers(0, 3))
def test_a_rule_for_few_that_forgets_the_unknown_is_refused(names, op, value):
    assert "unknown is not absent" in details(made(rule("few", counted("present", names, op, value))))


@pytest.mark.parametrize(
    "when",
    [
        [counted("present", MOOD, "==", 0), counted("unknown", ["anxiety"], "==", 0)],
        [counted("present", "all", "<=", 1), counted("unknown", MOOD, "==", 0)],
        [counted("present", MOOD, "==", 0), counted("unknown", MOOD, "<=", 1)],
        [counted("present", MOOD, "==", 0), counted("unknown", MOOD, ">=", 0)],
    ],
)
def test_the_unknown_must_be_none_of_the_same_factors(when):
    assert "unknown is not absent" in details(made(rule("few", *when)))


@pytest.mark.parametrize(
    "when",
    [
        [counted("present", MOOD, "<=", 1), counted("unknown", MOOD, "<", 1)],
        [counted("present", MOOD, "==", 1), counted("unknown", "all", "==", 0)],
    ],
)
def test_a_rule_for_few_may_ask_for_no_unknown_in_any_form(when):
    assert details(made(rule("few", *when))) == ""


# -- words -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Low risk.",
        "Lower than others.",
        "LOW",
        "Ｌｏｗ",
        "Green light.",
        "Safe to proceed.",
        "Minimal concern.",
        "No risk.",
        "Risk-free.",
        "Not at risk.",
        "All clear.",
        "Lasting pain is unlikely.",
        "Reassuring.",
        "\U0001f7e2",
        "✅",
    ],
)
def test_nothing_reassures(text):
    assert problems(made(rule("bad", counted("present", MOOD, ">=", 1), text=f"{text} {SAYS}"))) == {
        ("/rules/0/label/text", "value-not-allowed")
    }


@pytest.mark.parametrize("code", ["low", "low-risk", "green", "safe", "no-risk"])
def test_no_code_reassures_either(code):
    assert ("/rules/0/label/code", "value-not-allowed") in problems(
        made(rule("bad", counted("present", MOOD, ">=", 1), code=code))
    )


@pytest.mark.parametrize("text", ["For the low back pain clinic.", "Following the pathway below.", "Slowly."])
def test_a_word_that_only_looks_like_it_is_left_alone(text):
    assert details(made(rule("good", counted("present", MOOD, ">=", 1), text=f"{text} {SAYS}"))) == ""


@pytest.mark.parametrize("text", ["Discuss.", "A local policy.", "Not a validated prediction.", " "])
def test_a_label_must_say_what_it_is(text):
    assert ("/rules/0/label/text", "value-not-allowed") in problems(
        made(rule("bad", counted("present", MOOD, ">=", 1), text=text))
    )


# -- form --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (
            made(rule("x", counted("present", ["no-such"], ">=", 1))),
            ("/rules/0/when/0/factors/0", "unknown-factor"),
        ),
        (
            made(rule("x", counted("present", ["acute-pain-course"], ">=", 1))),
            ("/rules/0/when/0/factors/0", "not-counted"),
        ),
        (made(rule("x", counted("present", "all", ">=", 99))), ("/rules/0/when/0/value", "value-not-allowed")),
        (made(rule("x", counted("present", MOOD, ">=", 3))), ("/rules/0/when/0", "value-not-allowed")),
        (made(rule("x", counted("present", MOOD, ">", 2))), ("/rules/0/when/0", "value-not-allowed")),
        (made(rule("x", counted("present", MOOD * 2, ">=", 1))), ("/rules/0/when/0", "value-not-allowed")),
        (made(rule("x", counted("absent", MOOD, ">=", 1))), ("/rules/0/when/0/of", "value-not-allowed")),
        (made(TWO, TWO), ("", "value-not-allowed")),
        (made(), ("/rules", "value-not-allowed")),
        (made(TWO, colour="green"), ("", "unknown-key")),
        (made(TWO, version=1), ("/version", "value-not-allowed")),
        (made(TWO, intakes=["follow-up"]), ("/intakes/0", "value-not-allowed")),
        ({"id": "made"}, ("/rules", "required")),
    ],
)
def test_each_problem_is_named_by_its_place(document, problem):
    assert problem in problems(document)


def test_every_unknown_factor_is_named_at_once():
    document = made(rule("x", counted("present", ["no-such", "anxiety", "neither"], ">=", 1)))

    assert problems(document) == {
        ("/rules/0/when/0/factors/0", "unknown-factor"),
        ("/rules/0/when/0/factors/2", "unknown-factor"),
    }


def test_the_schema_is_that_of_the_file():
    found = schema()

    assert found["$schema"].startswith("https://json-schema.org/")
    assert set(found["required"]) == {"id", "version", "title", "decided_by", "intakes", "rules"}
    assert found["additionalProperties"] is False


# -- the example of the docs, and the command --------------------------------------------------------------------------


def example():
    found = re.search(r"```json\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_the_example_in_the_docs_has_no_problem():
    assert review(example().encode(), "pain-round.json", factors().content) == []


def test_the_example_in_the_docs_labels_as_it_says():
    policy = read_document(Policy, example().encode(), "pain-round.json")

    first = evaluate(policy, count({"preoperative_opioids": 1, "smoker": 1, "female": 1}))
    second = evaluate(policy, count({}, *BOTH))
    third = evaluate(policy, count())

    assert [found["label"]["code"] for found in (first, second, third)] == [
        "pain-round-first",
        "pain-round",
        "ask-more",
    ]


def test_the_command_prints_file_place_and_sentence(tmp_path, capsys):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(made(rule("x", counted("present", ["no-such"], ">=", 1)))), encoding="utf-8")

    assert main(["check", str(path)]) == 1
    assert "mine.json: /rules/0/when/0/factors/0: no factor is called no-such" in capsys.readouterr().out


def test_the_command_is_content_with_a_sound_file(tmp_path, capsys):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(made(TWO)), encoding="utf-8")

    assert main(["check", str(path)]) == 0
    assert capsys.readouterr().out == "mine.json: ok\n"


def test_the_command_says_when_there_is_no_file(tmp_path, capsys):
    assert main(["check", str(tmp_path / "none.json")]) == 1
    assert "No such file" in capsys.readouterr().out


def test_the_command_prints_the_schema(capsys):
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == schema()
