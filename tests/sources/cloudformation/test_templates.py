"""Templates as people write them: what names the key, however it is handed on, and what of it cannot be known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bedrock_cmk_guard.sources.cloudformation import CloudFormationOptions, read
from bedrock_cmk_guard.sources.files import SourceFile
from bedrock_cmk_guard.subjects import (
    Absent,
    Choice,
    EncryptedResource,
    KeyName,
    KeyValue,
    Reading,
    Unknown,
    made_up_arn,
)

KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
DECLARED = KeyName(made_up_arn("kms", "key", "Key"))


def readings(folder: Path, *names: str, parameters: tuple[str, ...] = ()) -> list[Reading]:
    files = [SourceFile(folder / name, name) for name in names]
    options = CloudFormationOptions(tuple(folder / name for name in parameters), folder)
    return list(read(files, options))


def template(key: str, more: str = "") -> str:
    return f"""{more}
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy: {{}}
  Agent:
    Type: AWS::Bedrock::Agent
    Properties:
      AgentName: support
      CustomerEncryptionKeyArn: {key}
"""


def resources(folder: Path, text: str, name: str = "t.yaml") -> dict[str, EncryptedResource]:
    (folder / name).write_text(text, encoding="utf-8")
    found = readings(folder, name)
    assert [fault.message for reading in found for fault in reading.faults] == []
    return {each.address: each for reading in found for each in reading.resources}


PARAMETER = (
    f"Parameters:\n  Arn: {{Type: String, Default: '{KEY}'}}\n  Stage: {{Type: String, Default: prod}}"
)
CONDITIONS = (
    PARAMETER + "\nConditions:\n  IsProd: !Equals [!Ref Stage, prod]\n  Not: !Not [!Condition IsProd]"
)
MAPPINGS = PARAMETER + f"\nMappings:\n  Keys:\n    prod: {{Arn: '{KEY}'}}"


@pytest.mark.parametrize(
    ("key", "more", "value"),
    [
        (KEY, "", KeyName(KEY)),
        ("!GetAtt Key.Arn", "", DECLARED),
        ("{Fn::GetAtt: [Key, Arn]}", "", DECLARED),
        ("!Sub '${Key.Arn}'", "", DECLARED),
        ("!Ref Arn", PARAMETER, KeyName(KEY)),
        ("!Sub '${Arn}'", PARAMETER, KeyName(KEY)),
        ("!Join ['', [!Ref Arn, '']]", PARAMETER, KeyName(KEY)),
        ("!Select [1, [a, !Ref Arn]]", PARAMETER, KeyName(KEY)),
        (f"!Select [0, !Split ['|', '{KEY}|x']]", "", KeyName(KEY)),
        ("!FindInMap [Keys, !Ref Stage, Arn]", MAPPINGS, KeyName(KEY)),
        ("!If [IsProd, !Ref Arn, !Ref AWS::NoValue]", CONDITIONS, KeyName(KEY)),
        ("!If [Not, !Ref Arn, !Ref AWS::NoValue]", CONDITIONS, Absent("left out")),
        ("!Ref AWS::NoValue", "", Absent("left out")),
        ("''", "", Absent("empty")),
        ("!Ref Key", "", KeyName(DECLARED.text.rpartition("/")[2])),
    ],
)
def test_the_key_is_found_however_it_is_handed_on(
    tmp_path: Path, key: str, more: str, value: KeyValue
) -> None:
    assert resources(tmp_path, template(key, more))["Agent"].key.value == value


@pytest.mark.parametrize(
    ("key", "more"),
    [
        ("!Ref Arn", "Parameters:\n  Arn: {Type: String}"),
        ("!Ref Arn", "Parameters:\n  Arn: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /key}"),
        ("!ImportValue key-arn", ""),
        ("'{{resolve:ssm:/key}}'", ""),
        ("!Ref Nothing", ""),
        ("!GetAtt Other.Arn", ""),
    ],
)
def test_what_nobody_gave_is_unknown(tmp_path: Path, key: str, more: str) -> None:
    assert isinstance(resources(tmp_path, template(key, more))["Agent"].key.value, Unknown)


def test_a_branch_that_nobody_knows_is_a_choice(tmp_path: Path) -> None:
    more = "Parameters:\n  Stage: {Type: String}\nConditions:\n  IsProd: !Equals [!Ref Stage, prod]"
    value = resources(tmp_path, template(f"!If [IsProd, '{KEY}', !Ref AWS::NoValue]", more))[
        "Agent"
    ].key.value
    assert isinstance(value, Choice)
    assert set(value.options) == {KeyName(KEY), Absent("left out")}


def test_left_out_has_the_place_of_the_resource(tmp_path: Path) -> None:
    text = "Resources:\n  Agent:\n    Type: AWS::Bedrock::Agent\n    Properties:\n      AgentName: a\n"
    agent = resources(tmp_path, text)["Agent"]
    assert (agent.key.value, agent.key.place) == (Absent("left out"), None)
    assert (agent.place.line, agent.place.column, agent.place.end_line) == (2, 3, 5)


def test_json_has_places_too(tmp_path: Path) -> None:
    text = json.dumps(
        {
            "Resources": {
                "Agent": {"Type": "AWS::Bedrock::Agent", "Properties": {"CustomerEncryptionKeyArn": KEY}}
            }
        },
        indent=2,
    )
    agent = resources(tmp_path, text, "t.json")["Agent"]
    assert agent.key.value == KeyName(KEY)
    assert agent.key.place is not None
    assert (agent.place.line, agent.key.place.line) == (3, 6)


def test_a_resource_whose_condition_never_holds_is_none(tmp_path: Path) -> None:
    more = "Conditions:\n  Never: !Equals [a, b]"
    text = template(KEY, more).replace("  Agent:\n", "  Agent:\n    Condition: Never\n")
    assert resources(tmp_path, text) == {}
    by_default = "Parameters:\n  Stage: {Type: String, Default: test}\nConditions:\n  Never: !Equals [!Ref Stage, prod]"
    agent = resources(tmp_path, text.replace(more, by_default))["Agent"]
    assert "false by default only" in agent.note


def test_parameter_files_of_every_form(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(template("!Ref Arn", "Parameters:\n  Arn: {Type: String}"))
    forms = [
        json.dumps([{"ParameterKey": "Arn", "ParameterValue": KEY}]),
        json.dumps({"Parameters": {"Arn": KEY}}),
        json.dumps({"Arn": KEY}),
    ]
    for form in forms:
        (tmp_path / "p.json").write_text(form)
        (reading,) = readings(tmp_path, "t.yaml", parameters=("p.json",))
        assert reading.resources[0].key.value == KeyName(KEY)
    for broken in ("[]x", '"text"', "[1, 2]", "{"):
        (tmp_path / "p.json").write_text(broken)
        found = readings(tmp_path, "t.yaml", parameters=("p.json",))
        assert [fault for reading in found for fault in reading.faults], broken


CHILD = """Parameters:
  Arn: {Type: String, Default: ''}
