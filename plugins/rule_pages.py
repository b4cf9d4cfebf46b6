"""The rules in force, for everybody to read: /x/rule_pages/rules, in Chinese and English.

Issued standards are made public (CRI-03). The page is made from the active rulebook alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from registry.sdk import Page, PageView, hookimpl

WORDS = {
    "en": {
        "title": "Criteria in force on {}",
        "list": {"black": "black list", "red": "red list", "watch": "watch list"},
        "basis": "Basis",
        "term": "Term",
        "open": "to be verified: lists nobody before an authority has accepted it by name",
    },
    "zh-CN": {
        "title": "{} 现行认定标准",
        "list": {"black": "黑名单", "red": "红名单", "watch": "重点关注名单"},
        "basis": "依据",
        "term": "期限",
        "open": "待核实：主管部门具名采纳前不据此列入任何主体",
    },
}


def render(view: PageView) -> str:
    """Every criterion in force on the day, by sector."""
    words: Mapping[str, Any] = WORDS[view.language]
    title = escape(words["title"].format(view.on))
    sections = "".join(
        _section(one, view, words) for _, one in sorted(view.rules["sectors"].items())
    )
    return (
        f'<!doctype html>\n<html lang="{view.language}"><head><meta charset="utf-8">'
        f"<title>{title}</title></head><body><h1>{title}</h1>{sections}</body></html>\n"
    )


def _section(sector: Mapping[str, Any], view: PageView, words: Mapping[str, Any]) -> str:
    rows = "".join(_rows(sector, view, words))
    return f"<h2>{escape(_title(sector, view))}</h2><ul>{rows}</ul>" if rows else ""


def _rows(sector: Mapping[str, Any], view: PageView, words: Mapping[str, Any]) -> Iterator[str]:
    named = {one["code"]: _title(one, view) for one in sector["instruments"]}
    day = view.on.isoformat()
    for criterion in sector["criteria"]:
        for version in criterion["versions"]:
            if not version["valid_from"] <= day < (version["valid_to"] or "9999"):
                continue
            basis = "; ".join(
                f"{named[one['instrument']]} {one['article']}" for one in version["basis"]
            )
            mark = f" ({words['open']})" if version["status"] == "to_verify" else ""
            yield (
                f"<li><b>{escape(_title(criterion, view))}</b> "
                f"[{escape(words['list'][criterion['list_kind']])}]{escape(mark)}<br>"
                f"{escape(words['basis'])}: {escape(basis)}<br>"
                f"{escape(words['term'])}: {escape(version['term']['max'])}</li>"
            )


def _title(one: Mapping[str, Any], view: PageView) -> str:
    return str(one["title_zh" if view.language == "zh-CN" else "title"])


@hookimpl
def registry_pages() -> Iterable[Page]:
    """Give the one page."""
    return [Page("rules", "Criteria in force", render)]
