"""The Metadata API over SOAP: deploys, which share everything with those over REST, and what there is.

Also creating, changing and deleting single fields and permission sets, through the same components that a
package is read into.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from emulators.salesforce.deploy_apply import Outcome, apply_one, remove_one
from emulators.salesforce.errors import SalesforceError
from emulators.salesforce.metadata import Deployment, deploy_result, refuse_deploying
from emulators.salesforce.package import NAMESPACE, Component
from emulators.salesforce.soap import SoapCall, SoapFault, child, local, text_in

if TYPE_CHECKING:
    from emulators.salesforce.org import Org

_MOST_COMPONENTS = 10
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_BOOLEANS = {"true": True, "false": False}
# Type, folder in a package, file suffix, the types that live inside its file.
_DESCRIBED: tuple[tuple[str, str, str, list[str]], ...] = (
    ("CustomObject", "objects", "object", ["CustomField"]),
    ("PermissionSet", "permissionsets", "permissionset", []),
)


def deploy(org: Org, user_id: str, call: SoapCall) -> dict[str, Any]:
    """`deploy(ZipFile, DeployOptions)`: the AsyncResult of a queued deployment."""
    try:
        data = base64.b64decode(text_in(call.body, "ZipFile"), validate=False)
    except binascii.Error as problem:
        raise SoapFault("soapenv:Client", f"ZipFile is not base64: {problem}") from problem
    given = child(call.body, "DeployOptions")
    options = (
        {} if given is None else {local(item): _option(item) for item in given if local(item) != "runTests"}
    )
    deployment = org.deployments.start(org, user_id, data, options)
    return {"done": False, "id": deployment.id, "state": "Queued"}


def _option(item: Element) -> Any:
    text = (item.text or "").strip()
    return _BOOLEANS.get(text.lower(), text)


def check_deploy_status(org: Org, _user_id: str, call: SoapCall) -> dict[str, Any]:
    """`checkDeployStatus(asyncProcessId, includeDetails)`: the DeployResult."""
    deployment = _found(org.deployments.poll(org, text_in(call.body, "asyncProcessId")))
    with_details = text_in(call.body, "includeDetails").lower() == "true"
    result = deploy_result(deployment, with_details=with_details)
    if result["details"] is not None:
        del result["details"]["allComponentMessages"]  # only the REST answer has them
    return dict(sorted(result.items()))


def cancel_deploy(org: Org, _user_id: str, call: SoapCall) -> dict[str, Any]:
    """`cancelDeploy(id)`: done at once for a deployment that waits."""
    deployment = _found(org.deployments.cancel(org, text_in(call.body, "String") or text_in(call.body, "id")))
    return {"done": deployment.completed_at is not None, "id": deployment.id}


def _found(deployment: Deployment | None) -> Deployment:
    if deployment is None:
        raise SoapFault("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    return deployment


def describe_metadata(_org: Org, _user_id: str, _call: SoapCall) -> dict[str, Any]:
    """`describeMetadata(asOfVersion)`: the types that can be deployed here."""
    objects = [
        {
            "childXmlNames": children,
            "directoryName": folder,
            "inFolder": False,
            "metaFile": False,
            "suffix": suffix,
            "xmlName": name,
        }
        for name, folder, suffix, children in _DESCRIBED
    ]
    return {
        "metadataObjects": objects,
        "organizationNamespace": "",
        "partialSaveAllowed": True,
        "testRequired": False,
    }


def list_metadata(org: Org, user_id: str, call: SoapCall) -> list[dict[str, Any]]:
    """`listMetadata(queries)`: custom fields, objects and permission sets."""
    kinds = {text_in(item, "type") for item in call.body if local(item) == "queries"}
    found: list[tuple[str, str, str]] = []
    if "CustomObject" in kinds:
        found += [("CustomObject", name, f"objects/{name}.object") for name in org.schema.objects]
    if "CustomField" in kinds:
        found += [
            ("CustomField", f"{item.name}.{field.name}", f"objects/{item.name}.object")
            for item in org.schema.objects.values()
            for field in item.fields.values()
            if field.custom
        ]
    if "PermissionSet" in kinds:
        names = [row["Name"] for row in org.store.tables["PermissionSet"].rows.values()]
        found += [("PermissionSet", name, f"permissionsets/{name}.permissionset") for name in names]
    return [_properties(org, user_id, *item) for item in found]


def _properties(org: Org, user_id: str, kind: str, full_name: str, file_name: str) -> dict[str, Any]:
    # Assumption: authors and times of metadata are not kept; all of it is as old as the organisation.
    born = next(iter(org.store.tables["User"].rows.values()))["CreatedDate"]
    return {
        "createdById": user_id,
        "createdByName": "Integration User",
        "createdDate": born,
        "fileName": file_name,
        "fullName": full_name,
        "id": "",
        "lastModifiedById": user_id,
        "lastModifiedByName": "Integration User",
        "lastModifiedDate": born,
        "type": kind,
    }


def save_metadata(org: Org, user_id: str, call: SoapCall) -> list[dict[str, Any]]:
    """`createMetadata`, `updateMetadata` and `upsertMetadata` of up to 10 fields or permission sets."""
    refuse_deploying(org)
    elements = [item for item in call.body if local(item) == "metadata"]
    _check_count(elements)
    outcomes = [_save_one(org, call.name, element) for element in elements]
    created = [{"created": outcome.created} if call.name == "upsertMetadata" else {} for outcome in outcomes]
    return [
        {**extra, **_saved(org, user_id, outcome)} for extra, outcome in zip(created, outcomes, strict=True)
    ]


def _save_one(org: Org, action: str, element: Element) -> Outcome:
    kind = str(element.get(_TYPE, "")).rpartition(":")[2]
    full_name = text_in(element, "fullName")
    exists = _exists(org, kind, full_name)
    component = Component(kind, full_name, "", _without_object(element, kind))
    if action == "createMetadata" and exists:
        return Outcome(component, problem=f"There is already a {kind} named {full_name}")
    if action == "updateMetadata" and not exists:
        return Outcome(component, problem=f"No {kind} named: {full_name} found")
    return apply_one(org, component)


def _without_object(element: Element, kind: str) -> Element:
    """The element as in a file, where a field has its name without the object's."""
    name = element.find(f"{NAMESPACE}fullName")
    if kind == "CustomField" and name is not None:
        name.text = (name.text or "").strip().rpartition(".")[2]
    return element


