"""What a request wants to see: fields by kind of object, expansions, and in which words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xdk_async.sandbox.vocabulary import EXPANSIONS, NEWER, Vocabulary, spoken

DEFAULTS: Mapping[str, frozenset[str]] = {
    "post": frozenset({"id", "text"}),
    "user": frozenset({"id", "name", "username"}),
    "media": frozenset({"media_key", "type"}),
    "poll": frozenset({"id", "options"}),
    "place": frozenset({"id", "full_name"}),
    "list": frozenset({"id", "name"}),
    "search_count": frozenset({"start", "end", "post_count"}),
    "usage": frozenset({"cap_reset_day", "project_cap", "project_id", "project_usage"}),
    "rules_count": frozenset(
        {"cap_per_client_app", "cap_per_project", "client_app_rules_count", "project_rules_count"}
    ),
}
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Selection:
    """Field and expansion names as the newer vocabulary has them, whichever the request used."""

    vocabulary: Vocabulary
    fields: Mapping[str, frozenset[str]]
    expansions: frozenset[str]

    def names(self, kind: str) -> frozenset[str]:
        """The members that an object of this kind shows, without those that expansions bring."""
        names = DEFAULTS.get(kind, NOTHING) | self.fields.get(kind, NOTHING)
        if kind == "post" and self.vocabulary == "2.166":
            names |= {"edit_history_post_ids"}
        return names


def selected(query: Mapping[str, str], default: Vocabulary) -> Selection:
    """The selection that a query makes."""
    named = {
        name: frozenset(value.split(","))
        for name, value in query.items()
        if name == "expansions" or name.endswith(".fields")
    }
    fields: dict[str, frozenset[str]] = {}
    for parameter, names in named.items():
        if parameter != "expansions":
            kind = "post" if parameter == "tweet.fields" else parameter.removesuffix(".fields")
            fields[kind] = frozenset(NEWER.get(name, name) for name in names)
    expansions = frozenset(EXPANSIONS.get(name, name) for name in named.get("expansions", ()))
    return Selection(spoken(named, default), fields, expansions)
