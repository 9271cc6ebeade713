"""What is said of risk beside an assessment, and what a tenant may decide about it."""

from __future__ import annotations

import copy

import pytest

NECK = "verwoerd-2024-chronic-neck-pain"
PAINOUT = "painout-2020-risk-factor-count"


def submit(client, intake, **changes):
    return client.post("/v1/assessments", intake | changes)


def put(client, **settings):
    return client.send("PUT", "/v1/tenant", settings)


# -- in an assessment --------------------------------------------------------------------------------------------------


def test_an_assessment_holds_profile_estimates_rates_and_options(client, sample):
    risk = submit(client, sample).json["risk"]

    statuses = {factor["id"]: factor["status"] for factor in risk["profile"]["factors"]}
    assert set(statuses.values()) <= {"present", "absent", "unknown"}
    counts = [list(statuses.values()).count(status) for status in ("present", "absent", "unknown")]
    assert counts == [risk["profile"][status] for status in ("present", "absent", "unknown")]
    assert risk["base_rates"][0]["rate"] == 0.129
    assert all(option["text"] for option in risk["actions"])


def test_applicable_models_come_first_and_each_names_its_card(client, sample):
    estimates = submit(client, sample).json["risk"]["estimates"]

    applicable = [estimate["applicable"] for estimate in estimates]
    assert len(estimates) == 9
    assert applicable == sorted(applicable, reverse=True)
    assert all(estimate["card"] == f"/v1/risk-models/{estimate['model']}" for estimate in estimates)


def test_nothing_is_called_low_or_green_or_multiplied_into_a_percentage(client, sample):
    risk = submit(client, sample).json["risk"]

    for estimate in risk["estimates"]:
        assert estimate["kind"] != "probability" or estimate["value"] is None
    assert "policy" not in risk


def test_an_unmapped_code_is_other_and_gets_no_base_rate(client, intake):
    coded = {"age": 54, "procedure_code": {"system": "http://example.org/ops", "code": "5-822"}}

    assert submit(client, intake, clinical=coded).json["risk"]["base_rates"] == []


def test_a_tenants_own_code_means_what_the_tenant_says(client, intake):
    put(client, code_maps=[{"system": "http://example.org/ops", "code": "5-822", "means": "total-knee-arthroplasty"}])
    coded = {"age": 54, "procedure_code": {"system": "http://example.org/ops", "code": "5-822"}}

    answer = submit(client, intake, clinical=coded).json

    assert answer["risk"]["base_rates"][0]["id"] == "cpsp-tka-6m"
    assert answer["clinical"] == coded, "what was sent is kept as sent"


def test_a_female_only_operation_and_male_sex_is_a_warning_and_no_fault(client, intake):
    answer = submit(client, intake, clinical={"age": 40, "female": 0, "procedure": "hysterectomy"})

    assert answer.status == 201
    assert "contradictory-facts" in {warning["code"] for warning in answer.json["risk"]["profile"]["warnings"]}


def test_a_fact_that_no_model_could_take_is_named(client, intake):
    answer = submit(client, intake, clinical={"age": 54, "preoperative_opioids": 7})

    assert answer.status == 422
    assert answer.json["errors"][0]["pointer"] == "/clinical/preoperative_opioids"
    assert answer.json["alerts"], "a refused submission still speaks up"


def test_a_child_is_outside_the_models_and_no_mistake(client, intake):
    answer = submit(client, intake, clinical={"age": 9, "female": 1, "surgery_minutes": 60})

    assert answer.status == 201
    assert not any(estimate["applicable"] for estimate in answer.json["risk"]["estimates"])


