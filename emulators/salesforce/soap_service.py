"""The SOAP endpoints: /services/Soap/u (partner), /c (enterprise) and /m (metadata)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from emulators.salesforce import soap_login, soap_metadata
from emulators.salesforce.authenticate import user_of
from emulators.salesforce.call import Reply
from emulators.salesforce.errors import SalesforceError, not_found
from emulators.salesforce.limits import count_call
from emulators.salesforce.rest_describe import check_version
from emulators.salesforce.soap import SoapCall, SoapFault, answer, fault, read_call

if TYPE_CHECKING:
    from flask import Request

    from emulators.salesforce.org import Org

# Behind the version stand an organisation's id, or the paths that simple-salesforce appends; they say nothing.
_PATH = re.compile(r"/services/Soap/([ucm])/(\d+\.\d)(?:/.*)?")
_NAMESPACES = {
    "u": ("urn:partner.soap.sforce.com", "urn:fault.partner.soap.sforce.com"),
    "c": ("urn:enterprise.soap.sforce.com", "urn:fault.enterprise.soap.sforce.com"),
    "m": ("http://soap.sforce.com/2006/04/metadata", "http://soap.sforce.com/2006/04/metadata"),
}
_API_FAULT = "UnexpectedErrorFault"
_METADATA = {
    "deploy": soap_metadata.deploy,
    "checkDeployStatus": soap_metadata.check_deploy_status,
    "cancelDeploy": soap_metadata.cancel_deploy,
    "describeMetadata": soap_metadata.describe_metadata,
    "listMetadata": soap_metadata.list_metadata,
    "createMetadata": soap_metadata.save_metadata,
    "updateMetadata": soap_metadata.save_metadata,
    "upsertMetadata": soap_metadata.save_metadata,
    "deleteMetadata": soap_metadata.delete_metadata,
}
_SIGNING = {
    "login": soap_login.login,
    "logout": soap_login.logout,
    "getUserInfo": soap_login.get_user_info,
}


def answer_soap(org: Org, request: Request) -> Reply:
    """Answer a POST below /services/Soap. Raises NOT_FOUND for a path that is none of the three."""
    match = _PATH.fullmatch(request.path)
    if match is None or request.method != "POST":
        raise not_found()
    kind, version = match.groups()
    namespace, fault_namespace = _NAMESPACES[kind]
    try:
        call = read_call(request.get_data(), kind, version, request.host_url.rstrip("/"))
        check_version(version, org.org_settings.first_version)
        result = _run(org, call)
    except SoapFault as problem:
        return fault(problem, fault_namespace)
    except SalesforceError as problem:
        detail = "" if kind == "m" else _API_FAULT
        return fault(SoapFault(problem.code, problem.message, detail=detail), fault_namespace)
    results = result if isinstance(result, list) else [] if result is None else [result]
    return answer(call.name, namespace, results)


def _run(org: Org, call: SoapCall) -> Any:
    if call.kind != "m" and call.name in _SIGNING:
        return _SIGNING[call.name](org, call)
    handler = _METADATA.get(call.name) if call.kind == "m" else None
    if handler is None:
        raise SoapFault("soapenv:Client", f"No operation available for request {call.name}")
    user_id = user_of(org, call.session_id)
    count_call(org)
    return handler(org, user_id, call)
