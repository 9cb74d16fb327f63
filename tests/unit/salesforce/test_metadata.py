"""The metadata we deploy, held to the WSDL of the Metadata API that simple-salesforce ships."""

from collections.abc import Iterator
from importlib.resources import files
from io import BytesIO
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest

from connectors.salesforce import metadata
from connectors.salesforce.schema import Option, managed_name
from core.fields import FieldType, Policy
from core.managed_fields import MANAGED_FIELDS

XSD = "{http://www.w3.org/2001/XMLSchema}"
OURS = f"{{{metadata.NAMESPACE}}}"


@pytest.fixture(scope="module")
def wsdl() -> dict[str, ET.Element]:
    """The named types of the WSDL."""
    root = ET.fromstring(files("simple_salesforce").joinpath("metadata.wsdl").read_bytes())  # noqa: S314 the SDK's
    return {
        one.attrib["name"]: one
        for one in root.iter()
        if one.tag in (f"{XSD}complexType", f"{XSD}simpleType") and "name" in one.attrib
    }


@pytest.fixture(scope="module")
def archive() -> ZipFile:
    return ZipFile(BytesIO(metadata.installation(MANAGED_FIELDS, "66.0")))


def elements(wsdl: dict[str, ET.Element], type_: str) -> Iterator[ET.Element]:
    """The elements of a complex type in their order, those of its base first."""
    definition = wsdl[type_]
    extension = definition.find(f".//{XSD}extension")
    if extension is not None:
        yield from elements(wsdl, extension.attrib["base"].removeprefix("tns:"))
    yield from definition.iter(f"{XSD}element")


def conform(wsdl: dict[str, ET.Element], element: ET.Element, type_: str) -> None:
    """Fail unless an element has known children in the right order, all that must be, and legal values."""
    if type_.startswith("xsd:"):
        check_plain(element, type_)
        return
    definition = wsdl[type_.removeprefix("tns:")]
    if definition.tag == f"{XSD}simpleType":
        allowed = [one.attrib["value"] for one in definition.iter(f"{XSD}enumeration")]
        assert element.text in allowed, (element.tag, element.text)
        return
    known = list(elements(wsdl, type_.removeprefix("tns:")))
    names = [one.attrib["name"] for one in known]
    children = [child.tag.removeprefix(OURS) for child in element]
    assert set(children) <= set(names), (type_, set(children) - set(names))
    assert children == sorted(children, key=names.index), (type_, children)
    for one in known:
        count = children.count(one.attrib["name"])
        assert count >= int(one.attrib.get("minOccurs", "1")), (type_, one.attrib["name"])
        assert one.attrib.get("maxOccurs") == "unbounded" or count <= 1, (type_, one.attrib["name"])
    types = {one.attrib["name"]: one.attrib["type"] for one in known}
    for child in element:
        conform(wsdl, child, types[child.tag.removeprefix(OURS)])


def check_plain(element: ET.Element, type_: str) -> None:
    assert len(element) == 0
    text = element.text or ""
    if type_ == "xsd:boolean":
        assert text in ("true", "false")
    if type_ in ("xsd:int", "xsd:double"):
        assert float(text) >= 0


def parsed(archive: ZipFile, name: str) -> ET.Element:
    root = ET.fromstring(archive.read(name))  # noqa: S314 our own
    assert root.tag.startswith(OURS)
    return root


@pytest.mark.parametrize("name", ["objects/Account.object", "objects/Contact.object"])
def test_objects_are_what_the_wsdl_allows(wsdl: dict[str, ET.Element], archive: ZipFile, name: str) -> None:
    conform(wsdl, parsed(archive, name), "tns:CustomObject")


@pytest.mark.parametrize("name", metadata.PERMISSION_SETS)
def test_permission_sets_are_what_the_wsdl_allows(
    wsdl: dict[str, ET.Element], archive: ZipFile, name: str
) -> None:
    conform(wsdl, parsed(archive, f"permissionsets/{name}.permissionset"), "tns:PermissionSet")


