"""What happens once in a process: programs run from their beginning to their end, measured from outside."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import textwrap
import time
from collections.abc import Mapping

from benchmarks.measure import Sample

SIGN_IN = 'client_id="id", redirect_uri="http://localhost/back"'
SCOPE = '["tweet.read", "users.read", "offline.access"]'

IMPORTED = {
    "xdk-async": "import xdk_async",
    "tweepy": "import tweepy.asynchronous",
    "xdk": "import xdk",
    "httpx": "import httpx",
    "aiohttp": "import aiohttp",
}
READY = {
    "xdk-async": 'import xdk_async; xdk_async.AsyncClient(bearer_token="plain")',
    "tweepy": 'import tweepy.asynchronous; tweepy.asynchronous.AsyncClient("plain")',
    "xdk": 'import xdk; xdk.Client(bearer_token="plain")',
}
CALLED = {
    "xdk-async": """
        import asyncio, xdk_async
        async def main():
            async with xdk_async.AsyncClient(ADDRESS, bearer_token="plain") as client:
                print((await client.users.get_me()).data.username)
        asyncio.run(main())
    """,
    "tweepy": """
        import asyncio, tweepy.asynchronous, tweepy.asynchronous.client
        from benchmarks.peer.moved import moved
        class Moved(tweepy.asynchronous.AsyncClient):
            request = moved(tweepy.asynchronous.client.AsyncBaseClient.request, ADDRESS)
        async def main():
            print((await Moved("plain").get_me(user_auth=False)).data.username)
        asyncio.run(main())
    """,
    "xdk": """
        import xdk
        print(xdk.Client(base_url=ADDRESS, access_token="plain").users.get_me().data.username)
    """,
}
SIGNED_IN = {
    "xdk-async": f"""
        import asyncio
        from urllib.parse import parse_qs, urlparse
        from xdk_async.oauth2_auth import OAuth2PKCEAuth
        async def main():
            auth = OAuth2PKCEAuth(ADDRESS, {SIGN_IN}, scope={SCOPE})
            state = parse_qs(urlparse(auth.get_authorization_url()).query)["state"][0]
            print((await auth.fetch_token("http://localhost/back?code=c&state=" + state))["token_type"])
        asyncio.run(main())
    """,
    "tweepy": f"""
        import os, tweepy
        from benchmarks.peer.moved import moved
        from requests_oauthlib import OAuth2Session
        os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
        os.environ["OAUTHLIB_RELAX_TOKEN_SCOPE"] = "1"
        auth = tweepy.OAuth2UserHandler({SIGN_IN}, scope={SCOPE})
        auth.get_authorization_url()
        back = "http://localhost/back?code=c&state=" + auth._state
        print(OAuth2Session.fetch_token(auth, ADDRESS + "/2/oauth2/token", authorization_response=back, include_client_id=True,
            code_verifier=auth._client.code_verifier)["token_type"])
    """,
    "xdk": f"""
        from xdk.oauth2_auth import OAuth2PKCEAuth
        auth = OAuth2PKCEAuth(base_url=ADDRESS, {SIGN_IN}, scope={SCOPE})
        auth.get_authorization_url()
        print(auth.exchange_code("c")["token_type"])
    """,
}


def started(programs: Mapping[str, str], peer: str, address: str, environment: Mapping[str, str]) -> Sample:
    """One run of a peer's program; its memory is the most that it held."""
    program = f"ADDRESS = {address!r}\n" + textwrap.dedent(programs[peer])
    began = time.perf_counter()
    running = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.DEVNULL, env=environment)
    _, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    if running.returncode:
        raise RuntimeError(f"the program of {peer} failed:\n{program}")
    return Sample((used.ru_utime + used.ru_stime) * 1e6, wall * 1e6, {"mb": memory(used)})


def memory(used: resource.struct_rusage) -> float:
    return used.ru_maxrss / 1024