@pytest.mark.parametrize(
    ("external", "pointer"),
    [
        ({"total": "nope", "value": 1, "unit": "points", "source": "EHR", "date": "2026-11-01"}, "/external/0/total"),
        ({"total": "odi", "value": 40, "unit": "miles", "source": "EHR", "date": "2026-11-01"}, "/external/0/unit"),
        (
            {"total": "odi", "value": "40", "unit": "percent", "source": "EHR", "date": "2026-11-01"},
            "/external/0/value",
        ),
        ({"total": "odi", "value": 40, "unit": "percent", "date": "2026-11-01"}, "/external/0/source"),
        ({"total": "odi", "value": 40, "unit": "percent", "source": "EHR", "date": "yesterday"}, "/external/0/date"),
    ],
)
def test_an_external_total_says_its_unit_source_and_date(client, intake, external, pointer):
    answer = submit(client, intake, external=[external])

    assert answer.status == 422
    assert pointer.rsplit("/", 1)[0] in {line["pointer"].rsplit("/", 1)[0] for line in answer.json["errors"]}


# -- batteries ---------------------------------------------------------------------------------------------------------


def test_every_battery_says_how_long_it_is(client):
    items = client.get("/v1/batteries", token=None).json["items"]

    assert {item["id"] for item in items} == {"preoperative", "postoperative", "injury", "follow-up"}
    for item in items:
        assert item["size"]["items"]["fewest"] > 0
        assert client.get(item["href"], token=None).json == item


def test_an_assessment_that_names_its_battery_is_told_what_is_missing(client, intake):
    answer = submit(client, intake, battery="preoperative").json

    assert answer["battery"]["battery"] == "preoperative"
    assert answer["battery"]["missing"]


def test_an_unknown_battery_is_refused(client, intake):
    answer = submit(client, intake, battery="nope")

    assert answer.json["errors"] == [
        {"pointer": "/battery", "code": "unknown-battery", "detail": "no battery has this id"}
    ]


# -- tenant settings ---------------------------------------------------------------------------------------------------


def test_a_tenant_who_decided_nothing_has_defaults_at_version_0(client):
    answer = client.get("/v1/tenant")

    assert (answer.status, answer.json["version"], answer.json["time_zone"]) == (200, 0, "UTC")


def test_settings_are_versioned_kept_and_audited(client, embedded_table):
    first = put(client, time_zone="Europe/Berlin")
    second = put(client, time_zone="Europe/Vienna")

    assert (first.json["version"], second.json["version"]) == (1, 2)
    assert client.get("/v1/tenant").json["time_zone"] == "Europe/Vienna"
    items = embedded_table.scan(TableName="Table")["Items"]
    assert sum(item.get("kind", {}).get("S") == "settings" for item in items) == 2
    assert sum(item.get("action", {}).get("S") == "settings" for item in items) == 2


def test_two_people_cannot_overwrite_each_other_unseen(client):
    version = client.get("/v1/tenant").headers["ETag"]
    client.send("PUT", "/v1/tenant", {"time_zone": "Europe/Berlin"}, headers={"If-Match": version})

    late = client.send("PUT", "/v1/tenant", {"time_zone": "Asia/Tokyo"}, headers={"If-Match": version})

    assert late.status == 409
    assert client.get("/v1/tenant").json["time_zone"] == "Europe/Berlin"


def test_what_was_read_can_be_changed_and_sent_back(client):
    read = put(client, time_zone="Europe/Berlin").json

    changed = client.send("PUT", "/v1/tenant", {**read, "time_zone": "Europe/Vienna"}, headers={"If-Match": '"1"'})

    assert (changed.status, changed.json["version"], changed.json["time_zone"]) == (200, 2, "Europe/Vienna")


def test_settings_belong_to_their_tenant_and_need_the_admin_scope(client):
    put(client, time_zone="Europe/Berlin")

    assert client.get("/v1/tenant", token="other").json["version"] == 0
    assert client.get("/v1/tenant", token=client.token(scopes=("assessments:read",))).status == 403


@pytest.mark.parametrize(
    ("settings", "pointer"),
    [
        ({"time_zone": "Mars/Olympus"}, "/time_zone"),
        ({"surprise": 1}, ""),
        ({"models": {"nope": "silent"}}, "/models"),
        ({"models": {NECK: "hidden"}}, f"/models/{NECK}"),
        ({"code_maps": [{"system": "s", "code": "c", "means": "moon-landing"}]}, "/code_maps/0/means"),
        ({"slots": {"nope": "pcs-13"}}, "/slots"),
        ({"phq8_instead_of_phq9": {"decided_by": "Dr A"}}, "/phq8_instead_of_phq9/reason"),
        ({"policy": {"id": "p"}}, "/policy/version"),
    ],
)
def test_each_wrong_setting_is_named_and_none_takes_effect(client, settings, pointer):
    answer = put(client, **settings)

    assert answer.status == 422
    assert pointer in {line["pointer"] for line in answer.json["errors"]}
    assert client.get("/v1/tenant").json["version"] == 0


