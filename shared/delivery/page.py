"""A report as one page of PDF: the same bytes for the same report.

It always fits. Type shrinks first; then the least urgent is told shorter, with how much more the service holds. Alerts
are never left out.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

import reportlab
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, Spacer, Table

from shared.delivery.report import LIMITS, NO_ALERT, NOT_SCORED, Line, Report, ScoreRow

MARGIN = 40
WIDTH = A4[0] - 2 * MARGIN
HEIGHT = A4[1] - 2 * MARGIN
SIZES = (8.5, 8.0, 7.5, 7.0, 6.5, 6.0)
INK, QUIET, RULE, ALARM, ALARM_PAPER, HEAD_PAPER = (
    HexColor(code) for code in ("#1a1a1a", "#555555", "#c8c8c8", "#a40000", "#fdecea", "#eef2f3")
)
COLUMNS = (0.20, 0.17, 0.12, 0.115, 0.13, 0.105, 0.16)
ALERT_WORDS = 300
MORE = "in the service"


@dataclass(frozen=True, slots=True)
class Room:
    """How much of each part is told. ``words`` bounds what is said beside a line, in letters."""

    size: float
    scores: int
    headlines_only: bool = False
    estimates: int = 12
    options: int = 12
    words: int = 600
    definitions: int = 60


def draw(report: Report) -> bytes:
    """The page."""
    _fonts()
    parts, scale = _fitting(report)
    buffer = io.BytesIO()
    # Invariant: no clock and no random identifier in the file.
    canvas = Canvas(buffer, pagesize=A4, invariant=1, lang="en")
    canvas.setTitle("Questionnaire report")
    canvas.setAuthor(f"Chronic-pain risk scoring {report.engine}")
    if report.withdrawn:
        _stamp(canvas)
    canvas.translate(MARGIN, A4[1] - MARGIN)
    canvas.scale(scale, scale)
    top = 0.0
    for part in parts:
        _, height = part.wrapOn(canvas, WIDTH / scale, HEIGHT / scale)
        part.drawOn(canvas, 0, top - height)
        top -= height
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _fitting(report: Report) -> tuple[list[Any], float]:
    for room in _rooms(len(report.scores)):
        parts = _parts(report, room)
        if _height(parts) <= HEIGHT:
            return parts, 1.0
    least = Room(SIZES[-1], 0, headlines_only=True, estimates=3, options=3, words=110, definitions=8)
    fewest, most = 0, len(report.scores)
    while fewest < most:
        middle = (fewest + most + 1) // 2
        fits = _height(_parts(report, replace(least, scores=middle))) <= HEIGHT
        fewest, most = (middle, most) if fits else (fewest, middle - 1)
    parts = _parts(report, replace(least, scores=fewest))
    # Less than 1 for alerts without end only: they are drawn small rather than left out.
    return parts, min(1.0, HEIGHT / _height(parts))


def _rooms(scores: int) -> Iterator[Room]:
    for size in SIZES[:3]:
        yield Room(size, scores)
    for size in SIZES[2:]:
        yield Room(size, scores, words=160)
    smallest = Room(SIZES[-1], scores, words=110, options=5, estimates=6, definitions=20)
    yield smallest
    yield replace(smallest, headlines_only=True)


def _height(parts: Sequence[Any]) -> float:
    return sum(float(part.wrap(WIDTH, HEIGHT)[1]) for part in parts)


def _parts(report: Report, room: Room) -> list[Any]:
    style = _Styles(room.size)
    parts = [
        Paragraph("Questionnaire report", style.title),
        Paragraph(
            " &nbsp; ".join(f'<font color="#555555">{name}</font>\xa0{_whole(text)}' for name, text in report.about),
            style.text,
        ),
        Spacer(0, room.size * 0.6),
    ]
    if report.notice:
        parts += [Paragraph(escape(report.notice), style.alarm if report.withdrawn else style.strong)]
    parts += _alerts(report, room, style)
    parts += _scores(report, room, style)
    if report.profile:
        parts += style.heading("Factors that go with lasting pain")
        parts.append(Paragraph(escape(report.profile), style.text))
        parts += [Paragraph(f"<b>{line.head}</b> {escape(line.detail)}", style.text) for line in report.factors]
    if report.estimates or report.not_applicable:
        parts += style.heading("Published models, each of its own outcome")
        parts += _lines(report.estimates, room.estimates, room, style)
        if report.not_applicable:
            parts.append(Paragraph(f"Not applicable to this person: {report.not_applicable} models.", style.quiet))
    if report.options:
        parts += style.heading("Options to consider, which the evidence supports for groups")
        parts += _lines(report.options, room.options, room, style)
    parts += style.heading("Limits and basis")
    parts.append(Paragraph(escape(LIMITS), style.text))
    parts.append(Paragraph(_basis(report, room), style.quiet))
    return parts


def _alerts(report: Report, room: Room, style: _Styles) -> list[Any]:
    if not report.alerts:
        return [Paragraph(escape(NO_ALERT), style.text)]
    rows = [[Paragraph(f"<b>Safety alerts: {len(report.alerts)}</b>", style.alarm)]]
    rows += [[Paragraph(_line(alert, max(room.words, ALERT_WORDS)), style.text)] for alert in report.alerts]
    box = Table(rows, colWidths=[WIDTH])
    box.setStyle(
        [
            ("BOX", (0, 0), (-1, -1), 1.2, ALARM),
            ("BACKGROUND", (0, 0), (-1, -1), ALARM_PAPER),
            ("TOPPADDING", (0, 0), (-1, -1), 1.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ]
    )
    return [box]


def _scores(report: Report, room: Room, style: _Styles) -> list[Any]:
    told = [row for row in report.scores if row.headline or not room.headlines_only][: room.scores]
    names = ("Questionnaire", "Score", "Value", "Range", "Band", "Answered", "Note")
    rows: list[list[Any]] = [[Paragraph(f"<b>{name}</b>", style.cell) for name in names]]
    lines: list[Any] = []
    for _, group in groupby(told, key=lambda row: row.instrument):
        first = len(rows)
        rows += [_cells(row, room, style) for row in group]
        lines.append(("LINEABOVE", (0, first), (-1, first), 0.5, RULE))
        lines.append(("SPAN", (0, first), (0, len(rows) - 1)))
    table = Table(rows, colWidths=[WIDTH * share for share in COLUMNS])
    table.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("BACKGROUND", (0, 0), (-1, 0), HEAD_PAPER),
            ("LEFTPADDING", (0, 0), (-1, -1), 3),
            ("RIGHTPADDING", (0, 0), (-1, -1), 3),
            ("TOPPADDING", (0, 0), (-1, -1), 1),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
            *lines,
        ]
    )
    parts = [*style.heading("Scores"), table]
    left = len(report.scores) - len(told)
    return [*parts, Paragraph(f"{left} more scores {MORE}.", style.strong)] if left else parts


def _cells(row: ScoreRow, room: Room, style: _Styles) -> list[Any]:
    value = _whole(row.value)
    texts = (
        escape(row.questionnaire),
        escape(row.score),
        f'<font color="#a40000">{value}</font>' if row.value == NOT_SCORED else f"<b>{value}</b>",
        _whole(row.range),
        escape(row.band),
        _whole(row.answered),
        escape(_short(row.note, min(room.words, 160))),
    )
    return [Paragraph(text, style.cell) for text in texts]


def _lines(lines: Sequence[Line], most: int, room: Room, style: _Styles) -> list[Any]:
    parts = [Paragraph(_line(line, room.words), style.text) for line in lines[:most]]
    left = len(lines) - most
    return [*parts, Paragraph(f"{left} more {MORE}.", style.strong)] if left > 0 else parts


def _line(line: Line, letters: int) -> str:
    return f"<b>{escape(line.head)}</b> {escape(_short(line.detail, letters))}"


def _whole(text: str) -> str:
    """What is not to be broken at the end of a line."""
    return escape(text).replace(" ", "\xa0")


def _short(text: str, letters: int) -> str:
    if len(text) <= letters:
        return text
    return text[:letters].rsplit(" ", 1)[0] + " …"


def _basis(report: Report, room: Room) -> str:
    told = "; ".join(report.definitions[: room.definitions])
    left = len(report.definitions) - room.definitions
    more = f"; {left} more {MORE}" if left > 0 else ""
    return escape(
        f"Definitions by version and hash: {told}{more}. Each names its sources at /v1/instruments/{{id}} and "
        f"/v1/risk-models/{{id}} of the service. Engine {report.engine}."
    )


def _stamp(canvas: Canvas) -> None:
    canvas.saveState()
    canvas.translate(A4[0] / 2, A4[1] / 2)
    canvas.rotate(55)
    canvas.setFillColor(ALARM, alpha=0.12)
    canvas.setFont("Report-Bold", 62)
    canvas.drawCentredString(0, -20, "ENTERED IN ERROR")
    canvas.restoreState()


class _Styles:
    def __init__(self, size: float) -> None:
        self.text = ParagraphStyle("text", fontName="Report", fontSize=size, leading=size * 1.28, textColor=INK)
        self.cell = ParagraphStyle("cell", parent=self.text, leading=size * 1.18, splitLongWords=1)
        self.quiet = ParagraphStyle("quiet", parent=self.text, fontSize=size * 0.86, leading=size, textColor=QUIET)
        self.strong = ParagraphStyle("strong", parent=self.text, fontName="Report-Bold", spaceBefore=2)
        self.alarm = ParagraphStyle("alarm", parent=self.strong, textColor=ALARM)
        self.head = ParagraphStyle("head", parent=self.strong, fontSize=size * 1.15, leading=size * 1.5, textColor=INK)
        self.title = ParagraphStyle("title", parent=self.strong, fontSize=size * 1.9, leading=size * 2.4)

    def heading(self, text: str) -> list[Any]:
        # Space of its own: parts are drawn one below the other, with nothing between.
        return [Spacer(0, self.text.fontSize * 0.8), Paragraph(text, self.head)]


@cache
def _fonts() -> None:
    """Vera, which reportlab carries: embedded, so that the page looks the same everywhere and ``≥`` is there."""
    folder = Path(reportlab.__file__).parent / "fonts"
    for name, file in (("Report", "Vera"), ("Report-Bold", "VeraBd"), ("Report-Italic", "VeraIt")):
        pdfmetrics.registerFont(TTFont(name, str(folder / f"{file}.ttf")))
    pdfmetrics.registerFontFamily(
        "Report", normal="Report", bold="Report-Bold", italic="Report-Italic", boldItalic="Report-Bold"
    )
