"""The extractor reads both layouts of the bindings: with a comment on every attribute, and without."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.terraform.extract_schema import extract

DECLARATIONS = """\
export interface KmsAliasConfig extends cdktn.TerraformMetaArguments {
    /**
    * Docs at Terraform Registry: {@link https://example.org/docs/resources/kms_alias#name KmsAlias#name}
    */
    readonly name?: string;
    /**
    * Docs at Terraform Registry: {@link https://example.org/docs/resources/kms_alias#target_ids KmsAlias#target_ids}
    */
    readonly targetIds: string[];
    /**
    * timeouts block
    *
    * Docs at Terraform Registry: {@link https://example.org/docs/resources/kms_alias#timeouts KmsAlias#timeouts}
    */
    readonly timeouts?: KmsAliasTimeouts;
}
export interface KmsAliasTimeouts {
    /**
    * Docs at Terraform Registry: {@link https://example.org/docs/resources/kms_alias#create KmsAlias#create}
    */
    readonly create?: string;
}
"""

CODE = """\
function kmsAliasTimeoutsToHclTerraform(struct) {
    const attrs = {
        create: {
            value: cdktn.stringToHclTerraform(struct.create),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
    };
}
class KmsAliasTimeoutsOutputReference extends cdktn.ComplexObject {
    //@ create - computed: false, optional: true, required: false
    get create() {
        return this.getStringAttribute('create');
    }
}
class KmsAlias extends cdktn.TerraformResource {
    static tfResourceType = "aws_kms_alias";
    // arn - computed: true, optional: false, required: false
    get arn() {
        return this.getStringAttribute('arn');
    }
    //@ name - computed: true, optional: true, required: false
    get name() {
        return this.getStringAttribute('name');
    }
    //@ target_ids - computed: false, optional: false, required: true
    get targetIds() {
        return cdktn.Fn.tolist(this.getListAttribute('target_ids'));
    }
    // timeouts - computed: false, optional: true, required: false
    _timeouts = new KmsAliasTimeoutsOutputReference(this, "timeouts");
    synthesizeHclAttributes() {
        const attrs = {
            target_ids: {
                value: cdktn.listMapperHcl(cdktn.stringToHclTerraform, false)(this._targetIds),
                isBlock: false,
                type: "set",
                storageClassType: "stringList",
            },
            timeouts: {
                value: kmsAliasTimeoutsToHclTerraform(this._timeouts.internalValue),
                isBlock: true,
                type: "struct",
                storageClassType: "KmsAliasTimeouts",
            },
        };
    }
}
"""

PROVIDER = """\
class AwsProvider extends cdktn.TerraformProvider {
    synthesizeHclAttributes() {
        const attrs = {
            region: {
                value: cdktn.stringToHclTerraform(this._region),
                isBlock: false,
                type: "simple",
                storageClassType: "string",
            },
        };
    }
}
"""

PROVIDER_DECLARATIONS = """\
export interface AwsProviderConfig {
    /**
    * Docs at Terraform Registry: {@link https://example.org/docs#region AwsProvider#region}
    */
    readonly region?: string;
}
"""


def package(folder: Path, code: str) -> Path:
    about = {"cdktn": {"provider": {"name": "registry.terraform.io/hashicorp/aws", "version": "6.1.2"}}}
    (folder / "package.json").parent.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(json.dumps(about), encoding="utf-8")
    sources = {"kms-alias": (code, DECLARATIONS), "provider": (PROVIDER, PROVIDER_DECLARATIONS)}
    for name, (js, dts) in sources.items():
        (folder / "lib" / name).mkdir(parents=True)
        (folder / "lib" / name / "index.js").write_text(js, encoding="utf-8")
        (folder / "lib" / name / "index.d.ts").write_text(dts, encoding="utf-8")
    return folder


@pytest.fixture
def expected() -> object:
    return {
        "version": 0,
        "block": {
            "attributes": {
                "arn": {"type": "string", "computed": True},
                "name": {"type": "string", "optional": True, "computed": True},
                "target_ids": {"type": ["set", "string"], "required": True},
            },
            "block_types": {
                "timeouts": {
                    "nesting_mode": "single",
                    "block": {"attributes": {"create": {"type": "string", "optional": True}}},
                }
            },
        },
    }


def test_layout_with_a_comment_on_every_attribute(tmp_path: Path, expected: object) -> None:
    schema = extract(package(tmp_path, CODE.replace("//@", "//")), {})
    (provider,) = schema["provider_schemas"].values()  # type: ignore[union-attr]
    assert schema["provider_version"] == "6.1.2"
    assert provider == {
        "provider": {
            "version": 0,
            "block": {"attributes": {"region": {"type": "string", "optional": True}}, "block_types": {}},
        },
        "resource_schemas": {"aws_kms_alias": expected},
        "data_source_schemas": {},
    }


def test_layout_without_borrows_computed_from_a_newer_schema(tmp_path: Path, expected: object) -> None:
    bare = "\n".join(line for line in CODE.splitlines() if "//@" not in line) + "\n"
    newer = {"resource_schemas": {"aws_kms_alias": expected}}
    schema = extract(package(tmp_path, bare), newer)  # type: ignore[arg-type]
    (provider,) = schema["provider_schemas"].values()  # type: ignore[union-attr]
    assert provider["resource_schemas"] == {"aws_kms_alias": expected}  # type: ignore[call-overload, index]
