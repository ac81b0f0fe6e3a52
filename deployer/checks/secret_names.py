"""Names that say that a variable holds a secret: `DB_PASSWORD`, but not `MAX_NEW_TOKENS`."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SECRETS = frozenset(
    "PASSWORD PASSWD PASSPHRASE PASS PW PWD SECRET SECRETS CREDENTIAL CREDENTIALS APIKEY "
    "ACCESSKEY SECRETKEY PRIVATEKEY AUTHTOKEN ACCESSTOKEN".split()
)
# before KEY; a public, primary, sort or cache key is none
_KEYS = frozenset(
    "API ACCESS PRIVATE SECRET AUTH ENCRYPTION SIGNING MASTER ADMIN SERVICE LICENSE DEPLOY ACCOUNT "
    "APP JWT SESSION SSH WEBHOOK STORAGE SUBSCRIPTION".split()
)
# before TOKEN, of a language model: https://huggingface.co/docs/transformers/main_classes/tokenizer
_MODEL_TOKENS = frozenset(
    "PAD EOS BOS UNK SEP CLS MASK STOP START END SPECIAL IMAGE AUDIO VIDEO MAX MIN PER NEW NEXT "
    "FIRST LAST PREFIX SUFFIX CONTROL DECODER ENCODER FORCED".split()
)
# a switch or a number: `USE_AUTH_TOKEN=true`, `REQUIRE_PASSWORD=1`
_NO_SECRET = re.compile(r"|true|false|yes|no|on|off|none|null|-?[\d.]{1,5}", re.IGNORECASE)


def is_named_like_secret(name: str, value: str) -> bool:
    """Whether a name ends in words for a secret, and the value is no mere switch or number."""
    words = [word.upper() for word in _WORD.findall(name) if not word.isdigit()]
    if not words or _NO_SECRET.fullmatch(value.strip()):
        return False
    *before, last = words
    previous = before[-1] if before else ""
    if last in ("PASS", "PW", "PWD"):
        return bool(before)
    if last == "KEY":
        return previous in _KEYS
    if last == "TOKEN":
        return previous not in _MODEL_TOKENS
    return last in _SECRETS
