"""Scores and answers as Observations: US Core's screening rules, and never silence that could be read as zero."""

from __future__ import annotations

import json
import random

import pytest

from shared.fhir.context import Context, context_of, resource_id
from shared.fhir.observation import item_observation, observations, score_observation, score_observations
from shared.fhir.systems import LOINC, US_CORE_SCREENING
from shared.instruments import registry
from shared.scoring import Setting, scorer_for
from tests.fhir_examples import AUTHORED, NAMES, SCORABLE, SOFTWARE, named, phq9, random_responses

ASSESSMENT = "01JDA0X3V1Q2W3E4R5T6Y7U8I9"
STORED = Context(NAMES, "Patient/p-1001", AUTHORED, SOFTWARE, ASSESSMENT, "QuestionnaireResponse/qr-1")
EVERY_SCORABLE = pytest.mark.parametrize("definition", SCORABLE, ids=named(SCORABLE))


def of(name, responses, context=STORED, setting=None):
    """Every Observation of some responses, by the name of its score or item."""
    definition = registry().get(name)
    scorer = scorer_for(definition)
    result = scorer.score(responses, setting) if setting else scorer.score(responses)
    made = observations(definition.instrument, result, responses, context)
    return {one["identifier"][0]["value"].rsplit("/", 1)[1]: one for one in made}


def ones(*missing):
    return {f"phq9_{n}": 1 for n in range(1, 10) if n not in missing}


@EVERY_SCORABLE
@pytest.mark.parametrize("missing", [0.0, 0.2, 1.0])
def test_every_observation_keeps_us_cores_screening_rules(definition, missing):
    responses = random_responses(definition.instrument, random.Random(7), missing)
    result = scorer_for(definition).score(responses)

    for made in observations(definition.instrument, result, responses, STORED):
        values = [name for name in made if name.startswith("value")]
        assert made["meta"] == {"profile": [US_CORE_SCREENING]}
        assert (made["status"], made["subject"]) == ("final", {"reference": "Patient/p-1001"})
        assert [one["coding"][0]["code"] for one in made["category"]] == ["survey"]
        assert len(values) + ("dataAbsentReason" in made) + ("hasMember" in made) == 1, "us-core-2, obs-6"
        assert "valueDecimal" not in made
        assert made["effectiveDateTime"] == made["issued"] == AUTHORED
        assert made.get("valueQuantity", {}).get("system", "http://unitsofmeasure.org") == "http://unitsofmeasure.org"
        assert made["device"] == {"display": SOFTWARE}
        assert made["derivedFrom"] == [{"reference": "QuestionnaireResponse/qr-1"}]


@EVERY_SCORABLE
def test_there_is_one_observation_a_score_one_an_answer_and_one_panel_that_names_them(definition):
    instrument = definition.instrument
    responses = random_responses(instrument, random.Random(8), 0.3)
    panel, *members = observations(instrument, scorer_for(definition).score(responses), responses, STORED)

    assert len(members) == len(instrument.scores) + len(responses)
    assert [one["reference"] for one in panel["hasMember"]] == [f"Observation/{one['id']}" for one in members]
    assert len({one["id"] for one in (panel, *members)}) == len(members) + 1
    assert not [name for name in panel if name.startswith("value")]


def test_the_total_of_the_phq9_is_a_quantity_with_its_band_and_its_codes():
    made = of("phq-9", ones())["total"]

    assert made["valueQuantity"] == {
        "value": 9,
        "unit": "score",
        "system": "http://unitsofmeasure.org",
        "code": "{score}",
    }
    assert made["code"]["coding"][0] == {"system": LOINC, "code": "44261-6"}
    assert made["interpretation"][0]["coding"][0]["code"] == "mild"
    assert made["interpretation"][0]["coding"][0]["system"].endswith("/CodeSystem/band")
    assert made["identifier"][0]["value"] == f"{ASSESSMENT}/phq-9/total"
    assert made["referenceRange"][0]["text"].startswith("minimal 0 to 4; mild 5 to 9; ")
    assert "Source: " in made["referenceRange"][0]["text"]
    assert "performer" not in made


def test_a_score_that_could_not_be_computed_says_why_and_has_no_value():
    made = of("phq-9", ones(1, 2, 3))["total"]

    assert "valueQuantity" not in made
    assert "interpretation" not in made
    assert [one["code"] for one in made["dataAbsentReason"]["coding"]] == ["unknown", "too-many-missing"]
    assert "3 of 9 items are unanswered" in made["dataAbsentReason"]["text"]


def test_an_unanswered_item_has_no_observation():
    assert "phq9_3" not in of("phq-9", ones(3))
    assert "phq9_4" in of("phq-9", ones(3))


def test_a_prorated_score_says_so():
    made = of("phq-9", ones(3))["total"]

    assert made["note"] == [{"text": "Prorated by the instrument's own rule: 8 of 9 items were answered."}]


def test_a_criterion_is_a_yes_or_no_and_never_a_number():
    met = of("phq-9", {f"phq9_{n}": 3 for n in range(1, 10)})["major_depressive_syndrome"]
    not_met = of("phq-9", ones())["major_depressive_syndrome"]

    assert (met["valueBoolean"], not_met["valueBoolean"]) == (True, False)


def test_a_band_that_does_not_apply_is_withheld_and_the_note_says_why():
    made = of("phq-9", ones(), setting=Setting(respondent="proxy"))["total"]

    assert "interpretation" not in made
    assert made["valueQuantity"]["value"] == 9
    assert "proxy" in made["note"][0]["text"]


