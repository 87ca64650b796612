import pytest

from usid_lab.model.orientation import points_up


@pytest.mark.parametrize(
    "attributes",
    [
        {"translator": "ImageTranslator"},
        {"translator": " image "},
        {"data_type": "ImageData"},
        {"instrument": "Nion UltraSTEM 100"},
        {"instrument": "FEI TEM"},
        {"tool": "eels_acquisition"},
        {"data_type": "4D-STEM"},
    ],
)
def test_images_and_transmission_count_rows_downwards(attributes):
    assert not points_up([{}, attributes])


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"translator": "BEodfTranslator", "data_type": "BEPSData"},
        # A word that only holds those letters.
        {"instrument": "System of item 7", "tool": "Fit"},
        {"comment": "taken beside the TEM"},
    ],
)
def test_scans_count_them_upwards(attributes):
    assert points_up([attributes])
