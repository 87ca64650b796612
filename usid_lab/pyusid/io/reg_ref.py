"""Region references, by the module in which later versions of pyUSID have them."""

from usid_lab.pyusid.io.region_reading import get_indices_for_region_ref, get_region
from usid_lab.pyusid.io.regions import (
    attempt_reg_ref_build,
    clean_reg_ref,
    copy_reg_ref_reduced_dim,
    copy_region_refs,
    create_region_reference,
    simple_region_ref_copy,
    write_region_references,
)

__all__ = [
    "attempt_reg_ref_build",
    "clean_reg_ref",
    "copy_reg_ref_reduced_dim",
    "copy_region_refs",
    "create_region_reference",
    "get_indices_for_region_ref",
    "get_region",
    "simple_region_ref_copy",
    "write_region_references",
]
