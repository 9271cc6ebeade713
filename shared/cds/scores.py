"""The card of recent scores: the newest of each instrument, with its age."""

from __future__ import annotations

from shared.cds.card import Card
from shared.cds.markdown import bullets, plain
from shared.cds.person import Person
from shared.cds.wording import Wording


def scores_card(person: Person, wording: Wording) -> Card | None:
    """Every instrument's newest scores, or nothing where there are none."""
    newest = list(person.newest())
    if not newest:
        return None
    lines = []
    for finding in newest:
        kept = "" if finding.assessment else ", from the EHR, scored here and not kept"
        lines.append(
            f"**{plain(wording.title(finding.instrument))}**, {plain(person.dated(finding.authored))}{kept}: "
            + "; ".join(wording.scores(finding.result) if finding.result else ())
        )
    count = len(newest)
    summary = (
        f"{count} questionnaire{'s' if count > 1 else ''} scored; newest answers {person.dated(newest[0].authored)}."
    )
    parts = [bullets(lines), *remarks(person), "A score is no diagnosis. Look at the answers before acting on it."]
    assessments = dict.fromkeys(finding.assessment for finding in newest if finding.assessment)
    return Card("scores", summary, "info", "\n\n".join(parts), tuple(assessments))


def remarks(person: Person) -> list[str]:
    """What could not be looked at."""
    said = []
    if person.unread:
        are = "response in the EHR is" if person.unread == 1 else "responses in the EHR are"
        said.append(f"**Not read:** {person.unread} {are} to a form that is not known here, incomplete, or not valid.")
    if person.more:
        said.append("**Not seen:** the EHR holds more responses than it sent; there may be more.")
    return said
