"""Names that mix scripts, after Unicode TS 39: found whatever the width, usual names never."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.scripts import is_mixed, marks_of, scripts_in

USUAL = (
    "重庆某某建设（集团）有限公司",
    "ABC有限公司",
    "ＡＢＣ（中国）有限公司",
    "A·B 3号店",
    "ОАО Газпром",
    "Ελληνική Εταιρεία",
    "ソニー・ミュージック株式会社 Sony",
    "삼성 Samsung 三星",
    "佐々木",
    "𠮷野家",
    "Société Générale (中国)",
    "ﬁne",
    "123",
    "",
)
MIXED = (
    "\u0410pple",  # a Cyrillic capital A
    "p\u0430ypal",
    "某某 \u0430\u0431 有限公司",
    "\u03b1-Laval",
    "阿尔法\u03b1公司",
    "\uff21\u0412\u0421公司",  # a full-width Latin A before Cyrillic letters
    "ひと한글",
    "Arm\u0585n",  # an Armenian oh
)


@pytest.mark.parametrize("name", USUAL)
def test_what_one_language_writes_together_is_not_mixed(name: str):
    assert not is_mixed(name)
    assert marks_of([name]) == []


@pytest.mark.proves("F62")
@pytest.mark.parametrize("name", MIXED)
def test_letters_of_scripts_that_no_language_joins_are_marked(name: str):
    assert is_mixed(name)
    assert marks_of(["Firm", name]) == ["mixed_script"]


@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_width_changes_nothing(name: str):
    wide = "".join(chr(ord(one) + 0xFEE0) if one != " " else one for one in name)

    assert scripts_in(wide) == scripts_in(name)
    assert not is_mixed(name)
    assert not is_mixed(wide)
    assert is_mixed(wide + "\u0430") == any(map(str.isalpha, name))
