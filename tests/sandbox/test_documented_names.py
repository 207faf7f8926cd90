"""The methods that X's documentation calls and its SDK lacks: each works here, or its error names what to call."""

from __future__ import annotations

import ast
import copy
import importlib
import inspect
from typing import Any, get_type_hints

import pytest

from codegen.catalogue import load
from tests.sandbox.api import Serve
from tests.sandbox.example import example
from xdk_async import AsyncClient, Page, Response
from xdk_async.api.instead import INSTEAD
from xdk_async.api.operations import OPERATIONS
from xdk_async.sandbox import Sandbox

DOCUMENTED = {
    "activity": "stream",
    "bookmarks": "create delete get",
    "chat": "get_user_public_keys",
    "dm": "create_conversation delete_message send_message send_message_to_conversation",
    "dm_conversations": "add_message create create_message",
    "dm_events": "get_by_conversation get_by_participant list",
    "filtered_stream": "add_rules delete_rules get_rules stream",
    "lists": "get get_owned_lists get_pinned get_tweets get_user_owned_lists pin remove_member unpin",
    "media": "get_status init_upload",
    "posts": "count_all count_recent get get_home_timeline get_posts get_quote_tweets get_reposts_of_me get_retweeted_by"
    " get_user_mentions get_user_posts like retweet unlike unretweet",
    "spaces": "get get_spaces",
    "users": "block follow get get_liked_tweets get_users get_users_by_usernames mute unblock unfollow unmute",
}
NAMES = [f"{group}.{name}" for group, names in DOCUMENTED.items() for name in names.split()]
ALSO = "direct_messages.get"  # of the table of common calls
ALIASES = {f"{each.group}.{each.name}": each for each in load().aliases_of}
# As the documentation writes them; where it is silent, with the operation's own names.
KEYWORDS = {
    "lists.pin": "user_id list_id",
    "lists.remove_member": "list_id user_id",
    "lists.unpin": "user_id list_id",
    "media.get_status": "media_id",
    "media.init_upload": "media_type total_bytes media_category",
    "posts.like": "user_id tweet_id",
    "posts.retweet": "user_id tweet_id",
    "posts.unlike": "user_id tweet_id",
    "posts.unretweet": "user_id tweet_id",
    "users.follow": "source_user_id target_user_id",
    "users.mute": "source_user_id target_user_id",
    "users.unfollow": "source_user_id target_user_id",
    "users.unmute": "source_user_id target_user_id",
}


def client() -> AsyncClient:
    return AsyncClient(bearer_token="x")


def method(of: AsyncClient, place: str) -> Any:
    group, _, name = place.partition(".")
    return getattr(getattr(of, group), name)


def test_there_are_55_and_each_is_an_alias_or_leads_to_a_call() -> None:
    assert len(NAMES) == 55
    assert {*NAMES, ALSO} == set(ALIASES) | set(INSTEAD)
    assert not set(ALIASES) & set(INSTEAD)
    assert not set(ALIASES) & set(OPERATIONS), "an alias is not counted as an operation"


@pytest.mark.parametrize("place", sorted(set(ALIASES) - {"activity.stream"}))
async def test_an_alias_works_as_the_documentation_calls_it(served: Serve, place: str) -> None:
    operation = ALIASES[place].operation
    async with served(Sandbox(limits={"*": 100_000})) as x:
        how = example(x, f"{operation.group}.{operation.name}")
        path = {param.name: how.path[param.wire] for param in operation.params if param.where == "path"}
        given: dict[str, Any] = {**path, **how.query, **(how.body or {})}
        assert set(KEYWORDS.get(place, "").split()) <= set(given), "the documentation's own keywords"
        app, user = x.sandbox.app_token, x.sandbox.user_token
        async with AsyncClient(base_url=x.url, bearer_token=app, access_token=user) as client:
            answer: Response[Any] | Page[Any] = await method(client, place)(**given)
    assert answer.status in (200, 201, 202)
    assert answer.data not in (None, []) or place == "media.get_status"


async def test_the_alias_of_a_stream_streams(served: Serve) -> None:
    async with served(Sandbox()) as x, AsyncClient(base_url=x.url, bearer_token=x.sandbox.app_token) as client:
        async with client.activity.stream() as events:
            assert "stream.activity" in repr(events)


