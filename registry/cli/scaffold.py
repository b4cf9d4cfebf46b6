"""The scaffold of `registry plugin new`: a distribution that passes its own tests as made."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Collection, Mapping
from importlib.resources import files
from pathlib import Path

import jinja2

from registry import __version__
from registry.domain.errors import InvalidInput
from registry.domain.record import prohibited_category
from registry.rulebook.json_schemas import json_schemas
from registry.settings import BUNDLED

LONGEST = 32
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", re.ASCII)

# Template -> where it goes; {package} is the import package of the sector.
_FILES: Mapping[str, str] = {
    "pyproject.toml": "pyproject.toml",
    "setup.cfg": "setup.cfg",
    "README.md": "README.md",
    "gitignore": ".gitignore",
    "workflow.yml": ".github/workflows/rules.yml",
    "__init__.py": "{package}/__init__.py",
    "sector.yaml": "{package}/sector.yaml",
    "records.yaml": "{package}/records.yaml",
    "lists.yaml": "{package}/lists.yaml",
    "measures.yaml": "{package}/measures.yaml",
    "criterion.yaml": "{package}/criteria/serious_breach.yaml",
    "cases.yaml": "{package}/cases/serious_breach.yaml",
    "test_sector.py": "tests/test_{name}.py",
}


def check_name(name: str, taken: Collection[str]) -> None:
    """InvalidInput unless a sector may be called so; `taken` are the installed plugins."""
    if not _NAME.fullmatch(name) or len(name) > LONGEST:
        raise InvalidInput.field(
            "name",
            "is small letters and digits, parts joined by _, such as energy or food_safety; "
            f"at most {LONGEST} of them",
        )
    category = prohibited_category(name)
    if category is not None:
        raise InvalidInput.field(
            "name", f"is about {category}, of which no record may be kept (征信业管理条例 art. 14)"
        )
    if name in taken:
        raise InvalidInput.field("name", f"is taken: a plugin {name} is installed")


def write(name: str, parent: Path) -> Path:
    """Make the folder parent/name; InvalidInput if it is there already. All of it or nothing."""
    target = parent / name
    if target.exists():
        raise InvalidInput.field("name", f"{target} is there already: nothing was written")
    package = f"registry_sector_{name}"
    words = {
        "name": name,
        "title": name.replace("_", " ").capitalize(),
        "label": name.replace("_", "-"),
        "package": package,
        "wheel": package,
        "distribution": package.replace("_", "-"),
        "version": __version__,
        "bundled": ",".join(BUNDLED),
    }
    render = jinja2.Environment(
        loader=jinja2.FunctionLoader(_template),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=parent) as folder:
        made = Path(folder, name)
        for template, place in _FILES.items():
            path = made.joinpath(place.format(package=package, name=name))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(render.get_template(template).render(words), encoding="utf-8")
        write_schemas(made / "schemas")
        made.rename(target)
    return target


def write_schemas(folder: Path) -> list[Path]:
    """The JSON Schemas of the rule files, as criteria.schema.json and so on."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in json_schemas().items():
        path = folder / f"{name}.schema.json"
        text = json.dumps(schema, ensure_ascii=False, indent=2)
        path.write_text(f"{text}\n", encoding="utf-8")
        written.append(path)
    return written


def _template(name: str) -> str:
    return files("registry").joinpath(f"templates/plugin/{name}.jinja").read_text(encoding="utf-8")
