"""Whom the client trusts, and what it shows."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.transport.servers import AUTHORITY, CLIENTS, trusting, x_over_tls
from xdk_async import AsyncClient, ConnectFailed, Disconnected, InvalidArgument
from xdk_async.sandbox import Sandbox

HTTP2 = pytest.mark.parametrize("http2", [False, True], ids=["HTTP/1.1", "HTTP/2"])


@contextlib.asynccontextmanager
async def asking(folder: Path, *, asks_for_certificates: bool = False, **settings: Any) -> AsyncGenerator[AsyncClient]:
    sandbox = Sandbox()
    async with x_over_tls(sandbox, folder, asks_for_certificates=asks_for_certificates) as port:
        address = f"https://127.0.0.1:{port}"
        async with AsyncClient(address, access_token=sandbox.user_token, **settings) as client:
            yield client.with_options(retries=0)


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    AUTHORITY.cert_pem.write_to_path(tmp_path / "authority.pem")
    return tmp_path / "authority.pem"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Of a client, in one file with its key."""
    CLIENTS.issue_cert("client@example.com").private_key_and_cert_chain_pem.write_to_path(tmp_path / "client.pem")
    return tmp_path / "client.pem"


@HTTP2
@pytest.mark.parametrize("trusts", ["a path", "a string", "a directory", "a context", "nobody", "anybody"])
async def test_the_server_is_trusted_as_verify_says(trusts: str, http2: bool, tmp_path: Path, authority: Path) -> None:
    folder = tmp_path / "trusted"
    folder.mkdir()
    verify: Any = {
        "a path": authority, "a string": str(authority), "a directory": folder, "a context": trusting(), "nobody": True,
        "anybody": False,
    }[trusts]  # fmt: skip
    async with asking(tmp_path, verify=verify, http2=http2) as client:
        if trusts in ("nobody", "a directory"):  # which is empty
            with pytest.raises(ConnectFailed, match="certificate verify failed") as raised:
                await client.users.get_me()
            assert not raised.value.sent
        else:
            assert (await client.users.get_me()).data is not None


@HTTP2
async def test_the_environment_says_whom_to_trust_unless_it_is_not_trusted(
    http2: bool, tmp_path: Path, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    if http2:  # HTTP/1.1 shares one context for the whole process, made when it was first needed
        async with asking(tmp_path, http2=True) as client:
            assert (await client.users.get_me()).data is not None
    async with asking(tmp_path, http2=http2, trust_env=False) as client:
        with pytest.raises(ConnectFailed, match="certificate verify failed"):
            await client.users.get_me()


@HTTP2
@pytest.mark.parametrize("shows", ["one file", "two files", "a wrong one", "none"])
async def test_a_server_may_ask_who_the_client_is(
    shows: str, http2: bool, tmp_path: Path, authority: Path, certificate: Path
) -> None:
    other = trustme.CA().issue_cert("client@example.com")
    other.private_key_pem.write_to_path(tmp_path / "other.key")
    other.cert_chain_pems[0].write_to_path(tmp_path / "other.pem")
    cert: Any = {
        "one file": certificate, "two files": (str(certificate), str(certificate)), "none": None,
        "a wrong one": (str(tmp_path / "other.pem"), str(tmp_path / "other.key")),
    }[shows]  # fmt: skip
    async with asking(tmp_path, asks_for_certificates=True, verify=authority, cert=cert, http2=http2) as client:
        if shows in ("one file", "two files"):
            assert (await client.users.get_me()).data is not None
        else:  # TLS 1.3: the client learns of it only after it has sent its request
            with pytest.raises((ConnectFailed, Disconnected)):
                await client.users.get_me()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"verify": "nowhere.pem"}, "verify='nowhere.pem'"),
        ({"cert": "nowhere.pem"}, "cert='nowhere.pem'"),
        ({"cert": (__file__, __file__, "SECRET-password")}, "cert="),
        ({"verify": __file__}, "verify="),
        ({"verify": 1.5}, "verify="),
        ({"verify": trusting(), "cert": "client.pem"}, "load_cert_chain"),
    ],
    ids=("no authorities", "no certificate", "no key", "no authority in it", "a number", "a context and a certificate"),
)
def test_a_file_that_cannot_be_used_is_refused_before_anything_is_sent(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidArgument, match=said) as raised:
        AsyncClient(bearer_token="token", **settings)
    assert "SECRET" not in str(raised.value)
