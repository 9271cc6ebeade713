"""The Questionnaire of every instrument: R4's invariants, codes, weights, terms of use, and what it may compute."""

from __future__ import annotations

import json
import re
from itertools import chain

import pytest

from shared.fhir.expressions import calculated_expression
from shared.fhir.options import coded_options, ships_official_wording
from shared.fhir.questionnaire import FOR_TRANSCRIPTION, NOT_CALCULATED, questionnaire
from shared.fhir.systems import (
    CALCULATED_EXPRESSION,
    EXTRACT_CATEGORY,
    ITEM_WEIGHT,
    LOINC,
    LOINC_NOTICE,
    MAX_VALUE,
    MIN_VALUE,
    OBSERVATION_EXTRACT,
    ORDINAL_VALUE,
    QUESTIONNAIRE_UNIT,
)
from shared.instruments import registry
from shared.instruments.definition import Choice, Instrument, Quantity
from shared.scoring.answers import scored_values
from shared.text_packs import worded
from shared.text_packs.loader import read as read_pack
from tests.fhir_examples import ALL, NAMES, SCORABLE, named
from tests.support.text_packs import pack_for

EVERY = pytest.mark.parametrize("definition", ALL, ids=named(ALL))
EVERY_SCORABLE = pytest.mark.parametrize("definition", SCORABLE, ids=named(SCORABLE))


def form(name):
    return questionnaire(registry().get(name).instrument, NAMES)


def item(form, link_id):
    return next(one for one in form["item"] if one["linkId"] == link_id)


def extension(element, url):
    return next((one for one in element.get("extension", ()) if one["url"] == url), None)


def changed(name: str, **parts) -> Instrument:
    """The instrument with some parts of its definition replaced."""
    document = registry().get(name).instrument.model_dump(mode="json", exclude_defaults=True, by_alias=True)
    return Instrument.model_validate_json(json.dumps(document | parts))


def broken_invariants(form):
    """R4's que-0 to que-13, as far as they can be broken by what a form holds."""
    items = list(form.get("item", ()))
    for one in items:
        items.extend(one.get("item", ()))
    link_ids = [one["linkId"] for one in items]
    yield "que-0", not re.fullmatch(r"[A-Z][A-Za-z0-9_]{0,254}", form["name"])
    yield "que-2", len(set(link_ids)) != len(link_ids)
    for one in items:
        display, group = one["type"] == "display", one["type"] == "group"
        yield "que-1", (group and not one.get("item")) or (display and bool(one.get("item")))
        yield "que-3", display and "code" in one
        yield "que-4", "answerOption" in one and "answerValueSet" in one
        yield "que-5", "answerOption" in one and one["type"] not in ("choice", "open-choice", "integer", "date", "time")
        yield "que-6", display and bool({"required", "repeats"} & one.keys())
        yield "que-8", (group or display) and "initial" in one
        yield "que-9", display and "readOnly" in one
        yield "que-10", "maxLength" in one and one["type"] not in ("string", "text", "url", "open-choice")
        yield "que-11", "answerOption" in one and "initial" in one
        # R4's text says "more than one", its expression says more than two: two already need it.
        yield "que-12", len(one.get("enableWhen", ())) >= 2 and "enableBehavior" not in one
        yield "que-13", len(one.get("initial", ())) > 1 and not one.get("repeats")


@EVERY
def test_every_form_keeps_the_invariants_of_r4(definition):
    broken = [name for name, is_broken in broken_invariants(questionnaire(definition.instrument, NAMES)) if is_broken]

    assert broken == []


def test_the_check_of_invariants_sees_a_broken_one():
    bad = form("phq-9")
    bad["item"][1]["linkId"] = bad["item"][2]["linkId"]
    bad["item"][0] |= {"code": [{"code": "x"}], "readOnly": True}

    assert {name for name, is_broken in broken_invariants(bad) if is_broken} == {"que-2", "que-3", "que-9"}


