"""What counts as a secret in headers, parameters and bodies, by its name. Data."""

from __future__ import annotations

import re

HIDDEN = "[hidden]"
HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "x-csrf-token",
        "x-api-key",
        "x-twitter-webhooks-signature",
    }
)
NAMES = frozenset(
    {
        *(
            "access_token",
            "refresh_token",
            "id_token",
            "token",
            "bearer_token",
            "app_token",
            "user_token",
            "auth_token",
        ),
        *(
            "client_secret",
            "api_secret",
            "api_key",
            "consumer_key",
            "consumer_secret",
            "password",
            "passcode",
            "secret",
        ),
        *("code_verifier", "client_assertion", "assertion", "device_code"),
        *(
            "oauth_token",
            "oauth_token_secret",
            "oauth_verifier",
            "oauth_consumer_key",
            "oauth_signature",
            "oauth_nonce",
        ),
        *("access_token_secret", "token_secret", "session_token", "csrf_token", "stream_key", "crc_token"),
        *("response_token", "private_key", "juicebox_token", "authorization", "cookie"),
    }
)
SIGNING_IN = frozenset({"code", "state", "denied"})
ENDING = re.compile(r"(?:^|_)(?:secret|password|access_token|refresh_token)$")


def is_secret(name: str, *, signing_in: bool = False) -> bool:
    """Whether what is called so is not to be shown. Page tokens are no secrets.

    Args:
        name: The name of a parameter or member.
        signing_in: Whether it stands in the query or form of a sign-in, where `code` and `state` are secrets.
    """
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().replace("-", "_")
    return plain in NAMES or ENDING.search(plain) is not None or (signing_in and plain in SIGNING_IN)
