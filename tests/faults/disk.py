"""A disk that can be told to fail, beneath the SQLite that Python itself uses.

It wraps the functions with which SQLite writes, truncates and syncs a file (its VFS), in this
process. Everything is passed on to the real file; besides, `durable` remembers what each file
would hold after a power cut, when only what was synced is left, and any write or sync can be
refused.
"""

from __future__ import annotations

import _sqlite3
import ctypes
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int64, c_void_p
from pathlib import Path
from typing import Any

OK, FULL = 0, 13
IOERR_WRITE, IOERR_FSYNC = 10 | 3 << 8, 10 | 4 << 8
READONLY = 8

# The name travels as an address: SQLite keeps it, and a copy of ours would be gone by then.
Open = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)
Write = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
Truncate = CFUNCTYPE(c_int, c_void_p, c_int64)
Sync = CFUNCTYPE(c_int, c_void_p, c_int)
Close = CFUNCTYPE(c_int, c_void_p)


class Vfs(Structure):
    _fields_ = [
        ("version", c_int),
        ("size_of_file", c_int),
        ("longest_path", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("app_data", c_void_p),
        ("open", Open),
        ("rest", c_void_p * 20),
    ]


class Methods(Structure):
    """sqlite3_io_methods: the functions of an open file."""

    _fields_ = [
        ("version", c_int),
        ("close", Close),
        ("read", c_void_p),
        ("write", Write),
        ("truncate", Truncate),
        ("sync", Sync),
        ("rest", c_void_p * 13),
    ]


class File(Structure):
    _fields_ = [("methods", POINTER(Methods))]


def library() -> Any:
    """The SQLite that the module sqlite3 runs on, wherever it lies."""
    for line in Path("/proc/self/maps").read_text(encoding="ascii").splitlines():
        if "libsqlite3" in line:
            return ctypes.CDLL(line.split()[-1])
    return ctypes.CDLL(_sqlite3.__file__)


class Disk:
    """What was written, what of it would last, and what is to fail next.

    `refuse(kind, name)` is asked before each write and sync and gives an SQLite error code, or OK.
    """

    def __init__(self) -> None:
        self.refuse: Callable[[str, str], int] = lambda kind, name: OK
        self.durable: dict[str, bytearray] = {}
        self.syncs = 0
        self.writes = 0
        self._pending: dict[str, list[tuple[int, bytes | None]]] = {}
        self._names: dict[int, str] = {}
        self._plain: dict[int, tuple[Methods, Methods]] = {}
        self._kept: list[Any] = []

    def cut_power(self, source: Path, target: Path) -> None:
        """Put the files of a folder into another as they are after the power has gone."""
        target.mkdir(parents=True)
        for path in source.iterdir():
            kept = self.durable.get(str(path))
            if path.name.endswith(("-shm", "-lock", "-queue", "-leader")):
                continue
            if kept is None:
                shutil.copy2(path, target / path.name)
            else:
                (target / path.name).write_bytes(bytes(kept))

    def opened(self, file: int, name: str) -> None:
        self._names[file] = name
        if name not in self.durable:
            path = Path(name)
            self.durable[name] = bytearray(path.read_bytes() if path.exists() else b"")
        methods = ctypes.cast(file, POINTER(File)).contents.methods
        address = ctypes.addressof(methods.contents)
        if address not in self._plain:
            plain = Methods.from_buffer_copy(methods.contents)
            wrapped = Methods.from_buffer_copy(methods.contents)
            wrapped.write, wrapped.sync = self._write(plain), self._sync(plain)
            wrapped.truncate = self._truncate(plain)
            self._kept += [wrapped.write, wrapped.sync, wrapped.truncate]
            self._plain[address] = (plain, wrapped)
        ctypes.cast(file, POINTER(File)).contents.methods = ctypes.pointer(self._plain[address][1])

    def _write(self, plain: Methods) -> Any:
        def write(file: int, data: int, size: int, offset: int) -> int:
            name = self._names[file]
            self.writes += 1
            code = self.refuse("write", name)
            if code:
                return code
            self._pending.setdefault(name, []).append((offset, ctypes.string_at(data, size)))
            return int(plain.write(file, data, size, offset))

        return Write(write)

    def _truncate(self, plain: Methods) -> Any:
        def truncate(file: int, size: int) -> int:
            self._pending.setdefault(self._names[file], []).append((size, None))
            return int(plain.truncate(file, size))

        return Truncate(truncate)

    def _sync(self, plain: Methods) -> Any:
        def sync(file: int, flags: int) -> int:
            name = self._names[file]
            self.syncs += 1
            code = self.refuse("sync", name)
            if code:
                self._pending.pop(name, None)  # as Linux does: what failed is not written again
                return code
            kept = self.durable[name]
            for offset, data in self._pending.pop(name, []):
                if data is None:
                    del kept[offset:]
                    continue
                if len(kept) < offset:
                    kept.extend(bytes(offset - len(kept)))
                kept[offset : offset + len(data)] = data
            return OK  # a real sync would only be slow: the power does not really go

        return Sync(sync)


@contextmanager
def failing_disk() -> Iterator[Disk]:
    """Connections that are opened inside use the disk; close them before the end."""
    sqlite = library()
    sqlite.sqlite3_vfs_find.restype = POINTER(Vfs)
    real = sqlite.sqlite3_vfs_find(None)
    disk = Disk()
    wrapping = Vfs.from_buffer_copy(real.contents)
    wrapping.name = b"failing"

    def open_file(vfs: int, name: int | None, file: int, flags: int, out: int) -> int:
        code = int(real.contents.open(ctypes.addressof(real.contents), name, file, flags, out))
        if code == OK and name:
            disk.opened(file, ctypes.string_at(name).decode())
        return code

    wrapping.open = Open(open_file)
    sqlite.sqlite3_vfs_register(ctypes.byref(wrapping), 1)
    try:
        yield disk
    finally:
        sqlite.sqlite3_vfs_unregister(ctypes.byref(wrapping))
        sqlite.sqlite3_vfs_register(real, 1)
