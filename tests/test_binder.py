import json
import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]


def test_overridden_settings_exist():
    overrides = json.loads((REPOSITORY / "binder" / "overrides.json").read_text())
    for plugin, settings in overrides.items():
        package, _, name = plugin.partition(":")
        assert package == "usid-lab"
        schema = json.loads((REPOSITORY / "schema" / f"{name}.json").read_text())
        assert settings.keys() <= schema["properties"].keys()


@pytest.mark.skipif(os.name == "nt", reason="no such permission")
def test_post_build_can_be_run():
    assert os.access(REPOSITORY / "binder" / "postBuild", os.X_OK)