Resources:
  Agent:
    Type: AWS::Bedrock::Agent
    Properties:
      AgentName: a
      CustomerEncryptionKeyArn: !Ref Arn
Outputs:
  Arn: {Value: !Ref Arn}
"""


def test_a_nested_stack_is_judged_through_its_parent(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below/child.yaml").write_text(CHILD)
    parent = f"""Resources:
  Nested:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: below/child.yaml
      Parameters: {{Arn: '{KEY}'}}
  Other:
    Type: AWS::Bedrock::Agent
    Properties: {{CustomerEncryptionKeyArn: !GetAtt Nested.Outputs.Arn}}
"""
    (tmp_path / "t.yaml").write_text(parent)
    found = readings(tmp_path, "t.yaml", "below/child.yaml")
    judged = {each.address: each.key.value for reading in found for each in reading.resources}
    assert judged == {"Nested/Agent": KeyName(KEY), "Other": KeyName(KEY)}
    # Alone, the child has its own default.
    (alone,) = readings(tmp_path, "below/child.yaml")
    assert alone.resources[0].key.value == Absent("empty")


@pytest.mark.parametrize("url", ["missing.yaml", "https://example.com/t.yaml", "../outside.yaml", "t.yaml"])
def test_a_nested_stack_that_cannot_be_read_is_a_fault(tmp_path: Path, url: str) -> None:
    folder = tmp_path / "repository"
    folder.mkdir()
    (tmp_path / "outside.yaml").write_text(CHILD)
    text = f"Resources:\n  N: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: '{url}'}}}}\n"
    (folder / "t.yaml").write_text(text)
    faults = [fault for reading in readings(folder, "t.yaml") for fault in reading.faults]
    assert [fault.kind.value for fault in faults] == ["module"]


def test_templates_that_nest_each_other_in_a_ring_are_not_silent(tmp_path: Path) -> None:
    for one, other in (("a", "b"), ("b", "a")):
        nested = f"  N: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {other}.yaml}}}}\n"
        (tmp_path / f"{one}.yaml").write_text(f"Resources:\n  Agent: {{Type: AWS::Bedrock::Agent}}\n{nested}")
    found = readings(tmp_path, "a.yaml", "b.yaml")
    assert {each.address for reading in found for each in reading.resources} >= {"Agent", "N/Agent"}
    assert [fault for reading in found for fault in reading.faults]


def test_the_cdks_manifest_says_where_a_stack_is_made(tmp_path: Path) -> None:
    (tmp_path / "A.template.json").write_text(
        json.dumps({"Resources": {"Agent": {"Type": "AWS::Bedrock::Agent", "Properties": {}}}})
    )
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://111122223333/eu-central-1",
        "properties": {"templateFile": "A.template.json"},
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"A": stack}}))
    (reading,) = readings(tmp_path, "A.template.json")
    (agent,) = reading.resources
    assert (agent.account.value, agent.region.value) == ("111122223333", "eu-central-1")


def test_loops_are_written_out(tmp_path: Path) -> None:
    text = f"""Transform: AWS::LanguageExtensions
