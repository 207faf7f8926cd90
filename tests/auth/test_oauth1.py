"""OAuth 1.0a signatures: the published examples, equality with oauthlib, and that what is signed is what is sent."""

from __future__ import annotations

import importlib
import re
import time
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.client.fakes import OK, FakeX, Play, is_signed, limited, serving
from xdk_async import AsyncClient
from xdk_async.auth.oauth1 import OAuth1Signer, base_string, base_url, encoded, encoded_pairs

KEYS: dict[str, Any] = {
    "api_key": "key",
    "api_secret": "s&cret",
    "access_token": "7-token",
    "access_token_secret": "t%ken",
}
FORM = "application/x-www-form-urlencoded"


def parameters(header: str) -> dict[str, str]:
    """The protocol parameters in an `Authorization` header."""
    assert header.startswith("OAuth ")
    return {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', header)}


# Published examples


def test_the_base_string_is_that_of_the_standards_example() -> None:
    # https://www.rfc-editor.org/rfc/rfc5849#section-3.4.1.1
    url = httpx.URL("http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b")
    oauth = {
        "oauth_consumer_key": "9djdj82h48djs9d2",
        "oauth_token": "kkk9d7dh3k39sjv7",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": "137131201",
        "oauth_nonce": "7d8f3e4a",
    }
    assert base_string("post", url, [*oauth.items(), *encoded_pairs(url.query), *encoded_pairs(b"c2&a3=2+q")]) == (
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D"
        "%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1"
        "%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
    )


@given(text=st.text(alphabet="aZ9-._~%&=+EC /?", max_size=40))
def test_parameters_that_are_encoded_already_are_taken_as_they_are_and_no_others(text: str) -> None:
    query = httpx.URL("http://x.example/", query=text.encode()).query
    slowly = [(encoded(name), encoded(value)) for name, value in parse_qsl(query.decode(), keep_blank_values=True)]
    assert encoded_pairs(query) == slowly


@pytest.mark.parametrize(
    "query", [b"a=%c3%a9", b"a=%41", b"a=%2D", b"a=%7E", b"a=b=c", b"a", b"&&a=b", b"a=%", b"=b", b"a=%E9%25"]
)
def test_parameters_that_are_encoded_otherwise_are_encoded_anew(query: bytes) -> None:
    slowly = [(encoded(name), encoded(value)) for name, value in parse_qsl(query.decode(), keep_blank_values=True)]
    assert encoded_pairs(query) == slowly


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("HTTP://EXAMPLE.COM:80/r%20v/X?id=123", "http://example.com/r%20v/X"),
        ("https://www.example.net:8080/?q=1", "https://www.example.net:8080/"),
        ("https://example.net:443", "https://example.net/"),
        ("https://example.net:80/", "https://example.net:80/"),
        ("http://[::1]:8080/2/x", "http://[::1]:8080/2/x"),
        ("http://[FE80::A]/", "http://[fe80::a]/"),
        ("https://münchen.example/ü", "https://xn--mnchen-3ya.example/%C3%BC"),
        ("https://user:pass@example.net/x#top", "https://example.net/x"),
    ],
)
def test_the_address_is_signed_as_the_standard_says(url: str, base: str) -> None:
    # https://www.rfc-editor.org/rfc/rfc5849#section-3.4.1.2
    assert base_url(httpx.URL(url)) == base


