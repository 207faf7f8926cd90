"""The pages that people see."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from urllib.parse import urlencode

from starlette.responses import HTMLResponse, RedirectResponse, Response

from xdk_async.sandbox.record import User

POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
PICKED = 6  # users to choose from
FRAME = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
  :root {{ --line: light-dark(#cfd9de, #38444d); --fine: light-dark(#536471, #8b98a5); }}
  body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 28rem; margin: 0 auto; padding: 2.5rem 1.25rem; }}
  h1 {{ font-size: 1.5rem; line-height: 1.25; }}
  select, button {{ font: inherit; width: 100%; padding: .75rem 1rem; margin-top: .75rem; box-sizing: border-box; }}
  select {{ border: 1px solid var(--line); border-radius: .5rem; background: Canvas; color: CanvasText; }}
  button {{ border: 1px solid var(--line); border-radius: 2rem; background: none; color: inherit; cursor: pointer; }}
  button.yes {{ background: light-dark(#0f1419, #eff3f4); color: light-dark(#fff, #0f1419); font-weight: 600; }}
  :focus-visible {{ outline: 3px solid #1d9bf0; outline-offset: 2px; }}
  ul {{ padding-left: 1.25rem; }}
  .fine {{ color: var(--fine); font-size: .875rem; overflow-wrap: anywhere; }}
  .pin {{ font: 600 2.5rem/1 ui-monospace, monospace; letter-spacing: .15em; text-align: center; padding: 1rem 0; }}
</style>
<main>
<h1>{title}</h1>
{body}
</main>
</html>
"""
ASK = """\
<p>The app will be able to:</p>
<ul>{wishes}</ul>
<form method="post">
<label for="user">Sign in as</label>
<select id="user" name="user">{users}</select>
<button class="yes" name="decision" value="allow">Authorize app</button>
<button name="decision" value="cancel">Cancel</button>
</form>
<p class="fine">{going}. This is a local sandbox: nobody's real account is touched.</p>
"""


def ask(app: str, wishes: Iterable[str], users: Iterable[User], chosen: User, target: str) -> Response:
    """The question whether an app may do things as somebody."""
    listed = "".join(f"<li>{escape(wish)}</li>" for wish in wishes)
    options = "".join(
        f'<option value="{escape(user.id)}"{" selected" if user is chosen else ""}>'
        f"{escape(user.name)} (@{escape(user.username)})</option>"
        for user in users
    )
    going = "You will then be shown a PIN" if target == "oob" else f"You will then go to {escape(target)}"
    return page(f"{app} wants to use your account", ASK.format(wishes=listed, users=options, going=going))


def page(title: str, body: str, status: int = 200) -> Response:
    """A page; `body` is HTML."""
    headers = {"content-security-policy": POLICY, "referrer-policy": "no-referrer"}
    return HTMLResponse(FRAME.format(title=escape(title), body=body), status, headers)


def trouble(message: str, status: int = 400) -> Response:
    """A page that says what is wrong, for when it is not certain to whom else it could be said."""
    return page("This sign-in cannot go on", f"<p>{escape(message)}</p>", status)


def pin(number: str) -> Response:
    """A page with the PIN that the user carries back to the app."""
    return page("Your PIN", f'<p>Enter this number in the app:</p><p class="pin">{escape(number)}</p>')


def declined() -> Response:
    """A page for those who said no, and whom nobody waits for."""
    return page("Nothing was allowed", "<p>You can close this window.</p>")


def back(address: str, **values: str) -> Response:
    """Send the user back to the app; empty values are left out."""
    query = urlencode({name: value for name, value in values.items() if value})
    return RedirectResponse(f"{address}{'&' if '?' in address else '?'}{query}", 302)
