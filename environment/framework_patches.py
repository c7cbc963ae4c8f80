"""Single values of a framework set by dotted key, before the whole is checked."""

from collections.abc import Mapping
from typing import Any

from environment.errors import BadInput
from environment.framework_parts import TIER_KEYS
from environment.framework_schema import schema
from environment.sourced import Leaf, closest


def patched(raw: Mapping[str, Any], settings: Mapping[str, Any], where: str) -> dict[str, Any]:
    """A copy of a framework's tables with settings by dotted key; BadInput for a key that it has not."""
    tables = dict(raw)
    for key, value in settings.items():
        leaf = _leaf_to_patch(key, value, raw, where)
        if not isinstance(value, Mapping):
            value = leaf.assumed(leaf.read(value), "set by the user")
        _put(tables, key.split("."), value)
        tier, _, last = key.rpartition(".")
        if last == "decision":  # the old rule's quorum or lead goes with the old rule
            for other in ("quorum", "lead"):
                if other != value.get("value") and f"{tier}.{other}" not in settings:
                    tables[tier].pop(other, None)
    return tables


def _leaf_to_patch(key: str, value: Any, raw: Mapping[str, Any], where: str) -> Leaf:
    tiers = [name for name in TIER_KEYS if name in raw]
    keys = [name for name in schema() if not name.startswith("tier_") or name.split(".")[0] in tiers]
    if key in keys:
        return schema()[key]
    first = str(key).split(".")[0]
    if first in TIER_KEYS and first not in tiers:
        allowed = f"a key of {', '.join(tiers)}" if tiers else "keys outside tiers: this framework has none"
        raise BadInput(str(key), value, allowed, where=where)
    siblings = [name for name in keys if name.startswith(f"{first}.")]
    allowed = ", ".join(siblings or dict.fromkeys(name.split(".")[0] for name in keys))
    raise BadInput(str(key), value, f"a key out of {allowed}", where=where, nearest=closest(key, keys))


def _put(table: dict[str, Any], parts: list[str], value: Any) -> None:
    """Set a nested value in fresh copies of the tables on the way, so that the caller's stay as they are."""
    for part in parts[:-1]:
        inner = table.get(part, {})
        if not isinstance(inner, Mapping):
            return  # validation names this fault better than a patch could
        table[part] = inner = dict(inner)
        table = inner
    table[parts[-1]] = value
