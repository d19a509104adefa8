"""Scan: finds what there is to judge, has it read and judged, and says what was found.

from bedrock_cmk_guard import load_requirements, scan

result = scan(["infrastructure"], load_requirements("cmk-guard.yaml"))
for each in result.findings:
print(each.finding.place, each.finding.message)
"""

from __future__ import annotations

from bedrock_cmk_guard.reports.findings.result import FailOn, Fixed, Reported, ScanResult
from bedrock_cmk_guard.scan.scanning import scan

__all__ = ["FailOn", "Fixed", "Reported", "ScanResult", "scan"]
