"""HubSpot's own properties for account-based marketing, which are read and written only where the settings say so.

`hs_target_account`, the older property of that kind, is never touched.
"""

from collections.abc import Iterator, Mapping

from connectors.hubspot.schema import Property
from connectors.hubspot.settings import HubspotSettings
from connectors.hubspot.values import Properties, text
from core.fields import TIERS
from core.managed_fields import ICP_TIER, IS_TARGET_ACCOUNT

TARGET_PROPERTY = "hs_is_target_account"
ICP_PROPERTY = "hs_ideal_customer_profile"
_ICP_VALUES: Mapping[str | None, str] = {tier: f"tier_{place}" for place, tier in enumerate(TIERS, 1)}
"""one_to_one is HubSpot's Tier 1, and so on; no tier is none there either."""
_TIERS = {value: tier for tier, value in _ICP_VALUES.items()}


def native_fields(settings: HubspotSettings) -> dict[str, str]:
    """The property behind each of the CRM's own fields that this account lets us write."""
    found = {}
    if settings.write_target_account:
        found[IS_TARGET_ACCOUNT] = TARGET_PROPERTY
    if settings.write_icp_tier:
        found[ICP_TIER] = ICP_PROPERTY
    return found


def native_value(properties: Properties, field: str) -> str | None:
    """What such a property says, in our words. One that was never set says no; a foreign option is itself."""
    if field == IS_TARGET_ACCOUNT:
        return "true" if text(properties, TARGET_PROPERTY) == "true" else "false"
    value = text(properties, ICP_PROPERTY)
    return _TIERS.get(value or "", value)


def native_text(field: str, value: str | None) -> str:
    """What is written into such a property; empty text clears it."""
    return _ICP_VALUES.get(value, "") if field == ICP_TIER else value or ""


def native_faults(settings: HubspotSettings, there: Mapping[str, Property]) -> Iterator[tuple[str, str]]:
    """(setting, what is wrong) for each property that is wanted and cannot be written."""
    wanted: tuple[tuple[str, str, bool, set[str]], ...] = (
        ("write_target_account", TARGET_PROPERTY, settings.write_target_account, set()),
        ("write_icp_tier", ICP_PROPERTY, settings.write_icp_tier, set(_ICP_VALUES.values())),
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
