"""Files in the place of those that the tutorials download: same structure, our data.

They are written with h5py alone, by none of our own functions.
"""

import zipfile

import h5py
import numpy as np

# A module that takes the place of the package 'wget'.
WGET = """
import pathlib, shutil
def download(url, path, bar=None):
    return shutil.copy(pathlib.Path("downloads", url.rsplit("/", 1)[-1]), path)
"""
# In the place of the documentation's own module, which uses scipy's find_peaks_cwt:
# that takes a minute for the data of the tutorials, this seconds.
PEAK_FINDING = """
import numpy as np


def find_peaks_cwt(vector, widths):
    places = np.arange(-len(vector) + 1, len(vector))
    squares = (places / np.mean(widths)) ** 2
    wavelet = (1 - squares) * np.exp(-squares / 2)
    return np.array([np.argmax(np.convolve(vector, wavelet, "valid"))])


def find_all_peaks(vector, width_bounds, num_steps=20, **kwargs):
    widths = np.linspace(*width_bounds, num_steps)
    return find_peaks_cwt(np.abs(vector), widths, **kwargs)
"""
_FIELDS = (
    "Amplitude [V]",
    "Frequency [Hz]",
    "Quality Factor",
    "Phase [rad]",
    "R2 Criterion",
)
_ROOT = {
    "Pycroscopy version": "0.0.a51",
    "comments": "Band Excitation data",
    "current_position_x": 4,
    "current_position_y": 4,
    "data_tool": "be_analyzer",
    "data_type": "BEPSData",
    "experiment_date": "26-Feb-2015 14:49:48",
    "experiment_unix_time": 1503428472.2374,
    "grid_size_x": 5,
    "grid_size_y": 5,
    "instrument": "cypher_west",
    "project_id": "CNMS_2015B_X0000",
    "project_name": "Band Excitation",
    "sample_description": "Thin Film",
    "sample_name": "PZT",
    "translate_date": "2017_08_22",
    "translator": "ODF",
    "user_name": "John Doe",
    "xcams_id": "abc",
}


def beps_small(path):
    """Write a file with all that the documentation prints of BEPS_small.h5.

    25 positions by 22272 steps, as pycroscopy wrote it in 2017: fastest dimension
    first but for DC_Offset, which stands before the faster Field.
    """
    with h5py.File(path, "w") as file:
        file.attrs.update(_ROOT)
        channel = file.create_group("Measurement_000/Channel_000")
        extras = _extras(channel)
        rows = np.indices((5, 5)).reshape(2, 25)[::-1].T  # Y slow, X fast
        position = write_tables(
            channel, "Position", rows, rows * 1.0, "X Y", ["m", "m"]
        )
        steps = _steps((2, 64, 2, 87))
        spectra = write_tables(
            channel,
            "Spectroscopic",
            *steps,
            "Frequency DC_Offset Field Cycle",
            ["Hz", "V", "", ""],
        )
        rng = np.random.default_rng(2015)
        values = rng.standard_normal((25, 22272, 2), np.float32).view(np.complex64)
        raw = channel.create_dataset("Raw_Data", data=values[..., 0])
        raw.attrs["quantity"] = "Cantilever Vertical Deflection"
        raw.attrs["units"] = "V"
        raw.attrs.update({name: found.ref for name, found in extras.items()})
        raw.attrs.update(position | spectra)
        raw.attrs["in_field_Plot_Group"] = raw.regionref[:, 87::174]
        raw.attrs["out_of_field_Plot_Group"] = raw.regionref[:, ::174]
        _fits(channel, position, rng)
        for number in range(2):
            _averages(
                channel.create_group(f"Spatially_Averaged_Plot_Group_{number:03d}")
            )


