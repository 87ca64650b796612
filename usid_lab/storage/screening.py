"""Refusing whatever in a file reaches outside it, unless its user permitted that.

HDF5 has no switch for this: external raw storage reads any file that the user can
read, a virtual dataset too, and a cycle of virtual datasets ends the process. So a
dataset is looked at, description only, before its shape or a value is asked for.
So are the other files, where they are permitted: what is missing there would be zeros.

What a chunk unpacks to is not looked at here: that would be reading everything twice.
:mod:`usid_lab.storage.chunkfaults` does, when a file is checked.
"""

import math
import operator
from collections import defaultdict
from dataclasses import dataclass

import h5py

from usid_lab.errors import RefusedError, UsidError
from usid_lab.storage.links import DAMAGE, place_of, resolve
from usid_lab.storage.outside import Outside, outside_of
from usid_lab.storage.permission import ADVICE
from usid_lab.storage.text import plain, safe_name

MAX_CHUNK = 256 * 1024 * 1024
_MAX_SOURCES = 100_000
_MAX_NESTING = 16
_Place = tuple[int, int]  # which file, and where in it
_NOWHERE = (0, 0)


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
    dataset: h5py.Dataset, above: tuple[_Place, ...], pieces: dict[_Place, int]
) -> str:
    plist = dataset.id.get_create_plist()
    if plist.get_external_count() > 0:
        return _external(dataset, plist)
    layout = plist.get_layout()
    if layout == h5py.h5d.CHUNKED:
        return _chunks(dataset, plist)
    if layout == h5py.h5d.VIRTUAL:
        return _virtual(dataset, plist, above, pieces)
    return ""


def _external(dataset: h5py.Dataset, plist: h5py.h5p.PropDCID) -> str:
    """Look at files of raw values: HDF5 takes zeros for what is not in them."""
    outside = outside_of(dataset)
    if outside is None:
        file = plain(safe_name(plist.get_external(0)[0]))
        return f"its values lie in another file, {file}; {ADVICE}"
    if plist.get_external_count() > _MAX_SOURCES:
        return f"its values lie in {plist.get_external_count():,} files"
    prefix = dataset.id.get_access_plist().get_efile_prefix()
    left = math.prod(dataset.shape) * dataset.id.get_type().get_size()
    for number in range(plist.get_external_count()):
        name, offset, size = plist.get_external(number)
        wanted = min(left, size)
        left -= wanted
        if outside.raw_bytes(name, prefix) < offset + wanted:
            return f"the file {plain(safe_name(name))} is shorter than its values"
    return "the files that it names do not hold all of its values" if left else ""


def _chunks(dataset: h5py.Dataset, plist: h5py.h5p.PropDCID) -> str:
    nbytes = math.prod(plist.get_chunk()) * dataset.id.get_type().get_size()
    if nbytes <= MAX_CHUNK:
        return ""
    return f"one chunk of it takes {nbytes / 2**20:,.0f} MB of memory"


def _virtual(
    dataset: h5py.Dataset,
    plist: h5py.h5p.PropDCID,
    above: tuple[_Place, ...],
    pieces: dict[_Place, int],
) -> str:
    """Look at all sources; `pieces` counts those of each dataset."""
    here, outside = place_of(dataset), outside_of(dataset)
    if here in above:
        return "it is made of itself"
    if here in pieces:
        return ""
    if len(above) >= _MAX_NESTING:
        return "virtual datasets are nested too deeply in it"
    total = plist.get_virtual_count()
    if total > _MAX_SOURCES:
        return f"it is made of {total:,} pieces"
    for (file, path), source in _sources(plist, outside).items():
        home = _home(dataset.file, file, outside)
        found, reason = _source(home, path, source, (*above, here), pieces)
        if reason:
            return reason
        total += source.times * pieces.get(found, 0)
    # HDF5 opens the pieces of pieces again for each of them.
    if total > _MAX_SOURCES:
        return f"it is made of {total:,} pieces"
    pieces[here] = total
    return ""


@dataclass(slots=True)
class _Mapped:
    """What is taken of a source.

    How often, up to which index along each axis, and how many values where it is all
    of them.
    """

    times: int = 0
    last: tuple[int, ...] = ()
    size: int | None = None

    def add(self, plist: h5py.h5p.PropDCID, number: int) -> None:
        """Look at one mapping of a virtual dataset."""
        space = plist.get_virtual_srcspace(number)
        if _is_unlimited(plist.get_virtual_vspace(number)) or _is_unlimited(space):
            return  # it follows the source
        if space.get_select_type() == h5py.h5s.SEL_ALL:
            self.size = int(plist.get_virtual_vspace(number).get_select_npoints())
        else:
            last = space.get_select_bounds()[1]
            self.last = tuple(map(max, self.last, last)) if self.last else last

    def is_in(self, shape: tuple[int, ...]) -> bool:
        """Whether a source of this shape has it all."""
        inside = all(map(operator.lt, self.last, shape))
        return inside and self.size in (None, math.prod(shape))


def _sources(
    plist: h5py.h5p.PropDCID, outside: Outside | None
) -> dict[tuple[str, str], _Mapped]:
    """All sources, by file and path."""
    sources: defaultdict[tuple[str, str], _Mapped] = defaultdict(_Mapped)
    for number in range(plist.get_virtual_count()):
        file = plist.get_virtual_filename(number)
        if file != "." and outside is None:
            shown = plain(safe_name(file))
            text = f"it takes values from another file, {shown}; {ADVICE}"
            raise RefusedError(text)
        source = sources[file, plist.get_virtual_dsetname(number)]
        source.times += 1
        if outside is not None:
            source.add(plist, number)
    return sources


def _is_unlimited(space: h5py.h5s.SpaceID) -> bool:
    if space.get_select_type() != h5py.h5s.SEL_HYPERSLABS:
        return False
    if not space.is_regular_hyperslab():
        return False
    _, _, counts, blocks = space.get_regular_hyperslab()
    return h5py.h5s.UNLIMITED in (*counts, *blocks)


def _home(file: h5py.File, name: str, outside: Outside | None) -> h5py.File:
    """Open the file in which a source lies; a pattern names none."""
    if name == "." or outside is None:
        return file
    if "%" in name:
        raise RefusedError("its sources are named by a pattern")
    return outside.file(name.encode("utf-8", "surrogateescape"), file)


def _source(
    file: h5py.File,
    path: str,
    mapped: _Mapped,
    above: tuple[_Place, ...],
    pieces: dict[_Place, int],
) -> tuple[_Place, str]:
    """Place of a source, and why it must not be touched."""
    if "%" in path:
        return _NOWHERE, "its sources are named by a pattern"
    # By the bytes that HDF5 will follow, never by a text that looks like them.
    found = resolve(file, path.encode("utf-8", "surrogateescape"))
    if not isinstance(found, h5py.Dataset):
        return _NOWHERE, f"its source '{plain(safe_name(path))}' is not a dataset"
    reason = _refusal(found, above, pieces)
    if not reason and not mapped.is_in(found.shape):
        reason = f"its source '{plain(safe_name(path))}' is not as large any more"
    return place_of(found), reason