Resources:
  Fn::ForEach::Agents:
    - Name
    - [Sales, Support]
    - Agent${{Name}}:
        Type: AWS::Bedrock::Agent
        Properties:
          AgentName: !Ref Name
          CustomerEncryptionKeyArn: {KEY}
"""
    found = resources(tmp_path, text)
    assert {name: each.name.value for name, each in found.items()} == {
        "AgentSales": "Sales",
        "AgentSupport": "Support",
    }


def test_an_agent_that_keeps_memory_is_two_surfaces_and_a_harness_without_memory_has_one(
    tmp_path: Path,
) -> None:
    text = """Resources:
  Agent:
    Type: AWS::Bedrock::Agent
    Properties: {AgentName: a, MemoryConfiguration: {EnabledMemoryTypes: [SESSION_SUMMARY]}}
  Harness:
    Type: AWS::BedrockAgentCore::Harness
    Properties: {HarnessName: h}
"""
    (tmp_path / "t.yaml").write_text(text)
    (reading,) = readings(tmp_path, "t.yaml")
    assert sorted((each.address, each.surface) for each in reading.resources) == [
        ("Agent", "agent-memory-classic"),
        ("Agent", "bedrock-agent"),
        ("Harness", "agentcore-harness-managed-memory"),
    ]


def test_roles_and_keys_are_read_with_their_policies(tmp_path: Path) -> None:
    text = """Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: []}
      Policies: [{PolicyName: p, PolicyDocument: {Version: '2012-10-17', Statement: []}}]
  Policy:
    Type: AWS::IAM::RolePolicy
    Properties:
      RoleName: !Ref Role
      PolicyName: q
      PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: 'kms:*', Resource: !GetAtt Key.Arn}]}
  Key:
    Type: AWS::KMS::Key
    Properties: {EnableKeyRotation: true, KeyPolicy: {Version: '2012-10-17', Statement: []}, Tags: [{Key: a, Value: b}]}
  Alias:
    Type: AWS::KMS::Alias
    Properties: {AliasName: alias/a, TargetKeyId: !Ref Key}
