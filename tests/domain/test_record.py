"""What may never be collected is found under whatever name it comes; what only looks like it is
not."""

import pytest

from registry.domain.record import prohibited_category


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
