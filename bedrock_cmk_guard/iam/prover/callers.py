"""The classes of callers that a set of policies and a question can tell apart, each with an example."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from bedrock_cmk_guard.iam.document import Principal, Statement
from bedrock_cmk_guard.iam.evaluator.patterns import Pieces, text_of
from bedrock_cmk_guard.iam.evaluator.principals import Caller, parse_caller
from bedrock_cmk_guard.iam.grammar import Condition
from bedrock_cmk_guard.iam.prover import languages
from bedrock_cmk_guard.iam.prover.atoms import Atom, atom, comparison
from bedrock_cmk_guard.iam.prover.automaton import Group, combinations
from bedrock_cmk_guard.iam.prover.axioms import accounts_in
from bedrock_cmk_guard.iam.prover.languages import (
    ANY,
    DIGIT,
    HOST,
    NAME,
    NOT_COLON,
    PATH,
    Chars,
    Language,
    joined,
    narrowed,
    sequence,
)
from bedrock_cmk_guard.iam.prover.question import Callers, Kind
from bedrock_cmk_guard.iam.prover.undecided import UndecidedError

_SLASHLESS = Chars(frozenset("/:"), negated=True)
_DIGITS = (DIGIT,) * 12
_OF_ARN = ("aws:principalarn",)
_OF_ACCOUNT = ("aws:principalaccount", "kms:calleraccount")
_OF_IDENTITY = (*_OF_ARN, *_OF_ACCOUNT, "aws:username")
_OF_SERVICE = ("aws:principalservicename", "aws:principalservicenameslist")
_PRINCIPAL_ACCOUNT = "${aws:principalaccount}"


@dataclass(frozen=True, slots=True)
class Views:
    """What the policies and the question look at in a caller."""

    arns: tuple[Group, ...]
    services: tuple[str, ...]
    service_atoms: tuple[Group, ...]
    providers: tuple[str, ...]
    issuers: tuple[str, ...]
    sessions: tuple[str, ...]


def views(statements: Iterable[Statement], condition: Condition, accounts: Iterable[Group]) -> Views:
    """Collect what statements, a question's condition and the ``accounts`` that matter tell apart of callers."""
    statements = tuple(statements)
    conditions = (*(statement.condition for statement in statements), condition)
    principals = tuple(p for s in statements for p in (s.principal, s.not_principal) if p is not None)
    found = tuple(each for condition in conditions for each in _atoms(condition))
    texts = tuple(_texts(statements, conditions))
    arns = list(accounts)
    if any(_PRINCIPAL_ACCOUNT in text.lower() for text in texts):
        # A caller's account is then compared with whatever is written in these.
        arns += [languages.account_of_arn((account,)) for text in texts for account in accounts_in(text)]
    arns += [group for principal in principals for group in _named(principal)]
    arns += [group for each in found if each.key in _OF_IDENTITY for group in _of_callers(each)]
    return Views(
        arns=tuple(dict.fromkeys(arns)),
        services=_once(name for principal in principals for name in principal.service),
        service_atoms=tuple(dict.fromkeys(each.group for each in found if each.key in _OF_SERVICE)),
        providers=_once(name for principal in principals for name in principal.federated),
        issuers=_once(issuer for each in found if (issuer := _issuer(each.key))),
        sessions=_once(
            name for principal in principals for name in principal.aws if ":assumed-role/" in name
        ),
    )


def _issuer(key: str) -> str:
    """The identity provider whose token gives a condition key, if one does."""
    issuer = key.rpartition(":")[0]
    return issuer if "." in issuer and not issuer.startswith("kms:") else ""


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))


def _texts(statements: Iterable[Statement], conditions: Iterable[Condition]) -> Iterator[str]:
    for statement in statements:
        yield from (*statement.resources, *statement.not_resources)
    for each in conditions:
        yield from (value for block in each.values() for values in block.values() for value in values)


def _atoms(condition: Condition) -> Iterator[Atom]:
    for operator, block in condition.items():
        for key, wanted in block.items():
            yield atom(operator, key, *wanted)


def _named(principal: Principal) -> Iterator[Group]:
    """The callers that a Principal names: each name by itself, since a name may count in several ways."""
    for name in principal.aws:
        if name == "*":
            continue
        account = name if name.isdigit() else name.split(":")[4] if name.endswith(":root") else ""
        if account:
            yield languages.account_of_arn((account,))
        if ":assumed-role/" in name:
            yield _session_roles(name)
        yield (languages.literal(name),)


def _session_roles(session: str) -> Group:
    """The ARNs of the roles that a session of this name can be of; the name lacks the role's path."""
    _, partition, _, _, account, rest = session.split(":", 5)
    role = rest.split("/")[1]
    start = f"arn:{partition}:iam::{account}:role/"
    return (sequence(start, role), sequence(start, (PATH, "*"), "/", role))


def _of_callers(found: Atom) -> Iterator[Group]:
    """What an atom on a key of the caller tells apart, said of its ARN."""
    if found.operator.family == "null":
        return
    if any("${" in text_of(pieces) for pieces in found.wanted):
        msg = f"{found.operator.name} {found.key} compares a key of the caller with a policy variable"
        raise UndecidedError(msg)
    if found.key in _OF_ARN:
        yield found.group
        return
    if found.operator.family not in ("string", "arn", "bool"):
        msg = f"{found.operator.name} compares {found.key}, which is text"
        raise UndecidedError(msg)
    yield tuple(language for pieces in found.wanted for language in _inside(found, pieces))


