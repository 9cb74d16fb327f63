"""HubSpot's own properties for account-based marketing, which are written only where the settings say so.

`hs_target_account`, the older property of that kind, is never written.
"""

from collections.abc import Iterator, Mapping

from connectors.hubspot.schema import Property
from connectors.hubspot.settings import HubspotSettings
from core.fields import NO_TIER, TIERS

TARGET_ACCOUNT = "hs_is_target_account"
ICP_TIER = "hs_ideal_customer_profile"
_ICP_VALUES = {tier: f"tier_{place}" for place, tier in enumerate(TIERS, 1)}
"""one_to_one is HubSpot's Tier 1, and so on; no tier is none there either."""


def native_values(settings: HubspotSettings, values: Mapping[str, str | None]) -> dict[str, str]:
    """What goes along with the managed fields of a company: nothing, unless its tier is written."""
    if "tier" not in values:
        return {}
    tier = values["tier"] or NO_TIER
    found = {}
    if settings.write_target_account:
        found[TARGET_ACCOUNT] = "true" if tier in TIERS else "false"
    if settings.write_icp_tier:
        found[ICP_TIER] = _ICP_VALUES.get(tier, "")
    return found


def native_faults(settings: HubspotSettings, there: Mapping[str, Property]) -> Iterator[tuple[str, str]]:
    """(setting, what is wrong) for each property that is wanted and cannot be written."""
    wanted: tuple[tuple[str, str, bool, set[str]], ...] = (
        ("write_target_account", TARGET_ACCOUNT, settings.write_target_account, set()),
        ("write_icp_tier", ICP_TIER, settings.write_icp_tier, set(_ICP_VALUES.values())),
    )
    for key, name, is_wanted, options in wanted:
        found = there.get(name)
        if not is_wanted:
            continue
        if found is None:
            yield key, f"HubSpot has no company property {name} in this account."
        elif found.is_read_only:
            yield key, f"The company property {name} is read-only."
        elif missing := options - found.values:
            yield key, f"The company property {name} lacks the options {', '.join(sorted(missing))}."
