"""What cards say, and when: safety first, the age beside every score, and never a verdict."""

from __future__ import annotations

import copy
from datetime import UTC, datetime

import pytest

from shared.cds.profile import REFERRALS
from shared.fhir.forms import Forms
from shared.fhir.systems import Resource
from shared.instruments import Registry
from shared.instruments.definition import Ages
from shared.instruments.registry import DEFINITIONS
from shared.profile.options import actions
from tests.support.hooks import (
    NAMES,
    OWN_SYSTEM,
    PATIENT,
    answered,
    bundle,
    context_of,
    kinds,
    of_kind,
    operation,
    opioid,
    person,
    phq9,
    phq9_response,
    sample,
    stored,
)
from tests.support.hooks import NOTHING as NOTHING_MORE

CALM = [1, 1, 1, 1, 1, 0, 0, 0, 0]
IN_DANGER = [1, 2, 3, 2, 1, 0, 1, 0, 1]
UNANSWERED = [*CALM[:8], None]
SURGICAL = {"system": "http://snomed.info/sct", "code": "387713003"}


def of_the_ehr(*responses, **more):
    return NOTHING_MORE._replace(responses=list(responses), **more)


def superseded(view):
    return {**view, "status": "superseded", "superseded_by": "01J0000000000000000000000A"}


# -- safety ------------------------------------------------------------------------------------------------------------


def test_a_raised_alert_within_the_age_limit_is_critical_and_comes_first():
    made = answered("patient-view", person(stored(phq9(IN_DANGER))))

    assert kinds(made)[0] == "safety"
    assert made[0]["indicator"] == "critical"
    assert made[0]["summary"] == "Safety alert: Patient Health Questionnaire-9, answered 20 Nov 2026 (6 days ago)."


def test_the_meaning_and_the_source_of_an_alert_are_told():
    detail = answered("patient-view", person(stored(phq9(IN_DANGER))))[0]["detail"]

    assert "Any endorsement of thoughts of death or self-harm" in detail
    assert "Source: [ajmc.com](https://ajmc.com/" in detail
    assert "whatever the total says" in detail


def test_an_alert_of_older_answers_is_a_warning_with_its_age():
    old = stored(phq9(IN_DANGER, "2026-10-01"), now=datetime(2026, 10, 2, tzinfo=UTC))

    [card] = [one for one in answered("patient-view", person(old)) if one["indicator"] != "info"]

    assert card["indicator"] == "warning"
    assert card["summary"] == (
        "Safety alert to look at: Patient Health Questionnaire-9, answered 1 Oct 2026 (56 days ago)."
    )
    assert "Older than the limit of 30 days." in card["detail"]


def test_the_tenants_own_age_limit_decides():
    view = stored(phq9(IN_DANGER))

    assert answered("patient-view", person(view, alert_max_age_days=5))[0]["indicator"] == "warning"
    assert answered("patient-view", person(view, alert_max_age_days=7))[0]["indicator"] == "critical"


def test_imported_answers_are_a_warning_though_they_are_recent():
    view = stored(phq9(IN_DANGER, capture={"mode": "import"}))

    card = answered("patient-view", person(view))[0]

    assert card["indicator"] == "warning"
    assert "Recorded, not raised" in card["detail"]


def test_an_unanswered_safety_question_is_a_warning_and_a_product_rule():
    card = answered("patient-view", person(stored(phq9(UNANSWERED))))[0]

    assert card["indicator"] == "warning"
    assert "Item 9 not answered" in card["detail"]
    assert "A product rule; no source was read for it." in card["detail"]


def test_an_unanswered_question_does_not_hide_the_answer_before_it():
    views = [stored(phq9(UNANSWERED, "2026-11-25")), stored(phq9(IN_DANGER, "2026-11-20"))]

    card = answered("patient-view", person(*views))[0]

    assert card["indicator"] == "critical"
    assert "20 Nov 2026 (6 days ago)" in card["summary"]
    assert "Item 9 not answered" in card["detail"]


def test_a_newer_answer_closes_no_alert_that_still_cries_out():
    views = [stored(phq9(CALM, "2026-11-25")), stored(phq9(IN_DANGER, "2026-11-20"))]

    card = answered("patient-view", person(*views))[0]

    assert card["indicator"] == "critical"
    assert "20 Nov 2026 (6 days ago)" in card["summary"]


def test_a_newer_answer_speaks_in_place_of_one_past_the_age_limit():
    views = [stored(phq9(CALM, "2026-11-25")), stored(phq9(IN_DANGER, "2026-11-20"))]

    assert "safety" not in kinds(answered("patient-view", person(*views, alert_max_age_days=3)))


