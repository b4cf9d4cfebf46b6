"""The archive that a workbook is: measured before anything in it is read, by what it declares and
by what really comes out, so that a bomb costs no more than the limits."""

import zipfile
import zlib
from typing import BinaryIO

from registry.sdk import UnreadableFile

ENTRY_LIMIT = 1_000
RATIO_LIMIT = 100
TOTAL_LIMIT = 1_073_741_824
# All shared texts are held in memory while the rows are read.
TEXTS_LIMIT = 67_108_864
# What is small is no bomb, however well it packs.
_HARMLESS = 1_048_576
_BLOCK = 65_536
_MARKS = (b"<!DOCTYPE", b"<!ENTITY")
_LINKS = "xl/externalLinks/"
_MACROS = ("xl/vbaProject.bin", "xl/activeX/", "xl/embeddings/")


def require_safe(file: BinaryIO) -> None:
    """UnreadableFile unless the archive is small enough, whole, and refers to nothing outside.
    Leaves the file at its start."""
    try:
        with zipfile.ZipFile(file) as archive:
            _require_declared(archive)
            total = 0
            for entry in archive.infolist():
                total += _streamed(archive, entry)
                if total > TOTAL_LIMIT:
                    raise UnreadableFile(f"it unpacks to more than {TOTAL_LIMIT} bytes")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise UnreadableFile("it is no workbook, or is damaged or encrypted") from None
    file.seek(0)


def _require_declared(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > ENTRY_LIMIT:
        raise UnreadableFile(f"it has more than {ENTRY_LIMIT} parts")
    names = [entry.filename for entry in entries]
    if len(set(names)) < len(names):
        raise UnreadableFile("it has a part twice")
    if "xl/workbook.xml" not in names:
        raise UnreadableFile("it is no workbook")
    if any(name.startswith(_LINKS) for name in names):
        raise UnreadableFile("it refers to other files: save it without external links")
    if any(name.startswith(_MACROS) for name in names):
        raise UnreadableFile("it holds macros or other files: save it as a plain .xlsx")
    for entry in entries:
        _require_modest(entry, entry.file_size)
    if sum(entry.file_size for entry in entries) > TOTAL_LIMIT:
        raise UnreadableFile(f"it unpacks to more than {TOTAL_LIMIT} bytes")


def _require_modest(entry: zipfile.ZipInfo, size: int) -> None:
    if size > _HARMLESS and size > RATIO_LIMIT * entry.compress_size:
        raise UnreadableFile(f"a part unpacks to more than {RATIO_LIMIT} times its size")
    if entry.filename == "xl/sharedStrings.xml" and size > TEXTS_LIMIT:
        raise UnreadableFile(f"its texts have more than {TEXTS_LIMIT} bytes")


def _streamed(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
    """How much really comes out of an entry; what it declares may be a lie."""
    size, tail = 0, b""
    with archive.open(entry) as content:
        while block := content.read(_BLOCK):
            size += len(block)
            _require_modest(entry, size)
            if size > entry.file_size:
                raise UnreadableFile("a part is larger than it declares")
            if _has_mark(tail + block):
                raise UnreadableFile("it declares entities or a document type, as no workbook does")
            tail = block[-16:]
    if size != entry.file_size:
        raise UnreadableFile("a part is smaller than it declares")
    return size


def _has_mark(content: bytes) -> bool:
    # also where it is written in two bytes a character
    bare = content.replace(b"\x00", b"") if b"\x00" in content else content
    return any(mark in bare for mark in _MARKS)
