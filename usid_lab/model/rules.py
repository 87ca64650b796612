"""The rules of the data format, each by the section of the specification it is in."""

from enum import StrEnum


class Rule(StrEnum):
    """What the specification of USID in HDF5 ("h5USID") asks for, in our words."""

    MAIN_SHAPE = "h5USID, Main data: two dimensions, positions x spectroscopic steps"
    MAIN_DTYPE = "h5USID, Main data: numbers, complex numbers or compounds of them"
    MAIN_QUANTITY = "h5USID, Main data: 'quantity' is one text"
    MAIN_UNITS = "h5USID, Main data: 'units' is one text"
    MAIN_REFERENCES = "h5USID, Main data: references to the four ancillary datasets"
    ANCILLARY_SHAPE = (
        "h5USID, Ancillary data: positions x dimensions, dimensions x spectroscopic "
        "steps"
    )
    ANCILLARY_DTYPE = "h5USID, Ancillary data: indices uint32, values float32"
    ANCILLARY_LABELS = "h5USID, Ancillary data: 'labels', one for each dimension"
    ANCILLARY_UNITS = "h5USID, Ancillary data: 'units', one for each dimension"
    ANCILLARY_ORDER = "h5USID, Ancillary data: the fastest dimension comes first"
    INDICES = "USID, Ancillary Datasets: indices count the places of each dimension"
    VALUES = "USID, Ancillary Datasets: values are a legend to the indices"
    SPARSE = "USID, Sparse Sampling / Compressed Sensing"
    BOOK_KEEPING = "h5USID, Attributes: who wrote it, when, where and with what"
    NAMES = "h5USID, Measurement data: indexed groups hold measurements and channels"
    RESULTS = "h5USID, Tool (analysis / processing): Source-Tool_000 and its source"
    SOURCES = "h5USID, Processing on multiple Main datasets: tool, num_sources, sources"
    UNFINISHED = "pyUSID, Process: what is done is kept with the results"
    REGIONS = "h5USID, Region references: optional"
    KIND = "h5USID: another format lays out its files otherwise"
    REACH = "usid_lab: nothing in a file may reach outside it"
    INTACT = "HDF5: what is stored can be read"
