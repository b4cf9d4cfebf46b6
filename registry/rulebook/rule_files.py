"""Which rule files a package may hold, and the shape of each: for `registry plugin check`, which
names every mistake at once, and for the JSON Schemas that editors read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

from registry.rulebook.parameters import SectorParametersSchema
from registry.rulebook.schemas import (
    CasesSchema,
    CriterionSchema,
    ListsSchema,
    MeasuresSchema,
    ProfileSchema,
    RecordsSchema,
    RuleSchema,
    SectorSchema,
)
from registry.rulebook.scorecard_schemas import ScorecardSchema
from registry.rulebook.yaml import Document, read_document

CASES = "cases"

# A file of that name, or every file of the folder of that name.
FILES: Mapping[str, type[RuleSchema]] = MappingProxyType(
    {
        "sector": SectorSchema,
        "records": RecordsSchema,
        "lists": ListsSchema,
        "measures": MeasuresSchema,
        "parameters": SectorParametersSchema,
    }
)
FOLDERS: Mapping[str, type[RuleSchema]] = MappingProxyType(
    {
        "criteria": CriterionSchema,
        CASES: CasesSchema,
        "scorecards": ScorecardSchema,
        "profiles": ProfileSchema,
    }
)


def rule_files(package: str) -> Iterator[tuple[str, RuleSchema]]:
    """The parts that are there, as `criteria/evasion`, each with its schema."""
    folder = files(package)
    for name, schema in FILES.items():
        if folder.joinpath(f"{name}.yaml").is_file():
            yield name, schema()
    for name, schema in FOLDERS.items():
        for part in _names(folder.joinpath(name)):
            yield f"{name}/{part}", schema()


def read_part(package: str, part: str) -> Document:
    """A rule file with its lines, as its schema takes it: a list of cases gets the one key.
    RuleError if it cannot be read."""
    document = read_document(package, f"{part}.yaml")
    return keyed(document) if part.startswith(f"{CASES}/") else document


def keyed(document: Document) -> Document:
    """A file of cases as a mapping; RuleError if it is no list."""
    if not isinstance(document.data, list):
        raise document.error("", "must be a list of cases: - title: ...")
    lines = {f"{CASES}.{path}": line for path, line in document.lines.items()}
    return Document(document.file, {CASES: document.data}, lines)


def _names(folder: Traversable) -> list[str]:
    if not folder.is_dir():
        return []
    entries = (entry.name for entry in folder.iterdir())
    return sorted(name.removesuffix(".yaml") for name in entries if name.endswith(".yaml"))
