"""Lines of a file, of bounded length: a file without a line end must not fill the memory."""

from collections.abc import Iterator
from typing import BinaryIO

from registry.sdk import UnreadableFile

LINE_LIMIT = 1_048_576
UTF_8_MARK = b"\xef\xbb\xbf"
_OTHER_MARKS = (b"\xff\xfe", b"\xfe\xff")  # UTF-16, and the beginning of UTF-32


def lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines with their ends, without a byte order mark before the first."""
    number = 0
    while line := file.readline(LINE_LIMIT + 1):
        number += 1
        if len(line) > LINE_LIMIT:
            raise UnreadableFile(f"line {number} has more than {LINE_LIMIT} bytes")
        if number == 1:
            if line.startswith(_OTHER_MARKS):
                raise UnreadableFile("it is UTF-16 or UTF-32: save it as UTF-8 or GB18030")
            line = line.removeprefix(UTF_8_MARK)
        yield line
