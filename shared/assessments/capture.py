"""What stateless scoring reads: answers, and how they were given. Apart, since it is all that scoring loads."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Sent(BaseModel):
    """A part of a request body: nothing unknown, nothing coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class Capture(Sent):
    """How and by whom the answers were given; kept as sent and never guessed."""

    mode: Literal["self", "interviewer", "paper", "import", "device"] | None = None
    respondent: Literal["patient", "proxy"] | None = None
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] | None = None


class ScoreRequest(Sent):
    """Body of the stateless scoring route."""

    responses: dict[str, Any]
    capture: Capture | None = None
