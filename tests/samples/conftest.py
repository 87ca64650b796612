from pathlib import Path

import pytest

from usid_lab import samples


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    samples.write(folder, "small")
    return folder