def test_the_same_alert_of_two_answers_is_told_once_by_the_newer():
    views = [stored(phq9(IN_DANGER, "2026-11-25")), stored(phq9(IN_DANGER, "2026-11-20"))]

    card = answered("patient-view", person(*views))[0]

    assert "25 Nov 2026 (1 day ago)" in card["summary"]
    assert "20 Nov 2026" not in card["detail"]


def test_superseded_and_void_assessments_never_speak():
    view = stored(phq9(IN_DANGER))

    assert answered("patient-view", person(superseded(view))) == []
    assert answered("patient-view", person({**view, "status": "entered-in-error"})) == []


def test_every_hook_of_a_professional_tells_an_alert():
    who = person(stored(phq9(IN_DANGER)))

    for hook in ("patient-view", "order-select", "order-sign", "appointment-book", "encounter-discharge"):
        assert kinds(answered(hook, who))[0] == "safety"


def test_the_crisis_text_of_the_tenant_stands_escaped_in_the_card():
    text = "Call *us* at <b>once</b>\n# www.help.example https://help.example [here](x)"

    detail = answered("patient-view", person(stored(phq9(IN_DANGER)), crisis_text={"en": text}))[0]["detail"]

    expected = r"Call \*us\* at \<b\>once\</b\> \# www\.help.example https\://help.example \[here\](x)"
    assert f"**For a crisis:** {expected}" in detail


def test_a_response_that_only_the_ehr_holds_is_heard():
    who = person(prefetched=of_the_ehr(phq9_response(IN_DANGER)))

    card = answered("order-sign", who, opioid())[0]

    assert card["indicator"] == "critical"
    assert "a response in the EHR, not kept here" in card["detail"]


def test_a_refused_response_in_the_ehr_is_heard_though_it_is_not_scored():
    response = phq9_response(IN_DANGER)
    response["item"].append({"linkId": "not-ours", "answer": [{"valueString": "x"}]})

    made = answered("patient-view", person(prefetched=of_the_ehr(response)))

    assert kinds(made) == ["safety"]
    assert made[0]["indicator"] == "critical"


# -- recent scores -----------------------------------------------------------------------------------------------------


def test_the_newest_score_of_each_instrument_stands_with_band_range_and_age():
    views = [stored(phq9(CALM, "2026-11-24")), stored(phq9([3] * 8 + [0], "2026-10-01"))]

    card = of_kind(answered("patient-view", person(*views)), "scores")

    assert card["indicator"] == "info"
    assert card["summary"] == "1 questionnaire scored; newest answers 24 Nov 2026 (2 days ago)."
    assert card["detail"].splitlines()[0] == (
        "- **Patient Health Questionnaire-9**, 24 Nov 2026 (2 days ago): "
        "total **5** (range 0 to 27, higher is worse), mild"
    )


def test_a_score_that_is_absent_says_why():
    view = stored(phq9([1, 1, None, None, None, None, None, None, 0]))

    card = of_kind(answered("patient-view", person(view)), "scores")

    assert "total not scored: 6 of 9 items are unanswered, at most 2 may be" in card["detail"]


def test_nothing_known_is_an_empty_answer():
    for hook in ("patient-view", "order-sign", "order-select", "appointment-book", "encounter-discharge"):
        assert answered(hook, person()) == []


def test_the_ehrs_own_response_is_scored_and_not_told_twice():
    ours = stored(phq9(CALM, "2026-11-22"))
    copy_of_it = phq9_response(CALM, "2026-11-22T10:00:00+01:00")
    theirs = phq9_response([2] * 8 + [0], "2026-11-23T09:00:00Z")

    card = of_kind(answered("patient-view", person(ours, prefetched=of_the_ehr(copy_of_it))), "scores")
    assert "from the EHR" not in card["detail"]

    card = of_kind(answered("patient-view", person(ours, prefetched=of_the_ehr(copy_of_it, theirs))), "scores")
    assert "total **16**" in card["detail"]
    assert "from the EHR, scored here and not kept" in card["detail"]


def test_a_copy_of_a_superseded_or_voided_assessment_in_the_ehr_stays_silent():
    old = stored(phq9(IN_DANGER, "2026-11-22"))
    by_time = phq9_response(IN_DANGER, "2026-11-22T09:00:00Z")
    by_identifier = phq9_response(
        IN_DANGER, identifier={"system": NAMES.identifier("response"), "value": "01M8CVGJH22T419T40M19K4B9Q/phq-9"}
    )

    assert answered("patient-view", person(superseded(old), prefetched=of_the_ehr(by_time))) == []
    assert answered("patient-view", person(prefetched=of_the_ehr(by_identifier))) == []


