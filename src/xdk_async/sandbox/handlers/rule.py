"""The rules of the filtered stream."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from xdk_async.api import models
from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.clock import iso
from xdk_async.sandbox.match import LONGEST_RULE, matcher
from xdk_async.sandbox.problem import HOST, finding, invalid, wrong
from xdk_async.sandbox.query import QueryError
from xdk_async.sandbox.record import Rule
from xdk_async.sandbox.shape import part_of

CAP = 1000
APP_ID = "1"


@handles("stream.get_rules")
def get_rules(ask: Ask) -> Reply:
    """The rules there are, oldest first."""
    wanted = ask.names("ids") or [*ask.store.rules]
    rules = [rule for id in wanted if (rule := ask.store.rules.get(id))]
    part = part_of(ask, rules, CAP, lambda rule: rule.id)
    meta: dict[str, Any] = {"sent": iso(ask.now_ms), "result_count": len(part.items)}
    if part.next_token:
        meta["next_token"] = part.next_token
    return Reply([told(rule) for rule in part.items], meta=meta)


def told(rule: Rule) -> dict[str, str]:
    """A rule as it is answered."""
    return {"id": rule.id, "value": rule.value, **({"tag": rule.tag} if rule.tag is not None else {})}


@handles("stream.get_rule_counts")
def get_rule_counts(ask: Ask) -> Reply:
    """How many rules there are and may be."""
    count = {"client_app_id": APP_ID, "rule_count": len(ask.store.rules)}
    known = {
        "all_project_client_apps": [count],
        "cap_per_client_app": str(CAP),
        "cap_per_project": str(CAP),
        "client_app_rules_count": count,
        "project_rules_count": str(len(ask.store.rules)),
    }
    names = ask.selection.names("rules_count")
    return Reply({name: value for name, value in known.items() if name in names})


@handles("stream.update_rules")
def update_rules(ask: Ask) -> Reply:
    """Add rules, or delete some or all."""
    body = ask.body(models.UpdateRulesRequest)
    chosen = [body.add is not None, body.delete is not None, ask.flag("delete_all")]
    if sum(chosen) != 1 or body.add == []:
        message = "Give exactly one of `add` with rules, `delete`, and `delete_all=true`."
        raise invalid([finding(message, {"add": [], "delete": [], "delete_all": []})])
    if body.add:
        return _add(ask, body.add)
    return _delete(ask, _doomed(ask, body.delete))


def _add(ask: Ask, wanted: Iterable[models.UpdateRulesAddLike]) -> Reply:
    known = {rule.value: rule.id for rule in ask.store.rules.values()}
    added: list[Rule] = []
    errors: list[dict[str, Any]] = []
    malformed = 0
    for each in wanted:
        assert isinstance(each, models.UpdateRulesAdd)
        value = each.value.strip()
        try:
            _check(value)
        except QueryError as error:
            malformed += 1
            errors.append(_problem("invalid-rules", "UnprocessableEntity", str(error), value))
            continue
        if value in known:
            detail = f"The rule [{known[value]}] has this value already."
            errors.append(_problem("duplicate-rules", "DuplicateRule", detail, value, id=known[value]))
        elif len(known) >= CAP:
            errors.append(
                _problem("rule-cap", "RulesCapExceeded", f"There are {CAP} rules, and that is the cap.", value)
            )
        else:
            rule = Rule(ask.store.ids.next(ask.now_ms), value, each.tag)
            known[value] = rule.id
            added.append(rule)
    if not ask.flag("dry_run"):
        ask.store.rules |= {rule.id: rule for rule in added}
    good = len(added) + len(errors) - malformed
    summary = {"created": len(added), "not_created": len(errors), "valid": good, "invalid": malformed}
    return Reply([told(rule) for rule in added], errors=errors, meta=_meta(ask, summary))


def _check(value: str) -> None:
    if len(value) > LONGEST_RULE:
        raise QueryError(f"the rule has {len(value)} characters of {LONGEST_RULE}", LONGEST_RULE)
    matcher(value)


def _doomed(ask: Ask, delete: models.UpdateRulesDeleteLike | None) -> dict[str, str | None]:
    """What is to be deleted: the given ids or values, each with the id of its rule, if there is one."""
    if delete is None:
        return dict(zip(ask.store.rules, ask.store.rules, strict=True))
    assert isinstance(delete, models.UpdateRulesDelete)
    if bool(delete.ids) == bool(delete.values):
        raise wrong("delete", "", "`delete` takes either `ids` or `values`, and at least one of them.")
    if delete.ids:
        return {id: id if id in ask.store.rules else None for id in delete.ids}
    ids = {rule.value: rule.id for rule in ask.store.rules.values()}
    return {value: ids.get(value.strip()) for value in delete.values or ()}


def _delete(ask: Ask, doomed: dict[str, str | None]) -> Reply:
    missed = [given for given, id in doomed.items() if id is None]
    if not ask.flag("dry_run"):
        for id in doomed.values():
            if id is not None:
                ask.store.rules.pop(id, None)
    errors = [_problem("invalid-request", "Invalid Request", f"There is no rule [{given}].", given) for given in missed]
    summary = {"deleted": len(doomed) - len(missed), "not_deleted": len(missed)}
    return Reply(errors=errors, meta=_meta(ask, summary))


def _meta(ask: Ask, summary: dict[str, int]) -> dict[str, Any]:
    return {"sent": iso(ask.now_ms), "summary": summary}


def _problem(kind: str, title: str, detail: str, value: str, **more: str) -> dict[str, Any]:
    return {"type": HOST + kind, "title": title, "detail": detail, "value": value, **more}
