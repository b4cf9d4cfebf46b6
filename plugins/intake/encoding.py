"""Which encoding a file is in, told line by line: GB18030 takes almost any bytes for text, so that
what merely decodes is no proof, and one strange line must not turn all others into nonsense."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from plugins.intake.lines import UTF_8_MARK, lines
from registry.sdk import UnreadableFile

UTF_8, GB18030 = "utf-8", "gb18030"
# From here on a character takes three bytes of UTF-8: all Chinese ones do. Shorter ones also come
# about by chance when GB18030 is read as UTF-8.
_THREE_BYTES = "\u0800"


def encoding_of(file: BinaryIO) -> str:
    """The encoding of most lines; UnreadableFile where as many are in the other. Reads the file
    to its end and leaves it at its start."""
    start = file.read(len(UTF_8_MARK))
    file.seek(0)
    utf_8 = other = 0
    for line in lines(file):
        if line.isascii():
            continue
        told = _is_utf_8(line)
        utf_8 += told is True
        other += told is False
    file.seek(0)
    if start == UTF_8_MARK or utf_8 > other or not other:
        return UTF_8
    if utf_8 == other:
        raise UnreadableFile("half of it is UTF-8 and half is not: save it in one encoding")
    return GB18030


def _is_utf_8(line: bytes) -> bool | None:
    """True or False; None where the bytes could be either."""
    try:
        text = line.decode(UTF_8)
    except UnicodeDecodeError:
        return False
    return True if any(one >= _THREE_BYTES for one in text) else None


@dataclass
class Decoded:
    """The lines as text; `strange` are the numbers of those in another encoding than the rest."""

    encoding: str
    strange: set[int] = field(default_factory=set)

    def texts(self, found: Iterable[bytes]) -> Iterator[str]:
        """Each line, whatever cannot be read in it replaced."""
        for number, line in enumerate(found, 1):
            if not self._is_ours(line):
                self.strange.add(number)
            yield line.decode(self.encoding, "replace")

    def _is_ours(self, line: bytes) -> bool:
        if line.isascii():
            return True
        if self.encoding == GB18030 and _is_utf_8(line):
            return False
        try:
            line.decode(self.encoding)
        except UnicodeDecodeError:
            return False
        return True
