"""A report for people, as a DocumentReference that carries its PDF."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from shared.fhir.context import Context
from shared.fhir.systems import Resource, coding, concept, kept, references

PDF = "application/pdf"
DOCUMENT_TYPES = {"assessment-report": "Assessment report", "report": "Questionnaire report"}


def document_reference(
    pdf: bytes,
    context: Context,
    *,
    date: str,
    title: str,
    related: Sequence[str] = (),
    replaces: str | None = None,
) -> Resource:
    """The report of one assessment. ``date`` is when it was made, a full time; ``related`` refers to what it shows."""
    if not pdf.startswith(b"%PDF-"):
        raise ValueError("is not a PDF")
    identifier = context.identifier("report")
    return kept(
        resourceType="DocumentReference",
        id=context.observation_id("report", "pdf"),
        masterIdentifier=identifier,
        identifier=[identifier] if identifier else None,
        status="entered-in-error" if context.status == "entered-in-error" else "current",
        docStatus={"amended": "amended", "corrected": "amended"}.get(context.status, context.status),
        type=concept("Assessment report", coding(context.names.code_system("document-type"), "assessment-report")),
        category=[concept("Questionnaire report", coding(context.names.code_system("document-type"), "report"))],
        subject=context.subject and {"reference": context.subject},
        date=date,
        author=[{"display": context.software}],
        relatesTo=[{"code": "replaces", "target": {"reference": replaces}}] if replaces else None,
        description=title,
        content=[
            {
                "attachment": {
                    "contentType": PDF,
                    "language": "en",
                    "data": base64.b64encode(pdf).decode(),
                    "size": len(pdf),
                    # R4 asks for SHA-1 here: a checksum, not a protection.
                    "hash": base64.b64encode(hashlib.sha1(pdf, usedforsecurity=False).digest()).decode(),
                    "title": title,
                    "creation": date,
                }
            }
        ],
        context=kept(
            encounter=references([context.encounter] if context.encounter else []),
            period=context.authored and {"start": context.authored, "end": context.authored},
            related=references(related),
        ),
    )