def be_line(path):
    """Write a file with all that the documentation prints of BELine_0004.h5.

    128 x 128 positions; spectra of 119 steps with a peak, at step 62 where the
    documentation looks at one.
    """
    with h5py.File(path, "w") as file:
        channel = file.create_group("Measurement_000/Channel_000")
        _extras(channel)
        rows = np.indices((128, 128)).reshape(2, -1)[::-1].T
        tables = write_tables(
            channel, "Position", rows, rows * 1.0, "X Y", ["m", "m"]
        ) | write_tables(
            channel,
            "Spectroscopic",
            np.arange(119)[None],
            np.linspace(3.0e5, 3.6e5, 119)[None],
            "Frequency",
            ["Hz"],
        )
        row, column = rows.T[::-1]
        center = 62 + 6 * np.sin((row - 103) / 9) + 6 * np.sin((column - 19) / 7)
        offset = (np.arange(119) - center[:, None]) / 12
        phase = np.exp(1j * np.arctan(offset))
        values = (np.exp(-(offset**2)) * phase).astype(np.complex64)
        raw = channel.create_dataset("Raw_Data", data=values)
        raw.attrs["quantity"] = "Cantilever Vertical Deflection"
        raw.attrs["units"] = "V"
        raw.attrs.update(tables)
        _averages(channel.create_group("Spatially_Averaged_Plot_Group_000"))


def _steps(sizes):
    """Indices and values of Cycle, DC_Offset, Field, Frequency, slow to fast."""
    cycle, offset, field, frequency = np.indices(sizes).reshape(4, -1)
    bias = np.concatenate([np.arange(16), np.arange(16, -16, -1), np.arange(-16, 0)])
    indices = np.stack([frequency, offset, field, cycle])
    values = [3.0e5 + 700.0 * frequency, bias[offset] / 2, 1.0 * field, 1.0 * cycle]
    return indices, np.stack(values)


def write_tables(group, side, indices, values, labels, units):
    """Write two tables with plain h5py; gives their references by name."""
    tables = {}
    for kind, table, dtype in (("Indices", indices, "u4"), ("Values", values, "f4")):
        found = group.create_dataset(f"{side}_{kind}", data=table.astype(dtype))
        found.attrs["labels"] = np.array(labels.split(), "S")
        found.attrs["units"] = np.array(units, "S")
        tables[f"{side}_{kind}"] = found.ref
    return tables


def _extras(channel):
    made = {
        "Bin_FFT": np.zeros(87, np.complex64),
        "Bin_Frequencies": np.linspace(3.0e5, 3.6e5, 87, dtype=np.float32),
        "Bin_Indices": np.arange(87, dtype=np.uint32),
        "Bin_Step": np.arange(256, dtype=np.uint32),
        "Bin_Wfm_Type": np.zeros(87, np.uint32),
        "Excitation_Waveform": np.zeros(512, np.float32),
        "Noise_Floor": np.zeros((25, 256), np.float32),
        "UDVS": np.zeros((256, 7), np.float32),
        "UDVS_Indices": np.arange(22272, dtype=np.uint64),
    }
    return {
        name: channel.create_dataset(name, data=data) for name, data in made.items()
    }


def _fits(channel, position, rng):
    group = channel.create_group("Raw_Data-SHO_Fit_000")
    group.attrs["SHO_fit_method"] = "pycroscopy BESHO"
    group.attrs["SHO_guess_method"] = "pycroscopy BESHO"
    group.attrs["machine_id"] = "mac109728.ornl.gov"
    group.attrs["timestamp"] = "2017_08_22-15_02_08"
    indices, values = _steps((2, 64, 2, 1))
    labels = "DC_Offset Field Cycle"
    spectra = write_tables(
        group, "Spectroscopic", indices[1:], values[1:], labels, ["V", "", ""]
    )
    for name in ("Fit", "Guess"):
        table = rng.random((25, 256 * len(_FIELDS)), np.float32)
        kind = np.dtype([(field, "f4") for field in _FIELDS])
        found = group.create_dataset(name, data=table.view(kind))
        found.attrs["quantity"], found.attrs["units"] = "SHO parameters", "compound"
        found.attrs.update(position | spectra)


def _averages(group):
    group["Bin_Frequencies"] = np.linspace(3.0e5, 3.6e5, 87, dtype=np.float32)
    group["Mean_Spectrogram"] = np.zeros((87, 256), np.complex64)
    group["Spectroscopic_Parameter"] = np.zeros(256, np.float32)
    group["Step_Averaged_Response"] = np.zeros(256, np.complex64)


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
