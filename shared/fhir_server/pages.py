"""A page of a list as a Bundle that says its own URL and the next page's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from shared.fhir.bundle import searchset
from shared.fhir.systems import Resource
from shared.fhir_server.server import PUBLIC, Answer, Server
from shared.web.api import NO_HEADERS
from shared.web.fhir import Search
from shared.web.listing import page_of


def page(
    server: Server,
    path: str,
    sent: Search,
    made: Sequence[Resource],
    following: str | None,
    *,
    bundle: Callable[..., Resource] = searchset,
    headers: Mapping[str, str] = NO_HEADERS,
) -> Answer:
    """One page. ``following`` is the cursor of the next; ``bundle`` makes the Bundle: ``searchset`` or ``history``."""
    own_url = server.api.search_url(path, sent, cursor=sent.get("cursor"))
    next_url = server.api.search_url(path, sent, cursor=following) if following else None
    whole = bundle(made, base=server.names.base, self_url=own_url, next_url=next_url)
    return server.api.resource(whole, headers=headers)


def public_page(
    server: Server,
    path: str,
    sent: Search,
    found: Sequence[str],
    make: Callable[[str], Resource],
    *,
    bundle: Callable[..., Resource] = searchset,
    headers: Mapping[str, str] = NO_HEADERS,
) -> Answer:
    """A page of a list that anybody may read and keep for a while. Only what stands on it is made.

    Raises:
        Refused: a ``_count`` that is none.
        InvalidCursor: not a cursor of this list.
    """
    name = server.api.search_url(path, sent)
    size = str(server.api.count_of(sent))
    shown, following = page_of(found, limit=size, cursor=sent.get("cursor"), name=name)
    return page(
        server, path, sent, [make(one) for one in shown], following, bundle=bundle, headers={**PUBLIC, **headers}
    )
