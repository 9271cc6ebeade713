"""The change and check routes, over the real handlers."""

from __future__ import annotations

import pytest

BEFORE = {f"phq9_{n}": 2 for n in range(1, 10)}
AFTER = {f"phq9_{n}": 1 for n in range(1, 10)}


def compare(client, instrument, before, after):
    return client.post(f"/v1/instruments/{instrument}/change", {"before": before, "after": after})


def test_a_fall_of_nine_points_on_phq9_is_important_and_better(client):
    answer = compare(client, "phq-9", {"responses": BEFORE}, {"responses": AFTER})

    total = answer.json["changes"][0]
    assert (answer.status, total["score"], total["difference"]) == (200, "total", -9)
    assert (total["important"], total["better"]) == (True, True)
    assert all(
        reason.get("source") for reason in total["because"] if "holds" in reason and reason["about"] == "important"
    )


def test_stored_results_can_be_compared_with_fresh_answers(client):
    before = client.post("/v1/instruments/phq-9/score", {"responses": BEFORE}).json

    answer = compare(client, "phq-9", {"result": before}, {"responses": AFTER})

    assert answer.json["changes"][0]["difference"] == -9


def test_an_unscored_side_gives_no_difference_and_says_why(client):
    answer = compare(client, "phq-9", {"responses": {}}, {"responses": AFTER})

    total = answer.json["changes"][0]
    assert (total["difference"], total["important"], total["better"]) == (None, None, None)
    assert total["because"]


def test_a_wrong_answer_on_either_side_is_named_there(client):
    answer = compare(client, "phq-9", {"responses": {"phq9_1": 9}}, {"responses": AFTER})

    assert answer.status == 422
    assert answer.json["errors"][0]["pointer"] == "/before/responses/phq9_1"


def test_a_result_of_another_instrument_is_refused(client):
    other = client.post("/v1/instruments/gad-7/score", {"responses": {}}).json

    assert compare(client, "phq-9", {"result": other}, {"responses": AFTER}).status == 422


# -- check -------------------------------------------------------------------------------------------------------------


def check(client, instrument, responses, stated):
    return client.post(f"/v1/instruments/{instrument}/check", {"responses": responses, "stated": stated})


def test_totals_that_agree_are_said_to(client):
    answer = check(client, "phq-9", AFTER, {"total": 9})

    assert (answer.json["agrees"], answer.json["differences"]) == (True, [])


def test_a_missing_answer_summed_as_zero_is_found(client):
    some = {key: value for key, value in AFTER.items() if key != "phq9_3"}

    answer = check(client, "phq-9", some, {"total": 8}).json

    [difference] = answer["differences"]
    assert (difference["score"], difference["stated"], difference["ours"]) == ("total", 8, 9)
    assert "unanswered as 0" in difference["explanation"]


def test_an_insomnia_index_stored_one_higher_is_found(client):
    stored = {f"isi_{n}": value for n, value in enumerate([4, 3, 2, 4, 3, 3, 5], start=1)}

    answer = check(client, "isi", stored, {"total": sum(stored.values())})

    assert answer.status == 200
    assert answer.json["agrees"] is False
    assert "higher" in answer.json["differences"][0]["explanation"]


def test_a_total_that_no_rule_explains_is_said_so(client):
    answer = check(client, "phq-9", AFTER, {"total": 23}).json

    assert answer["agrees"] is False
    assert answer["differences"][0]["explanation"]


@pytest.mark.parametrize("stated", [{"nope": 1}, {}, {"total": [1]}])
def test_what_cannot_be_stated_is_refused(client, stated):
    assert check(client, "phq-9", AFTER, stated).status == 422


# -- text packs --------------------------------------------------------------------------------------------------------


def test_a_text_pack_in_the_persons_language_keeps_the_bands_and_its_hash(client, tmp_path, monkeypatch):
    import json

    from functions.catalogue import app
    from shared.instruments import registry

    instrument = registry().get("phq-9").instrument
    pack = {
        "instrument": "phq-9",
        "instrument_version": instrument.version,
        "language": "de",
        "version": "1.0.0",
        "licence_holder": "Nobody",
        "permission": "A made-up pack of a test.",
        "stem": "Erfunden",
        "items": {item.id: f"Erfunden {item.n}" for item in instrument.items},
        "options": {
            name: {str(option.value): f"Stufe {option.value}" for option in choice.options}
            for name, choice in instrument.options.items()
        },
    }
    (tmp_path / "phq-9.de.json").write_text(json.dumps(pack), encoding="utf-8")
    monkeypatch.setenv("TEXT_PACK_FOLDERS", str(tmp_path))
    app.text_packs.cache_clear()

    def score(language):
        body = {"responses": AFTER, "capture": {"language": language}}
        return client.post("/v1/instruments/phq-9/score", body).json

    german, french = score("de"), score("fr")
    app.text_packs.cache_clear()

    assert (german["scores"][0]["band"], german["text_pack"]["language"]) == ("mild", "de")
    assert len(german["text_pack"]["sha256"]) == 64
    assert (french["scores"][0]["band"], "text_pack" in french) == (None, False)
