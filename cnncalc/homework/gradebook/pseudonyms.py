"""Names of files that do not say whose they are."""

from __future__ import annotations

import hashlib
import hmac

DIGITS = 12
"""How many hexadecimal digits a pseudonym has: two of a thousand students share one once in 500 million courses."""


def pseudonym(student: str, secret: bytes) -> str:
    """A keyed hash (HMAC-SHA256) of a student: the same in every run, and only who has the secret can calculate it."""
    return hmac.new(secret, f"pseudonym of {student}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:DIGITS]