def test_foreign_and_unreadable_responses_are_counted_and_never_guessed():
    foreign = phq9_response(CALM, questionnaire="https://other.example.org/Questionnaire/mood|1")
    undated = {**phq9_response(CALM)}
    del undated["authored"]
    future = phq9_response(CALM, "2027-01-01T00:00:00Z")
    who = person(stored(phq9(CALM)), prefetched=of_the_ehr(foreign, undated, future, unattributed=1))

    detail = of_kind(answered("patient-view", who), "scores")["detail"]

    assert (
        "**Not read:** 4 responses in the EHR are to a form that is not known here, incomplete, or not valid." in detail
    )


def test_a_page_that_goes_on_is_said_to():
    who = person(stored(phq9(CALM)), prefetched=of_the_ehr(more=True))

    assert "there may be more" in of_kind(answered("patient-view", who), "scores")["detail"]


class ForAdults(Registry):
    """Definitions validated from 18 years on; none that ships states its ages."""

    def get(self, instrument_id):
        definition = super().get(instrument_id)
        ages = Ages(low=18, source="https://example.org/read")
        instrument = definition.instrument.model_copy(update={"validated_ages": ages})
        return definition._replace(instrument=instrument, sha256="a" * 64)


@pytest.mark.parametrize(("born", "band"), [("1980-01-01", "mild"), ("2016-01-01", None), ("1980", "mild")])
def test_an_age_outside_the_validated_ones_gets_no_band(born, band):
    patient = {"resourceType": "Patient", "id": PATIENT, "birthDate": born}
    prefetched = of_the_ehr(phq9_response(CALM), patient=patient)

    who = person(prefetched=prefetched, forms=Forms(NAMES, ForAdults(DEFINITIONS)))

    [finding] = who.findings
    assert finding.result["scores"][0]["band"] == band


def test_what_was_not_read_is_said_where_an_assessment_is_asked_for():
    foreign = phq9_response(CALM, questionnaire="https://other.example.org/Questionnaire/mood|1")

    [card] = answered("order-sign", person(prefetched=of_the_ehr(foreign)), operation())

    assert "**Not read:** 1 response in the EHR is to a form that is not known here" in card["detail"]


# -- an assessment is due ----------------------------------------------------------------------------------------------


def test_an_operation_without_a_recent_assessment_asks_for_one():
    [card] = answered("order-sign", person(), operation())

    assert card["summary"] == "No assessment before an operation is on record here: the questions are due."
    assert card["detail"].startswith("**Ordered or booked:** Total knee replacement.")
    assert "a product rule that the tenant sets; no source was read for it" in card["detail"]
    assert card["links"] == [
        {"label": "The questions “Before an operation”", "url": NAMES.questionnaire("preoperative"), "type": "absolute"}
    ]


def test_the_suggestion_drafts_a_task_for_the_questionnaire():
    [card] = answered("order-select", person(), operation())
    [action] = card["suggestions"][0]["actions"]
    task: Resource = action["resource"]

    assert action["type"] == "create"
    assert (task["resourceType"], task["status"], task["intent"]) == ("Task", "draft", "proposal")
    assert task["for"] == {"reference": f"Patient/{PATIENT}"}
    assert task["input"][0]["valueCanonical"] == NAMES.questionnaire("preoperative")
    assert task["code"]["coding"][0]["code"] == "complete-questionnaire"


def test_a_recent_assessment_gives_its_profile_in_place_of_the_request():
    made = answered("order-sign", person(stored(sample())), operation())

    assert kinds(made) == ["safety", "profile"]


def test_an_assessment_older_than_the_tenants_period_is_due_again():
    who = person(stored(sample()), cds={"due_after_days": 5})

    made = answered("order-sign", who, operation())

    assert kinds(made) == ["safety", "due"]
    assert made[1]["summary"] == (
        "The last assessment before an operation is of 20 Nov 2026 (6 days ago): the questions are due."
    )


def test_a_surgical_category_is_an_operation_and_an_unmapped_code_is_not():
    unmapped = operation("X-1", OWN_SYSTEM)

    assert answered("order-sign", person(), unmapped) == []
    assert kinds(answered("order-sign", person(), {**unmapped, "category": [{"coding": [SURGICAL]}]})) == ["due"]


def test_a_condition_or_other_is_no_operation():
    maps = [{"system": OWN_SYSTEM, "code": code, "means": code} for code in ("whiplash", "other")]

    for code in ("whiplash", "other"):
        assert answered("order-sign", person(code_maps=maps), operation(code)) == []


