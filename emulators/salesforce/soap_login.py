"""The partner and enterprise API as far as it signs in and out: login, logout, getUserInfo.

`login()` exists up to version 64 and is gone from 65 on; an organisation can also switch it off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.salesforce.authenticate import user_of
from emulators.salesforce.oauth_grants import check_password
from emulators.salesforce.sessions import Session
from emulators.salesforce.soap import SoapCall, SoapFault, text_in

if TYPE_CHECKING:
    from emulators.salesforce.org import Org

_LAST_WITH_LOGIN = 64
_LOGIN_FAULT = "LoginFault"
_DEFAULT_LIFE_SECONDS = 7200


def login(org: Org, call: SoapCall) -> dict[str, Any]:
    """`login(username, password)`. Raises SoapFault."""
    if int(call.version.partition(".")[0]) > _LAST_WITH_LOGIN:
        # Assumption: the call is documented as not available; a call a WSDL does not know faults like this.
        message = (
            f"No operation available for request {{urn:partner.soap.sforce.com}}login in v{call.version}"
        )
        raise SoapFault("soapenv:Client", message)
    if not org.org_settings.soap_login:
        message = "SOAP API login() is disabled by default in this org."
        raise SoapFault("INVALID_OPERATION", message, detail=_LOGIN_FAULT)
    user_id = check_password(org, text_in(call.body, "username"), text_in(call.body, "password"))
    user = org.store.get("User", user_id) if user_id else None
    if user_id is None or user is None or not user.get("IsActive"):
        message = "Invalid username, password, security token; or user locked out."
        raise SoapFault("INVALID_LOGIN", message, detail=_LOGIN_FAULT)
    if not org.org_settings.org_active:
        raise SoapFault("ORG_LOCKED", "organization is inactive", detail=_LOGIN_FAULT)
    session = org.sessions.issue(org.org_settings.org_id, Session(user_id, org.clock.now()))
    url = org.org_settings.instance_url or call.host_url
    org_id = org.org_settings.org_id[:15]
    return {
        "metadataServerUrl": f"{url}/services/Soap/m/{call.version}/{org_id}",
        "passwordExpired": False,
        "sandbox": org.org_settings.is_sandbox,
        "serverUrl": f"{url}/services/Soap/{call.kind}/{call.version}/{org_id}",
        "sessionId": session,
        "userId": user_id,
        "userInfo": _user_info(org, user_id),
    }


def logout(org: Org, call: SoapCall) -> None:
    """`logout()`: the session of the header ends."""
    org.sessions.revoke(call.session_id)


def get_user_info(org: Org, call: SoapCall) -> dict[str, Any]:
    """`getUserInfo()`. Raises INVALID_SESSION_ID."""
    return _user_info(org, user_of(org, call.session_id))


def _user_info(org: Org, user_id: str) -> dict[str, Any]:
    user = org.store.get("User", user_id) or {}
    organisation = org.store.get("Organization", org.org_settings.org_id) or {}
    life = org.org_settings.session_seconds
    return {
        "organizationId": org.org_settings.org_id,
        "organizationMultiCurrency": False,
        "organizationName": organisation.get("Name"),
        "sessionSecondsValid": int(_DEFAULT_LIFE_SECONDS if life is None else life),
        "userEmail": user.get("Email"),
        "userFullName": user.get("Name"),
        "userId": user_id,
        "userLanguage": user.get("LanguageLocaleKey", "en_US"),
        "userLocale": user.get("LocaleSidKey", "en_US"),
        "userName": user.get("Username"),
        "userTimeZone": user.get("TimeZoneSidKey", "America/Los_Angeles"),
        "userType": "Standard",
        "userUiSkin": "Theme3",
    }