def test_manifests_are_what_the_wsdl_allows(wsdl: dict[str, ET.Element], archive: ZipFile) -> None:
    removal = ZipFile(BytesIO(metadata.removal({"CustomField": ["Account.ABM_Tier__c"]}, "66.0")))

    for root in (parsed(archive, "package.xml"), parsed(removal, "package.xml")):
        conform(wsdl, root, "tns:Package")
        assert root.findtext(f"{OURS}version") == "66.0"
    assert parsed(removal, "destructiveChanges.xml").findtext(f".//{OURS}members") == "Account.ABM_Tier__c"


def test_the_manifest_names_what_the_zip_holds(archive: ZipFile) -> None:
    manifest = {
        types.findtext(f"{OURS}name"): {member.text for member in types.iter(f"{OURS}members")}
        for types in parsed(archive, "package.xml").iter(f"{OURS}types")
    }
    fields = {
        f"{table}.{field.findtext(f'{OURS}fullName')}"
        for table in ("Account", "Contact")
        for field in parsed(archive, f"objects/{table}.object").iter(f"{OURS}fields")
    }

    assert manifest == {"CustomField": fields, "PermissionSet": set(metadata.PERMISSION_SETS)}
    assert len(fields) == len(MANAGED_FIELDS)


def test_names_and_labels_fit(archive: ZipFile) -> None:
    for table in ("Account", "Contact"):
        for field in parsed(archive, f"objects/{table}.object").iter(f"{OURS}fields"):
            name, label = field.findtext(f"{OURS}fullName", ""), field.findtext(f"{OURS}label", "")
            assert len(name.removesuffix("__c")) <= 40
            assert len(label) <= 40
            assert "__" not in name.removesuffix("__c")


def test_long_text_is_long_enough_for_its_type() -> None:
    # A LongTextArea holds at least 256 characters, a Text at most 255.
    for field in MANAGED_FIELDS:
        if field.type is FieldType.LONG_TEXT:
            assert 256 <= field.length <= 131072
        if field.type is FieldType.TEXT:
            assert 1 <= field.length <= 255


def test_each_field_is_edited_by_one_permission_set_and_read_by_all_who_need_it(archive: ZipFile) -> None:
    editors: dict[str, set[str]] = {}
    for name in metadata.PERMISSION_SETS:
        for granted in parsed(archive, f"permissionsets/{name}.permissionset").iter(
            f"{OURS}fieldPermissions"
        ):
            assert granted.findtext(f"{OURS}readable") == "true"
            editors.setdefault(granted.findtext(f"{OURS}field", ""), set())
            if granted.findtext(f"{OURS}editable") == "true":
                editors[granted.findtext(f"{OURS}field", "")].add(name)

    assert editors == {
        metadata.full_name(field): {
            metadata.OVERRIDE_EDITOR if field.policy is Policy.READS else metadata.INTEGRATION
        }
        for field in MANAGED_FIELDS
    }


def test_the_same_fields_make_the_same_bytes() -> None:
    assert metadata.installation(MANAGED_FIELDS, "66.0") == metadata.installation(MANAGED_FIELDS, "66.0")


def test_names_follow_one_rule() -> None:
    assert managed_name("mqa_since") == "ABM_Mqa_Since__c"
    assert managed_name("tier") == "ABM_Tier__c"
    assert len({managed_name(field.name) for field in MANAGED_FIELDS}) == len(MANAGED_FIELDS)


def test_a_picklist_keeps_what_people_made_of_it_and_gets_what_is_missing(
    wsdl: dict[str, ET.Element],
) -> None:
    there = [
        Option("one_to_one", "1:1"),
        Option("gold", "Gold", is_default=True),
        Option("old", "Old", is_active=False),
        Option("none", "None", is_active=False),
    ]
    zipped = metadata.installation(MANAGED_FIELDS, "66.0", {"Account.ABM_Tier__c": there})

    account = parsed(ZipFile(BytesIO(zipped)), "objects/Account.object")
    conform(wsdl, account, "tns:CustomObject")
    (tier,) = (one for one in account.iter(f"{OURS}fields") if one[0].text == "ABM_Tier__c")
    assert [[part.text for part in one] for one in tier.iter(f"{OURS}value")] == [
        ["one_to_one", "false", "1:1"],
        ["gold", "true", "Gold"],
        ["old", "false", "false", "Old"],
        ["none", "false", "None"],
        ["one_to_few", "false", "one_to_few"],
        ["one_to_many", "false", "one_to_many"],
    ]