def _inside(found: Atom, pieces: Pieces) -> Iterator[Language]:
    """The ARNs of callers whose account or user name matches one value."""
    one = comparison(found.operator.name, found.key, (pieces,)).group
    for language in one:
        inner = narrowed(language, _SLASHLESS)
        if found.key in _OF_ACCOUNT:
            yield joined(_free(4), inner, sequence(":", (ANY, "*")))
        else:
            yield joined(_free(5), sequence("user/"), inner)
            yield joined(_free(5), sequence("user/", (ANY, "*"), "/"), inner)


def _free(segments: int) -> Language:
    return sequence("arn:", *(((NOT_COLON, "*"), ":") * (segments - 1)))


_ROLE_LINKED = "role/aws-service-role/"


def classes(seen: Views, callers: Callers, partition: str, hints: tuple[str, ...]) -> Iterator[Caller]:
    """An example of every class of callers."""
    for kind in Kind:
        if kind not in callers.kinds:
            continue
        if kind is Kind.SERVICE:
            yield from _services(seen)
        elif kind is Kind.WEB_IDENTITY:
            yield from _federated(seen, partition)
        else:
            for arn in _arns(seen, kind, callers, partition, hints):
                yield from _as_caller(arn, seen.sessions)


def _services(seen: Views) -> Iterator[Caller]:
    groups = (*((languages.literal(name),) for name in seen.services), *seen.service_atoms)
    domain = (sequence((HOST, "+"), ".amazonaws.com"), *(languages.literal(name) for name in seen.services))
    for name in combinations(groups, domain, ("s3.amazonaws.com", "ec2.amazonaws.com")):
        yield parse_caller(name)


def _federated(seen: Views, partition: str) -> Iterator[Caller]:
    """The identity providers that are named, one for each whose claims are compared, and others."""
    start = f"arn:{partition}:iam::999999999999"
    compared = (f"{start}:oidc-provider/{issuer}" for issuer in seen.issuers)
    others = (f"{start}:oidc-provider/elsewhere.example.com", f"{start}:saml-provider/elsewhere")
    for name in dict.fromkeys((*seen.providers, *compared, *others)):
        yield parse_caller(name)


@lru_cache(maxsize=1024)
def _domain(kind: Kind, callers: Callers, partition: str) -> Group:
    accounts: tuple[tuple[str | Chars, ...], ...] = (
        tuple((account,) for account in sorted(callers.accounts))
        if callers.accounts is not None
        else (_DIGITS,)
    )
    found = []
    for account in accounts:
        iam, sts = (f"arn:{partition}:iam::", *account), (f"arn:{partition}:sts::", *account)
        match kind:
            case Kind.ROOT:
                found.append(sequence(*iam, ":root"))
            case Kind.USER:
                found.append(sequence(*iam, ":user/", (PATH, "*"), NAME))
            case Kind.FEDERATED_USER:
                found.append(sequence(*sts, ":federated-user/", (NAME, "+")))
            case Kind.SERVICE_LINKED:
                found.append(sequence(*iam, f":{_ROLE_LINKED}", (PATH, "*"), NAME))
            case _:
                found.append(sequence(*iam, ":role/", (PATH, "*"), NAME))
    return tuple(found)


def _arns(seen: Views, kind: Kind, callers: Callers, partition: str, hints: tuple[str, ...]) -> Iterator[str]:
    linked: Group = (sequence("arn:", *(((NOT_COLON, "*"), ":") * 4), _ROLE_LINKED, (ANY, "*")),)
    outside = languages.account_of_arn(tuple(sorted(callers.outside)))
    groups = (linked, outside, *seen.arns)
    for arn in combinations(groups, _domain(kind, callers, partition), hints):
        caller = parse_caller(arn)
        if caller.service_linked is (kind is Kind.SERVICE_LINKED) and caller.account not in callers.outside:
            yield arn


def _as_caller(arn: str, sessions: Iterable[str]) -> Iterator[Caller]:
    """The caller of this ARN; a role calls as a session, under each name that the policies know and another."""
    start, role, name = arn.partition(":role/")
    if not role:
        yield parse_caller(arn)
        return
    session = f"{start.replace(':iam:', ':sts:')}:assumed-role/{name.rpartition('/')[2]}"
    named = [known for known in sessions if known.rpartition("/")[0] == session]
    free = next(
        name
        for name in ("session", *(f"session-{n}" for n in range(len(named) + 1)))
        if f"{session}/{name}" not in named
    )
    for known in (f"{session}/{free}", *named):
        yield parse_caller(known, arn)


def hints(partition: str, accounts: Iterable[str]) -> tuple[str, ...]:
    """ARNs that read well in an example."""
    found = []
    for account in (*accounts, "999999999999"):
        found += [
            f"arn:{partition}:iam::{account}:role/administrator",
            f"arn:{partition}:iam::{account}:user/somebody",
        ]
    return tuple(found)
