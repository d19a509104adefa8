"""What is reported of an organisation from the history of its audits: figures, findings and what was not read."""

from __future__ import annotations
