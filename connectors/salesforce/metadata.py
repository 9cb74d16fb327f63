"""The zip files of the Metadata API: our fields and permission sets, and their removal.

Element order and names follow the Metadata API's WSDL.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from io import BytesIO
from xml.etree import ElementTree as ET
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from connectors.salesforce.schema import OBJECTS, Option, managed_name
from core.fields import FieldType, ManagedField, Policy

INTEGRATION = "ABM_Integration"
READER = "ABM_Reader"
OVERRIDE_EDITOR = "ABM_Override_Editor"
PERMISSION_SETS = (INTEGRATION, READER, OVERRIDE_EDITOR)

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
TYPES = {
    FieldType.TEXT: "Text",
    FieldType.LONG_TEXT: "LongTextArea",
    FieldType.NUMBER: "Number",
    FieldType.PICKLIST: "Picklist",
    FieldType.DATE: "Date",
    FieldType.DATETIME: "DateTime",
}
_PRECISION = 18
_NOTHING: Mapping[str, Sequence[Option]] = {}
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def full_name(field: ManagedField) -> str:
    """A managed field's name in the Metadata API: Account.ABM_Tier__c."""
    return f"{OBJECTS[field.kind]}.{managed_name(field.name)}"


def installation(
    fields: Sequence[ManagedField], version: str, options: Mapping[str, Sequence[Option]] = _NOTHING
) -> bytes:
    """The zip that makes (or completes) the fields and the permission sets on them.

    options: what picklists hold already, by the field's full name. A deployment switches off what it does not name.
    """
    names = {"CustomField": [full_name(one) for one in fields], "PermissionSet": list(PERMISSION_SETS)}
    parts = {"package.xml": package_xml(names, version)}
    for table in dict.fromkeys(OBJECTS[one.kind] for one in fields):
        of_table = [one for one in fields if OBJECTS[one.kind] == table]
        parts[f"objects/{table}.object"] = object_xml(of_table, options)
    for name in PERMISSION_SETS:
        parts[f"permissionsets/{name}.permissionset"] = permission_set_xml(name, fields)
    return _zip(parts)


def removal(names: Mapping[str, Sequence[str]], version: str) -> bytes:
    """The zip that deletes components: their full names by metadata type."""
    return _zip({"package.xml": package_xml({}, version), "destructiveChanges.xml": package_xml(names, None)})


def package_xml(names: Mapping[str, Sequence[str]], version: str | None) -> bytes:
    """A manifest; a list of destructive changes has no version."""
    root = ET.Element("Package", xmlns=NAMESPACE)
    for type_, members in names.items():
        types = ET.SubElement(root, "types")
        for member in sorted(members):
            _add(types, "members", member)
        _add(types, "name", type_)
    if version is not None:
        _add(root, "version", version)
    return _bytes(root)


def object_xml(fields: Iterable[ManagedField], options: Mapping[str, Sequence[Option]] = _NOTHING) -> bytes:
    """The custom fields of one object."""
    root = ET.Element("CustomObject", xmlns=NAMESPACE)
    for field in sorted(fields, key=lambda one: managed_name(one.name)):
        _field(root, field, options.get(full_name(field), ()))
    return _bytes(root)


def permission_set_xml(name: str, fields: Iterable[ManagedField]) -> bytes:
    """A permission set: what the package's file says, and the permissions on our fields."""
    text = (
        files("connectors.salesforce").joinpath(f"package/permissionsets/{name}.permissionset").read_bytes()
    )
    root = ET.fromstring(text)  # noqa: S314 a file of ours  # nosec B314
    ET.register_namespace("", NAMESPACE)
    granted = [one for one in fields if name != OVERRIDE_EDITOR or one.policy is Policy.READS]
    # fieldPermissions stand before hasActivationRequired.
    place = [child.tag for child in root].index(f"{{{NAMESPACE}}}hasActivationRequired")
    for offset, field in enumerate(sorted(granted, key=full_name)):
        permission = ET.Element(f"{{{NAMESPACE}}}fieldPermissions")
        for tag, value in (
            ("editable", _editable(name, field)),
            ("field", full_name(field)),
            ("readable", "true"),
        ):
            ET.SubElement(permission, f"{{{NAMESPACE}}}{tag}").text = value
        root.insert(place + offset, permission)
    return _bytes(root)


def _editable(permission_set: str, field: ManagedField) -> str:
    editor = OVERRIDE_EDITOR if field.policy is Policy.READS else INTEGRATION
    return _word(permission_set == editor)


def _field(root: ET.Element, field: ManagedField, there: Sequence[Option]) -> None:
    """One field; elements are in the alphabetical order that the WSDL asks for."""
    element = ET.SubElement(root, "fields")
    _add(element, "fullName", managed_name(field.name))
    _add(element, "description", f"Kept by Shortlist. {field.description}")
    _add(element, "inlineHelpText", field.description)
    _add(element, "label", field.label)
    if field.type in (FieldType.TEXT, FieldType.LONG_TEXT):
        _add(element, "length", str(field.length))
    if field.type is FieldType.NUMBER:
        _add(element, "precision", str(_PRECISION))
    _add(element, "required", "false")
    if field.type is FieldType.NUMBER:
        _add(element, "scale", str(field.decimals))
    _add(element, "type", TYPES[field.type])
    if field.type is FieldType.PICKLIST:
        _value_set(element, _completed(field.options, there))
    if field.type is FieldType.LONG_TEXT:
        _add(element, "visibleLines", "6")


def _completed(ours: Sequence[str], there: Sequence[Option]) -> Iterator[Option]:
    """What is there, as people called it, with all of ours switched on; then those of ours that are missing."""
    for one in there:
        yield one._replace(is_active=one.is_active or one.value in ours)
    known = {one.value for one in there}
    yield from (Option(value, value) for value in ours if value not in known)


def _value_set(element: ET.Element, options: Iterable[Option]) -> None:
    value_set = ET.SubElement(element, "valueSet")
    _add(value_set, "restricted", "true")
    definition = ET.SubElement(value_set, "valueSetDefinition")
    _add(definition, "sorted", "false")
    for option in options:
        value = ET.SubElement(definition, "value")
        _add(value, "fullName", option.value)
        _add(value, "default", _word(option.is_default))
        if not option.is_active:
            _add(value, "isActive", "false")
        _add(value, "label", option.label)


def _word(truth: bool) -> str:  # noqa: FBT001 a value
    return "true" if truth else "false"


def _add(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = text


def _bytes(root: ET.Element) -> bytes:
    ET.indent(root)
    content: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return content


def _zip(parts: Mapping[str, bytes]) -> bytes:
    """The same bytes for the same parts: entries carry no time of their own."""
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            entry = ZipInfo(name, _ZIP_EPOCH)
            entry.compress_type = ZIP_DEFLATED
            archive.writestr(entry, content)
    return buffer.getvalue()
