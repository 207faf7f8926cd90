"""What X's own command `xurl` has signed in; read, never changed. https://github.com/xdevplatform/xurl#token-storage"""

from __future__ import annotations

from pathlib import Path

import msgspec

from xdk_async.cli.failure import CommandFailed, ExitCode

PLACES = (".xurl/auth.yml", ".xurl")  # a directory since it keeps more than tokens; before, one file


class Pair(msgspec.Struct, frozen=True):
    """A user's token of OAuth 1.0a, with the app's."""

    access_token: str = ""
    token_secret: str = ""
    consumer_key: str = ""
    consumer_secret: str = ""

    def __repr__(self) -> str:
        return "<Pair>"


class Renewable(msgspec.Struct, frozen=True):
    """A user's token of OAuth 2.0."""

    access_token: str = ""
    expiration_time: float = 0

    def __repr__(self) -> str:
        return "<Renewable>"


class Entry(msgspec.Struct, frozen=True):
    """One token; which member is there, its type says."""

    type: str = ""
    bearer: str | None = None
    oauth2: Renewable | None = None
    oauth1: Pair | None = None

    def __repr__(self) -> str:
        return f"<Entry {self.type}>"


class XurlApp(msgspec.Struct, frozen=True):
    """An app with its users."""

    client_id: str = ""
    default_user: str = ""
    oauth2_tokens: dict[str, Entry] | None = None
    oauth1_token: Entry | None = None
    bearer_token: Entry | None = None

    def user_name(self) -> str | None:
        """The user it acts as: its default, or the first."""
        names = [name for name, entry in (self.oauth2_tokens or {}).items() if entry.oauth2]
        return self.default_user if self.default_user in names else next(iter(names), None)


class Xurl(msgspec.Struct, frozen=True):
    """All of xurl's file. Its first versions knew one app, and wrote what belongs to it at the top."""

    apps: dict[str, XurlApp] | None = None
    default_app: str = ""
    oauth2_tokens: dict[str, Entry] | None = None
    oauth1_tokens: Entry | None = None
    bearer_token: Entry | None = None

    def every_app(self) -> dict[str, XurlApp]:
        """The apps by name."""
        if self.apps:
            return self.apps
        if not (self.oauth2_tokens or self.oauth1_tokens or self.bearer_token):
            return {}
        only = XurlApp("", "", self.oauth2_tokens, self.oauth1_tokens, self.bearer_token)
        return {"default": only}

    def app(self) -> XurlApp | None:
        """The app that it uses."""
        every = self.every_app()
        return every.get(self.default_app) or next(iter(every.values()), None)

    def users(self) -> list[tuple[str, str]]:
        """App and user of each OAuth 2.0 sign-in."""
        return [(app, user) for app, each in self.every_app().items() for user in each.oauth2_tokens or {}]

    def user(self, name: str) -> tuple[str, Entry]:
        """App and token of a user, the default app's first."""
        every = self.every_app()
        for app in sorted(every, key=lambda each: each != self.default_app):
            for user, entry in (every[app].oauth2_tokens or {}).items():
                if user.lower() == name.removeprefix("@").lower():
                    return app, entry
        there = ", ".join(user for _, user in self.users()) or "nobody"
        raise CommandFailed(f"xurl has not signed {name!r} in; it has {there}", ExitCode.CREDENTIALS)


def read_xurl(home: Path | None = None) -> Xurl:
    """What it holds; nothing if it is not there.

    Raises:
        CommandFailed: The file is there and cannot be understood.
    """
    root = home or Path.home()
    for place in PLACES:
        path = root / place
        try:
            content = path.read_bytes()
        except OSError:
            continue
        try:
            return msgspec.yaml.decode(content or b"{}", type=Xurl, strict=False)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise CommandFailed(f"{path} is not as xurl writes it: {error}", ExitCode.CREDENTIALS) from None
    return Xurl()
