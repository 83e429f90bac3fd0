"""The key of the pseudonyms: public for a simulated study, secret and made once for any other."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable
from itertools import count, islice
from pathlib import Path

from analysis import disk, privacy, study
from analysis.errors import InputError
from analysis.ingest.gather import Raw

DRAWS = 100  # keys tried; at the longest pseudonyms every third fits a million names
BYTES = 32


def key_for(paths: study.Paths, raw: Raw, demo_key: str) -> bytes:
    """The study's key: the demo key where all data are simulated, else secrets/pseudonym.key, made on the first run.

    A notebook opened by hand makes none: before the first run its pseudonyms are for the moment only.
    Raises InputError as study_key and draw do.
    """
    key = study_key(paths, demo_key)
    if paths.simulated or paths.scratch is not None:
        return key or draw(raw)
    if key is None:
        key = draw(raw)
        place = _place(paths)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # its owner's, and never over another
        try:
            with disk.in_a_sentence(place), os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(key.hex() + "\n")
        except InputError:
            place.unlink()  # a half-written key is none
            raise
    if not (mark := _mark(paths)).exists():
        disk.write_text(mark, fingerprint(key) + "\n")
    return key


def study_key(paths: study.Paths, demo_key: str) -> bytes | None:
    """The key that the study has; None before the first run. Nothing is written.

    Raises InputError when the key of an earlier run is missing, broken or another one.
    """
    if paths.simulated:
        return demo_key.encode()
    place, mark = _place(paths), _mark(paths)
    if not place.exists() and not mark.exists():
        return None
    fix = f"Put it back from a backup, or delete .guyub/{mark.name} (and a broken key) to take new pseudonyms."
    if not place.exists():
        raise InputError("the key of this study's pseudonyms is missing", path=place, fix=fix)
    written = place.read_text(encoding="ascii", errors="replace").strip()
    if not re.fullmatch(r"(?:[0-9a-fA-F]{2}){16,}", written):
        raise InputError(
            "this is not a key: that is a line of 32 or more hexadecimal digits, in pairs", path=place, fix=fix
        )
    key = bytes.fromhex(written)
    if mark.exists() and mark.read_text(encoding="ascii").strip() != fingerprint(key):
        raise InputError("this is not the key that this study's pseudonyms were made with", path=place, fix=fix)
    return key


def _place(paths: study.Paths) -> Path:
    return paths.secrets / "pseudonym.key"


def _mark(paths: study.Paths) -> Path:
    """Where the fingerprint of the key in use is kept."""
    return paths.root / ".guyub" / "pseudonym-key.fingerprint"


def fingerprint(key: bytes) -> str:
    """A fingerprint that distinguishes keys without disclosing them."""
    return hmac.new(key, b"guyub: fingerprint of the key", hashlib.sha256).hexdigest()[:16]


def draw(raw: Raw) -> bytes:
    """A random key under which no two of the names at hand get one pseudonym. Raises InputError as first_distinct."""
    return first_distinct(raw, (secrets.token_bytes(BYTES) for _ in count()))


def first_distinct(raw: Raw, candidates: Iterable[bytes]) -> bytes:
    """The first key under which no two of the names at hand get one pseudonym of the length that so many take.

    candidates: keys, of which at most DRAWS are tried. Raises InputError as privacy.length_for does, and where none of
    them is such a key.
    """
    members, participants = raw.names
    length = privacy.length_for(len(members) + len(participants))
    for key in islice(candidates, DRAWS):
        if all(_distinct(names, key, length) for names in (members, participants)):
            return key
    raise InputError(f"no key was found under which {len(members):,} people have pseudonyms of their own",
                     fix="Study fewer channels or a shorter period at a time.")  # fmt: skip


def _distinct(names: list[str], key: bytes, length: int) -> bool:
    """Whether each name gets a pseudonym of its own."""
    return len({privacy.pseudonym(name, key, length=length) for name in names}) == len(names)
