"""What may never be collected is found under whatever name it comes; what only looks like it is
not."""

from datetime import date

import pytest

from registry.domain.record import (
    FieldSpec,
    FieldType,
    RecordKind,
    Value,
    prohibited_category,
)


@pytest.mark.requirement("CAT-11")
@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("church membership", "religion"),
        ("信教情况", "religion"),
        ("佛 教 徒", "religion"),
        ("遗传信息", "genes"),
        ("遺傳", "genes"),
        ("finger_print", "fingerprints"),
        ("finger print", "fingerprints"),
        ("指 纹", "fingerprints"),
        ("指紋", "fingerprints"),
        ("指\u200b纹", "fingerprints"),
        ("手印", "fingerprints"),
        ("ｂｌｏｏｄ", "blood type"),
        ("血-型", "blood type"),
        ("HIV positive", "illness and medical history"),
        ("艾滋病", "illness and medical history"),
        ("病歷", "illness and medical history"),
        ("乙肝携带", "illness and medical history"),
        ("癌症", "illness and medical history"),
    ],
)
def test_a_forbidden_word_is_found_however_it_is_written(name: str, category: str):
    assert prohibited_category(name) == category


@pytest.mark.parametrize(
    "name",
    ["good_faith", "in bad faith", "general", "bloodhound", "医院", "诊疗", "state_aids", "药品"],
)
def test_what_only_looks_like_it_may_be_collected(name: str):
    assert prohibited_category(name) is None


def a_kind(**orders: dict[str, str]) -> RecordKind:
    """Three dates and a year, which keep to what they are told to."""
    types = dict.fromkeys(("served_on", "final_on", "paid_on"), FieldType.DATE)
    fields = {
        name: FieldSpec(name, type, name, name, **orders.get(name, {}))
        for name, type in {**types, "year": FieldType.INTEGER}.items()
    }
    return RecordKind("demo.decision", "", "", "misconduct", 2, "12(7)", True, fields)


DECIDED = date(2026, 1, 5)
CHAIN = {
    "served_on": {"not_before": "decided_on"},
    "final_on": {"not_before": "served_on"},
    "paid_on": {"not_after": "final_on"},
}


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"served_on": DECIDED, "final_on": DECIDED, "paid_on": DECIDED}, {}),
        ({"served_on": date(2026, 1, 4)}, {"served_on": "before decided_on"}),
        ({"served_on": date(2026, 2, 1), "final_on": DECIDED}, {"final_on": "before served_on"}),
        # nothing is said of the service, but it was not before the decision either
        ({"final_on": date(2026, 1, 4)}, {"final_on": "before decided_on"}),
        ({"paid_on": date(2026, 1, 6)}, {}),
        ({"final_on": DECIDED, "paid_on": date(2026, 1, 6)}, {"paid_on": "after final_on"}),
    ],
)
def test_a_date_keeps_to_the_dates_it_names(values: dict[str, Value], wrong: dict[str, str]):
    found = a_kind(**CHAIN).out_of_order(values, DECIDED)

    assert found == {name: [f"must not lie {said}"] for name, said in wrong.items()}


@pytest.mark.parametrize(
    ("order", "year", "said"),
    [
        ("not_after", 2026, None),
        ("not_after", 2027, "after the year of decided_on"),
        ("not_before", 2026, None),
        ("not_before", 2025, "before the year of decided_on"),
    ],
)
def test_a_year_keeps_to_the_year_of_the_date(order: str, year: int, said: str | None):
    found = a_kind(year={order: "decided_on"}).out_of_order({"year": year}, DECIDED)

    assert found == ({"year": [f"must not lie {said}"]} if said else {})


def test_an_integer_that_keeps_to_nothing_is_no_year():
    kind = a_kind()

    assert kind.out_of_order({"year": 3000, "served_on": date(1999, 1, 1)}, DECIDED) == {}
    assert kind.read({"year": 3}) == {"year": 3}
