"""Runs Checkov in its own environment, job by job: a line of JSON in, a line of JSON out.

Importing Checkov takes seconds, and a run a fraction of one.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import sys
from typing import Any

RUNNERS = {
    "terraform": "checkov.terraform.runner:Runner",
    "terraform_json": "checkov.terraform_json.runner:TerraformJsonRunner",
    "terraform_plan": "checkov.terraform.plan_runner:Runner",
    "cloudformation": "checkov.cloudformation.runner:Runner",
}


def run(job: dict[str, Any]) -> dict[str, Any]:
    """Do one job. Checkov is imported by name: this file is read by tools that have none."""
    runner_filter_class = importlib.import_module("checkov.runner_filter").RunnerFilter
    os.chdir(job["cwd"])
    os.environ.pop("BEDROCK_CMK_GUARD_REQUIREMENTS", None)
    os.environ.update(job["env"])
    runner_filter = runner_filter_class(
        checks=job["checks"], skip_checks=job["skip"], framework=[job["framework"]]
    )
    module, _, name = RUNNERS[job["framework"]].partition(":")
    runner = getattr(importlib.import_module(module), name)()
    report = runner.run(
        root_folder=job["root"],
        files=job["files"],
        external_checks_dir=[job["folder"]],
        runner_filter=runner_filter,
    )
    records = [
        {
            "control": record.check_id,
            "outcome": outcome,
            "file": record.file_abs_path,
            "resource": record.resource,
            "name": record.check_name,
            "details": record.details,
            "lines": list(record.file_line_range),
        }
        for outcome in ("passed", "failed", "skipped")
        for record in getattr(report, f"{outcome}_checks")
    ]
    return {"records": records, "unparsed": report.parsing_errors}


if __name__ == "__main__":
    out = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        with contextlib.redirect_stdout(io.StringIO()):
            answer = run(json.loads(line))
        out.write(json.dumps(answer, default=str) + "\n")
        out.flush()
