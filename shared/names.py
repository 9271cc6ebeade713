"""The constrained names that travel on the wire. They can be parts of a key, and none can hold free text."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Subject = Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{1,64}$")]
"""An opaque FHIR id: of a person, or of an episode of the client's own."""

Source = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,31}$")]
"""Where a subject's id comes from: a short name for an EHR or form."""

DEFAULT_SOURCE = "default"
"""The source of an id that names none."""

AssessmentId = Annotated[str, Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{26}$")]
Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
