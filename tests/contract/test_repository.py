"""What every store of assessments must hold to, on both engines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from shared.assessments.identifiers import new_id
from shared.assessments.ports import (
    AlertRecord,
    AlreadyClaimed,
    AlreadyStored,
    AuditEvent,
    Claim,
    IdempotencyKey,
    IdentifierKey,
    NewAssessment,
    NotCurrent,
    SubjectKey,
    TooMuch,
)
from shared.errors import InvalidCursor
from shared.storage.repository import DynamoRepository

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
SUBJECT = SubjectKey("demo", "default", "p-1")
FORM = IdentifierKey("demo", "default", "https://ehr.example.org/forms", "f-1")


def audit(action="create", entity="x", tenant="demo"):
    return AuditEvent(new_id(), tenant, NOW, "clinician", action, entity, "success", "c-1")


def new(day=1, *, subject=SUBJECT, key=None, body="b" * 64, supersedes=None, alerts=0, expires=None, padding=0, **more):
    assessment_id = new_id()
    expires = expires or datetime.now(UTC) + timedelta(days=7)
    return NewAssessment(
        id=assessment_id,
        subject=subject,
        authored=NOW + timedelta(days=day),
        document={"id": assessment_id, "value": 5.666666666666667, "text": "ä", "pad": new_noise(padding)},
        audit=audit(entity=assessment_id, tenant=subject.tenant),
        alerts=tuple(AlertRecord(new_id(), True, NOW, None, assessment_id, {"id": "a"}) for _ in range(alerts)),
        idempotency=IdempotencyKey("POST /v1/assessments", key, body, expires) if key else None,
        supersedes=supersedes,
        **more,
    )


def new_noise(length):
    """Text that does not compress."""
    return "".join(new_id() for _ in range(length // 26))


def count(dynamodb, table, kind):
    items = dynamodb.scan(TableName=table, ConsistentRead=True)["Items"]
    return sum(item.get("kind", {}).get("S") == kind for item in items)


def test_what_is_added_is_read_back_exactly(repository):
    added = new()
    repository.add(added)

    stored = repository.get("demo", added.id)

    assert stored.document == added.document
    assert (stored.superseded_by, stored.void) == (None, None)


def test_another_tenant_reads_nothing(repository):
    added = new()
    repository.add(added)

    assert repository.get("other", added.id) is None
    assert repository.of_subject(SUBJECT._replace(tenant="other"), limit=5, cursor=None).items == []


def test_a_used_key_hands_back_what_it_stored_and_writes_nothing(repository, dynamodb, table):
    first, second = new(key="k", body="1" * 64, alerts=2), new(key="k", body="2" * 64, alerts=2)
    repository.add(first)

    with pytest.raises(AlreadyStored) as stored:
        repository.add(second)

    assert stored.value.assessment.document == first.document
    assert stored.value.body_sha256 == "1" * 64
    kinds = ("assessment", "pointer", "alert", "audit", "idempotency")
    assert [count(dynamodb, table, kind) for kind in kinds] == [1, 1, 2, 1, 1]


def test_keys_of_two_tenants_never_meet(repository):
    repository.add(new(key="k"))
    repository.add(new(key="k", subject=SUBJECT._replace(tenant="other")))


def test_an_expired_key_may_be_used_again_before_the_engine_removes_it(repository):
    repository.add(new(key="k", expires=datetime.now(UTC) - timedelta(seconds=5)))
    second = new(key="k")

    repository.add(second)

    assert repository.get("demo", second.id).document == second.document


def test_one_key_from_many_callers_at_once_stores_one_assessment(repository, dynamodb, table, request):
    # The embedded engine is not safe under threads; its callers come one after the other.
    callers = 1 if "moto" in request.node.callspec.id else 8

    def submit(_):
        try:
            added = new(key="same")
            repository.add(added)
        except AlreadyStored as stored:
            return stored.assessment.document["id"]
        return added.id

    with ThreadPoolExecutor(callers) as pool:
        ids = set(pool.map(submit, range(24)))

    assert len(ids) == 1
    assert count(dynamodb, table, "assessment") == 1


def test_superseding_marks_the_old_one_once(repository):
    old = new()
    repository.add(old)
    correction = new(supersedes=old.id)
    repository.add(correction)

    with pytest.raises(NotCurrent):
        repository.add(new(supersedes=old.id))

    assert repository.get("demo", old.id).superseded_by == correction.id
    assert repository.get("demo", old.id).document == old.document
    assert len(repository.of_subject(SUBJECT, limit=10, cursor=None).items) == 2


def test_superseding_something_unknown_or_foreign_writes_nothing(repository, dynamodb, table):
    foreign = new(subject=SUBJECT._replace(tenant="other"))
    repository.add(foreign)

    for unknown in (new_id(), foreign.id):
        with pytest.raises(NotCurrent):
            repository.add(new(supersedes=unknown))

    assert count(dynamodb, table, "assessment") == 1


def kept(dynamodb, table):
    return len(dynamodb.scan(TableName=table, ConsistentRead=True)["Items"])


def test_several_are_kept_together(repository):
    news = [new(day, alerts=1) for day in range(3)]

    repository.add(*news)

    assert [repository.get("demo", one.id).document for one in news] == [one.document for one in news]


def test_when_the_last_of_several_fails_nothing_of_any_is_kept(repository, dynamodb, table):
    before = kept(dynamodb, table)

    with pytest.raises(NotCurrent):
        repository.add(*(new(alerts=2) for _ in range(4)), new(supersedes=new_id()))

    assert kept(dynamodb, table) == before


def test_a_used_key_among_several_is_told_and_nothing_is_kept(repository, dynamodb, table):
    first = new(key="k", body="1" * 64)
    repository.add(first)
    before = kept(dynamodb, table)

    with pytest.raises(AlreadyStored) as stored:
        repository.add(new(), new(key="k"), new())

    assert stored.value.assessment.document == first.document
    assert kept(dynamodb, table) == before


def test_more_than_one_transaction_holds_is_refused_before_anything_is_written(repository, dynamodb, table):
    # Three writes an assessment: 33 of them are the most.
    repository.add(*(new() for _ in range(33)))
    before = kept(dynamodb, table)

    with pytest.raises(TooMuch):
        repository.add(*(new() for _ in range(34)))
    with pytest.raises(TooMuch):
        repository.add(*(new(padding=390_000) for _ in range(33)))

    assert kept(dynamodb, table) == before


def identified(repository, identifier=FORM, limit=5):
    found = repository.identified(identifier, limit=limit)
    return [stored.document["id"] for stored in found.assessments], found.holder


def test_what_carries_an_identifier_is_found_by_it_newest_first(repository):
    added = [new(identifier=FORM) for _ in range(3)]
    for one in (*added, new(), new(identifier=FORM._replace(value="f-2"))):
        repository.add(one)

    ids = sorted((one.id for one in added), reverse=True)
    assert identified(repository) == (ids, None)
    assert identified(repository, limit=2) == (ids[:2], None)


@pytest.mark.parametrize("other", [{"tenant": "other"}, {"source": "ehr"}, {"system": "urn:x"}, {"value": "f-10"}])
def test_an_identifier_means_something_within_its_tenant_and_source(repository, other):
    repository.add(new(identifier=FORM, claim=Claim(None)))

    elsewhere = FORM._replace(**other)

    assert identified(repository, elsewhere) == ([], None)
    repository.add(new(identifier=elsewhere, claim=Claim(None), subject=SUBJECT._replace(tenant=elsewhere.tenant)))


def test_what_is_void_or_superseded_is_found_and_does_not_count(repository):
    first = new(identifier=FORM)
    second = new(identifier=FORM, supersedes=first.id)
    for one in (first, second):
        repository.add(one)
    repository.void("demo", second.id, {"reason": "test"}, audit("void"))

    found = repository.identified(FORM, limit=1).assessments

    assert {stored.document["id"]: stored.current for stored in found} == {first.id: False, second.id: False}


def test_a_claim_is_held_by_one_and_refused_to_others(repository, dynamodb, table):
    first = new(identifier=FORM, claim=Claim(None), key="k")
    repository.add(first)
    before = kept(dynamodb, table)

    for over in (None, new_id()):
        with pytest.raises(AlreadyClaimed):
            repository.add(new(), new(identifier=FORM, claim=Claim(over), key=f"k-{over}", alerts=1))

    assert identified(repository) == ([first.id], first.id)
    assert kept(dynamodb, table) == before


def test_a_claim_passes_on_from_what_is_current_no_more(repository):
    first = new(identifier=FORM, claim=Claim(None))
    repository.add(first)
    repository.void("demo", first.id, {"reason": "test"}, audit("void"))
    second = new(identifier=FORM, claim=Claim(first.id))

    repository.add(second)

    assert identified(repository)[1] == second.id


def test_of_many_that_claim_one_identifier_at_once_one_is_kept(repository, dynamodb, table, request):
    # The embedded engine is not safe under threads; its callers come one after the other.
    callers = 1 if "moto" in request.node.callspec.id else 8

    def submit(_):
        try:
            repository.add(new(identifier=FORM, claim=Claim(None)))
        except AlreadyClaimed:
            return 0
        return 1

    with ThreadPoolExecutor(callers) as pool:
        assert sum(pool.map(submit, range(24))) == 1

    assert count(dynamodb, table, "assessment") == 1


def test_voiding_is_once_and_keeps_the_document(repository, dynamodb, table):
    added = new()
    repository.add(added)
    repository.void("demo", added.id, {"reason": "test"}, audit("void"))

    with pytest.raises(NotCurrent):
        repository.void("demo", added.id, {"reason": "other"}, audit("void"))

    stored = repository.get("demo", added.id)
    assert (stored.document, stored.void) == (added.document, {"reason": "test"})
    assert count(dynamodb, table, "audit") == 2
    assert repository.of_subject(SUBJECT, limit=10, cursor=None).items == []


def test_voiding_what_does_not_exist_writes_nothing(repository, dynamodb, table):
    with pytest.raises(NotCurrent):
        repository.void("demo", new_id(), {"reason": "test"}, audit("void"))

    assert count(dynamodb, table, "audit") == 0


def test_a_void_one_cannot_be_superseded(repository):
    old = new()
    repository.add(old)
    repository.void("demo", old.id, {"reason": "test"}, audit("void"))

    with pytest.raises(NotCurrent):
        repository.add(new(supersedes=old.id))


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_are_newest_first_and_skip_void_ones(repository, limit):
    added = [new(day) for day in range(7)]
    for one in added:
        repository.add(one)
    for one in (added[2], added[6]):
        repository.void("demo", one.id, {"reason": "test"}, audit("void"))

    seen, cursor = [], None
    while True:
        page = repository.of_subject(SUBJECT, limit=limit, cursor=cursor)
        assert len(page.items) <= limit
        seen += [item.document["id"] for item in page.items]
        if page.next_cursor is None:
            break
        cursor = page.next_cursor

    assert seen == [added[day].id for day in (5, 4, 3, 1, 0)]


def test_a_page_stays_small_enough_to_be_answered(repository):
    for day in range(4):
        repository.add(new(day, padding=300_000))

    page = repository.of_subject(SUBJECT, limit=100, cursor=None)

    assert 0 < len(page.items) < 4
    rest = repository.of_subject(SUBJECT, limit=100, cursor=page.next_cursor)
    assert len(page.items) + len(rest.items) <= 4


def test_a_cursor_holds_across_processes(repository, dynamodb, table):
    for day in range(3):
        repository.add(new(day))
    cursor = repository.of_subject(SUBJECT, limit=1, cursor=None).next_cursor

    elsewhere = DynamoRepository(dynamodb, table)

    assert len(elsewhere.of_subject(SUBJECT, limit=5, cursor=cursor).items) == 2


def test_a_cursor_of_another_list_or_table_is_refused(repository):
    for day in range(3):
        repository.add(new(day))
    cursor = repository.of_subject(SUBJECT, limit=1, cursor=None).next_cursor

    for subject in (SUBJECT._replace(subject="p-2"), SUBJECT._replace(tenant="other"), SUBJECT._replace(source="s")):
        with pytest.raises(InvalidCursor):
            repository.of_subject(subject, limit=1, cursor=cursor)


def test_a_refused_submission_keeps_its_alerts_once(repository, dynamodb, table):
    records = (AlertRecord("R1", True, NOW, None, None, {"id": "a"}),)

    for _ in range(2):
        repository.keep_refused("demo", SUBJECT, records)
    repository.keep_refused("demo", None, records)

    assert count(dynamodb, table, "alert") == 2


def test_an_audit_event_is_never_overwritten(repository, dynamodb, table):
    event = audit()
    repository.audit(event)

    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        repository.audit(event._replace(action="void"))

    assert count(dynamodb, table, "audit") == 1


def test_the_events_of_a_day_are_read_newest_first_page_by_page(repository):
    events = [audit(entity=str(place))._replace(recorded=NOW + timedelta(seconds=place)) for place in range(5)]
    for event in (*events, audit()._replace(recorded=NOW - timedelta(days=1)), audit(tenant="other")):
        repository.audit(event)

    seen, cursor = [], None
    while True:
        page = repository.audit_events("demo", NOW.date(), limit=2, cursor=cursor)
        seen += page.items
        if page.next_cursor is None:
            break
        cursor = page.next_cursor

    assert seen == events[::-1]
    cursor = repository.audit_events("demo", NOW.date(), limit=2, cursor=None).next_cursor
    with pytest.raises(InvalidCursor):
        repository.audit_events("other", NOW.date(), limit=2, cursor=cursor)


def test_one_event_is_found_by_its_time_and_id(repository):
    event = audit()
    repository.audit(event)

    assert repository.audit_event("demo", NOW, event.id) == event
    assert repository.audit_event("other", NOW, event.id) is None
    assert repository.audit_event("demo", NOW, new_id()) is None


def test_times_sort_as_text_whatever_their_offset(repository):
    zone = timedelta(hours=5)
    early = new()
    late = new()
    early = NewAssessment(early.id, SUBJECT, NOW, early.document, early.audit)
    late = NewAssessment(
        late.id, SUBJECT, (NOW + timedelta(microseconds=1)).astimezone(_zone(zone)), late.document, late.audit
    )
    repository.add(late)
    repository.add(early)

    page = repository.of_subject(SUBJECT, limit=2, cursor=None)

    assert [item.document["id"] for item in page.items] == [late.id, early.id]


def _zone(offset):
    from datetime import timezone

    return timezone(offset)
