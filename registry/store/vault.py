"""The vault: keys outside the database, AES-GCM with a key id, HMAC blind indexes, and one key
for each subject, so that what may have to be erased can be: destroying the key is erasure.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from registry.domain.errors import NotReady, Unavailable

NONCE = 12


class ErasedError(Exception):
    """The key that would open this content was destroyed."""


@dataclass(frozen=True)
class MasterKey:
    """One generation: `seal` wraps and encrypts, `index` makes blind indexes."""

    id: str
    seal: bytes
    index: bytes


class Vault:
    """Seals and opens content. The first key of the file is the one in use; older ones open."""

    def __init__(self, keys: tuple[MasterKey, ...]) -> None:
        self._keys = {key.id: key for key in keys}
        self._active = keys[0]
        # blind indexes stay comparable across rotation
        self._index = HMAC(keys[-1].index, SHA256())
        self._ciphers = {key.id: AESGCM(key.seal) for key in keys}
        self._cipher_of = lru_cache(maxsize=256)(self._unwrapped)

    def blind(self, *parts: str) -> str:
        """A keyed hash by which equal values are found and from which none is read back."""
        index = self._index.copy()
        index.update("\x1f".join(parts).encode())
        return index.finalize().hex()

    def new_subject_key(self, subject_id: str) -> SubjectKey:
        """A new key for a subject, ready for use."""
        key = os.urandom(32)
        wrapped = self._encrypt(self._active.id, key, subject_id)
        return SubjectKey(subject_id, self._active.id, wrapped, AESGCM(key))

    def seal(self, content: bytes, place: str, key: SubjectKey | None = None) -> bytes:
        """Encrypt under the subject's key, or the registry's own; `place` binds it to its row."""
        if key is not None:
            return b"s" + _encrypt_with(key.cipher or self._cipher_of(key), content, place)
        head = b"m" + self._active.id.encode() + b"\x00"
        return head + self._encrypt(self._active.id, content, place)

    def open(self, sealed: bytes, place: str, key: SubjectKey | None = None) -> bytes:
        """Decrypt; ErasedError if the subject's key is gone, Unavailable if it was altered."""
        try:
            if sealed[:1] == b"s":
                if key is None:
                    raise ErasedError
                return _decrypt_with(key.cipher or self._cipher_of(key), sealed[1:], place)
            if sealed[:1] != b"m":
                raise InvalidTag
            key_id, _, rest = sealed[1:].partition(b"\x00")
            return _decrypt_with(self._ciphers[key_id.decode()], rest, place)
        except (InvalidTag, KeyError, ValueError):
            raise Unavailable(
                "Stored content does not open: it was altered, or the key is another."
            ) from None

    def _unwrapped(self, key: SubjectKey) -> AESGCM:
        return AESGCM(_decrypt_with(self._ciphers[key.key_id], key.wrapped, key.subject_id))

    def _encrypt(self, key_id: str, content: bytes, place: str) -> bytes:
        return _encrypt_with(self._ciphers[key_id], content, place)


class SubjectKey(NamedTuple):
    """A subject's key as stored: wrapped by a master key. One just made has its cipher at hand."""

    subject_id: str
    key_id: str
    wrapped: bytes
    cipher: AESGCM | None = None


def _encrypt_with(cipher: AESGCM, content: bytes, place: str) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + cipher.encrypt(nonce, content, place.encode())


def _decrypt_with(cipher: AESGCM, content: bytes, place: str) -> bytes:
    return cipher.decrypt(content[:NONCE], content[NONCE:], place.encode())


def write_new(path: Path) -> None:
    """Make a key file, readable by its owner only; refuses to overwrite."""
    key = {
        "id": f"k{secrets.token_hex(4)}",
        "seal": base64.b64encode(secrets.token_bytes(32)).decode(),
        "index": base64.b64encode(secrets.token_bytes(32)).decode(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"keys": [key]}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.link(part, path)  # whole or not at all, and never over another
    except FileExistsError:
        raise NotReady(f"{path} exists already: a key file is never overwritten.") from None
    except OSError as error:
        raise NotReady(f"The key file {path} cannot be made: {error.strerror}.") from None
    finally:
        part.unlink(missing_ok=True)


def read(path: Path) -> Vault:
    """Open a key file; NotReady says what is wrong with it."""
    try:
        mode = path.stat().st_mode
        if mode & 0o077:
            raise NotReady(f"{path} can be read by others: make it 0600 (chmod 600 {path}).")
        raw = json.loads(path.read_text(encoding="utf-8"))
        keys = tuple(
            MasterKey(one["id"], base64.b64decode(one["seal"]), base64.b64decode(one["index"]))
            for one in raw["keys"]
        )
    except FileNotFoundError:
        raise NotReady(
            f"The key file {path} is missing. Put it back from its own backup (REGISTRY_KEY_FILE); "
            "without it stored identities and answers cannot be read. "
            "For a new PostgreSQL database make one with: registry keys new FILE"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotReady(f"The key file {path} cannot be read: {type(error).__name__}.") from None
    if not keys or any(len(key.seal) != 32 or len(key.index) != 32 for key in keys):
        raise NotReady(f"The key file {path} holds no usable key.")
    return Vault(keys)
