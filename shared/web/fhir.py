"""The resolver of FHIR routes: ``application/fhir+json`` out, an OperationOutcome for everything that goes wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, urlencode

from shared.errors import Alert, DomainError
from shared.fhir.operation_outcome import Issue, error, fault, issues_of, malformed, operation_outcome, status_of
from shared.fhir.systems import Names
from shared.web.api import NO_HEADERS, Api, Handler, KeepDenial
from shared.web.body import FORM_TYPE, MAX_BYTES, TooLarge, raw_body
from shared.web.listing import DEFAULT_LIMIT, MAX_LIMIT
from shared.web.powertools import Response
from shared.web.problems import STATUS

MEDIA_TYPE = "application/fhir+json; charset=utf-8"
JSON_TYPES = ("application/fhir+json", "application/json")
BASE_PATH = "/fhir/R4"
NO_DATES: Mapping[str, list[str]] = MappingProxyType({})
FORMATS = frozenset({"json", *JSON_TYPES})
OF_THE_FORM = ("_format", "_pretty")
"""Parameters that change nothing in what a search finds; ``_pretty`` is a hint, and is passed over."""

_ACCEPTED = frozenset({*JSON_TYPES, "*/*", "application/*"})
_LANGUAGE = re.compile(r"([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)(?:\s*;\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?")


class Refused(Exception):
    """The issues that refuse a request, with the safety alerts that were heard in it."""

    def __init__(self, issues: Sequence[Issue], alerts: Sequence[Alert] = ()) -> None:
        super().__init__("refused")
        self.issues, self.alerts = issues, alerts


class Search(dict[str, str]):
    """The parameters of a search by name; ``dates`` holds those that may be given twice, as a range."""

    def __init__(self, sent: Mapping[str, str] = NO_HEADERS, dates: Mapping[str, list[str]] = NO_DATES) -> None:
        super().__init__(sent)
        self.dates = dates

    def values_of(self, name: str) -> list[str]:
        return self.dates.get(name, []) + ([self[name]] if name in self else [])


class FhirApi(Api):
    """``base`` gives the FHIR base URL that canonicals are made of, or nothing: then it is where the caller came in."""

    def __init__(self, base: Callable[[], str] = str, *, denied: KeepDenial | None = None) -> None:
        super().__init__(denied=denied)
        self._base = base
        self._served: list[tuple[str, str, Handler]] = []

    def get(self, path: str) -> Callable[[Handler], Handler]:
        return self._route("GET", path, super().get)

    def post(self, path: str) -> Callable[[Handler], Handler]:
        return self._route("POST", path, super().post)

    def _route(
        self, method: str, path: str, register: Callable[[str], Callable[[Handler], Handler]]
    ) -> Callable[[Handler], Handler]:
        full = BASE_PATH + path
        pattern = re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", full) + "/*"

        def decorate(handler: Handler) -> Handler:
            @wraps(handler)
            def negotiated(*given: Any, **named: Any) -> Response[Any]:
                self._negotiate()
                return handler(*given, **named)

            register(full)(negotiated)
            self._served.append((method, pattern, handler))
            return handler

        return decorate

    def within(
        self, method: str, url: str, resource: Any = None, headers: Mapping[str, str] = NO_HEADERS
    ) -> Response[Any]:
        """The answer to a request inside the one under way, as an entry of a Bundle is: same caller, same routes.

        ``url`` is relative to the base.
        """
        path, _, query = url.partition("?")
        kind, _, rest = path.partition("/")
        context = self.event.get("requestContext") or {}
        content = {"Content-Type": JSON_TYPES[0]} if resource is not None else {}
        outer = self._inner
        self._inner = {
            "requestContext": {**context, "path": self.link(f"{BASE_PATH}/{path}")},
            "resource": f"{BASE_PATH}/{kind}" + ("/{id}" if rest else ""),
            "path": f"{BASE_PATH}/{path}",
            "httpMethod": method,
            "headers": {**content, **headers},
            "multiValueQueryStringParameters": parse_qs(query, keep_blank_values=True),
            "body": None if resource is None else json.dumps(resource),
        }
        try:
            for served, pattern, handler in self._served:
                match = re.fullmatch(pattern, f"{BASE_PATH}/{path}")
                if served == method and match:
                    return handler(**match.groupdict())
            return self._no_route()
        except Exception as failed:  # noqa: BLE001 as of any request
            return self._failed(failed)
        finally:
            self._inner = outer

    # -- the request ---------------------------------------------------------------------------------------------------

    @property
    def names(self) -> Names:
        return Names(self._base().rstrip("/") or self.url(BASE_PATH))

    def body(self, types: Sequence[str] = JSON_TYPES) -> bytes:
        """The bytes that were sent, as one of ``types`` in UTF-8.

        Raises:
            Refused: another content type.
            Malformed: not the base64 that the event says it is.
        """
        media_type, _, parameters = (self.header("Content-Type") or "").partition(";")
        charset = re.search(r"charset\s*=\s*\"?([^\s;\"]+)", parameters, re.IGNORECASE)
        if media_type.strip().lower() not in types or (charset and charset[1].lower() != "utf-8"):
            raise Refused([error("not-supported", None, f"Send the body as {types[0]}, in UTF-8.", 415)])
        return raw_body(self.event)

    def search(self, known: Sequence[str], dates: Sequence[str] = ()) -> Search:
        """The search parameters of the URL, or of the form that a ``_search`` was posted with.

        Raises:
            Refused: one that is not known here, or one twice that is no date. Leaving it out would answer another
                question.
            TooLarge: a form of more than ``MAX_BYTES``.
        """
        sent = {
            name: list(values) for name, values in (self.event.get("multiValueQueryStringParameters") or {}).items()
        }
        for name, value in (self.event.get("queryStringParameters") or {}).items():
            sent.setdefault(name, [value])
        if self.event.get("httpMethod") == "POST":
            form = self.body((FORM_TYPE,))
            if len(form) > MAX_BYTES:
                raise TooLarge(f"The body may hold at most {MAX_BYTES} bytes.")
            try:
                posted = parse_qs(form.decode(), keep_blank_values=True, max_num_fields=50)
            except ValueError:
                raise Refused([malformed("structure", None, "The body is not a form.")]) from None
            for name, values in posted.items():
                sent.setdefault(name, []).extend(values)
        issues = []
        if set(sent) - {*known, *dates, *OF_THE_FORM}:
            said = f"Only these search parameters are known here: {', '.join((*known, *dates))}."
            issues.append(malformed("not-supported", None, said))
        if any(len(values) > (2 if name in dates else 1) for name, values in sent.items()):
            said = "A search parameter may be given once, a date twice."
            issues.append(malformed("not-supported", None, said))
        if issues:
            raise Refused(issues)
        once = {name: values[0] for name, values in sent.items() if name not in dates}
        return Search(once, {name: values for name, values in sent.items() if name in dates})

    def count_of(self, sent: Mapping[str, str]) -> int:
        """``_count``: how many matches a page holds at most. Of more than ``MAX_LIMIT`` it holds that many.

        Raises:
            Refused: not a whole number from 1 on.
        """
        text = sent.get("_count", str(DEFAULT_LIMIT))
        if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
            raise Refused([malformed("value", None, "_count should be a whole number from 1 on.")])
        return min(int(text), MAX_LIMIT)

    def search_url(self, path: str, sent: Search, *, cursor: str | None = None) -> str:
        """The URL of a search, with the parameters that were used, at the page that begins at ``cursor``."""
        once = {name: value for name, value in sent.items() if name not in ("_pretty", "cursor")}
        once |= {} if cursor is None else {"cursor": cursor}
        used = urlencode({**once, **sent.dates}, doseq=True)
        return f"{self.names.base}/{path}" + (f"?{used}" if used else "")

    def languages(self) -> list[str]:
        """The tags of ``Accept-Language``, the most wanted first, without those that are refused."""
        wanted: list[tuple[float, str]] = []
        for part in (self.header("Accept-Language") or "").split(","):
            match = _LANGUAGE.fullmatch(part.strip())
            if match and float(match[2] or 1) > 0:
                wanted.append((float(match[2] or 1), match[1]))
        return [tag for _, tag in sorted(wanted, key=lambda one: -one[0])]

    def preferred(self) -> str | None:
        """What ``Prefer`` asks a successful create to return."""
        found = re.search(r"(?:^|[\s,;])return\s*=\s*\"?(minimal|representation|OperationOutcome)\b", self._prefer())
        return found[1] if found else None

    def _prefer(self) -> str:
        return self.header("Prefer") or ""

    def _negotiate(self) -> None:
        """406 for a format that is not JSON; ``_format`` overrides ``Accept``."""
        asked = self.query("_format")
        if asked is not None:
            # A plus sign in a query may have been read as a space.
            acceptable = asked.partition(";")[0].strip().lower().replace(" ", "+") in FORMATS
        else:
            ranges = [part.split(";") for part in (self.header("Accept") or "*/*").lower().split(",")]
            acceptable = any(
                kind.strip() in _ACCEPTED and not any(re.fullmatch(r"\s*q=0(\.0*)?\s*", one) for one in parameters)
                for kind, *parameters in ranges
            )
        if not acceptable:
            raise Refused([error("not-supported", None, "Only application/fhir+json is written here.", 406)])

    # -- the answer ----------------------------------------------------------------------------------------------------

    def resource(self, document: Any, status: int = 200, headers: Mapping[str, str] = NO_HEADERS) -> Response[Any]:
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return self._respond(text, status, MEDIA_TYPE, headers)

    def nothing(self, status: int, headers: Mapping[str, str] = NO_HEADERS) -> Response[Any]:
        return self._respond("", status, MEDIA_TYPE, headers)

    def outcome(
        self,
        issues: Sequence[Issue],
        status: int,
        alerts: Sequence[Alert] = (),
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> Response[Any]:
        return self.resource(operation_outcome(issues, alerts, self.names), status, headers)

    def _problem(self, error: DomainError) -> Response[Any]:
        status = STATUS[type(error)]
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
        said = issues_of(type(error)(error.detail or error.title, problems=error.problems))
        return self.outcome(said, status, error.alerts, headers)

    def _failed(self, error: Exception) -> Response[Any]:
        if isinstance(error, Refused):
            return self.outcome(error.issues, status_of(error.issues), error.alerts)
        return super()._failed(error)

    def _no_route(self) -> Response[Any]:
        path = str(self.event.get("path", ""))
        served = sorted({method for method, pattern, _ in self._served if re.fullmatch(pattern, path)})
        if served and self.event.get("httpMethod") not in served:
            said = error("not-supported", None, "This interaction is not done here.", 405)
            return self.outcome([said], 405, headers={"Allow": ", ".join(served)})
        return self.outcome([error("not-supported", None, "No such resource type or operation here.", 404)], 404)

    def _fault(self) -> Response[Any]:
        return self.outcome([fault(self.correlation_id)], 500)