@EVERY
def test_a_form_has_a_canonical_a_version_and_its_terms_of_use(definition):
    made = questionnaire(definition.instrument, NAMES)

    assert made["url"] == f"https://scoring.example.org/fhir/R4/Questionnaire/{definition.instrument.id}"
    assert made["version"] == definition.instrument.version
    assert made["copyright"].startswith(definition.instrument.licence.note)
    assert made["subjectType"] == ["Patient"]


@EVERY
def test_loincs_notice_stands_exactly_where_loinc_content_does(definition):
    made = questionnaire(definition.instrument, NAMES)

    assert (LOINC_NOTICE in made["copyright"]) == (f'"{LOINC}"' in json.dumps(made))


@EVERY
def test_a_form_is_active_only_where_its_official_wording_ships(definition):
    instrument = definition.instrument
    made = questionnaire(instrument, NAMES)

    shown = instrument.licence.may_ship_item_text and all(one.text_is == "official" for one in instrument.items)
    assert (made["status"] == "active") == (shown and bool(instrument.items) and instrument.scorable)
    assert (FOR_TRANSCRIPTION in made["description"]) == (bool(instrument.items) and not shown)


def test_a_form_of_labels_is_a_draft_for_transcription():
    assert form("isi")["status"] == "draft"
    assert "For transcription" in form("isi")["description"]
    assert form("phq-9")["status"] == "active"


def test_a_text_pack_makes_a_form_of_labels_one_for_patients():
    isi = registry().get("isi").instrument
    pack = read_pack(json.dumps(pack_for(isi, permission="Licensed to the clinic.")).encode(), "isi.json", registry())
    made = questionnaire(worded(isi, pack.pack), NAMES, pack)

    assert (made["status"], made["language"]) == ("active", "de")
    assert made["copyright"].startswith("Licensed to the clinic.\n\n© the holder")
    assert item(made, "isi_1")["text"] == "words of isi_1"
    assert item(made, "isi_1")["answerOption"][0]["valueCoding"]["display"] == "label 0"
    assert "For transcription" not in made["description"]


def test_a_form_in_a_text_packs_words_says_which():
    isi = registry().get("isi").instrument
    pack = read_pack(json.dumps(pack_for(isi)).encode(), "isi.json", registry())
    [said] = questionnaire(worded(isi, pack.pack), NAMES, pack)["extension"]

    assert said == {"url": NAMES.extension("text-pack"), "valueString": pack.sha256}
    assert "extension" not in questionnaire(isi, NAMES)


def test_an_instrument_that_is_not_scored_here_has_a_draft_without_scores():
    made = questionnaire(changed("phq-9", status="not-scorable-yet"), NAMES)

    assert made["status"] == "draft"
    assert "Not scored by this service" in made["description"]
    assert not any(one.get("readOnly") for one in made["item"])


def test_an_instrument_without_items_has_a_form_without_items():
    made = questionnaire(changed("phq-9", status="not-scorable-yet", items=[], scores=[], alerts=[]), NAMES)

    assert "item" not in made


@EVERY
def test_every_question_stands_in_its_order_with_its_text_and_type(definition):
    instrument = definition.instrument
    made = questionnaire(instrument, NAMES)
    questions = [one for one in made.get("item", ()) if one["type"] != "display" and not one.get("readOnly")]

    assert [one["linkId"] for one in questions] == [one.id for one in instrument.items]
    for one, ours in zip(questions, instrument.items, strict=True):
        answers = instrument.options[ours.options]
        kinds = {"choice": "choice", "time": "time", "date": "date", "number": "decimal"}
        assert one["type"] == ("integer" if getattr(answers, "integer", False) else kinds[answers.type])
        assert (one["text"], one["prefix"]) == (ours.text, str(ours.n))
        # Too few answers are a result with a reason, and item 9 may be left out by whoever cannot bear it.
        assert "required" not in one


