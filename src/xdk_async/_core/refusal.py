"""Error statuses → exceptions, by the status and by the last path segment of the problem's type. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec

from xdk_async import errors
from xdk_async._core import lenient
from xdk_async._core.limits import RateLimit, rate_limit, retry_after
from xdk_async._core.operation import Call
from xdk_async._core.read import as_its_type, typed
from xdk_async.api import models

KEPT = 4096  # bytes of the body that stay on the exception
SHOWN = 500  # characters of what X says that stand in the message

BY_STATUS: dict[int, type[errors.AnswerError]] = {
    401: errors.AuthenticationError,
    402: errors.CreditsDepleted,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.Conflict,
    429: errors.RateLimited,
}
BY_TYPE: dict[str, type[errors.AnswerError]] = {
    "usage-capped": errors.UsageCapExceeded,
    "credits-depleted": errors.CreditsDepleted,
    "rate-limit-exceeded": errors.RateLimited,
}
HINTS: dict[type[errors.AnswerError], str] = {
    errors.AuthenticationError: "the credential is wrong, expired, revoked, or of a kind this operation does not take",
    errors.CreditsDepleted: "buy credits in X's developer console",
    errors.UsageCapExceeded: "the cap of the billing period is used up; waiting for a window does not help",
    errors.TooManyConnections: "another connection still counts as open; close it, or wait",
}


def refusal(
    call: Call[Any], status: int, headers: Mapping[str, str], body: bytes, now: float | None = None
) -> errors.AnswerError:
    """The exception that an error status stands for, whatever its body looks like.

    Args:
        call: what was refused.
        status: the HTTP status.
        headers: the answer's headers.
        body: the answer's body.
        now: seconds since the epoch, for a `Retry-After` that is a date, if the answer does not say its own.
    """
    problem, problems = read_problem(body)
    kind = classify(status, problem)
    what = (problem and (problem.detail or problem.message or problem.title)) or phrase(status)
    what = " ".join(what.split())[:SHOWN].rstrip(". ") or phrase(status)
    limit = rate_limit(headers)
    wait = retry_after(headers, now)
    hint = hint_for(kind, call, limit, status, headers, problem, wait)
    error = kind(
        f"{status} {call.operation.method} {call.path}: {what}{'; ' + hint if hint else ''}",
        status=status,
        method=call.operation.method,
        path=call.path,
        headers=headers,
        body=body[:KEPT],
        problem=problem,
        problems=problems,
        rate_limit=limit,
    )
    error.retry_after = wait
    return error


def read_problem(body: bytes) -> tuple[models.Problem | None, list[models.Problem]]:
    """Problem JSON, X's legacy `{errors: [{code, message}]}`, or a token endpoint's `{error, error_description}`."""
    try:
        document = lenient.loads(body)
    except (ValueError, RecursionError):
        return None, []
    if not lenient.is_object(document):
        return None, []
    found = document
    if isinstance(found.get("error"), str):
        found = {"title": found["error"], "detail": found.get("error_description"), **found}
    problem = lenient.fit(found, lenient.info(models.Problem), "", [])
    listed = lenient.fit(found.get("errors"), lenient.info(list[models.Problem]), "", [])
    problems: list[models.Problem] = typed(listed) if lenient.is_list(listed) else []
    if problems and not (problem.title or problem.detail or problem.type):
        problem = problems[0]
    elif problems and problems[0].message and problem.detail:
        problem = msgspec.structs.replace(problem, detail=f"{problem.detail.rstrip('.')}: {problems[0].message}")
    return as_its_type(problem), problems


def classify(status: int, problem: models.Problem | None) -> type[errors.AnswerError]:
    segment = problem.type.rsplit("/", 1)[-1] if problem and problem.type else ""
    if status >= 500:
        return errors.ServerError
    if segment in BY_TYPE:
        return BY_TYPE[segment]
    if problem and problem.title == "UsageCapExceeded":
        return errors.UsageCapExceeded
    if status == 429 and problem and (segment == "streaming-connection" or problem.title == "ConnectionException"):
        return errors.TooManyConnections  # with another status the issue is another one, such as missing rules
    return BY_STATUS.get(status, errors.BadRequest if status >= 400 else errors.AnswerError)


def hint_for(
    kind: type[errors.AnswerError],
    call: Call[Any],
    limit: RateLimit | None,
    status: int,
    headers: Mapping[str, str],
    problem: models.Problem | None,
    wait: float | None,
) -> str:
    """What to do."""
    if kind is errors.RateLimited:
        if limit and limit.reset_at:
            return f"the window of {limit.window} opens at {limit.reset_at:%Y-%m-%d %H:%M:%S} UTC"
        return "X does not say when to try again" if wait is None else f"X asks to wait {wait:g} s"
    if kind is errors.Forbidden and problem and problem.registration_url:
        return f"enroll at {problem.registration_url}"
    if kind is errors.Conflict and call.operation.streams:
        return "the stream has no rules: add some with client.stream.update_rules(add=[...])"
    if kind is errors.Forbidden and call.operation.scopes and about_rights(problem):
        return f"an OAuth 2.0 token needs the scopes {call.operation.scopes}"
    if 300 <= status < 400:
        where = headers.get("location", "nowhere")
        return f"redirects are not followed (to {where!r}): set base_url to where X answers"
    return HINTS.get(kind, "")


def about_rights(problem: models.Problem | None) -> bool:
    """Whether a 403 may be for want of a scope: X says so only in general words."""
    said = ((problem and (problem.detail or problem.message or problem.title)) or "").lower()
    if "duplicate" in said:
        return False
    general = said.rstrip(".") in ("", "forbidden", "unauthorized")
    return general or any(word in said for word in ("scope", "permi", "not allowed", "authori", "access"))


def phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "an unknown status"
