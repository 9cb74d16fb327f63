"""Who is behind a token."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from emulators.salesforce.authenticate import bearer, user_of
from emulators.salesforce.call import Reply
from emulators.salesforce.errors import SalesforceError
from emulators.salesforce.oauth_grants import login_host
from emulators.salesforce.times import to_wire

if TYPE_CHECKING:
    from emulators.salesforce.org import Org


def identity_url(org: Org, user_id: str) -> str:
    """The identity URL of a user: login host, organisation, user."""
    return f"{login_host(org)}/id/{org.org_settings.org_id}/{user_id}"


def user_name(org: Org, user_id: str) -> str:
    """The login name of a user."""
    return str((org.store.get("User", user_id) or {}).get("Username", ""))


def userinfo(org: Org, authorization: str, host_url: str) -> Reply:
    """GET /services/oauth2/userinfo."""
    try:
        user_id = user_of(org, bearer(authorization))
    except SalesforceError:
        # Reported for this endpoint: a plain text, where the data API answers with its JSON error.
        return Reply(b"Bad_OAuth_Token", HTTPStatus.FORBIDDEN, {"Content-Type": "text/html;charset=UTF-8"})
    user = org.store.get("User", user_id) or {}
    data = f"{host_url}/services/data/v{{version}}"
    return Reply(
        {
            "sub": identity_url(org, user_id),
            "user_id": user_id,
            "organization_id": org.org_settings.org_id,
            "preferred_username": user.get("Username"),
            "nickname": user.get("CommunityNickname"),
            "name": user.get("Name"),
            "email": user.get("Email"),
            "email_verified": True,
            "given_name": user.get("FirstName"),
            "family_name": user.get("LastName"),
            "zoneinfo": user.get("TimeZoneSidKey"),
            "urls": {
                "enterprise": f"{host_url}/services/Soap/c/{{version}}/{org.org_settings.org_id}",
                "metadata": f"{host_url}/services/Soap/m/{{version}}/{org.org_settings.org_id}",
                "partner": f"{host_url}/services/Soap/u/{{version}}/{org.org_settings.org_id}",
                "rest": f"{data}/",
                "sobjects": f"{data}/sobjects/",
                "query": f"{data}/query/",
                "custom_domain": host_url,
            },
            "active": user.get("IsActive", False),
            "user_type": "STANDARD",
            "language": user.get("LanguageLocaleKey"),
            "locale": user.get("LocaleSidKey"),
            "updated_at": user.get("SystemModstamp", to_wire(org.clock.now())),
        }
    )
