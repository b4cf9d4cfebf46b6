"""Scripts in a name. A Cyrillic а in a Latin word looks like another name's a: folding widths does
not find it, and no list of look-alikes is complete. A name that mixes scripts is taken, and marked
for a person to look at; subjects are matched on numbers.

Source: Unicode Technical Standard 39, 5.2, "Highly Restrictive".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

MIXED_SCRIPT = "mixed_script"
MARKS = (MIXED_SCRIPT,)
_HAN = "CJK"
# Scripts that are written together, by the first word of the Unicode names of their letters.
_TOGETHER = (
    frozenset({"LATIN", _HAN, "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", _HAN, "BOPOMOFO"}),
    frozenset({"LATIN", _HAN, "HANGUL"}),
)
# Han with its punctuation, Latin in either width: nearly every name, and never mixed.
_USUAL = re.compile("[\\x20-\\x7e\\u3000-\\u3020\\u4e00-\\u9fff\\uff01-\\uff5e]*")
_OF_SEVERAL = frozenset({"IDEOGRAPHIC", "KATAKANA-HIRAGANA", "MODIFIER"})


def scripts_in(text: str) -> frozenset[str]:
    """The scripts of the letters, widths and ligatures folded: `LATIN`, `CJK` (汉字), ..."""
    folded = unicodedata.normalize("NFKC", text)
    words = {unicodedata.name(one, "").partition(" ")[0] for one in folded if one.isalpha()}
    return frozenset(words - _OF_SEVERAL)


def is_mixed(text: str) -> bool:
    """Whether scripts stand together that no one language writes together."""
    if _USUAL.fullmatch(text):
        return False
    found = scripts_in(text)
    return len(found) > 1 and not any(found <= together for together in _TOGETHER)


def marks_of(names: Iterable[str]) -> list[str]:
    """What about these names a person should look at, as codes."""
    return [MIXED_SCRIPT] if any(map(is_mixed, names)) else []
