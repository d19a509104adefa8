"""Load after dump gives back any requirements, and the JSON Schema takes whatever loads."""

from __future__ import annotations

import jsonschema
import yaml
from hypothesis import HealthCheck, given, settings

from bedrock_cmk_guard.requirements import Requirements, dump_requirements, json_schema, loads_requirements
from tests.requirements.strategies import requirements

VALIDATOR = jsonschema.Draft202012Validator(json_schema())
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@settings(max_examples=80, deadline=None, suppress_health_check=SLOW)
@given(requirements())
def test_dump_then_load_is_identity(req: Requirements) -> None:
    text = dump_requirements(req)
    assert loads_requirements(text) == req
    # Every YAML parser is to read the same: PyYAML's own loader, which types values, sees the same data.
    data = yaml.safe_load(text)
    assert data == req.model_dump(mode="json", exclude_defaults=True)
    assert not list(VALIDATOR.iter_errors(data))