@pytest.mark.parametrize("place", ALIASES)
def test_an_alias_is_typed_as_the_operation_and_says_what_it_is(place: str) -> None:
    alias = ALIASES[place]
    original = f"{alias.operation.group}.{alias.operation.name}"
    mine, theirs = method(client(), place), method(client(), original)
    assert get_type_hints(mine)["return"] == get_type_hints(theirs)["return"]
    assert [each.annotation for each in inspect.signature(mine).parameters.values()] == [
        each.annotation for each in inspect.signature(theirs).parameters.values()
    ]
    assert inspect.iscoroutinefunction(mine) == inspect.iscoroutinefunction(theirs)
    doc = inspect.getdoc(mine) or ""
    assert f"Another name of `{original}`, from X's documentation." in doc
    for name in inspect.signature(mine).parameters:
        assert f"{name}: " in doc


@pytest.mark.parametrize("place", INSTEAD)
def test_what_is_not_there_names_a_call_that_is(place: str) -> None:
    call, _ = INSTEAD[place]
    with pytest.raises(AttributeError) as caught:
        method(client(), place)
    assert call in str(caught.value)
    tree = ast.parse(call, mode="eval").body
    assert isinstance(tree, ast.Call)
    target = ast.unparse(tree.func).removeprefix("client.")
    bound = inspect.signature(method(client(), target)).bind(
        *tree.args, **{str(each.arg): each.value for each in tree.keywords}
    )
    assert bound.arguments is not None
    assert target in OPERATIONS


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("posts.serach_recent", "did you mean 'search_recent'?"),
        ("posts.get_me", "it is client.users.get_me"),
        ("psts", "did you mean 'posts'?"),
        ("tweets", "did you mean 'posts'?"),
        ("user", "did you mean 'users'?"),
        ("get_me", "it is client.users.get_me"),
        ("with_option", "did you mean 'with_options'?"),
        ("direct_messages.list", "it is client.broadcasts.list"),
        ("posts.search", "did you mean 'search_all' or 'search_recent'?"),
        ("posts.create_tweet", "did you mean 'create'?"),
        ("users.me", "did you mean 'get_me'?"),
        ("posts.zzz", "dir(client.posts) lists what there is"),
        ("zzz", "dir(client) lists what there is"),
    ],
)
def test_a_wrong_name_says_what_may_have_been_meant(wrong: str, hint: str) -> None:
    with pytest.raises(AttributeError) as caught:
        eval(f"client.{wrong}", {"client": client()})
    assert str(caught.value).startswith(f"there is no client.{wrong}")
    assert hint in str(caught.value)
    assert caught.value.name == wrong.rpartition(".")[2]


def test_asking_for_attributes_behaves_as_ever() -> None:
    it = client()
    assert (hasattr(it, "posts"), hasattr(it, "dm"), getattr(it, "dm", None)) == (True, False, None)
    assert hasattr(it.posts, "like")
    assert not hasattr(it.users, "block")
    assert {"like", "search_recent"} <= set(dir(it.posts))
    assert "block" not in dir(it.users)
    for copied in (copy.copy(it), copy.copy(it.posts)):
        assert type(copied) in (type(it), type(it.posts))
    with pytest.raises(AttributeError, match=r"^'PostsClient' has no attribute '__wrapped__'$"):
        copy.copy(getattr(it.posts, "__wrapped__"))  # noqa: B009


def test_a_property_that_fails_inside_shows_its_own_error() -> None:
    class Own(AsyncClient):
        @property
        def feed(self) -> object:
            return getattr(self.posts, "serach_recent")  # noqa: B009

    with pytest.raises(AttributeError, match=r"no client\.posts\.serach_recent"):
        copy.copy(Own(bearer_token="x").feed)


@pytest.mark.parametrize("module", ["client", "_core.resource"])
def test_type_checkers_do_not_see_what_answers_for_unknown_names(module: str) -> None:
    """Else they would take any name for an attribute."""
    source = inspect.getsource(importlib.import_module(f"xdk_async.{module}"))
    hidden = [
        each.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.If) and ast.unparse(node.test) == "not TYPE_CHECKING"
        for each in node.body
        if isinstance(each, ast.FunctionDef)
    ]
    assert hidden == ["__getattr__"]
    assert source.count("def __getattr__") == 1
