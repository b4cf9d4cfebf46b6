"""Load the rule files of a plugin: YAML, validated, made canonical, built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from registry.domain.errors import RuleError
from registry.domain.profile import ProfileSource
from registry.domain.sector import Sector
from registry.rulebook.build import build_instruments, build_sector
from registry.rulebook.checks import check_lists, check_record_kinds, check_sector
from registry.rulebook.document import sector_document
from registry.rulebook.matters import bundled
from registry.rulebook.parameter_values import meaningless
from registry.rulebook.parameters import SectorParametersSchema
from registry.rulebook.place import Place, RuleMistake
from registry.rulebook.schemas import (
    CriterionSchema,
    ListsSchema,
    MeasuresSchema,
    ProfileSchema,
    RecordsSchema,
    RuleSchema,
    SectorSchema,
)
from registry.rulebook.scorecard_schemas import ScorecardSchema
from registry.rulebook.validated import validated
from registry.rulebook.yaml import Document, read_document

TOP_LEVEL = ("sector", "records", "lists", "measures", "parameters")


def load_sector(package: str) -> Sector:
    """The sector whose files lie in a package; RuleError says file, line, problem and remedy."""
    folder = files(package)
    _refuse_strays(folder, package)
    read = _Files(package)
    sector = read.load("sector", SectorSchema())
    kinds = read.load_if_there("records", RecordsSchema(), folder).get("kinds", [])
    lists = read.load_if_there("lists", ListsSchema(), folder)
    criteria = [
        read.load(f"criteria/{name}", CriterionSchema()) for name in _names(folder, "criteria")
    ]
    measures = read.load_if_there("measures", MeasuresSchema(), folder).get("measures", [])
    parameters = read.load_if_there("parameters", SectorParametersSchema(), folder)
    scorecards = [
        read.load(f"scorecards/{name}", ScorecardSchema()) for name in _names(folder, "scorecards")
    ]
    for part, document in read.documents.items():
        _check_file_name(part, document, sector["code"])
    try:
        # First what the criteria rest on, so that a mistake is found where it was made.
        check_lists(lists, build_instruments(sector["instruments"]))
        whole = sector_document(sector, kinds, lists, criteria, measures, scorecards)
        whole["parameters"] = parameters.get("parameters", [])
        check_record_kinds(whole)
        built = build_sector(whole, package)
        check_sector(built, bundled().matters)
    except RuleMistake as mistake:
        raise read.error(mistake) from None
    return built


def load_profiles(package: str) -> tuple[ProfileSource, ...]:
    """The profiles in the folder `profiles` of a package; RuleError as for a sector."""
    read = _Files(package)
    sources = []
    for name in _names(files(package), "profiles"):
        part = f"profiles/{name}"
        content = read.load(part, ProfileSchema())
        if content["code"] != name:
            raise read.documents[part].error("code", _misnamed(content["code"], name))
        for parameter, versions in content["parameters"].items():
            _check_parameter(read.documents[part], parameter, versions)
        sources.append(
            ProfileSource(content["code"], content["title"], content["parent"], content, package)
        )
    return tuple(sources)


def _check_parameter(document: Document, name: str, versions: Sequence[Mapping[str, Any]]) -> None:
    place = f"parameters.{name}"
    days = [version["since"] for version in versions]
    if not days or sorted(set(days)) != days:
        problem = f"{name} needs at least one value, dates ascending, none twice"
        raise document.error(place, problem)
    for index, version in enumerate(versions):
        wrong = meaningless(name, version["value"])
        if wrong is not None:
            raise document.error(f"{place}.{index}.value", f"{name} {wrong}")


class _Files:
    """The documents of one package that were read so far."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.documents: dict[str, Document] = {}

    def load(self, part: str, schema: RuleSchema) -> dict[str, Any]:
        document = read_document(self.package, f"{part}.yaml")
        self.documents[part] = document
        return validated(document, schema)

    def load_if_there(self, part: str, schema: RuleSchema, folder: Traversable) -> dict[str, Any]:
        return self.load(part, schema) if folder.joinpath(f"{part}.yaml").is_file() else {}

    def error(self, mistake: RuleMistake) -> RuleError:
        """The error at the line to mend: of lists.yaml, if what is wrong was merged from there."""
        part, path = mistake.place.part, mistake.place.path
        document = self.documents.get(part)
        if document is None:
            return RuleError(self.package.replace(".", "/"), None, str(mistake))
        default = self._default(mistake.place)
        if default is None:
            return document.error(path, mistake.problem)
        # It may be wrong only beside what one version says itself: name that version.
        under = f"under {part}.yaml:{document.line_of(path)}"
        return self.documents["lists"].error(default, f"{under}: {mistake.problem}")

    def _default(self, place: Place) -> str | None:
        """The path in lists.yaml of what a criterion has from there, or None if it says it itself.

        Merged are keys of the criterion (`severity`) and keys in the parts of a version
        (`term.max`). A part as a whole can be of both files: it stays where it was found.
        """
        lists = self.documents.get("lists")
        if lists is None or not place.part.startswith("criteria/"):
            return None
        document = self.documents[place.part]
        keys = place.path.split(".")
        above, merged = (2, 4) if keys[0] == "versions" else (0, 1)
        if len(keys) < merged or ".".join(keys[:merged]) in document.lines:
            return None
        kind = document.data["list_kind"]
        if ".".join([kind, *keys[above:merged]]) not in lists.lines:
            return None
        return ".".join([kind, *keys[above:]])


def _names(folder: Traversable, subfolder: str) -> list[str]:
    inside = folder.joinpath(subfolder)
    if not inside.is_dir():
        return []
    entries = (entry.name for entry in inside.iterdir())
    return sorted(name.removesuffix(".yaml") for name in entries if name.endswith(".yaml"))


def _refuse_strays(folder: Traversable, package: str) -> None:
    """A file that nobody reads is a rule that nobody applies."""
    for entry in folder.iterdir():
        stem, _, ending = entry.name.rpartition(".")
        if ending in ("yml", "yaml") and not (ending == "yaml" and stem in TOP_LEVEL):
            known = ", ".join(f"{name}.yaml" for name in TOP_LEVEL)
            raise RuleError(
                f"{package.replace('.', '/')}/{entry.name}",
                None,
                f"is no rule file. Known: {known}, criteria/<name>.yaml, scorecards/<name>.yaml, "
                "cases/<name>.yaml",
            )


def _check_file_name(part: str, document: Document, sector: str) -> None:
    folder, _, name = part.partition("/")
    if folder not in ("criteria", "scorecards"):
        return
    code = str(document.data["code"])
    if code != f"{sector}.{name}":
        raise document.error("code", _misnamed(code, f"{sector}.{name}"))


def _misnamed(code: str, expected: str) -> str:
    return f"{code!r} is in the wrong file: a file is named after its code, here {expected!r}"
