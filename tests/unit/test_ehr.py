"""What the EHR is asked for: in time, at a listed host, or not at all. What fails is no answer."""

from __future__ import annotations

from shared.web.ehr import Ehr
from tests.support.client_keys import publishing
from tests.support.hooks import request_of

AUTHORIZATION = {"access_token": "t", "token_type": "Bearer", "expires_in": 300, "scope": "", "subject": "s"}
QUERIES = {"patient": "Patient/p-1001", "responses": "QuestionnaireResponse?patient=p-1001"}


def asking(host):
    return request_of("patient-view", fhirServer=f"http://{host}/fhir/", fhirAuthorization=AUTHORIZATION)


def test_every_answer_that_came_is_handed_back():
    with publishing() as published:
        published.publish({"resourceType": "Patient"})
        found = Ehr({published.host}).fetch(asking(published.host), QUERIES)

    assert found == {key: {"resourceType": "Patient"} for key in QUERIES}


def test_a_slow_server_is_not_waited_for_and_not_asked_again():
    with publishing() as published:
        published.pause = 1.0
        found = Ehr({published.host}, seconds=0.2).fetch(asking(published.host), QUERIES)

        assert found == {}
        assert published.asked == 1


def test_a_host_that_is_not_listed_is_not_asked():
    with publishing() as published:
        assert Ehr(set()).fetch(asking(published.host), QUERIES) == {}
        assert published.asked == 0
