"""What a rule file may hold: plain data, exact figures, every thing on its line."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.errors import RuleError
from registry.rulebook.yaml import INTEGER_LIMIT, SIZE_LIMIT, Document, parse, read_yaml


def read(text: str) -> Document:
    return parse(text.encode(), "x.yaml")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1000000", 1000000),
        ("0.10", Decimal("0.10")),
        ("-5", -5),
        ("2024-02-29", date(2024, 2, 29)),
        ("true", True),
        ("null", None),
        ("", None),
        ("yes", "yes"),
        ("on", "on"),
        ("6(1)", "6(1)"),
        ('"2024-02-29"', "2024-02-29"),
        ('"007"', "007"),
        ("P3Y", "P3Y"),
        ("99号", "99号"),
    ],
)
def test_a_scalar_is_what_a_lawyer_would_say(written, meant):
    value = read(f"a: {written}").data["a"]

    assert value == meant
    assert type(value) is type(meant)


@pytest.mark.parametrize(
    "written", ["1e6", "007", "1_000", ".5", "0x10", ".inf", "2024-1-5", "+.5"]
)
def test_what_only_looks_like_a_number_is_refused(written):
    with pytest.raises(RuleError, match="neither a plain number"):
        read(f"a: {written}")


@given(st.decimals(min_value=0, max_value=10**12, places=4))
def test_a_decimal_is_its_own_text(figure):
    assert read(f"a: {figure:f}").data["a"] == figure


def test_a_whole_number_is_one_that_json_can_hold():
    assert read(f"a: {INTEGER_LIMIT}").data["a"] == INTEGER_LIMIT
    for digits in (str(INTEGER_LIMIT + 1), "9" * 5000):
        with pytest.raises(RuleError, match="too large"):
            read(f"a: {digits}")


def test_every_path_has_its_line():
    document = read("a:\n  - b: 1\n    c:\n      - x\n      -\n        d: 2\n")

    found = {path: document.line_of(path) for path in ("a", "a.0", "a.0.c", "a.0.c.1.d")}

    assert found == {"a": 1, "a.0": 2, "a.0.c": 3, "a.0.c.1.d": 6}


def test_what_is_not_in_the_file_is_on_the_line_around_it():
    document = read("a:\n  b: 1\n")

    assert document.line_of("a.missing.deep") == 1
    assert document.line_of("a.b.deep") == 2


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1: a", "the key 1 is not text"),
        ("[a]: b", "a key must be text"),
        ("a: \x01", "control character"),
        ("a: *b", "is not YAML|anchors and aliases"),
        ("? {a: b}\n: c", "a key must be text"),
    ],
)
def test_odd_files_are_refused(text, problem):
    with pytest.raises(RuleError, match=problem):
        read(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a:\n\tb: 1\n", 2),
        ("a:\n  b: 1\n  c\n\td: 2\n", 4),
        ("a:\n  b: [1,\n  \t2\n  c: 3\n", 3),  # found by the parser on line 4
        ("a:\r\n  b: 1\r\n  c\r\n  \td: 2\r\n", 4),
    ],
)
def test_a_tab_that_indents_is_named_on_its_own_line(text, line):
    with pytest.raises(RuleError, match="a tab cannot indent: use spaces") as caught:
        read(text)

    assert caught.value.line == line


@pytest.mark.parametrize("text", ["a: b: c\n", "a: |\n  \tx\nb: 1\nc: d: e\n", "a: [b\tc\n"])
def test_a_tab_elsewhere_is_not_blamed(text):
    with pytest.raises(RuleError) as caught:
        read(text)

    assert "a tab" not in caught.value.message


def test_a_byte_order_mark_is_no_text():
    assert read("\ufeffa: b").data == {"a": "b"}


def test_a_huge_file_is_refused_unread():
    with pytest.raises(RuleError, match="split it"):
        parse(b"a: " + b"x" * SIZE_LIMIT, "x.yaml")


def test_a_missing_file_is_named():
    with pytest.raises(RuleError, match=r"registry/rulebook/nothing\.yaml: the file is missing"):
        read_yaml("registry.rulebook", "nothing.yaml")


@given(st.text(max_size=60))
def test_any_text_gives_data_or_a_rule_error(text):
    try:
        read(text)
    except RuleError as error:
        assert error.file == "x.yaml"  # noqa: PT017


@given(st.binary(max_size=60))
def test_any_bytes_give_data_or_a_rule_error(content):
    try:
        parse(content, "x.yaml")
    except RuleError as error:
        assert error.file == "x.yaml"  # noqa: PT017