@EVERY_SCORABLE
def test_every_option_carries_the_weight_that_the_engine_counts(definition):
    instrument = definition.instrument
    made = questionnaire(instrument, NAMES)
    for ours in instrument.items:
        answers = instrument.options[ours.options]
        if not isinstance(answers, Choice):
            continue
        counts = scored_values(ours, answers)
        sent = [option.value if option.code is None else option.code for option in answers.options]
        for answer, option in zip(sent, item(made, ours.id)["answerOption"], strict=True):
            weights = {one["url"]: one["valueDecimal"] for one in option.get("extension", ())}
            if isinstance(counts[answer], str):
                assert weights == {}
            else:
                assert weights == {ITEM_WEIGHT: counts[answer], ORDINAL_VALUE: counts[answer]}
            assert set(option["valueCoding"]) == {"system", "code", "display"}


def test_a_reversed_item_weighs_what_it_counts_and_not_what_is_printed():
    document = registry().get("phq-9").instrument.model_dump(mode="json", exclude_defaults=True)
    document["items"][0]["reverse"] = True
    instrument = Instrument.model_validate_json(json.dumps(document))
    options = item(questionnaire(instrument, NAMES), "phq9_1")["answerOption"]

    assert [option["valueCoding"]["code"] for option in options] == ["LA6568-5", "LA6569-3", "LA6570-1", "LA6571-9"]
    assert [option["extension"][0]["valueDecimal"] for option in options] == [3, 2, 1, 0]


def test_options_are_coded_by_loinc_where_the_whole_set_is_and_else_by_our_own_system():
    phq9 = {option["valueCoding"]["system"] for option in item(form("phq-9"), "phq9_1")["answerOption"]}
    isi = {option["valueCoding"]["system"] for option in item(form("isi"), "isi_1")["answerOption"]}
    document = registry().get("phq-9").instrument.model_dump(mode="json", exclude_defaults=True)
    del document["options"]["frequency4"]["options"][3]["loinc_answer"]
    partly = coded_options(
        Instrument.model_validate_json(json.dumps(document)), registry().get("phq-9").instrument.items[0], NAMES
    )

    assert phq9 == {LOINC}
    assert all(system.startswith("https://scoring.example.org/fhir/R4/CodeSystem/isi-") for system in isi)
    assert {option.system for option in partly} == {"https://scoring.example.org/fhir/R4/CodeSystem/phq-9-frequency4"}


@EVERY
def test_no_two_options_of_a_question_share_a_code(definition):
    for ours in definition.instrument.items:
        codes = [(option.system, option.code) for option in coded_options(definition.instrument, ours, NAMES)]

        assert len(set(codes)) == len(codes)


@EVERY
def test_a_number_has_its_limits_and_a_ucum_unit(definition):
    instrument = definition.instrument
    made = questionnaire(instrument, NAMES)
    for ours in instrument.items:
        answers = instrument.options[ours.options]
        if isinstance(answers, Quantity):
            one = item(made, ours.id)
            kind = "valueInteger" if answers.integer else "valueDecimal"
            low, high = extension(one, MIN_VALUE), extension(one, MAX_VALUE)
            assert (low and low[kind], high and high[kind]) == (answers.min, answers.max)
            assert extension(one, QUESTIONNAIRE_UNIT)["valueCoding"]["system"] == "http://unitsofmeasure.org"


def test_a_whole_number_is_an_integer_item():
    document = registry().get("psqi").instrument.model_dump(mode="json", exclude_defaults=True)
    document["options"]["minutes"]["integer"] = True
    one = item(questionnaire(Instrument.model_validate_json(json.dumps(document)), NAMES), "psqi_latency_min")

    assert one["type"] == "integer"
    assert extension(one, MIN_VALUE) == {"url": MIN_VALUE, "valueInteger": 0}


@EVERY
def test_every_question_and_score_is_coded_and_marked_for_extraction(definition):
    for one in questionnaire(definition.instrument, NAMES).get("item", ()):
        if one["type"] == "display":
            assert set(one) == {"linkId", "text", "type"}
            continue
        assert any(code["system"].startswith(NAMES.base) for code in one["code"])
        assert extension(one, OBSERVATION_EXTRACT)["valueBoolean"] is True
        assert extension(one, EXTRACT_CATEGORY)["valueCodeableConcept"]["coding"][0]["code"] == "survey"


