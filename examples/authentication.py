"""X's page on authentication, block by block, against a local X. No credentials are needed.

    python examples/authentication.py

The blocks stand between `# X's block` and `# end of the block` as X's page has them, changed only by the names of class and
module, by `await` and `async`, and by `visit(…)`, which does what a person would do in a browser. The local X knows the
placeholders of the page as its credentials, and `X_BASE_URL` tells the package where it answers.
"""

from __future__ import annotations

import asyncio
import os
from urllib.parse import parse_qs, urlsplit

import httpx

import xdk_async
from xdk_async import AsyncClient
from xdk_async.oauth1_auth import OAuth1
from xdk_async.oauth2_auth import OAuth2PKCEAuth
from xdk_async.sandbox import Sandbox, serve


def sandbox() -> Sandbox:
    """A local X whose app has the credentials that X's page writes down, and whose users say yes to everything."""
    return Sandbox(
        app_token="XXXXX",
        client_id="YOUR_CLIENT_ID",
        redirect_uris=["YOUR_CALLBACK_URL"],
        api_key="YOUR_API_KEY",
        api_secret="YOUR_API_SECRET",
        oauth1_token="YOUR_ACCESS_TOKEN",
        oauth1_token_secret="YOUR_ACCESS_TOKEN_SECRET",
        auto_approve=True,
    )


async def visit(auth_url: str) -> str:
    """Open the address as a browser would; the address that the user is sent back to."""
    async with httpx.AsyncClient(trust_env=False) as browser:
        answer = await browser.get(auth_url)
    return answer.headers["location"]


def verifier_in(callback_url: str) -> str:
    """What a web framework would read from the callback's query."""
    return parse_qs(urlsplit(callback_url).query)["oauth_verifier"][0]


async def bearer_token() -> None:
    """1. Bearer token (app-only)."""
    # X's block
    client = AsyncClient(bearer_token="XXXXX")
    # search_recent returns an Iterator, so iterate over it
    async for page in client.posts.search_recent(query="python", max_results=10):
        if page.data and len(page.data) > 0:
            first_post = page.data[0]
            post_text = first_post.text if hasattr(first_post, "text") else first_post.get("text", "")  # type: ignore[attr-defined]
            print(post_text)  # Access first Post # pyright: ignore[reportUnknownArgumentType]
            break
    # end of the block
    await client.aclose()


async def oauth2_with_pkce() -> None:
    """2. OAuth 2.0 with PKCE (user context), and the renewal of its token."""
    # X's block
    # Step 1: Create PKCE instance
    auth = OAuth2PKCEAuth(
        client_id="YOUR_CLIENT_ID", redirect_uri="YOUR_CALLBACK_URL", scope="tweet.read users.read offline.access"
    )
    # Step 2: Get authorization URL
    auth_url = auth.get_authorization_url()
    print(f"Visit this URL to authorize: {auth_url}")
    # Step 3: Handle callback (in a real app, use a web framework like Flask)
    # Assume callback_url = "http://localhost:8080/callback?code=AUTH_CODE_HERE"
    callback_url = await visit(auth_url)
    # Step 4: Exchange code for tokens
    tokens = await auth.fetch_token(authorization_response=callback_url)
    access_token = tokens["access_token"]
    refresh_token = tokens["refresh_token"]  # Store for renewal
    # Step 5: Create client
    # Option 1: Use bearer_token (OAuth2 access tokens work as bearer tokens)
    client = AsyncClient(bearer_token=access_token)
    # end of the block
    await show_user("access token as bearer_token", client)
    # Option 2: Pass the full token dict for automatic refresh support
    client = AsyncClient(token=tokens)
    await show_user("whole token", client)

    # X's block
    # If access token expires, refresh using stored refresh_token
    # The refresh_token method uses the stored token from the OAuth2PKCEAuth instance
    tokens = await auth.refresh_token()
    # Use the refreshed token
    client = AsyncClient(bearer_token=tokens["access_token"])
    # end of the block
    await show_user("renewed token", client)
    print(f"The refresh token was replaced: {tokens['refresh_token'] != refresh_token}")


async def oauth1_with_a_token() -> None:
    """3. OAuth 1.0a (user context), with an access token that is there already."""
    # X's block
    # Step 1: Create OAuth1 instance with credentials
    oauth1 = OAuth1(
        api_key="YOUR_API_KEY",
        api_secret="YOUR_API_SECRET",
        callback="http://localhost:8080/callback",
        access_token="YOUR_ACCESS_TOKEN",
        access_token_secret="YOUR_ACCESS_TOKEN_SECRET",
    )
    # Step 2: Create client with OAuth1
    client = AsyncClient(auth=oauth1)
    # Step 3: Use the client
    response = await client.users.get_me()
    me = response.data
    print(me)
    # end of the block
    await client.aclose()


async def oauth1_complete_flow() -> None:
    """3. OAuth 1.0a (user context), the complete flow."""
    # X's block
    # Step 1: Create OAuth1 instance
    oauth1 = OAuth1(api_key="YOUR_API_KEY", api_secret="YOUR_API_SECRET", callback="http://localhost:8080/callback")
    # Step 2: Get request token
    request_token = await oauth1.get_request_token()
    # Step 3: Get authorization URL
    auth_url = oauth1.get_authorization_url(login_with_x=False)
    print(f"Visit this URL to authorize: {auth_url}")
    # Step 4: User authorizes and you receive oauth_verifier
    # In a real app, handle this via callback URL
    oauth_verifier = verifier_in(await visit(auth_url))
    # Step 5: Exchange for access token
    access_token = await oauth1.get_access_token(oauth_verifier)
    # Step 6: Create client
    client = AsyncClient(auth=oauth1)
    # Now you can use the client
    response = await client.users.get_me()
    # end of the block
    print(
        f"{request_token!r} was exchanged for {access_token!r} of @{response.data.username if response.data else '?'}"
    )
    await client.aclose()


async def a_wrong_token() -> None:
    """The note at the end of the page: a wrong token raises AuthenticationError."""
    async with AsyncClient(bearer_token="WRONG") as client:
        try:
            await client.posts.search_recent(query="python", max_results=10)
        except xdk_async.AuthenticationError as error:
            print(f"{type(error).__name__}: {error}")


async def show_user(what: str, client: AsyncClient) -> None:
    """Print who is signed in, and close the client."""
    async with client:
        me = (await client.users.get_me()).data
        print(f"Signed in with the {what}: @{me.username if me else '?'}")


async def main() -> None:
    """Run every block."""
    async with serve(sandbox()) as x:
        os.environ["X_BASE_URL"] = x.url
        for block in (bearer_token, oauth2_with_pkce, oauth1_with_a_token, oauth1_complete_flow, a_wrong_token):
            print(f"\n== {block.__doc__}")
            await block()
    print("\nEvery block of the page ran.")


if __name__ == "__main__":
    asyncio.run(main())
