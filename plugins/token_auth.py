"""Bearer tokens: the caller is whoever holds a token that `registry token add` printed.

A token is 256 random bits, so its SHA-256 is a safe key to look it up by: whoever could learn from
timing how far a digest agrees still could not find a token with that digest.
"""

from registry.sdk import Credentials, TokenLookup, hash_token, hookimpl, is_token


@hookimpl
def registry_actor(credentials: Credentials, lookup: TokenLookup) -> str | None:
    """Know a bearer by its digest; another form may be another plugin's."""
    if not is_token(credentials.bearer):
        return None
    return lookup(hash_token(credentials.bearer))