def test_only_what_is_selected_counts_while_orders_are_selected():
    chosen = context_of("order-select", operation(), selections=["MedicationRequest/m1"])

    assert answered("order-select", person(), operation(), context=chosen) == []


def test_a_revoked_order_is_none():
    assert answered("order-sign", person(), operation(status="revoked")) == []


@pytest.mark.parametrize("as_array", [False, True])
def test_an_appointment_for_an_operation_asks_whatever_its_form(as_array):
    appointment = {
        "resourceType": "Appointment",
        "status": "proposed",
        "participant": [{"actor": {"reference": f"Patient/{PATIENT}"}, "status": "needs-action"}],
        "serviceType": [{"coding": [{"system": OWN_SYSTEM, "code": "TKA"}]}],
    }
    appointments = [appointment] if as_array else bundle(appointment)
    context = {"userId": "Practitioner/dr-1", "patientId": PATIENT, "appointments": appointments}

    assert kinds(answered("appointment-book", person(), context=context)) == ["due"]


def test_a_patient_who_books_is_asked_for_answers_and_shown_no_result():
    context = context_of("order-sign", operation(), userId=f"Patient/{PATIENT}")
    who = person(stored(sample()), cds={"due_after_days": 5})

    assert kinds(answered("order-sign", who, context=context)) == ["due"]
    assert answered("patient-view", who, context=context_of("patient-view", userId="RelatedPerson/r-1")) == []


def test_discharge_plans_the_follow_up_once():
    before = stored(phq9(CALM))
    after = stored(phq9(CALM, "2026-11-25", timepoint="follow-up"))
    early = stored(phq9(CALM, "2026-11-25", timepoint="postoperative-month-1"))
    late = stored(phq9(CALM, "2026-11-25", timepoint="postoperative-month-3"))

    [card] = answered("encounter-discharge", person(before))
    assert card["summary"].startswith("Follow-up: the questions on the outcome are due 3 months after")
    assert "cannot be assessed ([" in card["detail"], "the number stands beside its source"
    assert card["links"][0]["url"] == NAMES.questionnaire("follow-up")
    assert kinds(answered("encounter-discharge", person(early, before))) == ["due"]
    assert answered("encounter-discharge", person(after, before)) == []
    assert answered("encounter-discharge", person(late, before)) == []


# -- opioids -----------------------------------------------------------------------------------------------------------


def test_signing_an_opioid_recalls_what_was_recorded():
    card = of_kind(answered("order-sign", person(stored(sample())), opioid()), "opioids")

    assert card["detail"].startswith("- **Opioid use before the operation**, 20 Nov 2026 (6 days ago): absent.")
    assert "judges no prescription" in card["detail"]


def test_nothing_recorded_about_opioids_is_no_card():
    assert "opioids" not in kinds(answered("order-sign", person(stored(phq9(CALM))), opioid()))


def test_only_opioids_are_opioids():
    who = person(stored(sample()), cds={"opioid_codes": [{"system": OWN_SYSTEM, "code": "M-1"}]})

    assert "opioids" not in kinds(answered("order-sign", who, opioid("N02BE01")))
    assert "opioids" not in kinds(answered("order-sign", who, opioid("N02AA05", "http://other.example.org")))
    assert "opioids" not in kinds(answered("order-select", who, opioid()))
    assert "opioids" in kinds(answered("order-sign", who, opioid("M-1", OWN_SYSTEM)))


def test_a_contained_medication_is_looked_into():
    order = opioid()
    concept = order.pop("medicationCodeableConcept")
    order |= {
        "contained": [{"resourceType": "Medication", "id": "m", "code": concept}],
        "medicationReference": {"reference": "#m"},
    }

    assert "opioids" in kinds(answered("order-sign", person(stored(sample())), order))


# -- the profile -------------------------------------------------------------------------------------------------------


def test_the_profile_counts_and_says_that_it_is_no_probability():
    card = of_kind(answered("patient-view", person(stored(sample()))), "profile")

    assert card["summary"] == (
        "4 of 11 established factors for lasting pain present, 5 unknown; answers of 20 Nov 2026 (6 days ago); "
        "options inside."
    )
    assert card["indicator"] == "info"
    assert "**A count of associated factors, not a probability.**" in card["detail"]
    assert "**Present (4):** Symptoms of depression; Poor sleep;" in card["detail"]
    assert "Unknown does not mean absent" in card["detail"]
    assert "**Basis:** answers of 20 Nov 2026 (6 days ago), before an operation; profile 1.0.0" in card["detail"]


