"""Datasets whose raw values lie in files beside their own."""

import h5py


def beside(found: h5py.HLObject, parent: h5py.Group, name: bytes) -> h5py.HLObject:
    """Open a dataset again, whose raw values lie in another file, beside its own file.

    Left to itself, HDF5 looks for them in the folder in which Python was started.

    Parameters
    ----------
    found : h5py.h5g.GroupID or h5py.h5d.DatasetID
        Any object. There must be no other reference to it.
    parent : h5py.Group
    name : bytes
        By which it was found there.

    Returns
    -------
    h5py.h5g.GroupID or h5py.h5d.DatasetID
    """
    if not isinstance(found, h5py.h5d.DatasetID):
        return found
    if not found.get_create_plist().get_external_count():
        return found
    if found.get_access_plist().get_efile_prefix():
        return found
    found.close()  # HDF5 lets nobody open it in another way meanwhile
    return _opened(parent, name)


def opened_beside(parent: h5py.Group, name: bytes) -> h5py.h5d.DatasetID | None:
    """Open a dataset that is open already in the way of :func:`beside`.

    Parameters
    ----------
    parent : h5py.Group
    name : bytes

    Returns
    -------
    h5py.h5d.DatasetID or None
        None where there is no dataset that can be opened.
    """
    try:
        return _opened(parent, name)
    except (KeyError, OSError, RuntimeError, ValueError, TypeError):
        return None


def _opened(parent: h5py.Group, name: bytes) -> h5py.h5d.DatasetID:
    access = h5py.h5p.create(h5py.h5p.DATASET_ACCESS)
    access.set_efile_prefix(b"${ORIGIN}")
    return h5py.h5d.open(parent.id, name, access)
