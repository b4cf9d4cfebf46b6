"""Identifier schemes of mainland China. Every number here is made up by the code below."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stdnum.cn import ric as stdnum_ric
from stdnum.cn import uscc as stdnum_uscc
from stdnum.iso7064 import mod_11_2

from plugins.china import registry_identifiers
from registry.sdk import IdentifierScheme, InvalidIdentifier

TODAY = date(2026, 11, 22)
SCHEMES = {scheme.code: scheme for scheme in registry_identifiers()}
USCC_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
PERSONAL = ("resident_id", "hmt_resident_code", "foreigner_id")


def parse(code: str, text: str, today: date = TODAY) -> str:
    return SCHEMES[code].parse(text, today)


def refusal(code: str, text: str, today: date = TODAY) -> str:
    with pytest.raises(InvalidIdentifier) as caught:
        parse(code, text, today)
    return str(caught.value)


def a_uscc(body: str) -> str:
    weights = [pow(3, power, 31) for power in range(17)]
    total = sum(
        USCC_LETTERS.index(letter) * weight for letter, weight in zip(body, weights, strict=True)
    )
    return body + USCC_LETTERS[-total % 31]


def a_person_number(prefix: str, born: str, order: str = "001") -> str:
    body = f"{prefix}{born}{order}"
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(body))
    return body + "10X98765432"[total % 11]


def an_lei(body: str) -> str:
    number = int("".join(str(int(letter, 36)) for letter in body) + "00")
    return f"{body}{98 - number % 97:02d}"


def full_width(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) for letter in text)


USCC = a_uscc("91110108MA01ABCD2")
VALID = {
    "uscc": USCC,
    "resident_id": a_person_number("110101", "19900307", "002"),
    "hmt_resident_code": a_person_number("810000", "19900307"),
    "foreigner_id": a_person_number("911840", "19900307"),
    "lei": an_lei("300300TESTABCDEF12"),
}
ENDING_IN_X = next(
    number
    for order in range(1, 40)
    if (number := a_person_number("110101", "19900307", f"{order:03d}")).endswith("X")
)

parsers = st.sampled_from(sorted(SCHEMES))


def test_the_five_schemes_of_the_contract_are_given() -> None:
    assert set(SCHEMES) == {"uscc", *PERSONAL, "lei"}
    assert {code for code, scheme in SCHEMES.items() if scheme.personal} == set(PERSONAL)


def test_organisations_carry_codes_and_persons_carry_identity_numbers() -> None:
    persons = {"person", "public_official"}
    for scheme in SCHEMES.values():
        assert (scheme.subject_kinds == persons) is scheme.personal
        assert scheme.personal or not scheme.subject_kinds & persons


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=lambda scheme: scheme.code)
def test_every_scheme_names_itself_in_both_languages_and_says_its_form(
    scheme: IdentifierScheme,
) -> None:
    assert scheme.title.isascii()
    assert not scheme.title_zh.isascii()
    assert scheme.required_form.endswith(".")


@pytest.mark.parametrize(("code", "number"), VALID.items())
def test_a_correct_number_is_its_own_canonical_form(code: str, number: str) -> None:
    assert parse(code, number) == number


@pytest.mark.parametrize(("code", "number"), VALID.items())
@pytest.mark.parametrize(
    "spelling",
    [
        str.lower,
        full_width,
        lambda n: full_width(n.lower()),
        lambda n: f"  {n} ",
        lambda n: f" {n}　",
    ],
)
def test_every_spelling_of_a_number_has_one_canonical_form(
    code: str, number: str, spelling: Callable[[str], str]
) -> None:
    assert parse(code, spelling(number)) == number


@pytest.mark.parametrize(("code", "number"), VALID.items())
@pytest.mark.parametrize(
    "unseen",
    [
        "\u200b",
        "\u200d",
        "\ufeff",
        "\u202e",
        "\u2066",
        "\u00ad",
        "\t",
        "\n",
        "\0",
        "\ud800",
        "\u2028",
    ],
    ids=lambda character: f"U+{ord(character):04X}",
)
def test_invisible_and_control_characters_are_refused(code: str, number: str, unseen: str) -> None:
    for text in (unseen + number, number[:9] + unseen + number[9:], number + unseen):
        assert "invisible" in refusal(code, text)


@pytest.mark.parametrize("lookalike", ["А", "а", "Α", "ı", "ᴀ", "五", "٣"])
@pytest.mark.parametrize(("code", "number"), VALID.items())
def test_lookalikes_from_other_scripts_are_refused(code: str, number: str, lookalike: str) -> None:
    for place in range(len(number)):
        text = number[:place] + lookalike + number[place + 1 :]
        assert "other than Latin" in refusal(code, text)


@given(parsers, st.text())
@example("uscc", "")
@example("resident_id", "１")
@example("uscc", "a" * 1_000_000)
def test_random_text_raises_nothing_but_invalid_identifier(code: str, text: str) -> None:
    with suppress(InvalidIdentifier):
        parse(code, text)


@given(parsers, st.text(alphabet="0123456789XABNY -９Ａ", min_size=13, max_size=22), st.dates())
def test_text_that_looks_like_a_number_raises_nothing_but_invalid_identifier(
    code: str, text: str, today: date
) -> None:
    try:
        once = parse(code, text, today)
    except InvalidIdentifier:
        return
    assert parse(code, once, today) == once


@given(
    st.sampled_from("123456789ANY"),
    st.integers(1, 9),
    st.integers(0, 999_999),
    st.text(alphabet=USCC_LETTERS, min_size=9, max_size=9),
    st.sampled_from([str, str.lower, full_width, " {}".format, "{:.8}-{}".format]),
)
def test_every_code_made_by_the_standard_is_accepted_and_parsing_twice_changes_nothing(
    department: str, kind: int, place: int, body: str, spelling: Callable[..., str]
) -> None:
    code = a_uscc(f"{department}{kind}{place:06d}{body}")
    spelled = f"{code[:8]}-{code[8:]}" if spelling == "{:.8}-{}".format else spelling(code)
    once = parse("uscc", spelled)
    assert once == code
    assert parse("uscc", once) == once


@given(
    st.sampled_from(["110101", "330113", "440312", "659012", "133100", "469031", "710000"]),
    st.dates(date(1900, 1, 1), TODAY),
    st.integers(0, 999),
)
def test_a_resident_id_of_any_county_and_day_is_accepted(
    county: str, born_on: date, order: int
) -> None:
    number = a_person_number(county, f"{born_on:%Y%m%d}", f"{order:03d}")
    assert parse("resident_id", number) == number
    assert parse("resident_id", number.lower()) == number


@pytest.mark.proves("F64")
@pytest.mark.parametrize("body", ["91110108MA01ABCD2", "12350100MB0X1Y2U3", "N2320583MF0123456"])
def test_none_of_540_wrong_characters_and_no_adjacent_swap_is_accepted(body: str) -> None:
    code = a_uscc(body)
    wrong = [
        code[:place] + letter + code[place + 1 :]
        for place in range(18)
        for letter in USCC_LETTERS
        if letter != code[place]
    ]
    swapped = [
        code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        for place in range(17)
        if code[place] != code[place + 1]
    ]
    assert len(wrong) == 540
    for text in wrong + swapped:
        refusal("uscc", text)


@pytest.mark.parametrize("body", ["A1110000600037341", "N2320583MF0123456", "Y1110000717800000"])
def test_codes_beginning_with_a_letter_are_accepted(body: str) -> None:
    assert parse("uscc", a_uscc(body)) == a_uscc(body)
    # The reason for a validator of our own; when this fails, look whether it is still needed.
    assert not stdnum_uscc.is_valid(a_uscc(body))


@pytest.mark.parametrize(
    "body",
    [
        "01110108MA01ABCD2",  # no such department
        "B1110108MA01ABCD2",
        "90110108MA01ABCD2",  # no such kind
        "9A110108MA01ABCD2",
        "91A10108MA01ABCD2",  # no place
    ],
)
def test_an_unassigned_department_kind_or_place_is_refused_though_the_check_is_right(
    body: str,
) -> None:
    assert "department" in refusal("uscc", a_uscc(body))


@pytest.mark.parametrize("letter", "IOSVZ")
def test_the_five_letters_that_a_uscc_never_has_are_refused(letter: str) -> None:
    refusal("uscc", USCC[:10] + letter + USCC[11:])


@pytest.mark.parametrize("spelling", ["{}-{}", "{} {}", "{} - {}"])
def test_spaces_and_hyphens_inside_organisation_codes_are_taken_out(spelling: str) -> None:
    assert parse("uscc", spelling.format(USCC[:8], USCC[8:])) == USCC
    assert parse("lei", spelling.format(VALID["lei"][:4], VALID["lei"][4:])) == VALID["lei"]


@pytest.mark.parametrize("code", PERSONAL)
def test_spaces_and_hyphens_inside_identity_numbers_are_refused(code: str) -> None:
    for separator in " -":
        refusal(code, VALID[code][:6] + separator + VALID[code][6:])


@pytest.mark.parametrize("county", ["330113", "440312", "659012"])
def test_counties_that_break_the_library_are_accepted(county: str) -> None:
    number = a_person_number(county, "19900307")
    assert parse("resident_id", number) == number
    with pytest.raises((KeyError, stdnum_ric.InvalidComponent)):
        stdnum_ric.validate(number)


@pytest.mark.parametrize("code", PERSONAL)
def test_a_birth_date_in_the_future_is_refused_and_today_is_accepted(code: str) -> None:
    prefix = VALID[code][:6]
    born_today = a_person_number(prefix, "20261122")
    assert parse(code, born_today) == born_today
    assert "future" in refusal(code, a_person_number(prefix, "20261123"))
    assert "future" in refusal(code, born_today, today=date(2026, 11, 21))


@pytest.mark.parametrize("code", PERSONAL)
@pytest.mark.parametrize("born", ["18991231", "19900229", "19901301", "19900001", "00000101"])
def test_an_impossible_birth_date_is_refused_though_the_check_digit_is_right(
    code: str, born: str
) -> None:
    assert "birth date" in refusal(code, a_person_number(VALID[code][:6], born))


@pytest.mark.parametrize("code", PERSONAL)
def test_no_wrong_digit_and_no_adjacent_swap_in_an_identity_number_is_accepted(code: str) -> None:
    number = VALID[code]
    wrong = [
        number[:place] + digit + number[place + 1 :]
        for place in range(18)
        for digit in "0123456789X"
        if digit != number[place]
    ]
    swapped = [
        number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        for place in range(17)
        if number[place] != number[place + 1]
    ]
    for text in wrong + swapped:
        refusal(code, text)


def test_a_lower_case_x_becomes_a_capital_one() -> None:
    assert parse("resident_id", ENDING_IN_X.lower()) == ENDING_IN_X


def test_a_15_digit_number_is_upgraded_to_the_18_digits_of_the_same_person() -> None:
    modern = a_person_number("110101", "19650307", "123")
    assert parse("resident_id", "110101650307123") == modern


@pytest.mark.parametrize("order", ["996", "997", "998", "999"])
def test_a_15_digit_number_of_a_person_born_before_1900_is_refused(order: str) -> None:
    assert "before 1900" in refusal("resident_id", f"110101650307{order}")


def test_a_15_digit_number_with_an_impossible_birth_date_is_refused() -> None:
    assert "birth date" in refusal("resident_id", "110101650230123")


@pytest.mark.parametrize("prefix", ["810000", "820000", "830000"])
def test_hong_kong_macao_and_taiwan_numbers_have_their_own_scheme(prefix: str) -> None:
    number = a_person_number(prefix, "19900307")
    assert parse("hmt_resident_code", number) == number
    assert "hmt_resident_code" in refusal("resident_id", number)


@pytest.mark.parametrize("prefix", ["810001", "840000", "110101"])
def test_other_numbers_are_no_hmt_resident_codes(prefix: str) -> None:
    assert "810000" in refusal("hmt_resident_code", a_person_number(prefix, "19900307"))


@pytest.mark.parametrize("prefix", ["000000", "160000", "911840", "990000"])
def test_a_resident_id_of_no_province_is_refused(prefix: str) -> None:
    assert "province" in refusal("resident_id", a_person_number(prefix, "19900307"))


def test_both_forms_of_a_foreigners_number_are_accepted() -> None:
    assert parse("foreigner_id", "usa110090030712") == "USA110090030712"
    assert parse("foreigner_id", VALID["foreigner_id"]) == VALID["foreigner_id"]


@pytest.mark.parametrize(
    "text", ["US1110090030712", "USA11009003071X", "USA1100900307123", "110101650307123"]
)
def test_other_forms_of_a_foreigners_number_are_refused(text: str) -> None:
    refusal("foreigner_id", text)


def test_no_wrong_digit_or_letter_and_no_swap_of_two_digits_in_an_lei_is_accepted() -> None:
    # A digit typed for a letter may slip through: ISO 7064 writes letters as two digits.
    number = VALID["lei"]
    digits, letters = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    wrong = [
        number[:place] + other + number[place + 1 :]
        for place in range(20)
        for other in (digits if number[place] in digits else letters)
        if other != number[place]
    ]
    swapped = [
        number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        for place in range(19)
        if number[place : place + 2].isdigit() and number[place] != number[place + 1]
    ]
    for text in wrong + swapped:
        refusal("lei", text)


def test_a_second_spelling_of_the_same_lei_check_digits_is_refused() -> None:
    bodies = (f"300300TESTABCDE{number:03d}" for number in range(1000))
    numbers = {number[-2:]: number for number in map(an_lei, bodies)}
    for usual, other in (("97", "00"), ("98", "01"), ("02", "99")):
        assert parse("lei", numbers[usual]) == numbers[usual]
        refusal("lei", numbers[usual][:-2] + other)


def test_text_of_another_length_is_no_lei_though_the_remainder_is_right() -> None:
    for body in ("1", "300300TESTABCDEF1", "300300TESTABCDEF123"):
        assert "instead of 20" in refusal("lei", an_lei(body))


@pytest.mark.parametrize(("code", "number"), VALID.items())
def test_a_reason_never_holds_the_number(code: str, number: str) -> None:
    wrong_texts = [number[:-1], number + "1", number[:-1] + "Q", "0" + number[1:], number + "!"]
    wrong_texts += [a_person_number(number[:6], "20991231")] if code in PERSONAL else []
    for text in wrong_texts:
        reason = refusal(code, text)
        parts = {text[place : place + 5] for place in range(len(text) - 4)}
        assert not {part for part in parts if part in reason} - {"81000", "10000", "83000"}


def test_the_check_character_is_the_one_that_python_stdnum_computes():
    for number in range(2_000):
        base = f"91320000{number * 7_919:09d}"
        code = base + stdnum_uscc.calc_check_digit(base)
        assert parse("uscc", code) == code


def test_the_check_character_of_a_person_is_the_one_that_python_stdnum_computes():
    for number in range(2_000):
        base = f"110101198{number % 10}0101{number * 7 % 1_000:03d}"
        code = base + mod_11_2.calc_check_digit(base)
        assert parse("resident_id", code) == code