def _exists(org: Org, kind: str, full_name: str) -> bool:
    if kind == "CustomField":
        holders = org.schema.holders(full_name.partition(".")[0])
        return bool(holders) and full_name.partition(".")[2].lower() in holders[0].fields
    return bool(org.store.tables["PermissionSet"].lookup("Name", [full_name]))


def delete_metadata(org: Org, user_id: str, call: SoapCall) -> list[dict[str, Any]]:
    """`deleteMetadata(type, fullNames)`."""
    refuse_deploying(org)
    kind = text_in(call.body, "type")
    names = [(item.text or "").strip() for item in call.body if local(item) == "fullNames"]
    _check_count(names)
    outcomes = [remove_one(org, user_id, Component(kind, name, "")) for name in names]
    return [_saved(org, user_id, outcome, strict=True) for outcome in outcomes]


def _saved(_org: Org, _user_id: str, outcome: Outcome, *, strict: bool = False) -> dict[str, Any]:
    """A SaveResult or DeleteResult; `strict` makes a warning an error."""
    failed = outcome.problem is not None and (strict or not outcome.warning)
    error = {"message": outcome.problem, "statusCode": "INVALID_CROSS_REFERENCE_KEY"}
    if failed and not strict:
        # Assumption: one code for all refusals of a definition.
        error["statusCode"] = "FIELD_INTEGRITY_EXCEPTION"
    return {
        "errors": [error] if failed else [],
        "fullName": outcome.component.full_name,
        "success": not failed,
    }


def _check_count(items: list[Any]) -> None:
    if len(items) > _MOST_COMPONENTS:
        # Assumption: the limit is documented, the text is not recorded.
        raise SalesforceError("LIMIT_EXCEEDED", f"more than {_MOST_COMPONENTS} components in one call")
