"""Which translator reads which file, and the function that calls it."""

from usid_lab.dataset import USIDataset
from usid_lab.errors import TranslationError
from usid_lab.storage.paths import named
from usid_lab.storage.text import plain
from usid_lab.translators.image import ImageTranslator
from usid_lab.translators.translator import PathLike, Translator

TRANSLATORS: tuple[type[Translator], ...] = (ImageTranslator,)
"""Those that are asked, by the ending of a file's name."""


def translate(
    filepath: PathLike,
    path: PathLike | None = None,
    *,
    overwrite: bool = False,
    **options: object,
) -> USIDataset:
    r"""Make an h5USID file of a file in another format.

    Parameters
    ----------
    filepath : str or path-like
        An image (.png, .tif, .jpg, .gif, .bmp), or an image in text (.txt, .csv).
    path : str or path-like, optional
        The file to make; by default beside the other, ``<name>.h5``.
    overwrite : bool, optional
        Take the place of a file that exists, which stays until the new one is whole.
    **options : object
        As for the translator, such as :meth:`ImageTranslator.translate`.

    Returns
    -------
    USIDataset
        The Main dataset, ready to be read.

    Raises
    ------
    TranslationError
        No translator knows that kind of file, or it holds nothing that can be read.
    ExistsError
        The file to make exists, and `overwrite` was not asked for.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import usid_lab as ul
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = Path(folder) / "steps.csv"
    ...     _ = table.write_text("1, 2, 3\n4, 5, 6\n")
    ...     ul.translate(table).sizes
    {'Y': 2, 'X': 3, 'arb': 1}
    """
    source = named(filepath)
    suffix = source.suffix.lower()
    for kind in TRANSLATORS:
        if suffix in kind.suffixes:
            made = kind().translate(filepath, path, overwrite=overwrite, **options)
            assert isinstance(made, USIDataset)
            return made
    known = ", ".join(ending for kind in TRANSLATORS for ending in kind.suffixes)
    text = f"No translator reads files like '{plain(source.name)}'."
    raise TranslationError(text, f"known are {known}")
