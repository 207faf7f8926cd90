"""Exit codes, and the one line on stderr that says what went wrong and what to do."""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xdk_async.errors import XError


class ExitCode(enum.IntEnum):
    """How a command ended."""

    OK = 0
    """It did what it was asked to."""
    FAILED = 1
    """X refused it or failed, or a file could not be written."""
    USAGE = 2
    """The command line cannot work; nothing was sent."""
    CREDENTIALS = 3
    """There is no credential for it, or X does not take the one there is: sign in."""
    NOT_FOUND = 4
    """There is no such post or user, or not for this credential."""
    LIMITED = 5
    """A window, the monthly cap, the credits or the budget are used up."""
    UNREACHABLE = 6
    """No answer came: no network, a timeout, a broken connection."""
    INTERRUPTED = 130
    """Ctrl-C."""
    PIPE_CLOSED = 141
    """Whoever read the output went away, as `head` does."""
    TERMINATED = 143
    """SIGTERM."""


MEANINGS = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "X refused, or something failed",
    ExitCode.USAGE: "the command line cannot work; nothing was sent",
    ExitCode.CREDENTIALS: "sign in: no credential fits, or X does not take it",
    ExitCode.NOT_FOUND: "no such post or user",
    ExitCode.LIMITED: "rate limit, cap, credits or budget used up",
    ExitCode.UNREACHABLE: "no answer from X",
    ExitCode.INTERRUPTED: "Ctrl-C",
    ExitCode.PIPE_CLOSED: "the reader of the output went away",
    ExitCode.TERMINATED: "SIGTERM",
}


WAITS = re.compile(r"(?:with_options\()?max_wait=([\d.]+)(?:\)| seconds)")
MODE = re.compile(r"\bmode='(\w+)'")
KEYWORDS = re.compile(r" \([^)]*=[^)]*\)")  # what the library says of its own arguments

WRONG_KIND = "unsupported-authentication"  # X's problem type: an app's token where a user's is wanted, or the other way


class CommandFailed(Exception):
    """A command cannot go on; the message says why and what to do."""

    def __init__(self, message: str, code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.code = code


class PipeClosed(Exception):
    """Nobody reads the output any more."""


def missing_extra(extra: str, module: str | None) -> CommandFailed:
    """What to say when an optional package is not installed."""
    return CommandFailed(f'this needs {module}: pip install "xdk-async[{extra}]"', ExitCode.USAGE)


def explained(error: BaseException) -> tuple[ExitCode, str]:
    """The exit code of an exception, and what to say of it in one line."""
    from xdk_async import errors

    if isinstance(error, CommandFailed):
        return error.code, line(error)
    if isinstance(error, errors.XError):
        hint = hint_for(error)
        said = MODE.sub(r"--mode \1", WAITS.sub(r"--max-wait \1", KEYWORDS.sub("", line(error))))
        return code_of(error), f"{said}{'; ' + hint if hint else ''}"
    if isinstance(error, OSError):
        what = f"{error.filename}: {error.strerror}" if error.filename and error.strerror else line(error)
        return ExitCode.FAILED, what
    return (
        ExitCode.FAILED,
        f"{type(error).__name__}: {line(error)}; this is a mistake in xdk-async: see it with --debug",
    )


def line(error: BaseException) -> str:
    """The message without line breaks."""
    return " ".join(str(error).split())


def code_of(error: XError) -> ExitCode:
    """The exit code of an error of the library's."""
    from xdk_async import errors

    if isinstance(error, errors.StreamError) and isinstance(error.original_exception, errors.XError):
        return code_of(error.original_exception)
    if isinstance(error, errors.AnswerError) and error.type == WRONG_KIND:
        return ExitCode.CREDENTIALS
    codes: tuple[tuple[tuple[type[XError], ...], ExitCode], ...] = (
        ((errors.InvalidArgument,), ExitCode.USAGE),
        ((errors.CredentialsError, errors.AuthenticationError), ExitCode.CREDENTIALS),
        ((errors.NotFound,), ExitCode.NOT_FOUND),
        (
            (
                errors.RateLimited,
                errors.CreditsDepleted,
                errors.UsageCapExceeded,
                errors.TooManyConnections,
                errors.BudgetExceeded,
            ),
            ExitCode.LIMITED,
        ),
        ((errors.TransportError,), ExitCode.UNREACHABLE),
    )
    return next((code for kinds, code in codes if isinstance(error, kinds)), ExitCode.FAILED)


def hint_for(error: XError) -> str:
    """What to do, in terms of the command line."""
    from xdk_async import errors

    if isinstance(error, errors.StreamError) and isinstance(error.original_exception, errors.XError):
        error = error.original_exception
    if isinstance(error, errors.CredentialsError) or (
        isinstance(error, errors.AnswerError) and error.type == WRONG_KIND
    ):
        return "`xdk-async login` signs in, `xdk-async doctor` shows what is configured"
    if isinstance(error, errors.AuthenticationError):
        return "`xdk-async doctor` shows which credential was used, `xdk-async login` signs in anew"
    if isinstance(error, errors.Conflict) and error.path.endswith("/stream"):
        return "`xdk-async rules sync FILE` brings rules there, `--rule` adds one for as long as it runs"
    return ""