def test_a_t_score_carries_its_standard_error_in_an_extension_of_ours():
    made = of(
        "promis-sleep-disturbance-8a",
        {f"{item.id}": 2 for item in registry().get("promis-sleep-disturbance-8a").instrument.items},
    )
    t_score = next(one for name, one in made.items() if name == "t_score")

    assert t_score["extension"][0]["url"] == NAMES.extension("standard-error")
    assert t_score["extension"][0]["valueDecimal"] > 0


def test_answers_are_observations_of_their_own_types():
    made = of("psqi", {"psqi_bedtime": "23:15", "psqi_sleep_hours": 6.5, "psqi_5a": 2})

    assert made["psqi_bedtime"]["valueTime"] == "23:15:00"
    assert made["psqi_sleep_hours"]["valueQuantity"] == {
        "value": 6.5,
        "unit": "h",
        "system": "http://unitsofmeasure.org",
        "code": "h",
    }
    assert made["psqi_5a"]["valueCodeableConcept"]["coding"][0]["code"] == "2"


def test_a_choice_is_a_coded_answer_by_loinc():
    made = of("phq-9", ones())["phq9_9"]

    assert made["valueCodeableConcept"]["coding"] == [{"system": LOINC, "code": "LA6569-3", "display": "Several days"}]
    assert made["code"]["coding"][0] == {"system": LOINC, "code": "44260-8"}


def test_an_answer_has_the_author_for_its_performer_and_a_score_has_none():
    document = phq9() | {"author": {"reference": "Practitioner/d-1"}}
    by_device = phq9() | {"author": {"reference": "Device/d-1"}}

    for sent, performer in ((document, [{"reference": "Practitioner/d-1"}]), (by_device, None)):
        made = of("phq-9", ones(), context_of(sent, NAMES, SOFTWARE, assessment=ASSESSMENT))
        assert made["phq9_1"].get("performer") == performer
        assert "performer" not in made["total"]


def test_what_the_response_belongs_to_is_copied():
    document = phq9() | {
        "encounter": {"reference": "Encounter/e-1"},
        "basedOn": [{"reference": "ServiceRequest/s-1"}, {"display": "no reference"}],
        "partOf": [{"reference": "Procedure/p-1"}, {"reference": "Observation/o-1"}],
        "status": "amended",
    }
    made = of("phq-9", ones(), context_of(document, NAMES, SOFTWARE, assessment=ASSESSMENT))["total"]

    assert made["encounter"] == {"reference": "Encounter/e-1"}
    assert made["basedOn"] == [{"reference": "ServiceRequest/s-1"}]
    assert made["partOf"] == [{"reference": "Procedure/p-1"}], "an Observation is part of no other"
    assert made["status"] == "amended"


def test_a_date_without_a_time_is_when_it_was_true_and_never_when_it_was_issued():
    made = of("phq-9", ones(), Context(NAMES, "Patient/1", "2026-11-20", SOFTWARE, ASSESSMENT))["total"]

    assert made["effectiveDateTime"] == "2026-11-20"
    assert "issued" not in made


def test_a_voided_assessment_is_entered_in_error_throughout():
    context = Context(NAMES, "Patient/1", AUTHORED, SOFTWARE, ASSESSMENT, status="entered-in-error")

    assert {one["status"] for one in of("phq-9", ones(), context).values()} == {"entered-in-error"}


def test_without_an_assessment_nothing_has_an_id_and_members_are_named_by_urn():
    definition = registry().get("phq-9")
    context = Context(NAMES, None, AUTHORED, SOFTWARE)
    result = scorer_for(definition).score(ones())
    panel, total, *_ = observations(definition.instrument, result, ones(), context)

    assert "id" not in total
    assert "identifier" not in total
    assert "meta" not in total, "US Core's profile wants a Patient"
    assert panel["hasMember"][0] == {"reference": context.urn("phq-9", "total")}
    assert panel["hasMember"][0]["reference"].startswith("urn:uuid:")


def test_ids_are_fhir_ids_that_begin_with_the_assessments():
    ids = [
        resource_id(ASSESSMENT, definition.instrument.id, score.id)
        for definition in SCORABLE
        for score in definition.instrument.scores
    ]

    assert len(set(ids)) == len(ids)
    assert all(one.startswith(f"{ASSESSMENT}-") and len(one) <= 64 and "_" not in one for one in ids)
    assert len(resource_id(ASSESSMENT, "x" * 40, "y" * 40)) <= 64


def test_an_unverified_band_is_no_reference_range():
    instrument = registry().get("phq-9").instrument
    score = instrument.scores[0]
    unverified = score.model_copy(update={"bands": score.bands.model_copy(update={"unverified": True})})
    given = scorer_for(registry().get("phq-9")).score(ones())["scores"][0]

    assert "referenceRange" not in score_observation(instrument, unverified, given, STORED)


def test_a_category_is_a_label_with_a_code_of_ours():
    instrument = registry().get("phq-9").instrument
    score = instrument.scores[0].model_copy(update={"values": ("low", "high"), "range": None})
    given = scorer_for(registry().get("phq-9")).score(ones())["scores"][0] | {"value": "high", "range": None}
    made = score_observation(instrument, score, given, STORED)

    assert made["valueCodeableConcept"]["coding"] == [
        {"system": NAMES.code_system("phq-9-total"), "code": "high", "display": "high"}
    ]


def test_nothing_that_was_not_answered_is_written_anywhere():
    definition = registry().get("phq-9")
    made = score_observations(definition.instrument, scorer_for(definition).score({}), STORED)

    assert not [one for one in made if any(name.startswith("value") for name in one)]
    assert "null" not in json.dumps(made)


def test_one_answer_alone_can_be_written():
    instrument = registry().get("phq-9").instrument

    assert item_observation(instrument, instrument.items[0], 0, STORED)["valueCodeableConcept"]["text"] == "Not at all"
