"""The files of the Terraform that is rendered, before any program reads them."""

from __future__ import annotations

import re

from tests.whole.rendered import Rendered


def test_the_folder_holds_these_modules_and_no_provider(rendered: Rendered) -> None:
    folder = rendered.folder / "terraform"

    assert {path.parent.relative_to(folder).as_posix() for path in folder.rglob("*.tf")} == {
        module.name for module in rendered.modules
    }
    for path in folder.rglob("*.tf"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r'^\s*(provider\s+"|backend\s+")', text, re.MULTILINE), path
        assert "\r" not in text, path
        assert text.endswith("}\n"), path