"""
    (tmp_path / "t.yaml").write_text(text)
    (reading,) = readings(tmp_path, "t.yaml")
    (role,), (key,) = reading.roles, reading.keys
    assert len(role.policies) == 2
    attached = role.policies[1].value
    assert isinstance(attached, dict)
    assert attached["Statement"] == [{"Effect": "Allow", "Action": "kms:*", "Resource": key.arn}]
    assert (key.rotation.value, key.rotation_period_days.value, key.deletion_window_days.value) == (
        True,
        365,
        30,
    )
    assert (key.aliases, key.tags.value) == (("alias/a",), {"a": "b"})


@pytest.mark.parametrize(
    "text",
    [
        "Resources:\n  Agent: {Type: AWS::Bedrock::Agent\n",
        "Resources:\n  Agent: {Type: AWS::Bedrock::Agent}\n  Agent: {Type: AWS::Bedrock::Agent}\n",
        "Resources:\n  Agent: {Properties: {}}\n  B: {Type: AWS::Bedrock::Agent}\n",
        "Other:\n  Agent: {Type: AWS::Bedrock::Agent, Properties: {}}\nResources: {}\n",
        "Resources:\n  Fn::Transform: {Name: AWS::Include}\n  B: {Type: AWS::Bedrock::Agent}\n",
        "Resources:\n  Fn::ForEach::X: [A, !ImportValue list, {'B${A}': {Type: AWS::Bedrock::Agent}}]\n",
        "Transform: [AWS::Serverless-2016-10-31, Mine]\nResources:\n  B: {Type: AWS::Bedrock::Agent}\n",
        "Transform: {Name: AWS::Include}\nResources:\n  B: {Type: AWS::S3::Bucket}\n",
        "Resources:\n  B: {Type: Org::Bedrock::Agent::MODULE}\n",
        "Resources:\n  B: {Type: AWS::CloudFormation::StackSet, Properties: {TemplateURL: 'https://s3/x.yaml'}}\n",
        "Resources:\n  B: {Type: AWS::CloudFormation::StackSet, Properties: {TemplateURL: !ImportValue x}}\n",
        "Resources:\n  B:\n    Type: AWS::CloudFormation::StackSet\n    Properties:\n      TemplateBody: |\n"
        "        Resources:\n          A: {Type: AWS::Bedrock::Agent}\n",
        "Resources:\n  B:\n    Type: AWS::CloudFormation::StackSet\n    Properties:\n      TemplateBody:\n"
        "        Fn::ToJsonString: {Resources: {A: {Type: AWS::Bedrock::Agent, Properties: {}}}}\n",
    ],
)
def test_what_cannot_be_read_is_a_fault(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.yaml").write_text(text)
    assert [fault for reading in readings(tmp_path, "t.yaml") for fault in reading.faults]


@pytest.mark.parametrize(
    "text",
    [
        # A StackSet's template on disk is judged by itself.
        "Resources:\n  B: {Type: AWS::CloudFormation::StackSet, Properties: {TemplateURL: t.yaml}}\n",
        # These only name the type.
        "Resources:\n  B: {Type: AWS::Config::ConfigRule, Properties: {Scope: [AWS::Bedrock::Agent]}}\n",
        "Transform: AWS::LanguageExtensions\nResources:\n  B: {Type: AWS::S3::Bucket}\n",
    ],
)
def test_what_brings_nothing_in_is_no_fault(tmp_path: Path, text: str) -> None:
    assert not resources(tmp_path, text)