@pytest.mark.parametrize(
    ("host", "signature"),
    [
        # https://docs.x.com/fundamentals/authentication/oauth-1-0a/creating-a-signature, and its older edition
        ("https://api.twitter.com/1.1", "hCtSmYh+iHYCEqBWrE7C7hYmtUk="),
        ("https://api.twitter.com/1", "tnnArxj06cWHq44gCs1OSKk/jLY="),
    ],
)
async def test_the_signature_is_that_of_the_documented_example(host: str, signature: str) -> None:
    signer = OAuth1Signer(
        "xvz1evFS4wEEPTGEFPHBog",
        "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
        "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
        "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
        clock=lambda: 1318622958.9,
        nonce=lambda: "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
    )
    request = httpx.Request(
        "POST",
        f"{host}/statuses/update.json?include_entities=true",
        data={"status": "Hello Ladies + Gentlemen, a signed OAuth request!"},
    )
    await signer.sign(request)
    sent = parameters(request.headers["authorization"])
    assert sent == {
        "oauth_consumer_key": "xvz1evFS4wEEPTGEFPHBog",
        "oauth_nonce": "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
        "oauth_signature": signature,
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": "1318622958",
        "oauth_token": "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
        "oauth_version": "1.0",
    }


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Ladies + Gentlemen", "Ladies%20%2B%20Gentlemen"),
        ("An encoded string!", "An%20encoded%20string%21"),
        ("Dogs, Cats & Mice", "Dogs%2C%20Cats%20%26%20Mice"),
        ("☃", "%E2%98%83"),
        ("aZ09-._~", "aZ09-._~"),
        ("*'()/%", "%2A%27%28%29%2F%25"),
    ],
)
def test_percent_encoding_is_that_of_the_documented_examples(text: str, code: str) -> None:
    assert encoded(text) == code


# Equality with oauthlib

TRICKY = "aZ0-._~ +%&=*'()!/?:@,;#[]\"\\é☃🐍\n"
TEXT = st.text(st.sampled_from(TRICKY) | st.characters(exclude_categories=["Cs"]), max_size=8)
PAIRS = st.lists(st.tuples(TEXT, TEXT), max_size=5)
HOSTS = st.sampled_from(
    ["api.x.com", "API.X.com", "127.0.0.1", "[::1]", "[2001:DB8::1]", "localhost", "xn--mnchen-3ya.de"]
)
PATHS = st.lists(TEXT.map(lambda text: quote(text, safe="")), max_size=3).map(lambda parts: "/" + "/".join(parts))
PORTS = st.none() | st.integers(1, 65535)


@given(
    st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "post"]),
    st.sampled_from(["http", "https"]), HOSTS, PORTS, PATHS.filter(lambda path: not re.search(r"(^|/)\.{1,2}(/|$)", path)),
    PAIRS, PAIRS, st.sampled_from([quote, None]), TEXT, TEXT, TEXT, TEXT,
    st.text("0123456789abcdef", min_size=1), st.integers(1, 4_000_000_000),
)  # fmt: skip
async def test_the_signature_equals_oauthlibs_for_any_request(
    method: str, scheme: str, host: str, port: int | None, path: str, query: list[tuple[str, str]], form: list[tuple[str, str]],
    via: Any, key: str, secret: str, token: str, token_secret: str, nonce: str, timestamp: int,
) -> None:  # fmt: skip
    netloc = host if port is None else f"{host}:{port}"
    coded = urlencode(query, quote_via=quote) if via else urlencode(query)
    url = f"{scheme}://{netloc}{path}{'?' + coded if query else ''}"
    body = urlencode(form)
    headers = {"Content-Type": FORM} if form else {}
    request = httpx.Request(method, url, headers=headers, content=body.encode())
    await OAuth1Signer(key, secret, token, token_secret, clock=lambda: timestamp, nonce=lambda: nonce).sign(request)
    ours = parameters(request.headers["authorization"])

    oauthlib: Any = importlib.import_module("oauthlib.oauth1")
    signature: Any = importlib.import_module("oauthlib.oauth1.rfc5849.signature")
    collected = signature.collect_parameters(uri_query=coded, body=body if form else "", with_realm=False)
    protocol = [(name, value) for name, value in ours.items() if name != "oauth_signature"]
    text = signature.signature_base_string(
        method, signature.base_string_uri(url), signature.normalize_parameters([*collected, *protocol])
    )
    client = oauthlib.Client(key, client_secret=secret, resource_owner_key=token, resource_owner_secret=token_secret)
    assert ours["oauth_signature"] == signature.sign_hmac_sha1_with_client(text, client)
    assert ours["oauth_consumer_key"] == key
    assert ours.get("oauth_token", "") == token
    assert (ours["oauth_nonce"], ours["oauth_timestamp"], ours["oauth_version"]) == (nonce, str(timestamp), "1.0")


