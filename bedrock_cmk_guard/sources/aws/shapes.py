"""How the resources of a surface are listed and looked up, told from boto3's own models.

The catalogue names the operations and where the key stands; what an item is called by, and where its ARN, name and
role stand, follows from how AWS names members. A test holds every surface of the catalogue to what this finds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bedrock_cmk_guard.sources.aws.answers import Answer, part, text
from bedrock_cmk_guard.sources.aws.refusals import NotRead, Refusal

if TYPE_CHECKING:
    from botocore.model import OperationModel

_PAGE = 100
#: What an operation is asked besides, so that it lists this account's own.
ASKED_BESIDES: Mapping[str, Mapping[str, object]] = {
    "ListBlueprints": {"resourceOwner": "ACCOUNT"},
    "ListCustomModels": {"isOwned": True},
    "ListDataAutomationProjects": {"resourceOwner": "ACCOUNT"},
}


@dataclass(frozen=True, slots=True)
class Listing:
    """How a list is read."""

    operation: str
    member: str
    """The member of the answer that holds the items."""
    members: frozenset[str]
    """The members of an item."""
    required: tuple[str, ...]
    """What must be given, which another list says."""
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Lookup:
    """How one is looked up."""

    operation: str
    identifiers: Mapping[str, str]
    """Each parameter, and the member of an item that gives it."""
    wrapper: str
    """The member of the answer that holds the resource; empty where the answer is the resource."""

    def parameters(self, item: Answer) -> dict[str, object]:
        """What the operation is given."""
        return {name: item[member] for name, member in self.identifiers.items() if item.get(member)}

    def unwrapped(self, answer: Answer) -> Answer:
        """The resource in an answer."""
        return part(answer, self.wrapper) if self.wrapper else answer


def listing(model: OperationModel) -> Listing:
    """How a list operation is read."""
    for name, shape in model.output_shape.members.items():
        if shape.type_name == "list" and shape.member.type_name == "structure":
            given = model.input_shape.members if model.input_shape is not None else {}
            asked: dict[str, object] = dict(ASKED_BESIDES.get(model.name, {}))
            if "maxResults" in given:
                asked["maxResults"] = min(_PAGE, int(given["maxResults"].metadata.get("max", _PAGE)))
            required = tuple(model.input_shape.required_members) if model.input_shape is not None else ()
            return Listing(model.name, name, frozenset(shape.member.members), required, asked)
    raise _unexpected(model, "lists nothing")


def lookup(model: OperationModel, members: Iterable[str]) -> Lookup:
    """How an operation is given an item with these members, and what of its answer is the resource."""
    known = frozenset(members)
    required = model.input_shape.required_members if model.input_shape is not None else []
    identifiers = {}
    for parameter in required:
        member = next((each for each in _names(parameter) if each in known), None)
        if member is None:
            raise _unexpected(model, f"asks for {parameter}, which no list says")
        identifiers[parameter] = member
    found = model.output_shape.members
    only = next(iter(found)) if len(found) == 1 else ""
    return Lookup(model.name, identifiers, only if only and found[only].type_name == "structure" else "")


def _names(parameter: str) -> Iterable[str]:
    """What an item may call what a parameter asks for."""
    yield parameter
    for ending, others in (
        ("Identifier", ("Id", "Arn")),
        ("Id", ("Id",)),
        ("Version", ("Version",)),
    ):
        if parameter.endswith(ending):
            stem = parameter.removesuffix(ending)
            yield from (f"{stem}{other}" for other in others)
            yield from (other.lower() for other in others)


def arn_member(resource: Answer, identified_by: Iterable[str] = ()) -> str:
    """The member that holds a resource's own ARN; empty where there is none."""
    if text(resource, "arn"):
        return "arn"
    given = frozenset(identified_by)
    named = [name for name in resource if name.endswith("Arn") and text(resource, name)]
    for name in named:
        stem = name.removesuffix("Arn")
        if name in given or f"{stem}Id" in resource or f"{stem}Name" in resource:
            return name
    return ""


def name_of(resource: Answer, arn: str) -> str:
    """What people call it: its name, or what it is identified by."""
    stem = arn.removesuffix("Arn")
    return text(resource, f"{stem}Name", "name", "jobName", f"{stem}Id", "id")


def role_of(resource: Answer) -> str:
    """The ARN of the role that it is given; empty where there is none."""
    for structure in (resource, *(part(resource, name) for name in resource)):
        for name in structure:
            if name.lower().endswith("rolearn") and text(structure, name):
                return text(structure, name)
    return ""


def address_of(service: str, place: tuple[str, str, str], identifiers: Answer) -> str:
    """An address in the form of an ARN, for what AWS gives none."""
    partition, region, account = place
    names = [
        f"{''.join(f'-{c.lower()}' if c.isupper() else c for c in name.removesuffix('Id'))}/{value}"
        for name, value in identifiers.items()
    ]
    return f"arn:{partition}:{service}:{region}:{account}:{'/'.join(names)}"


def _unexpected(model: OperationModel, what: str) -> NotRead:
    return NotRead(Refusal.UNKNOWN_TO_BOTO3, f"{model.name}, as the installed boto3 has it, {what}")
