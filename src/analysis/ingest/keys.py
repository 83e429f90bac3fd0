"""The key of the pseudonyms: public for a simulated study, secret and made once for any other."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets

from analysis import privacy, study
from analysis.errors import InputError
from analysis.ingest.gather import Raw

DRAWS = 2_000  # keys tried before the names are too many for pseudonyms of four characters
BYTES = 32


def key_for(paths: study.Paths, raw: Raw, demo_key: str) -> bytes:
    """The study's key: the demo key where all data are simulated, else secrets/pseudonym.key, made on the first run.

    Raises InputError when the key of an earlier run is missing or another one, and when no key keeps the names apart.
    """
    if paths.simulated:
        return demo_key.encode()
    place, mark = paths.secrets / "pseudonym.key", paths.root / ".guyub" / "pseudonym-key.fingerprint"
    if place.exists():
        key = bytes.fromhex(_hex(place.read_text(encoding="ascii", errors="replace").strip(), place))
        if mark.exists() and mark.read_text(encoding="ascii").strip() != fingerprint(key):
            raise InputError(
                "this is not the key that this study's pseudonyms were made with",
                path=place,
                fix=f"Put the right key back, or delete .guyub/{mark.name} to take new pseudonyms.",
            )
    elif mark.exists():
        raise InputError(
            "the key of this study's pseudonyms is missing",
            path=place,
            fix=f"Put it back from a backup, or delete .guyub/{mark.name} to take new pseudonyms.",
        )
    else:
        key = draw(raw)
        _write(place, key)
    if not mark.exists():
        mark.parent.mkdir(exist_ok=True)
        mark.write_text(fingerprint(key) + "\n", encoding="ascii")
    return key


def fingerprint(key: bytes) -> str:
    """What tells keys apart without giving them away."""
    return hmac.new(key, b"guyub: fingerprint of the key", hashlib.sha256).hexdigest()[:16]


def draw(raw: Raw) -> bytes:
    """A random key under which no two of the names at hand get one pseudonym.

    Four base-32 characters hold about a million pseudonyms, so that 1,200 names collide under every other key.
    """
    members, participants = raw.names
    for _ in range(DRAWS):
        key = secrets.token_bytes(BYTES)
        if all(_apart(names, key) for names in (members, participants)):
            return key
    raise InputError(f"{len(members):,} people are too many for pseudonyms of four characters",
                     fix="Study fewer channels, or a shorter time, at once.")  # fmt: skip


def _apart(names: list[str], key: bytes) -> bool:
    return len({privacy.pseudonym(name, key) for name in names}) == len(names)


def _hex(text: str, place: object) -> str:
    if len(text) < 32 or len(text) % 2 or any(c not in "0123456789abcdefABCDEF" for c in text):
        fix = "Put it back from a backup: it is one line of 64 hexadecimal digits."
        raise InputError("this is no key", path=str(place), fix=fix)
    return text


def _write(place: os.PathLike, key: bytes) -> None:
    """Write the key so that only the owner of the study can read it, and never over one that is there."""
    os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key.hex() + "\n")
