"""Files in the place of those that the tutorials download: same structure, our data."""

import itertools
import zipfile

import h5py
import numpy as np

# A module that takes the place of the package 'wget'.
WGET = """
import pathlib, shutil
def download(url, path, bar=None):
    return shutil.copy(pathlib.Path("downloads", url.rsplit("/", 1)[-1]), path)
"""
FIELDS = (
    "Amplitude [V]",
    "Frequency [Hz]",
    "Quality Factor",
    "Phase [rad]",
    "R2 Criterion",
)
ROOT = {
    "instrument": "cypher_west",
    "user_name": "John Doe",
    "data_type": "BEPSData",
    "current_position_x": 4,
    "translate_date": "2017_08_22",
    "current_position_y": 4,
    "project_name": "Band Excitation",
    "xcams_id": "abc",
    "sample_name": "PZT",
    "comments": "Band Excitation data",
    "project_id": "CNMS_2015B_X0000",
    "experiment_unix_time": 1503428472.2374,
    "experiment_date": "26-Feb-2015 14:49:48",
    "data_tool": "be_analyzer",
    "grid_size_y": 5,
    "sample_description": "Thin Film",
    "translator": "ODF",
    "grid_size_x": 5,
    "Pycroscopy version": "0.0.a51",
}
FIT = {
    "SHO_guess_method": "pycroscopy BESHO",
    "timestamp": "2017_08_22-15_02_08",
    "machine_id": "mac109728.ornl.gov",
    "SHO_fit_method": "pycroscopy BESHO",
}
# Name, unit and size in the order of the rows; DC_Offset is slower than Field.
SPECTRAL = (
    ("Frequency", "Hz", 87),
    ("DC_Offset", "V", 64),
    ("Field", "", 2),
    ("Cycle", "", 2),
)
SLOWEST_FIRST = ("Cycle", "DC_Offset", "Field", "Frequency")


def band_excitation(path):
    """Write a file like BEPS_small.h5, without any of our own writing functions."""
    random = np.random.default_rng(0)
    with h5py.File(path, "w") as file:
        file.attrs.update(ROOT)
        channel = file.create_group("Measurement_000/Channel_000")
        _extras(channel)
        positions = np.array(list(itertools.product(range(5), range(5))))[:, ::-1]
        for what, dtype in (("Indices", "u4"), ("Values", "f4")):
            stored = positions.astype(dtype)
            table = channel.create_dataset(f"Position_{what}", data=stored)
            _describe(table, ("X", "Y"), ("m", "m"))
        parts = random.normal(size=(2, 25, 87 * 256)).astype("f4")
        raw = channel.create_dataset("Raw_Data", data=parts[0] + 1j * parts[1])
        _spectral(channel, SPECTRAL)
        _main(raw, channel, channel, "Cantilever Vertical Deflection", "V")
        for name in _EXTRAS:
            raw.attrs[name] = channel[name].ref
        raw.attrs["in_field_Plot_Group"] = raw.regionref[:, : 87 * 128]
        raw.attrs["out_of_field_Plot_Group"] = raw.regionref[:, 87 * 128 :]
        _fits(channel, random)
        _averages(channel)


def spectroscopy_text(path):
    """Write an archive like STS.zip: text with 403 lines of header, then spectra."""
    header = [
        "File Format = ASCII",
        "Created by usid_lab",
        "Original file: none",
        "x-pixels = 100",
        "y-pixels = 100",
        "x-length = 29.7595",
        "y-length = 29.7595",
        "x-offset = -967.807",
        "y-offset = -781.441",
        "z-points = 500",
        "z-section = 491",
        "z-unit = nV",
        "z-range = 2000000000",
        "z-offset = 1116.49",
        "value-unit = nA",
        "scanspeed = 59519000000",
        "voidpixels = 0",
    ]
    lines = [f"# {line}" for line in header] + ["#"] * (403 - len(header))
    lines += [f"{row % 7}\t" * 500 for row in range(100 * 100)]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("STS.asc", "\n".join(lines) + "\n")


_EXTRAS = {
    "Bin_FFT": (87,),
    "Bin_Frequencies": (87,),
    "Bin_Indices": (87,),
    "Bin_Step": (22272,),
    "Bin_Wfm_Type": (1,),
    "Excitation_Waveform": (128,),
    "Noise_Floor": (25, 256),
    "UDVS": (256, 7),
    "UDVS_Indices": (22272,),
}


def _extras(channel):
    for name, shape in _EXTRAS.items():
        dtype = "u8" if name == "UDVS_Indices" else "f4"
        channel.create_dataset(name, shape, dtype)


def _describe(table, labels, units):
    table.attrs["labels"] = np.array(labels, "S")
    table.attrs["units"] = np.array(units, "S")


def _spectral(group, dims):
    """Write tables by a loop over all steps, slowest dimension outside."""
    sizes = {name: size for name, _, size in dims}
    order = [name for name in SLOWEST_FIRST if name in sizes]
    steps = list(itertools.product(*(range(sizes[name]) for name in order)))
    rows = np.array([[step[order.index(name)] for step in steps] for name in sizes])
    for what, dtype in (("Indices", "u4"), ("Values", "f4")):
        table = group.create_dataset(f"Spectroscopic_{what}", data=rows.astype(dtype))
        _describe(table, list(sizes), [unit for _, unit, _ in dims])


def _main(dataset, positions, spectra, quantity, units):
    dataset.attrs.update(quantity=quantity, units=units)
    for what in ("Indices", "Values"):
        dataset.attrs[f"Position_{what}"] = positions[f"Position_{what}"].ref
        dataset.attrs[f"Spectroscopic_{what}"] = spectra[f"Spectroscopic_{what}"].ref


def _fits(channel, random):
    group = channel.create_group("Raw_Data-SHO_Fit_000")
    group.attrs.update(FIT)
    _spectral(group, SPECTRAL[1:])
    for name in ("Fit", "Guess"):
        values = np.zeros((25, 256), [(field, "f4") for field in FIELDS])
        values[FIELDS[0]] = random.normal(size=(25, 256))
        fitted = group.create_dataset(name, data=values)
        _main(fitted, channel, group, "SHO parameters", "compound")


def _averages(channel):
    for number in range(2):
        group = channel.create_group(f"Spatially_Averaged_Plot_Group_{number:03d}")
        for name in (
            "Bin_Frequencies",
            "Mean_Spectrogram",
            "Spectroscopic_Parameter",
            "Step_Averaged_Response",
        ):
            group.create_dataset(name, data=np.zeros(4))
