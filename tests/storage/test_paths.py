from usid_lab.storage.paths import resolved


def test_one_file_has_one_path(image, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert resolved(image.name) == resolved(image) == resolved(str(image))
