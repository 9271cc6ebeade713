"""Forms, for anybody: a Questionnaire for each instrument and each battery, in every version that is held.

What makes a form is imported when one is asked for: scoring needs none of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.errors import NotFound
from shared.fhir.bundle import history
from shared.fhir.capability import SearchParameter, WiredResource
from shared.fhir.systems import Resource
from shared.fhir_server.pages import public_page
from shared.fhir_server.server import Answer, Server
from shared.instruments import registry

if TYPE_CHECKING:
    from shared.fhir.published import Questionnaires

BY_LANGUAGE = {"Vary": "Accept-Language"}
WIRED = (
    SearchParameter("_id", "token"),
    SearchParameter("url", "uri", "Without its version, or as canonical|version."),
    SearchParameter("version", "token"),
    SearchParameter("name", "string"),
)
PARAMETERS = tuple(parameter.name for parameter in WIRED)


def wired() -> list[WiredResource]:
    """What of this the CapabilityStatement says."""
    said = (
        "Needs no token. A version's id is its business version. Licensed wording of the deployer is chosen by "
        "Accept-Language."
    )
    interactions = ("read", "vread", "history-instance", "search-type")
    return [WiredResource("Questionnaire", interactions, WIRED, documentation=said)]


def search(server: Server) -> Answer:
    """Forms by id, canonical, version or name; all of them where nothing is asked. Without a version, today's."""
    api, forms = server.api, _forms(server)
    sent = api.search((*PARAMETERS, "_count", "cursor"))
    url, _, version = sent.get("url", "").partition("|")
    asked = dict(sent) | ({"url": url} if url else {}) | ({"version": version} if version else {})
    if version and sent.get("version", version).removeprefix("|") != version:
        found: tuple[str, ...] = ()
    else:
        found = tuple(one for one in forms.ids if _is_asked(server, forms, one, asked))
    wanted = asked.get("version", "").removeprefix("|")

    def make(one: str) -> Resource:
        return forms.get(one, wanted or forms.versions(one)[0], api.languages())

    return public_page(server, "Questionnaire", sent, found, make, headers=BY_LANGUAGE)


def read(server: Server, form_id: str) -> Answer:
    """One form in today's version."""
    return _version(server, form_id, None)


def read_version(server: Server, form_id: str, version: str) -> Answer:
    """One form in a version that is held."""
    return _version(server, form_id, version)


def read_history(server: Server, form_id: str) -> Answer:
    """Every version that is held of one form, newest first."""
    api, forms = server.api, _forms(server)
    sent = api.search(("_count", "cursor"))
    held = forms.versions(form_id)
    if not held:
        raise NotFound("No Questionnaire has this id.")

    def make(version: str) -> Resource:
        return forms.get(form_id, version, api.languages())

    path = f"Questionnaire/{form_id}/_history"
    return public_page(server, path, sent, held, make, bundle=history, headers=BY_LANGUAGE)


def _version(server: Server, form_id: str, version: str | None) -> Answer:
    forms = _forms(server)
    held = forms.versions(form_id)
    if not held:
        raise NotFound("No Questionnaire has this id.")
    if version is not None and version not in held:
        raise NotFound("This version of the Questionnaire is not held.")
    return server.public(forms.get(form_id, version or held[0], server.api.languages()), BY_LANGUAGE)


def _is_asked(server: Server, forms: Questionnaires, form_id: str, asked: dict[str, str]) -> bool:
    from shared.fhir.questionnaire import form_name

    url = server.names.questionnaire(form_id)
    if asked.get("_id", form_id) != form_id or asked.get("url", url) != url:
        return False
    if not form_name(form_id).lower().startswith(asked.get("name", "").lower()):
        return False
    return "version" not in asked or asked["version"].removeprefix("|") in forms.versions(form_id)


def _forms(server: Server) -> Questionnaires:
    from shared.fhir.published import Questionnaires

    return Questionnaires(server.names, registry(), server.text_packs())
