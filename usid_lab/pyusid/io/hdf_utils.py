"""Functions on open HDF5 objects, under the name by which the documentation has them.

Nothing is defined here: the functions live in the modules beside this one.
"""

__all__: list[str] = []