def test_known_codes_of_the_phq9_are_loincs():
    made = form("phq-9")

    assert made["code"][0] == {"system": LOINC, "code": "44249-1"}
    assert item(made, "phq9_9")["code"][0] == {"system": LOINC, "code": "44260-8"}
    assert item(made, "total")["code"][0] == {"system": LOINC, "code": "44261-6"}


@EVERY_SCORABLE
def test_every_score_is_read_only_and_says_whether_the_form_computes_it(definition):
    instrument = definition.instrument
    made = questionnaire(instrument, NAMES)
    for score in instrument.scores:
        one = item(made, score.id)
        computed = extension(one, CALCULATED_EXPRESSION)
        silent = extension(one, NAMES.extension(NOT_CALCULATED))

        assert one["readOnly"] is True
        assert (computed is None) != (silent is None)
        assert (silent is None) == ("this form does not" not in one["text"])
        assert not (computed and "initial" in one)
        assert one["type"] == ("choice" if score.values else "boolean" if score.criterion else "decimal")
        assert (extension(one, QUESTIONNAIRE_UNIT) is not None) == (one["type"] == "decimal")


@EVERY_SCORABLE
def test_only_sums_and_means_of_items_are_computed_by_a_form(definition):
    for score in definition.instrument.scores:
        simple = score.method in ("sum", "mean") and bool(score.items)
        assert (calculated_expression(definition.instrument, score) is not None) <= simple


def test_an_expression_stands_behind_a_count_of_the_answers_it_needs():
    gad7 = registry().get("gad-7").instrument
    phq9 = registry().get("phq-9").instrument
    peg = registry().get("peg").instrument

    assert calculated_expression(gad7, gad7.scores[0]).startswith("iif(%resource.item.where(linkId in ('gad7_1'|")
    assert ".count() = 7, " in calculated_expression(gad7, gad7.scores[0])
    assert ".count() >= 7, (2 * (" in calculated_expression(phq9, phq9.scores[0])
    assert calculated_expression(peg, peg.scores[0]).endswith(" / 3, {})")


def test_a_total_of_totals_and_a_score_by_steps_are_left_to_the_service():
    psqi = registry().get("psqi").instrument

    computed = {score.id: calculated_expression(psqi, score) for score in psqi.scores}
    assert computed["global"] is None
    assert computed["c5_disturbance"] is None
    assert computed["c1_quality"] is not None


def with_missing(**missing):
    """PHQ-9 with another missing rule on its total."""
    document = registry().get("phq-9").instrument.model_dump(mode="json", exclude_defaults=True)
    document["scores"][0]["missing"] = {"rule": "x", "unverified": True, **missing}
    instrument = Instrument.model_validate_json(json.dumps(document))
    return calculated_expression(instrument, instrument.scores[0])


def test_a_rule_that_fits_no_expression_has_none():
    assert with_missing(method="bounds") is None
    assert with_missing(method="partial") is None
    assert with_missing(method="mean-of-answered", max_missing=2) is None


def test_absent_sites_count_as_zero_only_on_a_form_that_was_answered_at_all():
    whole = with_missing(method="absent-is-zero")
    some = with_missing(method="partial", zero_if_missing=["phq9_8"])

    assert "'phq9_10'" in whole.split(".exists()")[0]
    assert whole.endswith(", 0), {})")
    assert ".count() = 8, " in some


def test_the_difference_between_two_versions_of_a_definition_is_the_version_that_responses_name():
    newer = questionnaire(changed("phq-9", version="1.1.0"), NAMES)

    assert (newer["url"], newer["version"]) == (form("phq-9")["url"], "1.1.0")


@EVERY
def test_no_form_holds_anything_hollow(definition):
    waiting = [questionnaire(definition.instrument, NAMES)]
    for part in waiting:
        assert part not in (None, "", [], {})
        waiting += list(chain(part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()))


@EVERY
def test_no_label_is_shown_as_if_it_were_official(definition):
    if not ships_official_wording(definition.instrument):
        assert questionnaire(definition.instrument, NAMES)["status"] == "draft"
