"""Forms, for anybody: a Questionnaire for each instrument, generated from its definition."""

from __future__ import annotations

from shared.fhir.bundle import searchset
from shared.fhir.capability import SearchParameter, WiredResource
from shared.fhir.systems import Names, Resource
from shared.fhir_server.server import PUBLIC, Answer, Server
from shared.instruments import registry
from shared.web.listing import page_of


def wired() -> list[WiredResource]:
    """What of this the CapabilityStatement says."""
    parameters = (
        SearchParameter("_id", "token"),
        SearchParameter("url", "uri"),
        SearchParameter("version", "token"),
        SearchParameter("name", "string"),
    )
    return [
        WiredResource("Questionnaire", ("read", "search-type"), parameters, documentation="Needs no token."),
    ]


def search(server: Server) -> Answer:
    """Forms by id, canonical, version or name; all of them where nothing is asked."""
    api, names = server.api, server.names
    sent = api.search(("_id", "url", "version", "name", "_count", "cursor"))
    size = api.count_of(sent)
    ids, following = page_of(
        tuple(one for one in registry().ids if _is_asked(one, sent, names)),
        limit=str(size),
        cursor=sent.get("cursor"),
        name=api.search_url("Questionnaire", sent),
    )
    next_url = api.search_url("Questionnaire", sent, cursor=following) if following else None
    found = [_questionnaire(one, names) for one in ids]
    own_url = api.search_url("Questionnaire", sent, **({"cursor": sent["cursor"]} if "cursor" in sent else {}))
    return api.resource(searchset(found, base=names.base, self_url=own_url, next_url=next_url), headers=PUBLIC)


def read(server: Server, instrument_id: str) -> Answer:
    """One form, generated from its definition."""
    return server.public(_questionnaire(instrument_id, server.names))


def _is_asked(instrument_id: str, sent: dict[str, str], names: Names) -> bool:
    instrument = registry().get(instrument_id).instrument
    form_name = "".join(part.capitalize() for part in instrument_id.split("-")).lower()
    return (
        sent.get("_id", instrument_id) == instrument_id
        and sent.get("url", names.questionnaire(instrument_id)) == names.questionnaire(instrument_id)
        and sent.get("version", instrument.version).removeprefix("|") == instrument.version
        and form_name.startswith(sent.get("name", "").lower())
    )


def _questionnaire(instrument_id: str, names: Names) -> Resource:
    from shared.fhir.questionnaire import questionnaire

    return questionnaire(registry().get(instrument_id).instrument, names)
