"""Refusing whatever in a file reaches outside it.

HDF5 has no switch for this: external raw storage reads any file that the user can
read, a virtual dataset too, and a cycle of virtual datasets ends the process. So a
dataset is looked at, description only, before its shape or a value is asked for.

What a chunk unpacks to is not looked at here: that would be reading everything twice.
:mod:`usid_lab.storage.chunkfaults` does, when a file is checked.
"""

import math
from collections import Counter

import h5py

from usid_lab.errors import RefusedError, UsidError
from usid_lab.storage.links import DAMAGE, address, resolve
from usid_lab.storage.text import plain, safe_name

MAX_CHUNK = 256 * 1024 * 1024
_MAX_SOURCES = 100_000
_MAX_NESTING = 16


def check_dataset(dataset: h5py.Dataset) -> None:
    """Refuse a dataset that must not be touched.

    Parameters
    ----------
    dataset : h5py.Dataset
        As :func:`usid_lab.storage.links.resolve` found it.
    """
    reason = refusal(dataset)
    if reason:
        text = f"'{plain(safe_name(dataset.name))}' is not opened: {reason}."
        raise RefusedError(text)


def refusal(dataset: h5py.Dataset) -> str:
    """Why a dataset must not be touched; '' if all is well."""
    try:
        return _refusal(dataset, (), {})
    except UsidError as error:
        return error.message.rstrip(".")
    except DAMAGE as error:
        return f"its description is damaged ({plain(str(error))})"


def _refusal(
    dataset: h5py.Dataset, above: tuple[int, ...], pieces: dict[int, int]
) -> str:
    plist = dataset.id.get_create_plist()
    if plist.get_external_count() > 0:
        file = plain(safe_name(plist.get_external(0)[0]))
        return f"its values lie in another file, {file}"
    layout = plist.get_layout()
    if layout == h5py.h5d.CHUNKED:
        return _chunks(dataset, plist)
    if layout == h5py.h5d.VIRTUAL:
        return _virtual(dataset, plist, above, pieces)
    return ""


def _chunks(dataset: h5py.Dataset, plist: h5py.h5p.PropDCID) -> str:
    nbytes = math.prod(plist.get_chunk()) * dataset.id.get_type().get_size()
    if nbytes <= MAX_CHUNK:
        return ""
    return f"one chunk of it takes {nbytes / 2**20:,.0f} MB of memory"


def _virtual(
    dataset: h5py.Dataset,
    plist: h5py.h5p.PropDCID,
    above: tuple[int, ...],
    pieces: dict[int, int],
) -> str:
    """Look at all sources; `pieces` counts those of each dataset, by address."""
    here = address(dataset)
    if here in above:
        return "it is made of itself"
    if here in pieces:
        return ""
    if len(above) >= _MAX_NESTING:
        return "virtual datasets are nested too deeply in it"
    total = count = plist.get_virtual_count()
    if count > _MAX_SOURCES:
        return f"it is made of {count:,} pieces"
    sources: Counter[str] = Counter()
    for number in range(count):
        file = plist.get_virtual_filename(number)
        if file != ".":
            return f"it takes values from another file, {plain(safe_name(file))}"
        sources[plist.get_virtual_dsetname(number)] += 1
    for source, times in sources.items():
        found, reason = _source(dataset.file, source, (*above, here), pieces)
        if reason:
            return reason
        total += times * pieces.get(found, 0)
    # HDF5 opens the pieces of pieces again for each of them.
    if total > _MAX_SOURCES:
        return f"it is made of {total:,} pieces"
    pieces[here] = total
    return ""


def _source(
    file: h5py.File, path: str, above: tuple[int, ...], pieces: dict[int, int]
) -> tuple[int, str]:
    """Address of a source, and why it must not be touched."""
    if "%" in path:
        return 0, "its sources are named by a pattern"
    # By the bytes that HDF5 will follow, never by a text that looks like them.
    found = resolve(file, path.encode("utf-8", "surrogateescape"))
    if not isinstance(found, h5py.Dataset):
        return 0, f"its source '{plain(safe_name(path))}' is not a dataset"
    return address(found), _refusal(found, above, pieces)
