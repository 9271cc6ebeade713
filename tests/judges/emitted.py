"""Every kind of resource that this project writes, from every instrument: what the judges are shown."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from shared.batteries import batteries
from shared.delivery.parcel import parcel
from shared.fhir import audit_event, bundle, capability, extract
from shared.fhir.battery_form import battery_ids, battery_of
from shared.fhir.context import Context, context_of
from shared.fhir.definitional import Definitional
from shared.fhir.document_reference import document_reference
from shared.fhir.forms import Forms
from shared.fhir.observation import observations
from shared.fhir.operation_outcome import fault, operation_outcome
from shared.fhir.provenance import Basis, provenance
from shared.fhir.published import Questionnaires
from shared.fhir.questionnaire import questionnaire
from shared.fhir.questionnaire_response import read_response
from shared.fhir.response_scores import Scored, score_reading
from shared.fhir.risk_assessment import risk_assessment
from shared.fhir.stored import StoredResources
from shared.fhir.written_response import questionnaire_response
from shared.fhir_server import statement as fhir_server
from shared.instruments import registry
from shared.risk_models import registry as risk_models
from shared.text_packs import worded
from shared.text_packs.loader import read as read_pack
from tests.fhir_examples import (
    ALL,
    AUTHORED,
    NAMES,
    SCORABLE,
    SOFTWARE,
    battery_answers,
    battery_response,
    phq9,
    random_responses,
    response,
)
from tests.support.deliveries import RESOURCES, assessed, drawn, sample
from tests.support.text_packs import pack_for

Named = tuple[str, dict[str, Any]]
DEFINED = Definitional(NAMES, registry(), risk_models(), version="0.1.0", changed="2026-01-01")
ASSESSMENT = "01JDA0X3V1Q2W3E4R5T6Y7U8I9"
ESTIMATE: dict[str, Any] = {
    "model": "verwoerd-2024-chronic-neck-pain",
    "model_version": "1.0.0",
    "definition_sha256": "0" * 64,
    "kind": "probability",
    "event": "chronic neck pain",
    "outcome": "pain of at least 3 at each of 6 weeks, 3 months and 6 months",
    "horizon": "6 months",
    "value": 0.7446,
    "interval": None,
    "alternative_value": None,
    "contributions": [{"predictor": "headache", "log_odds": 0.726}, {"predictor": "female", "log_odds": -0.1}],
    "missing": [],
    "applicable": True,
    "not_applicable_because": None,
    "evidence_grade": "B",
    "card": "/v1/risk-models/verwoerd-2024-chronic-neck-pain",
}
ESTIMATES: dict[str, dict[str, Any]] = {
    "probability": ESTIMATE,
    "two equations": ESTIMATE | {"alternative_value": 0.7012},
    "a predictor missing": ESTIMATE
    | {"value": None, "interval": {"low": 0.3, "high": 0.81, "because": ["smoker"]}, "missing": ["smoker"]},
    "does not apply": ESTIMATE
    | {"value": None, "applicable": False, "not_applicable_because": "The model is for adults.", "missing": []},
    "class": ESTIMATE
    | {
        "kind": "class",
        "model": "start-back-2008",
        "value": "medium",
        "observed": {
            "rate": 0.41,
            "of": "disability at 12 months",
            "n": 120,
            "events": 49,
            "ci95": None,
            "source": "x",
        },
    },
    "class undecided": ESTIMATE
    | {
        "kind": "class",
        "model": "start-back-2008",
        "value": None,
        "interval": {"low": "low", "high": "high", "because": ["age"], "classes": ["low", "high"]},
        "missing": ["age"],
    },
    "several times": ESTIMATE | {"horizon": "1 year (9 months in Scotland)"},
    "weeks and months": ESTIMATE | {"horizon": "6 weeks, 3 months and 6 months"},
    "no time in its horizon": ESTIMATE | {"horizon": "early"},
}


def scored_examples() -> Iterator[tuple[str, Scored]]:
    """Responses complete and with holes, to every scorable instrument."""
    forms = Forms(NAMES, registry())
    for definition in SCORABLE:
        instrument = definition.instrument
        rng = random.Random(instrument.id)
        for missing in (0.0, 0.15, 0.6):
            responses = random_responses(instrument, rng, missing)
            more = {"encounter": {"reference": "Encounter/e1"}, "author": {"reference": "Practitioner/d1"}}
            document = response(instrument, responses, id="r1", **more)
            yield f"{instrument.id} {missing}", score_reading(read_response(document, forms))


def emitted() -> Iterator[Named]:
    for definition in ALL:
        yield f"Questionnaire {definition.instrument.id}", questionnaire(definition.instrument, NAMES)
    for kind in ("CodeSystem", "OperationDefinition", "StructureDefinition"):
        for resource in DEFINED.all(kind):
            yield f"{kind} {resource['id']}", resource
    yield from _batteries()
    yield from _licensed()
    for name, scored in scored_examples():
        yield from _of_one_response(name, scored)
    yield from _risks()
    yield from _deliveries()
    yield from _the_rest()


def _batteries() -> Iterator[Named]:
    """The form of every battery, and what is made of a response to it."""
    forms, published = Forms(NAMES, registry()), Questionnaires(NAMES, registry())
    for battery_id in battery_ids():
        battery = battery_of(battery_id, registry())
        assert battery is not None
        yield f"Questionnaire {battery_id}", published.get(battery_id, battery.version)
        answers = battery_answers(battery, random.Random(battery_id))
        scored = score_reading(read_response(battery_response(battery, answers), forms))
        reading = scored.reading
        assert reading is not None
        stateless = context_of(reading.document, NAMES, SOFTWARE)
        yield f"{battery_id} $score", extract.score_answer(scored, stateless, [])
        yield f"{battery_id} $extract", extract.extracted(scored, stateless, [])
        view = stored_view(scored) | {
            "battery": {"battery": battery_id, "definition": {"sha256": batteries().sha256}},
            "responses": [
                {"instrument": part.definition.instrument.id, "responses": part.responses} for part in reading.parts
            ],
        }
        kept = StoredResources(NAMES, registry(), SOFTWARE).response(view, battery_id)
        assert kept is not None
        yield f"{battery_id} stored response", kept


def _licensed() -> Iterator[Named]:
    """A form in the words of a text pack, and the versions of a form."""
    isi = registry().get("isi").instrument
    pack = read_pack(json.dumps(pack_for(isi)).encode(), "isi.json", registry())
    licensed = questionnaire(worded(isi, pack.pack), NAMES, pack)
    yield "Questionnaire isi licensed", licensed
    yield "history", bundle.history([licensed], base=NAMES.base, self_url=f"{licensed['url']}/_history")


def _of_one_response(name: str, scored: Scored) -> Iterator[Named]:
    reading, [result] = scored.reading, scored.results
    assert reading is not None
    [part] = reading.parts
    instrument = part.definition.instrument
    stored = context_of(
        reading.document, NAMES, SOFTWARE, assessment=ASSESSMENT, response=f"QuestionnaireResponse/{ASSESSMENT}"
    )
    made = observations(instrument, result, part.responses, stored)
    for one in made:
        yield f"{name} {one['id']}", one
    yield (
        f"{name} response",
        questionnaire_response(instrument, part.responses, stored, result=result, id=ASSESSMENT),
    )
    urls = [f"urn:uuid:00000000-0000-4000-8000-{place:012}" for place in range(len(made))]
    yield f"{name} delivered", bundle.transaction(made, urls)
    stateless = context_of(reading.document, NAMES, SOFTWARE)
    yield f"{name} $score", extract.score_answer(scored, stateless, [])
    yield f"{name} $extract", extract.extracted(scored, stateless, [])


def _deliveries() -> Iterator[Named]:
    """What is sent of the sample intakes: stored, corrected and voided, each resource also by itself."""
    for name in ("preoperative-intake", "neck-pain-first-visit"):
        view = assessed(sample(name))
        void = {**view, "status": "entered-in-error"}
        correction = {**view, "id": f"{view['id'][:-1]}Z", "supersedes": view["id"]}
        sent = {
            "stored": parcel(view, None, RESOURCES, drawn),
            "corrected": parcel(correction, {**view, "status": "superseded"}, RESOURCES, drawn),
            "voided": parcel(void, None, RESOURCES, drawn),
        }
        for event, packed in sent.items():
            yield f"delivery {name} {event}", packed.transaction
            yield f"message {name} {event}", packed.collection
        for place, resource in enumerate(sent["corrected"].resources):
            yield f"delivered {name} {resource['resourceType']} {place}", resource


def _risks() -> Iterator[Named]:
    context = Context(NAMES, "Patient/p-1001", AUTHORED, SOFTWARE, ASSESSMENT, f"QuestionnaireResponse/{ASSESSMENT}")
    for name, estimate in ESTIMATES.items():
        yield (
            f"RiskAssessment {name}",
            risk_assessment(
                estimate,
                context,
                occurrence=AUTHORED,
                basis=[f"QuestionnaireResponse/{ASSESSMENT}"],
                citation="An example of a citation.",
                mitigation="Options to consider: sleep therapy.",
            ),
        )


def _the_rest() -> Iterator[Named]:
    context = Context(NAMES, "Patient/p-1001", AUTHORED, SOFTWARE, ASSESSMENT, f"QuestionnaireResponse/{ASSESSMENT}")
    observation = context.observation("phq-9", "total")
    yield (
        "Provenance",
        provenance(
            [observation],
            recorded=AUTHORED,
            software=SOFTWARE,
            names=NAMES,
            response=context.response,
            bases=[Basis("phq-9", "1.0.0", "0" * 64)],
        ),
    )
    yield from _audit_events()
    report = document_reference(b"%PDF-1.4 example", context, date=AUTHORED, title="Report", related=[observation])
    yield "DocumentReference", report
    forms = Forms(NAMES, registry())
    refused = read_response(phq9(i9=2) | {"status": "done", "unknown": 1}, forms)
    yield "OperationOutcome refused", operation_outcome(refused.issues, score_reading(refused).alerts, NAMES)
    yield "OperationOutcome fault", operation_outcome([fault("c-1")])
    yield "OperationOutcome nothing", operation_outcome([])
    yield "searchset empty", bundle.searchset([], base=NAMES.base, self_url=f"{NAMES.base}/Observation?code=x")
    yield (
        "searchset",
        bundle.searchset(
            [report],
            base=NAMES.base,
            self_url=f"{NAMES.base}/DocumentReference",
            next_url=f"{NAMES.base}/DocumentReference?page=2",
        ),
    )
    yield from _stored(score_reading(read_response(phq9(i9=2), forms)))
    answers = [
        bundle.Answer(1, "201 Created", f"{NAMES.base}/Observation/x/_history/1", 'W/"1"', AUTHORED),
        bundle.Answer(0, "200 OK", resource=report, outcome=operation_outcome(refused.issues[:1])),
    ]
    yield "transaction-response", bundle.bundle_response("transaction", answers)
    yield "batch-response", bundle.bundle_response("batch", answers)
    yield "CapabilityStatement", statement()
    served = {"software": "Chronic-pain risk scoring", "version": "0.1.0", "date": "2026-01-01"}
    wired, of_system = fhir_server.wired(NAMES), fhir_server.SYSTEM
    as_served = capability.capability_statement(wired, names=NAMES, system_interactions=of_system, **served)
    yield "CapabilityStatement as served", as_served


def _audit_events() -> Iterator[Named]:
    given: dict[str, Any] = {"recorded": AUTHORED, "actor": "client-1", "names": NAMES, "software": SOFTWARE}
    named = audit_event.event_id("2026-11-26T12:00:00.000000Z", ASSESSMENT)
    for action in audit_event.ACTIONS:
        for outcome in audit_event.OUTCOMES:
            made = audit_event.audit_event(id=named, action=action, entity=ASSESSMENT, outcome=outcome, **given)
            yield f"AuditEvent {action} {outcome}", made
    for entity in (
        f"{ASSESSMENT} showing model-a model-b {ASSESSMENT}",
        "AuditEvent?date=2026-11-26",
        f"AuditEvent/{ASSESSMENT}",
        "GET /fhir/R4/Observation/{id}",
        "",
    ):
        made = audit_event.audit_event(id=named, action="read", entity=entity, outcome="success", **given)
        yield f"AuditEvent of {entity}", made


def _stored(scored: Scored) -> Iterator[Named]:
    """What is kept of one response: as it was made, amended, and withdrawn."""
    kept = StoredResources(NAMES, registry(), SOFTWARE)
    made = stored_view(scored)
    states = {
        "made": made,
        "amended": made | {"supersedes": "01JDA0X3V1Q2W3E4R5T6Y7U8I8"},
        "withdrawn": made | {"status": "entered-in-error", "void": {"reason": "test", "recorded": AUTHORED}},
        "without surroundings": {name: part for name, part in made.items() if name != "references"},
    }
    for state, view in states.items():
        every = kept.everything(view)
        for one in every:
            yield f"stored {state} {one['resourceType']} {one['id']}", one
        yield f"stored {state} searchset", bundle.searchset(every, base=NAMES.base, self_url=NAMES.base)


def stored_view(scored: Scored) -> dict[str, Any]:
    """An assessment as the JSON API shows it, as far as resources are made of it."""
    responses = scored.reading.parts[0].responses if scored.reading else {}
    return {
        "id": ASSESSMENT,
        "subject": "p-1",
        "source": "ehr",
        "timepoint": "preoperative",
        "authored": AUTHORED,
        "recorded": AUTHORED,
        "status": "final",
        "capture": {"respondent": "patient", "language": "en"},
        "responses": [{"instrument": "phq-9", "responses": responses}],
        "results": scored.results,
        "provenance": {"engine_version": "0.1.0"},
        "risk": {"estimates": [ESTIMATE]},
        "superseded_by": None,
        "void": None,
        "references": {
            "identifier": {"system": "https://ehr.example.org/forms", "value": "f-1"},
            "encounter": "Encounter/e-1",
            "based_on": ["ServiceRequest/s-1"],
            "part_of": ["Observation/o-1", "Procedure/p-1"],
            "author": "Practitioner/d-1",  # medplum knows no absolute reference
        },
    }


def statement() -> dict[str, Any]:
    """A CapabilityStatement of a server that has everything wired."""
    score = capability.score_operation_of(NAMES)
    wired = [
        capability.WiredResource(
            "QuestionnaireResponse",
            ("create", "read", "search-type"),
            (capability.SearchParameter("patient", "reference"),),
            (capability.EXTRACT, score),
            conditional_create=True,
        ),
        capability.WiredResource("Observation", ("read", "vread", "search-type"), documentation="Scores and answers."),
    ]
    return capability.capability_statement(
        wired,
        names=NAMES,
        software="Chronic-pain risk scoring",
        version="0.1.0",
        date="2026-01-01",
        system_interactions=("transaction", "batch"),
        token_endpoint="https://scoring.example.org/token",
    )
