from shared.assessments.identifiers import encode, new_id


def test_ids_are_ulids_that_sort_by_time():
    assert encode(0) == "0" * 26
    assert encode(2**128 - 1) == "7" + "Z" * 25
    assert len({new_id() for _ in range(1000)}) == 1000
    assert encode(1 << 80) > encode((1 << 80) - 1)
