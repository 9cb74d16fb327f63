"""A metadata package: the zip of a deploy, read into the components it adds and removes."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

NAMESPACE = "{http://soap.sforce.com/2006/04/metadata}"
_DESTRUCTIVE_BEFORE = ("destructiveChangesPre.xml", "destructiveChanges.xml")
_DESTRUCTIVE_AFTER = ("destructiveChangesPost.xml",)


class PackageError(Exception):
    """The package cannot be read; `file_name` says where."""

    def __init__(self, file_name: str, problem: str) -> None:
        super().__init__(problem)
        self.file_name = file_name
        self.problem = problem


@dataclass(frozen=True)
class Component:
    """One component: `element` is its XML (None for a removal)."""

    type: str
    full_name: str
    file_name: str
    element: ET.Element | None = None


@dataclass
class Package:
    """What a deploy is to do, in this order: remove, add, remove."""

    removed_first: list[Component] = field(default_factory=list)
    fields: list[Component] = field(default_factory=list)
    permission_sets: list[Component] = field(default_factory=list)
    removed_last: list[Component] = field(default_factory=list)
    missing: list[Component] = field(default_factory=list)


def text_of(element: ET.Element, name: str, default: str = "") -> str:
    """The text of a child element."""
    return (element.findtext(NAMESPACE + name) or default).strip()


def read_package(data: bytes) -> Package:
    """The package in a zip. Raises PackageError."""
    contents = _contents(data)
    if "package.xml" not in contents:
        raise PackageError("package.xml", "No package.xml found")
    members = _members("package.xml", contents)
    package = Package()
    for name in sorted(contents):
        if name.startswith("objects/") and name.endswith(".object"):
            package.fields += _object_fields(name, contents, members)
        elif name.startswith("permissionsets/") and name.endswith(".permissionset"):
            package.permission_sets.append(_permission_set(name, contents, members))
    found = {(c.type, c.full_name) for c in (*package.fields, *package.permission_sets)}
    package.missing = [
        Component(kind, name, "package.xml")
        for kind, names in members.items()
        for name in sorted(names)
        if kind in ("CustomField", "PermissionSet") and name != "*" and (kind, name) not in found
    ]
    package.removed_first = _removals(_DESTRUCTIVE_BEFORE, contents)
    package.removed_last = _removals(_DESTRUCTIVE_AFTER, contents)
    return package


def _contents(data: bytes) -> dict[str, bytes]:
    """The files by their path below the folder that holds package.xml."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    except zipfile.BadZipFile as problem:
        raise PackageError("", f"Invalid zip file: {problem}") from problem
    root = next((name[: -len("package.xml")] for name in sorted(files) if name.endswith("package.xml")), "")
    return {name.removeprefix(root): content for name, content in files.items()}


def _parse(name: str, contents: dict[str, bytes]) -> ET.Element:
    try:
        root: ET.Element = fromstring(contents[name])
    except (ET.ParseError, DefusedXmlException) as problem:
        raise PackageError(name, f"Error parsing file: {problem}") from problem
    return root


def _members(name: str, contents: dict[str, bytes]) -> dict[str, set[str]]:
    members: dict[str, set[str]] = {}
    for types in _parse(name, contents).findall(f"{NAMESPACE}types"):
        names = {(member.text or "").strip() for member in types.findall(f"{NAMESPACE}members")}
        members.setdefault(text_of(types, "name"), set()).update(names)
    return members


def _object_fields(name: str, contents: dict[str, bytes], members: dict[str, set[str]]) -> list[Component]:
    """The fields of an object file that package.xml asks for, by itself or with the whole object."""
    object_name = name.removeprefix("objects/").removesuffix(".object")
    whole = members.get("CustomObject", set()) & {object_name, "*"}
    listed = members.get("CustomField", set())
    if not whole and not any(item.startswith(f"{object_name}.") for item in listed):
        raise PackageError(name, f"{name}: not in package.xml")
    found = []
    for element in _parse(name, contents).findall(f"{NAMESPACE}fields"):
        full_name = f"{object_name}.{text_of(element, 'fullName')}"
        if whole or full_name in listed:
            found.append(Component("CustomField", full_name, name, element))
    return found


def _permission_set(name: str, contents: dict[str, bytes], members: dict[str, set[str]]) -> Component:
    full_name = name.removeprefix("permissionsets/").removesuffix(".permissionset")
    if not members.get("PermissionSet", set()) & {full_name, "*"}:
        raise PackageError(name, f"{name}: not in package.xml")
    return Component("PermissionSet", full_name, name, _parse(name, contents))


def _removals(names: tuple[str, ...], contents: dict[str, bytes]) -> list[Component]:
    found = []
    for name in names:
        if name in contents:
            for kind, full_names in _members(name, contents).items():
                found += [Component(kind, full_name, name) for full_name in sorted(full_names)]
    # Assumption: permission sets go before the fields they name, whatever the order in the file.
    return sorted(found, key=lambda component: component.type != "PermissionSet")
