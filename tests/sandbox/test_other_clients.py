"""Clients that are not ours take the sandbox for X: tweepy, and X's own SDK. Both are for threads, and speak over sockets."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter

from xdk_async.testing import LocalX

tweepy: Any = importlib.import_module("tweepy")  # which has no types
xdk: Any = importlib.import_module("xdk")
OAuth1: Any = importlib.import_module("xdk.oauth1_auth").OAuth1
models: Any = importlib.import_module("xdk.posts.models")
stream_models: Any = importlib.import_module("xdk.stream.models")
StreamConfig: Any = importlib.import_module("xdk.streaming").StreamConfig
OLDER = pytest.mark.x_sandbox(vocabulary="2.166")  # which tweepy expects where nothing is asked for


@pytest.fixture
def x(x_sandbox: LocalX) -> LocalX:
    return x_sandbox


class Detour(HTTPAdapter):
    """Sends what is for X to the sandbox, as a proxy does that ends TLS: the signature is over X's own address."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._place = urlsplit(url).netloc

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        parts = urlsplit(request.url or "")
        request.headers["Host"] = parts.netloc
        request.headers["X-Forwarded-Proto"] = parts.scheme
        request.url = parts._replace(scheme="http", netloc=self._place).geturl()
        return super().send(request, *args, **more)


def detoured(client: Any, url: str) -> Any:
    client.session.mount("https://api.twitter.com", Detour(url))
    client.session.trust_env = False
    return client


@pytest.fixture
def signed(x: LocalX, x_url: str) -> Iterator[Any]:
    """tweepy, signing with OAuth 1.0a."""
    client = detoured(
        tweepy.Client(
            bearer_token=x.app_token,
            consumer_key=x.api_key,
            consumer_secret=x.api_secret,
            access_token=x.oauth1_token,
            access_token_secret=x.oauth1_token_secret,
        ),
        x_url,
    )
    yield client
    client.session.close()


@OLDER
def test_tweepy_signs_posts_searches_and_pages(x: LocalX, signed: Any) -> None:
    me = signed.get_me(user_fields=["public_metrics"])
    assert (me.data.username, me.data.id) == ("sandbox", int(x.me.id))
    made = signed.create_tweet(text="tweepy & friends — größer?")
    assert x.store.posts[made.data["id"]].text == "tweepy & friends — größer?"
    found = signed.search_recent_tweets(
        "python", max_results=10, tweet_fields=["created_at", "public_metrics"], expansions=["author_id"]
    )
    assert len(found.data) == 10
    assert found.data[0].public_metrics["retweet_count"] >= 0
    assert found.data[0].created_at.tzinfo
    assert {user.id for user in found.includes["users"]} == {tweet.author_id for tweet in found.data}
    pages = [*tweepy.Paginator(signed.search_recent_tweets, "python", max_results=10, limit=3)]
    ids = [tweet.id for page in pages for tweet in page.data]
    assert len(set(ids)) == len(ids) == 30
    assert ids == sorted(ids, reverse=True)
    assert signed.like(made.data["id"]).data == {"liked": True}
    assert signed.delete_tweet(made.data["id"]).data == {"deleted": True}
    x.assert_called("posts.create", times=1, json={"text": "tweepy & friends — größer?"}, status=201)


def test_tweepy_understands_refusals(x: LocalX, signed: Any) -> None:
    x.faults.add("status", operation="posts.search_recent", problem="rate-limited", seconds=77, times=1)
    with pytest.raises(tweepy.TooManyRequests) as limited:
        signed.search_recent_tweets("python")
    assert limited.value.reset_time is not None
    x.faults.add("status", operation="posts.search_recent", problem="over-capacity", times=1)
    with pytest.raises(tweepy.TwitterServerError):
        signed.search_recent_tweets("python")
    with pytest.raises(tweepy.BadRequest, match="start_time"):
        signed.search_recent_tweets("python", start_time="2001-01-01T00:00:00Z")
    signed.access_token_secret = "wrong"
    with pytest.raises(tweepy.Unauthorized):
        signed.get_me()


@OLDER
def test_tweepy_follows_a_stream(x: LocalX, x_url: str) -> None:
    got: list[str] = []

    def on_connect() -> None:
        for number in range(3):
            x.post(f"tweepy hears {number}")

    def on_tweet(tweet: Any) -> None:
        got.append(tweet.text)
        if len(got) == 3:
            listener.disconnect()

    listener: Any = detoured(tweepy.StreamingClient(x.app_token, max_retries=0), x_url)
    listener.on_connect, listener.on_tweet = on_connect, on_tweet
    listener.add_rules(tweepy.StreamRule("tweepy", tag="mine"))
    assert [rule.value for rule in listener.get_rules().data] == ["tweepy"]
    listener.filter(tweet_fields=["created_at"])
    assert got == [f"tweepy hears {number}" for number in range(3)]


def told(data: Any) -> dict[str, Any]:
    """What the SDK gives as a model or as it came."""
    found: dict[str, Any] = data.model_dump() if hasattr(data, "model_dump") else data
    return found


def test_xs_own_sdk_signs_posts_searches_and_pages(x: LocalX, x_url: str) -> None:
    flow = OAuth1(x.api_key, x.api_secret, "oob", x.oauth1_token, x.oauth1_token_secret)
    signed = xdk.Client(base_url=x_url, auth=flow)
    signed.session.trust_env = False
    me = signed.users.get_me()
    assert (me.data.username, me.data.id) == ("sandbox", x.me.id)
    made = signed.posts.create(models.CreateRequest(text="from X's own SDK"))
    assert x.store.posts[made.data.id].text == "from X's own SDK"
    app = xdk.Client(base_url=x_url, bearer_token=x.app_token)
    app.session.trust_env = False
    ids: list[str] = []
    for number, page in enumerate(app.posts.search_recent(query="python", max_results=10), start=1):
        ids += [told(post)["id"] for post in page.data]
        if number == 3:
            break
    assert len(set(ids)) == len(ids) == 30
    x.assert_called("posts.create", times=1, status=201)
    x.assert_called("posts.search_recent", times=3)
    signed.session.close()
    app.session.close()


def test_xs_own_sdk_signs_in_with_pkce(x: LocalX, x_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # there is no TLS on the way to this machine itself
    client = xdk.Client(
        base_url=x_url,
        authorization_base_url=f"{x_url}/i",
        client_id=x.client_id,
        redirect_uri="http://127.0.0.1:9/back",
        scope=["tweet.read", "users.read", "offline.access"],
    )
    address = client.get_authorization_url()
    answer = requests.get(f"{address}&auto_approve=1", allow_redirects=False, timeout=5)
    token = client.fetch_token(answer.headers["location"].replace("http://", "https://"))
    assert x.grants[-1].access_token == token["access_token"]
    again = xdk.Client(base_url=x_url, access_token=token["access_token"])
    assert again.users.get_me().data.username == "sandbox"
    client.session.close()
    again.session.close()


def test_xs_own_sdk_follows_a_stream(x: LocalX, x_url: str) -> None:
    client = xdk.Client(base_url=x_url, bearer_token=x.app_token)
    rules = stream_models.UpdateRulesRequest(add=[{"value": "official", "tag": "mine"}])
    assert client.stream.update_rules(body=rules).meta is not None
    connected = StreamConfig(max_retries=0, on_connect=lambda: [x.post(f"official {n}") for n in range(3)])
    got: list[str] = []
    for event in client.stream.posts(stream_config=connected):
        got.append(told(event.data)["text"])
        if len(got) == 3:
            break
    assert got == [f"official {number}" for number in range(3)]
    client.session.close()
