"""The password under which the page is shown to other computers: kept as a hash, and slow to guess."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from halodot.errors import InputError

SHORTEST = 8
_LONGEST = 1024
#: cost of one guess: 16 MB and some 50 ms
_COST = {"n": 1 << 14, "r": 8, "p": 1}
_LONGEST_WAIT = 60.0  # s
#: computers whose failures are remembered; those that failed longest ago are forgotten first
_MOST_REMEMBERED = 4096


@dataclass(frozen=True)
class PasswordHash:
    """What is kept of a password: scrypt of it with a salt of its own."""

    salt: bytes
    digest: bytes


def hashed_password(password: str) -> PasswordHash:
    """Return what is kept of a password.

    Raises:
        InputError: it is too short to withstand guessing, or too long.
    """
    if not SHORTEST <= len(password) <= _LONGEST:
        raise InputError(f"the password of the page must have {SHORTEST} to {_LONGEST} letters; choose another")
    salt = secrets.token_bytes(16)
    return PasswordHash(salt, _digest(password, salt))


def is_password(password: str, kept: PasswordHash) -> bool:
    """Whether a password is the one that is kept, compared in constant time."""
    return hmac.compare_digest(_digest(password[: _LONGEST + 1], kept.salt), kept.digest)


def _digest(password: str, salt: bytes) -> bytes:
    words = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(words, salt=salt, n=_COST["n"], r=_COST["r"], p=_COST["p"])


class Attempts:
    """Failed passwords of each computer; after each failure it waits twice as long as after the one before."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failed: dict[str, tuple[int, float]] = {}

    def wait(self, address: str) -> float:
        """Return for how long a computer has to wait before its next attempt [s]."""
        _, until = self._failed.get(_neighbourhood(address), (0, 0.0))
        return max(until - self._clock(), 0.0)

    def failed(self, address: str) -> None:
        """Remember a failure."""
        key = _neighbourhood(address)
        count = self._failed.pop(key, (0, 0.0))[0] + 1
        if len(self._failed) >= _MOST_REMEMBERED:
            self._failed.pop(next(iter(self._failed)))
        pause = min(2.0 ** (min(count, 60) - 1), _LONGEST_WAIT)
        self._failed[key] = (count, self._clock() + pause)

    def succeeded(self, address: str) -> None:
        """Forget a computer's failures."""
        self._failed.pop(_neighbourhood(address), None)


def _neighbourhood(address: str) -> str:
    """Return what counts as one computer: an address, of IPv6 the network whose addresses one computer may all take."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    return str(found) if found.version == 4 else str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))
