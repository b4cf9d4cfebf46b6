"""The default catalogue of misconduct, and that record kinds name an item of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from registry.domain.errors import RuleError
from registry.rulebook.catalogue import default_catalogue
from registry.rulebook.loader import load_sector

GOOD = Path(__file__).parent.parent / "broken_rules" / "good"


@pytest.mark.requirement("CAT-06")
def test_the_default_catalogue_holds_exactly_the_eleven_items_of_article_12():
    assert list(default_catalogue()) == [f"12({number})" for number in range(1, 12)]


def test_a_misconduct_kind_that_names_no_item_of_the_catalogue_is_refused(tmp_path, monkeypatch):
    package = tmp_path / "uncatalogued"
    shutil.copytree(GOOD, package)
    records = package / "records.yaml"
    text = records.read_text(encoding="utf-8")
    records.write_text(text.replace('"12(7)"', '"12(12)"', 1), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(RuleError) as refused:
        load_sector("uncatalogued")

    assert "'12(12)' is no item of the catalogue" in str(refused.value)
    assert "records.yaml:" in str(refused.value)