def test_without_a_token_the_app_alone_signs() -> None:
    header = OAuth1Signer("key", "secret").header("POST", httpx.URL("https://api.x.com/oauth/request_token"))
    assert "oauth_token" not in parameters(header)


# What is signed is what is sent


@given(st.text(st.sampled_from(TRICKY), min_size=1), st.text(st.sampled_from(TRICKY), min_size=1))
async def test_x_finds_the_signature_of_a_call_right(query: str, token: str) -> None:
    x = FakeX()
    async with AsyncClient("https://api.x.com/prefix", transport=x, **KEYS) as client:
        await client.request("GET", f"/2/a%2Fb/{quote(token, safe='')}x", params={"q": query, token: [query, "b"]})
        await client.with_options(credential="user").posts.search_recent(query, post_fields=["text"])
    for request in x.requests:
        assert is_signed(request, "s&cret", "t%ken")
        assert not is_signed(request, "s&cret", "another")
    assert dict(parse_qsl(x.requests[1].url.query.decode()))["query"] == query


async def test_json_and_multipart_bodies_are_not_signed() -> None:
    x = FakeX()
    async with AsyncClient(transport=x, **KEYS) as client:
        await client.posts.create(text="a=b&c=d")
        await client.media.upload(body={"media": b"a=b", "media_category": "tweet_image"})
    assert [request.headers["content-type"].split(";")[0] for request in x.requests] == [
        "application/json",
        "multipart/form-data",
    ]
    for request in x.requests:
        assert request.content
        assert is_signed(request, "s&cret", "t%ken")  # which does not look at these bodies


@pytest.mark.parametrize("type_", [FORM, f"{FORM}; charset=utf-8", FORM.upper()])
async def test_form_bodies_are_signed(type_: str) -> None:
    x = FakeX()
    signer = OAuth1Signer("key", "s&cret", "7-token", "t%ken")
    async with httpx.AsyncClient(auth=signer, transport=x) as client:
        await client.post("https://api.x.com/x?a=1", content=b"a=2&b=c+d&e", headers={"Content-Type": type_})
    x.last.headers["content-type"] = FORM
    assert is_signed(x.last, "s&cret", "t%ken")
    forged = httpx.Request("POST", x.last.url, headers=x.last.headers, content=b"a=3&b=c+d&e")
    assert not is_signed(forged, "s&cret", "t%ken")


async def test_what_arrives_at_a_real_server_is_what_was_signed() -> None:
    async with serving(Play(OK)) as server, AsyncClient(server.address, **KEYS) as client:
        query = 'from:x (a OR b) + "c" 100% ~*\'!\u2028☃'
        await client.posts.search_recent(query, post_fields=["text"])
        await client.posts.delete("7")
    for head in server.heads:
        method, target, _ = head.split("\r\n")[0].split(" ")
        (authorization,) = re.findall("(?im)^authorization: (.*)\r$", head)
        received = httpx.Request(method, server.address + target, headers={"Authorization": authorization})
        assert received.url.raw_path.decode() == target
        assert is_signed(received, "s&cret", "t%ken")


async def test_every_attempt_and_every_call_has_a_nonce_of_its_own_and_the_time() -> None:
    x = FakeX(limited(retry_after="0"))
    async with AsyncClient(transport=x, **KEYS) as client:
        for _ in range(3):
            await client.users.get_me()
    sent = [parameters(signature or "") for signature in x.signatures]
    assert len({each["oauth_nonce"] for each in sent}) == len(sent) == 4
    assert all(re.fullmatch("[0-9a-zA-Z]{16,}", each["oauth_nonce"]) for each in sent)
    assert all(abs(int(each["oauth_timestamp"]) - time.time()) < 5 for each in sent)


def test_nothing_of_a_signer_is_shown() -> None:
    assert repr(OAuth1Signer("key", "secret", "token", "token-secret")) == "<OAuth1Signer>"
