"""The JSON Schemas for editors: they never contradict the loader, and see a wrong shape."""

import importlib
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from registry.rulebook.json_schemas import json_schemas
from registry.rulebook.review import review
from registry.rulebook.rule_files import rule_files
from registry.rulebook.yaml import parse
from tests.rulebook.conftest import GOOD
from tests.rulebook.test_loader import MISTAKES

ROOT = Path(__file__).parents[2]
SCHEMAS = json_schemas()
FILES = sorted(
    path
    for folder in ("sector_plugins", "plugins/china/profiles", "tests/broken_rules/good")
    for path in (ROOT / folder).rglob("*.yaml")
)
# What has a wrong shape. Other mistakes are the loader's alone: what other files say, which days
# exist, how YAML is written.
OF_SHAPE = {
    "article_as_number", "bad_term", "measure_without_implementer", "missing_article",
    "not_a_mapping", "profile_without_source", "text_for_flag", "two_operators", "unknown_key",
    "unknown_list_kind",
}  # fmt: skip


def as_an_editor_sees(value: Any) -> Any:
    """YAML 1.2 without dates: what looks like one is text to an editor."""
    if isinstance(value, dict):
        return {key: as_an_editor_sees(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_an_editor_sees(one) for one in value]
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


def complaints(path: Path) -> list[str]:
    """What an editor marks in a file: its schema goes by the file's name or folder."""
    name = path.parent.name if path.parent.name in SCHEMAS else path.stem
    data = as_an_editor_sees(parse(path.read_bytes(), path.name).data)
    found = Draft202012Validator(SCHEMAS[name]).iter_errors(data)
    return [one.message for one in found]


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_each_is_a_schema_and_json(name):
    Draft202012Validator.check_schema(SCHEMAS[name])
    assert json.loads(json.dumps(SCHEMAS[name])) == SCHEMAS[name]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_that_loads_is_never_marked(path: Path):
    assert complaints(path) == []


def test_every_kind_of_file_was_tried():
    tried = {p.parent.name if p.parent.name in SCHEMAS else p.stem for p in FILES}

    assert tried == set(SCHEMAS)


@pytest.mark.parametrize("mistake", sorted(OF_SHAPE))
def test_a_wrong_shape_is_marked(mistake):
    files = list((GOOD.parent / mistake).rglob("*.yaml"))

    assert files
    assert any(complaints(path) for path in files)


@pytest.mark.parametrize("mistake", sorted(MISTAKES.keys() & OF_SHAPE))
def test_what_an_editor_marks_the_loader_refuses(mistake, make_package):
    package = make_package(overlay=GOOD.parent / mistake)
    refused = {one.file for one in review(package).mistakes}

    for part, _ in rule_files(package):
        file = f"{package}/{part}.yaml"
        (folder,) = importlib.import_module(package).__path__
        if complaints(Path(folder, f"{part}.yaml")):
            assert file in refused
    assert refused


def test_the_command_writes_them(run, tmp_path):
    result = run("plugin", "schemas", "schemas")

    assert result.exit_code == 0
    written = {path.name: json.loads(path.read_text()) for path in (tmp_path / "schemas").iterdir()}
    assert written == {f"{name}.schema.json": schema for name, schema in SCHEMAS.items()}