def test_a_silent_model_is_computed_and_kept_and_not_shown(client, sample, embedded_table):
    from shared.storage.items import unpack

    put(client, models={PAINOUT: "silent"})
    created = submit(client, sample)

    assert PAINOUT not in {estimate["model"] for estimate in created.json["risk"]["estimates"]}
    assert "silent" not in client.get(created.headers["Location"]).json
    [item] = [i for i in embedded_table.scan(TableName="Table")["Items"] if i.get("kind", {}).get("S") == "assessment"]
    kept = unpack(item["document"])["silent"]["estimates"]
    assert [estimate["model"] for estimate in kept] == [PAINOUT]


def test_a_model_that_is_off_is_not_computed(client, sample):
    put(client, models={PAINOUT: "off"})

    assert len(submit(client, sample).json["risk"]["estimates"]) == 8


def test_a_silent_profile_shows_no_factors_and_no_options(client, sample):
    put(client, profile="silent")

    risk = submit(client, sample).json["risk"]

    assert (risk["profile"], risk["actions"]) == (None, [])


def test_what_was_shown_to_whom_is_in_the_audit_trail(client, sample, embedded_table):
    location = submit(client, sample).headers["Location"]
    client.get(location)

    events = [
        item for item in embedded_table.scan(TableName="Table")["Items"] if item.get("kind", {}).get("S") == "audit"
    ]
    [read] = [event for event in events if event["action"]["S"] == "read"]
    assert PAINOUT in read["entity"]["S"]
    assert read["actor"]["S"] == "clinician@demo.example.org"


def test_only_registered_sources_are_taken_once_any_is(client, intake):
    put(client, sources=[{"id": "epic", "title": "Our EHR"}])

    refused, taken = submit(client, intake, source="other"), submit(client, intake, source="epic")

    assert (refused.status, refused.json["errors"][0]["pointer"], taken.status) == (422, "/source", 201)


def test_a_local_policy_labels_in_words_that_it_is_one(client, sample):
    policy = {
        "id": "our-clinic",
        "version": "1.0.0",
        "title": "Who is seen by the pain service first",
        "decided_by": "Pain board, 2026-11-01",
        "intakes": ["preoperative"],
        "rules": [
            {
                "id": "several",
                "when": [{"of": "present", "factors": "all", "op": ">=", "value": 1}],
                "label": {
                    "code": "see-first",
                    "text": "Local policy, not a validated prediction: offer a visit first.",
                },
            }
        ],
    }
    card = put(client, policy=policy).json["policy_card"]
    assert [attribute["n"] for attribute in card["attributes"]] == list(range(1, 32))
    assert all(attribute["text"] for attribute in card["attributes"])

    found = submit(client, sample).json["risk"]["policy"]

    assert found["label"]["code"] == "see-first"
    assert found["policy"]["id"] == "our-clinic"


def test_a_policy_that_names_no_real_factor_or_reassures_is_refused(client):
    rule = {
        "id": "r",
        "when": [{"of": "present", "factors": ["horoscope"], "op": ">=", "value": 1}],
        "label": {"code": "watch", "text": "Local policy, not a validated prediction."},
    }
    policy = {
        "id": "p",
        "version": "1.0.0",
        "title": "T",
        "decided_by": "D",
        "intakes": ["preoperative"],
        "rules": [rule],
    }
    soothing = copy.deepcopy(policy)
    soothing["rules"][0]["label"]["code"] = "low"

    assert put(client, policy=policy).json["errors"][0]["code"] == "unknown-factor"
    assert put(client, policy=soothing).status == 422
