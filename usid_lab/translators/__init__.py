"""Foreign data to h5USID files."""

from usid_lab.translators.array import ArrayTranslator
from usid_lab.translators.catalogue import translate
from usid_lab.translators.image import ImageTranslator, read_image
from usid_lab.translators.translator import Translator

__all__ = [
    "ArrayTranslator",
    "ImageTranslator",
    "Translator",
    "read_image",
    "translate",
]
