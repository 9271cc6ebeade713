"""Reading one stored resource by its id, as it is or in one of its versions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from shared.errors import NotFound
from shared.fhir.operation_outcome import error
from shared.fhir.stored import MADE, as_made, assessment_of, changed, version_of
from shared.fhir.systems import Resource
from shared.fhir_server.server import Answer, Server
from shared.web.fhir import Refused

if TYPE_CHECKING:
    from shared.assessments.request import Request


def read_one(
    server: Server,
    resource_id: str,
    asked: Request,
    make: Callable[[Any], Sequence[Resource | None]],
    version: str | None = None,
) -> Answer:
    """The resource of this id among those that ``make`` makes of its assessment; the newest version if none is named.

    Raises:
        NotFound: there is none, or it is another tenant's.
        Refused: a newer assessment stands in its place.
    """
    unknown = NotFound("No resource has this id, or not this version.")
    try:
        view = server.assessments().read(assessment_of(resource_id)[0], asked)
    except NotFound:
        raise unknown from None
    if version == MADE:
        view = dict(as_made(view))
    made = next((one for one in make(view) if one and one["id"] == resource_id), None)
    if made is None or version not in (None, version_of(view)):
        raise unknown
    if view["superseded_by"]:
        newer = f"Superseded by the assessment {view['superseded_by']}."
        raise Refused([error("deleted", None, newer, 410)])
    return server.api.resource(made, headers=version_headers(view))


def version_headers(view: dict[str, Any]) -> dict[str, str]:
    """``ETag`` and ``Last-Modified`` of what is made of an assessment."""
    modified = format_datetime(datetime.fromisoformat(changed(view)), usegmt=True)
    return {"ETag": f'W/"{version_of(view)}"', "Last-Modified": modified}
