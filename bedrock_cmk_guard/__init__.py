"""Customer managed keys for Amazon Bedrock agents and AgentCore memory, written down once and rendered as policy.

    from pathlib import Path
    from bedrock_cmk_guard import build, load_requirements, render, write

    requirements = load_requirements("cmk-guard.yaml")
    modules = build(requirements)
    write(render(modules, ["terraform"]), Path("policies"))

What is imported from here is the public interface; everything else may change. A name is loaded when it is first
used, so that importing the package costs nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bedrock_cmk_guard.audit import AuditResult, Scope, audit
    from bedrock_cmk_guard.claims import Claim, Judged, Verdict, claims_of
    from bedrock_cmk_guard.controls import CONTROLS, Control, Finding, judge
    from bedrock_cmk_guard.demands import Demands
    from bedrock_cmk_guard.diff_access import AccessDiff, Change, diff_access
    from bedrock_cmk_guard.errors import (
        GuardError,
        PolicyError,
        Problem,
        RenderError,
        RequirementsError,
        SourceError,
    )
    from bedrock_cmk_guard.history import History
    from bedrock_cmk_guard.iam import Effect, PolicyDocument, PolicyKind, Principal, Statement
    from bedrock_cmk_guard.iam.evaluator import (
        Decision,
        Grant,
        NearMiss,
        Open,
        OpenRequest,
        Outcome,
        PolicySet,
        Request,
        StatementRef,
        evaluate,
        supplied_by_aws,
    )
    from bedrock_cmk_guard.iam.quotas import sent_size
    from bedrock_cmk_guard.lint import LintFinding, LintReport, Severity, lint_paths, lint_policy
    from bedrock_cmk_guard.policies import POLICIES, Policy, build
    from bedrock_cmk_guard.prove import prove
    from bedrock_cmk_guard.render import (
        Drift,
        Format,
        Manifest,
        RenderedFile,
        Rendering,
        Written,
        check,
        load_manifest,
        render,
        write,
    )
    from bedrock_cmk_guard.rendered_set import RenderedSet, load_set
    from bedrock_cmk_guard.reports.audit.gathering import kpis
    from bedrock_cmk_guard.reports.audit.model import Kpis
    from bedrock_cmk_guard.reports.audit.report import AuditReport, report
    from bedrock_cmk_guard.requirements import (
        Requirements,
        dump_requirements,
        find_requirements,
        json_schema,
        load_requirements,
        loads_requirements,
    )
    from bedrock_cmk_guard.requirements.demands import demands_of
    from bedrock_cmk_guard.resources import (
        IamPolicy,
        IamRole,
        KmsKey,
        Module,
        Resource,
        ResourceControlPolicy,
        ServiceControlPolicy,
        TagPolicy,
        Target,
    )
    from bedrock_cmk_guard.scan import FailOn, Fixed, Reported, ScanResult, scan
    from bedrock_cmk_guard.simulate import Simulated, simulate
    from bedrock_cmk_guard.sources import read_plans, read_templates, read_terraform
    from bedrock_cmk_guard.surfaces import Catalogue, Surface, Tier, catalogue
    from bedrock_cmk_guard.verification import Verification, verify
    from bedrock_cmk_guard.written_policy import written_policy

_HOMES = {
    "audit": ("AuditResult", "Scope", "audit"),
    "claims": ("Claim", "Judged", "Verdict", "claims_of"),
    "controls": ("CONTROLS", "Control", "Finding", "judge"),
    "demands": ("Demands",),
    "diff_access": ("AccessDiff", "Change", "diff_access"),
    "errors": ("GuardError", "PolicyError", "Problem", "RenderError", "RequirementsError", "SourceError"),
    "history": ("History",),
    "iam": ("Effect", "PolicyDocument", "PolicyKind", "Principal", "Statement"),
    "iam.evaluator": (
        "Decision",
        "Grant",
        "NearMiss",
        "Open",
        "OpenRequest",
        "Outcome",
        "PolicySet",
        "Request",
        "StatementRef",
        "evaluate",
        "supplied_by_aws",
    ),
    "iam.quotas": ("sent_size",),
    "lint": ("LintFinding", "LintReport", "Severity", "lint_paths", "lint_policy"),
    "policies": ("POLICIES", "Policy", "build"),
    "prove": ("prove",),
    "render": (
        "Drift",
        "Format",
        "Manifest",
        "RenderedFile",
        "Rendering",
        "Written",
        "check",
        "load_manifest",
        "render",
        "write",
    ),
    "rendered_set": ("RenderedSet", "load_set"),
    "reports.audit.gathering": ("kpis",),
    "reports.audit.model": ("Kpis",),
    "reports.audit.report": ("AuditReport", "report"),
    "requirements": (
        "Requirements",
        "dump_requirements",
        "find_requirements",
        "json_schema",
        "load_requirements",
        "loads_requirements",
    ),
    "requirements.demands": ("demands_of",),
    "resources": (
        "IamPolicy",
        "IamRole",
        "KmsKey",
        "Module",
        "Resource",
        "ResourceControlPolicy",
        "ServiceControlPolicy",
        "TagPolicy",
        "Target",
    ),
    "scan": ("FailOn", "Fixed", "Reported", "ScanResult", "scan"),
    "simulate": ("Simulated", "simulate"),
    "sources": ("read_plans", "read_templates", "read_terraform"),
    "surfaces": ("Catalogue", "Surface", "Tier", "catalogue"),
    "verification": ("Verification", "verify"),
    "written_policy": ("written_policy",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "CONTROLS",
    "POLICIES",
    "AccessDiff",
    "AuditReport",
    "AuditResult",
    "Catalogue",
    "Change",
    "Claim",
    "Control",
    "Decision",
    "Demands",
    "Drift",
    "Effect",
    "FailOn",
    "Finding",
    "Fixed",
    "Format",
    "Grant",
    "GuardError",
    "History",
    "IamPolicy",
    "IamRole",
    "Judged",
    "KmsKey",
    "Kpis",
    "LintFinding",
    "LintReport",
    "Manifest",
    "Module",
    "NearMiss",
    "Open",
    "OpenRequest",
    "Outcome",
    "Policy",
    "PolicyDocument",
    "PolicyError",
    "PolicyKind",
    "PolicySet",
    "Principal",
    "Problem",
    "RenderError",
    "RenderedFile",
    "RenderedSet",
    "Rendering",
    "Reported",
    "Request",
    "Requirements",
    "RequirementsError",
    "Resource",
    "ResourceControlPolicy",
    "ScanResult",
    "Scope",
    "ServiceControlPolicy",
    "Severity",
    "Simulated",
    "SourceError",
    "Statement",
    "StatementRef",
    "Surface",
    "TagPolicy",
    "Target",
    "Tier",
    "Verdict",
    "Verification",
    "Written",
    "audit",
    "build",
    "catalogue",
    "check",
    "claims_of",
    "demands_of",
    "diff_access",
    "dump_requirements",
    "evaluate",
    "find_requirements",
    "json_schema",
    "judge",
    "kpis",
    "lint_paths",
    "lint_policy",
    "load_manifest",
    "load_requirements",
    "load_set",
    "loads_requirements",
    "prove",
    "read_plans",
    "read_templates",
    "read_terraform",
    "render",
    "report",
    "scan",
    "sent_size",
    "simulate",
    "supplied_by_aws",
    "verify",
    "write",
    "written_policy",
]


class _Package(ModuleType):
    """``audit``, ``render``, ``simulate`` and others are functions here, though modules of these names lie below.

    Importing such a module would bind it over the function, in whichever program first does so.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOME_OF and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return __all__
