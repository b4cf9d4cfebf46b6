"""The figures and citations of rule files that nobody has yet confirmed at their source.

Each is told once, with the code it belongs to and what it cites, on lines that a person can read:
what does not fit stands on the next, each with the line of the file where its first figure stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry.domain.condition import AGGREGATES, GROUPS, OPERATORS, ConditionError, parse
from registry.rulebook.readable import Piece, folded
from registry.rulebook.yaml import Document

Json = Mapping[str, Any]
TO_VERIFY = "to_verify"
LONGEST = 199  # of a printed line, with file and line of the figure
LEAST = 50  # for the figures, however long the names before them are

# Preset in lists.yaml, and with a status of their own: that of a version is of its condition.
_PARTS = ("notice", "term", "repair")
# Names, texts, and whom or what a rule is for: nothing that is read off at its source as a figure.
_NO_FIGURES = frozenset(
    {
        *("code", "version", "since", "status", "basis", "when", "supersedes", "checked_on"),
        *("title", "title_zh", "name", "name_zh", "text_zh", "whom_zh", "content", "content_zh"),
        *("implementer", "matters", "target", "reaches", "memorandum", "signatories", "parent"),
        *("kinds", "stated", "note"),
    }
)
# Told in the line of what they limit; any other mapping has lines of its own.
_LIMITS = frozenset({"share", "amount", "period", "lasts", "repeat_bar"})


@dataclass(frozen=True)
class Figure:
    """A figure, or a citation, that no one has yet confirmed at its source."""

    file: str
    line: int
    what: str


@dataclass(frozen=True)
class _Rule:
    """A mapping of a file, what it is called, and whether its figures are to be verified."""

    head: str
    path: str
    content: Json
    doubtful: bool = False
    apart: bool = False  # what it says itself has nothing to do with each other

    def below(self, key: str, content: Json, doubtful: bool) -> _Rule:
        """A part of it: `key` leads there, and a code names it."""
        code = f" {content['code']}" if "code" in content else ""
        words = "".join(f" {one}" for one in key.split(".") if not one.isdigit())
        return _Rule(f"{self.head}{words}{code}", self.at(key), content, doubtful)

    def at(self, key: str) -> str:
        """The path of something in it."""
        return f"{self.path}.{key}" if self.path else key


def unverified(documents: Mapping[str, Document]) -> Iterator[Figure]:
    """What is to_verify in the files of one package, by part (`criteria/evasion`) and then by line;
    each file must have passed its schema."""
    lists = documents["lists"].data if "lists" in documents else {}
    for part, document in documents.items():
        told = [
            figure
            for rule in _rules(part.partition("/")[0], document.data, lists)
            for head, pieces in _pieces(rule)
            for figure in _told(document, head, pieces)
        ]
        yield from sorted(told, key=lambda figure: figure.line)


# --- what can be to_verify in each kind of file ---------------------------------------------------


def _rules(kind: str, data: Json, lists: Json) -> Iterator[_Rule]:
    if kind in ("criteria", "scorecards"):
        presets = lists.get(data.get("list_kind", ""), {})
        for index, version in enumerate(data["versions"]):
            head = f"{data['code']} {version['version']}"
            content = _with_presets(version, presets)
            yield _Rule(head, f"versions.{index}", content, apart=kind == "scorecards")
    elif kind in ("measures", "parameters"):
        for index, one in enumerate(data[kind]):
            yield _Rule(f"{one['code']} {one['version']}", f"{kind}.{index}", one)
    elif kind == "lists":
        for name, presets in data.items():
            for key, part in presets.items():
                if isinstance(part, Mapping):
                    yield _Rule(f"{name}.{key}", f"{name}.{key}", part)
    elif kind == "profiles":
        for name, values in data["parameters"].items():
            for index, one in enumerate(values):
                head = f"{data['code']} {name} {one['since']}"
                yield _Rule(head, f"parameters.{name}.{index}", one)
    elif kind == "calendars":
        days = {key: f"{len(data[key])} days" for key in ("holidays", "workdays")}
        told = {"status": data.get("status"), **days, "notice": data.get("notice")}
        yield _Rule(f"calendar {data.get('year')}", "", told)


def _with_presets(version: Json, presets: Json) -> Json:
    """The version with its parts as they hold, so far as they are not told under lists.yaml."""
    parts = {}
    for name in _PARTS:
        preset = presets.get(name, {})
        if isinstance(version.get(name), Mapping):
            inherited = preset.get("status", "verified")
            own = {"status": inherited, **version[name]}
            parts[name] = own if inherited == TO_VERIFY else {**_uncited(preset), **own}
    return {**version, **parts}


def _uncited(preset: Any) -> Any:
    """Without its citations: they are told where they stand, whatever becomes of the figures."""
    if isinstance(preset, Mapping):
        return {key: _uncited(value) for key, value in preset.items()}
    if isinstance(preset, list):
        return [] if _are_citations(preset) else [_uncited(one) for one in preset]
    return preset


# --- what a rule says -----------------------------------------------------------------------------


def _pieces(rule: _Rule) -> Iterator[tuple[str, list[Piece]]]:
    """What is told of a rule and of everything below it, each with its head."""
    cited = list(_citations(rule))
    status = rule.content.get("status")
    doubtful = status == TO_VERIFY if status else rule.doubtful
    figures = list(_figures(rule)) if doubtful or cited else []
    for pieces in [*([one] for one in figures), cited] if rule.apart else [[*figures, *cited]]:
        yield rule.head, pieces
    # A status speaks for all that lies below; without one, an article that is not confirmed does.
    below = doubtful or (status is None and bool(cited))
    if below and "when" in rule.content:
        yield from _clauses(rule)
    for key, value in rule.content.items():
        if key in _NO_FIGURES or _is_figure(key, value) or _are_citations(value):
            continue
        if isinstance(value, Mapping):
            yield from _pieces(rule.below(key, value, below))
        else:
            for index, one in enumerate(value):
                yield from _pieces(rule.below(f"{key}.{index}", one, below))


def _figures(rule: _Rule) -> Iterator[Piece]:
    found = [
        Piece(rule.at(key), key, _codes(value))
        for key, value in rule.content.items()
        if key not in _NO_FIGURES and _is_figure(key, value)
    ]
    if not found and "title" in rule.content:
        found = [Piece(rule.at("title"), "title", rule.content["title"])]
    # A version is by custom named after its first day, which the head then says already.
    named = str(rule.content.get("version"))
    said = [one for one in found if (one.key, str(one.value)) != ("valid_from", named)]
    yield from said or found


def _citations(rule: _Rule) -> Iterator[Piece]:
    for key, value in rule.content.items():
        for index, one in enumerate(value if _are_citations(value) else ()):
            if one.get("status") == TO_VERIFY:
                what = f"{one['instrument']} {one['article']}"
                yield Piece(rule.at(f"{key}.{index}"), "cites", what)


def _clauses(rule: _Rule) -> Iterator[tuple[str, list[Piece]]]:
    when = rule.content["when"]
    try:
        parse(when)
    except ConditionError:  # a mistake, which loading names
        return
    for path, clause in _mappings(when, "when"):
        operator = next((one for one in OPERATORS if one in clause), None)
        if operator is not None:
            inside = [one for one in path.split(".") if one in (*GROUPS[1:], "where")]
            key = f"{_operand(clause)} {operator}"
            piece = Piece(rule.at(f"{path}.{operator}"), key, clause[operator])
            yield " ".join([rule.head, "when", *inside]), [piece]


def _operand(clause: Json) -> str:
    head = next(one for one in ("field", "ratio", *AGGREGATES) if one in clause)
    what = clause[head]
    if head == "field":
        return str(what)
    if head == "ratio":
        return " / ".join(what)
    among = [f"{key} {what[key]}" for key in ("within", "dated_by", "per") if key in what]
    return " ".join([head, str(what.get("field", "of records")), *among])


def _mappings(node: Any, path: str) -> Iterator[tuple[str, Json]]:
    if isinstance(node, Mapping):
        yield path, node
        for key, value in node.items():
            yield from _mappings(value, f"{path}.{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _mappings(value, f"{path}.{index}")


# --- what is a figure -----------------------------------------------------------------------------


def _is_figure(key: str, value: Any) -> bool:
    """A value, a list of values or of things that have names only, or a limit {at_least: 1}."""
    if isinstance(value, Mapping):
        return key in _LIMITS and all(_is_single(one) for one in value.values())
    if isinstance(value, list):
        return all(_is_single(one) or _is_named_only(one) for one in value)
    return True


def _is_single(value: Any) -> bool:
    return not isinstance(value, Mapping | list)


def _is_named_only(one: Any) -> bool:
    return isinstance(one, Mapping) and "code" in one and set(one) <= _NO_FIGURES - {"basis"}


def _codes(value: Any) -> Any:
    if isinstance(value, list):
        return [one["code"] if isinstance(one, Mapping) else one for one in value]
    return value


def _are_citations(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, Mapping) and "instrument" in one for one in value
    )


# --- where it stands, and on how many lines -------------------------------------------------------


def _told(document: Document, head: str, pieces: Sequence[Piece]) -> Iterator[Figure]:
    around = len(f"{TO_VERIFY}\t{document.file}:0000\t{head}: ")
    for path, text in folded(pieces, max(LONGEST - around, LEAST)):
        yield Figure(document.file, document.line_of(path), f"{head}: {text}")