def test_the_tenants_policy_sets_the_profiles_indicator():
    who = person(stored(sample()), cds={"profile_indicator": "warning"})

    assert of_kind(answered("patient-view", who), "profile")["indicator"] == "warning"


def test_only_models_that_apply_speak_each_with_population_horizon_and_limits():
    detail = of_kind(answered("patient-view", person(stored(sample()))), "profile")["detail"]

    assert "painout-2020-risk-factor-count 1.0.0" in detail
    assert "**severe acute pain**, post-operative day 1" in detail
    assert "Made for: Adults about to have an operation of any kind." in detail
    assert "Limits: A count, not a probability" in detail
    assert "verwoerd" not in detail


def test_a_missing_answer_gives_a_range_that_is_no_confidence_interval():
    view = {**stored(sample("neck-pain-first-visit")), "subject": PATIENT}

    detail = of_kind(answered("patient-view", person(view)), "profile")["detail"]

    assert "40 % to 79 %, over every answer to what is unanswered; no confidence interval" in detail


def test_a_model_that_the_tenant_silenced_since_is_not_shown():
    view = stored(sample())

    detail = of_kind(
        answered("patient-view", person(view, models={"painout-2020-risk-factor-count": "silent"})), "profile"
    )["detail"]
    assert "painout" not in detail

    made = answered("patient-view", person(view, profile="silent", models={"painout-2020-risk-factor-count": "off"}))
    assert "profile" not in kinds(made)


def test_an_estimate_of_another_version_of_a_model_shows_no_number():
    view = copy.deepcopy(stored(sample()))
    estimate = next(one for one in view["risk"]["estimates"] if one["applicable"])
    estimate |= {"definition_sha256": "0" * 64, "value": "higher-risk", "interval": None}

    detail = of_kind(answered("patient-view", person(view)), "profile")["detail"]

    assert "made by a version of the model that is not at hand, so that no number is shown" in detail


def test_options_that_can_be_asked_for_are_drafted_and_the_others_only_told():
    card = of_kind(answered("patient-view", person(stored(sample()))), "profile")
    drafts = [suggestion["actions"][0]["resource"] for suggestion in card["suggestions"]]

    assert card["selectionBehavior"] == "any"
    assert [draft["code"]["text"] for draft in drafts] == [
        "Psychological treatment around the operation",
        "Cognitive behavioural therapy for insomnia",
    ]
    assert all((draft["status"], draft["intent"]) == ("draft", "proposal") for draft in drafts)
    assert all(draft["subject"] == {"reference": f"Patient/{PATIENT}"} for draft in drafts)
    assert "**Tell the team about poor sleep**" in card["detail"]
    assert "not orders" in card["detail"]


def test_every_option_that_can_be_asked_for_is_one_of_the_file():
    assert {option.id for option in actions().content.options} >= REFERRALS


def test_the_local_policy_is_named_as_one_and_its_text_is_escaped():
    view = copy.deepcopy(stored(sample()))
    view["risk"]["policy"] = {
        "policy": {"id": "local", "version": "1.0.0", "sha256": "0" * 64},
        "label": {"code": "talk", "text": "Talk <script>x</script> **now**"},
        "statement": "This label is a local policy, not a validated prediction.",
    }

    detail = of_kind(answered("patient-view", person(view)), "profile")["detail"]

    assert r"**Local policy** local 1.0.0: Talk \<script\>x\</script\> \*\*now\*\*." in detail


def test_a_launch_link_stands_only_where_the_tenant_has_an_app():
    view = stored(sample())
    launched = of_kind(
        answered("patient-view", person(view, cds={"launch_url": "https://app.example.org/launch"})), "profile"
    )

    [smart] = [link for link in launched["links"] if link["type"] == "smart"]
    assert smart == {
        "label": "Open the explanation",
        "url": "https://app.example.org/launch",
        "type": "smart",
        "appContext": f'{{"assessment":"{view["id"]}"}}',
    }
    assert all("appContext" not in link for link in launched["links"] if link["type"] == "absolute")
    assert not any(
        link["type"] == "smart" for card in answered("patient-view", person(view)) for link in card.get("links", [])
    )


@pytest.mark.parametrize("name", ["preoperative-intake", "neck-pain-first-visit", "hernia-few-factors"])
def test_no_card_calls_anybody_low_or_safe(name):
    view = {**stored(sample(name)), "subject": PATIENT}

    told = answered("patient-view", person(view))

    assert "profile" in [card["source"]["topic"]["code"] for card in told]
    for card in told:
        words = (card["summary"] + card["detail"]).lower()
        if card["source"]["topic"]["code"] == "profile":
            assert "low risk" not in words
            assert "low-risk" not in words
            assert "green" not in words
