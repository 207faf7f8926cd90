"""X's refusals, by the names that rules call them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from http import HTTPStatus

from xdk_async.sandbox.fault.rule import Answer, Problem
from xdk_async.sandbox.meter import credits_depleted, usage_capped
from xdk_async.sandbox.problem import Refusal, blank, forbidden, refusal

ENROLL = "https://developer.x.com/en/docs/projects/overview"
QUARTER, DAY, SOON = 900.0, 86400.0, 30.0


def refused(rule: Answer, now: float) -> Refusal:
    """What a rule answers."""
    if rule.problem is not None:
        found = PROBLEMS[rule.problem](now, rule.seconds)
        return Refusal(rule.status or found.status, rule.body or found.body, {**found.headers, **rule.headers})
    status = rule.status or 500
    body = rule.body if rule.body is not None else blank(status, phrase(status)).body
    timed = {} if rule.seconds is None else {"retry-after": str(math.ceil(rule.seconds))}
    return Refusal(status, body, {**timed, **rule.headers})


def phrase(status: int) -> str:
    """What a status is called."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _limited(prefix: str, limit: int, default: float) -> Callable[[float, float | None], Refusal]:
    def problem(now: float, seconds: float | None) -> Refusal:
        reset = math.ceil(now + (default if seconds is None else seconds))
        told = {"limit": limit, "remaining": 0, "reset": reset}
        return Refusal(429, TOO_MANY.body, {f"{prefix}-{part}": str(value) for part, value in told.items()})

    return problem


def _asked_to_wait(_: float, seconds: float | None) -> Refusal:
    return Refusal(429, TOO_MANY.body, {"retry-after": str(math.ceil(SOON if seconds is None else seconds))})


def _fixed(problem: Refusal) -> Callable[[float, float | None], Refusal]:
    return lambda _now, _seconds: problem


def _not_enrolled(reason: str) -> Refusal:
    detail = "When authenticating requests to the API, you must use keys and tokens from an app that is in a project."
    title = "Client Forbidden"
    more = {"reason": reason, "registration_url": ENROLL, "required_enrollment": "Appropriate Level of API Access"}
    return refusal(403, "client-forbidden", title, detail, **more)


def _connection(status: int, issue: str, detail: str) -> Refusal:
    return refusal(status, "streaming-connection", "ConnectionException", detail, connection_issue=issue)


TOO_MANY = blank(429, "Too Many Requests")
CAPPED = usage_capped()
CAPPED.headers = {"x-rate-limit-limit": "40000", "x-rate-limit-remaining": "39999"}  # as xdk-python#25 shows it
PROBLEMS: Mapping[Problem, Callable[[float, float | None], Refusal]] = {
    "rate-limited": _limited("x-rate-limit", 450, QUARTER),
    "rate-limited-app-24h": _limited("x-app-limit-24hour", 10_000, DAY),
    "rate-limited-user-24h": _limited("x-user-limit-24hour", 1000, DAY),
    "rate-limited-untold": _fixed(TOO_MANY),
    "retry-after": _asked_to_wait,
    "usage-capped": _fixed(CAPPED),
    "too-many-connections": _fixed(_connection(429, "TooManyConnections", "The app has its connections open already.")),
    "credits-depleted": _fixed(credits_depleted()),
    "unauthorized": _fixed(blank(401, "Unauthorized")),
    "forbidden": _fixed(forbidden("You are not permitted to perform this action.")),
    "duplicate-content": _fixed(forbidden("This user has posted the same text before.")),
    "client-not-enrolled": _fixed(_not_enrolled("client-not-enrolled")),
    "user-not-enrolled": _fixed(_not_enrolled("user-not-enrolled")),
    "not-found": _fixed(blank(404, "Not Found")),
    "no-rules": _fixed(_connection(409, "RuleConfigurationIssue", "The stream has no rules; add one first.")),
    "internal-error": _fixed(refusal(500, "internal-error", "Internal Error", "Something went wrong on X's side.")),
    "over-capacity": _fixed(blank(503, "Service Unavailable")),
}
