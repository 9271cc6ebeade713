"""The way of docs/how-to/connect-an-ehr.md, walked by fhir-kit-client, fhirclient and jose."""

from __future__ import annotations

from infra.local import process
from infra.local.receiver import published_at, receiving
from tests.support.walks import walked


def test_the_clients_of_others_register_sign_in_submit_read_are_pushed_to_and_see_a_card(tmp_path):
    webhook, keys = process.free_port(), []
    with receiving(lambda: keys[0]()) as receiver:
        hosts = (receiver.address, f"127.0.0.1:{webhook}")
        with process.running(tmp_path, ehr_hosts=hosts) as service:
            api = f"http://127.0.0.1:{service.port}"
            keys.append(published_at(f"{api}/smart/jwks"))

            steps = walked(api, service.token, receiver.fhir, webhook)

    assert len(steps) == 13, steps
