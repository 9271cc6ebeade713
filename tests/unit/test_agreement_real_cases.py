"""Cases that were met in the open, and what the check says of them."""

from __future__ import annotations

import pytest

from shared.agreement import agree
from shared.instruments import registry
from shared.scoring import scorer_for


def check(name, responses, stated, *siblings):
    if name not in registry().ids:
        pytest.skip(f"{name} is not among the definitions yet")
    return agree(scorer_for(registry().get(name)), responses, stated, siblings)


def form(prefix, values, first=1):
    return {f"{prefix}{n}": value for n, value in enumerate(values, first) if value is not None}


def test_an_official_phq9_example_states_13_where_its_answers_sum_to_10():
    # HL7 US Quality Core, QuestionnaireResponse phq-9-example, as it stood before its total was corrected to 10:
    # https://build.fhir.org/ig/HL7/fhir-us-quality-core/QuestionnaireResponse-phq-9-example.json
    answers = form("phq9_", [0, 0, 0, 1, 2, 1, 3, 2, 1])

    found = check("phq-9", answers, {"total": 13})

    assert found["agrees"] is False
    (difference,) = found["differences"]
    assert (difference["stated"], difference["ours"], difference["rule"]) == (13, 10, None)
    assert difference["explanation"] == "No published or common rule explains it."
    assert [alert["id"] for alert in found["alerts"]] == ["phq9_9-ge-1"], "a check still speaks up"


def test_another_official_phq9_example_agrees():
    # HL7 US Core, QuestionnaireResponse phq-9-example
    answers = form("phq9_", [2, 2, 2, 2, 1, 1, 2, 0, 0, 1])

    assert check("phq-9", answers, {"total": 12})["agrees"] is True


def test_an_isi_stored_as_1_to_5_is_read_as_such_and_its_refused_answers_are_named():
    # A public table that holds the ISI so: https://github.com/ben-domingue/irw/issues/2100
    answers = form("isi_", [5, 4, 3, 2, 4, 3, 4])

    found = check("isi", answers, {"total": 25})

    assert found["agrees"] is False
    assert [(problem["pointer"], problem["code"]) for problem in found["problems"]] == [
        ("/responses/isi_1", "value-not-allowed")
    ]
    (difference,) = found["differences"]
    assert (difference["ours"], difference["ours_if_so"]) == (None, 18), "a guess never becomes our score"
    assert difference["rule"] == "answers-stored-one-higher"
    assert "stored one higher" in difference["explanation"]
    assert "as they are stored" in difference["explanation"]


def test_an_isi_stored_as_1_to_5_whose_total_was_set_right():
    found = check("isi", form("isi_", [5, 4, 3, 2, 4, 3, 4]), {"total": 18})

    (difference,) = found["differences"]
    assert difference["rule"] == "answers-stored-one-higher"
    assert difference["explanation"].endswith("Read so, the score is 18, as stated.")


@pytest.mark.parametrize("missing", ["global_03", "global_06", "global_08"])
def test_a_global_health_form_with_one_answer_missing_gets_a_falsely_low_t_score(missing):
    # A widely used implementation sums what is there; the table then gives a T-score that belongs to other answers.
    answers = form("global_0", [3, 3, 3, 4, 4, 4, 5, 4, 3]) | {"global_10": 4}
    del answers[missing]
    points = {"global_03": 3, "global_06": 4, "global_07": 3, "global_08": 4}
    partial = sum(value for item, value in points.items() if item != missing)
    table = definition_table("promis-global-10", "gph_t")

    found = check("promis-global-10", answers, {"gph_raw": partial, "gph_t": table[partial]})

    assert [difference["rule"] for difference in found["differences"]] == ["missing-as-zero"] * 2
    assert [difference["ours"] for difference in found["differences"]] == [None, None]
    assert missing in found["differences"][0]["explanation"]


def definition_table(name, score_id):
    if name not in registry().ids:
        pytest.skip(f"{name} is not among the definitions yet")
    score = next(score for score in registry().get(name).instrument.scores if score.id == score_id)
    return {row.raw: row.t for row in score.table.rows}


def test_a_prorated_phq9_beside_the_plain_sum_of_its_answers():
    found = check("phq-9", form("phq9_", [2] * 8), {"total": 16})

    (difference,) = found["differences"]
    assert (difference["ours"], difference["rule"]) == (18, "plain-sum-instead-of-proration")


def test_a_phq9_total_that_counts_the_difficulty_question():
    found = check("phq-9", form("phq9_", [1] * 9 + [2]), {"total": 11})

    assert found["differences"][0]["rule"] == "unscored-item-added"
    assert "phq9_10" in found["differences"][0]["explanation"]


def test_a_dass21_subscale_that_was_not_doubled():
    found = check("dass-21", form("dass21_", [1] * 21), {"depression_x2": 7, "anxiety": 14})

    assert [difference["rule"] for difference in found["differences"]] == ["not-doubled", "doubled"]


def test_a_who5_stated_raw_where_the_percentage_belongs():
    found = check("who-5", form("who5_", [4] * 5), {"percentage": 20})

    assert found["differences"][0]["rule"] == "not-scaled"


def test_sleep_disturbance_8a_looked_up_in_the_table_of_8b():
    if "promis-sleep-disturbance-8b" not in registry().ids:
        pytest.skip("promis-sleep-disturbance-8b is not among the definitions yet")
    sibling = registry().get("promis-sleep-disturbance-8b").instrument
    table = definition_table("promis-sleep-disturbance-8b", "t_score")
    instrument = registry().get("promis-sleep-disturbance-8a").instrument

    stated = {"t_score": table[24]}
    found = check(instrument.id, {item.id: 3 for item in instrument.items}, stated, sibling)

    assert found["differences"][0]["rule"] == "table-of-another-form"
    assert sibling.id in found["differences"][0]["explanation"]


def test_a_pain_band_by_another_published_table():
    score = next(score for score in registry().get("nrs-pain").instrument.scores if score.bands_alternative)
    other = score.bands_alternative[0].rows
    answer, band = next(
        (value, row.label)
        for row in other
        for value in range(11)
        if row.low <= value <= row.high
        and row.label != next(own.label for own in score.bands.rows if own.low <= value <= own.high)
    )

    found = check("nrs-pain", {score.items[0]: answer}, {score.id: {"value": answer, "band": band}})

    (difference,) = found["differences"]
    assert (difference["of"], difference["stated"]) == ("band", band)
    assert "bands-of-another-table" in {difference["rule"], *(other["rule"] for other in difference["also"])}
