"""The one rule that turns bytes of a file into text."""

import unicodedata


def safe_text(raw: object) -> str:
    r"""Return text of a name, label, unit or attribute, fit for JSON and screens.

    UTF-8 if it is that, else latin-1 (instruments write micrometres so), and an
    escape for what is left over. Padding is stripped.

    Parameters
    ----------
    raw : bytes, str or object
        As h5py gives it.

    Returns
    -------
    str
        Without surrogates, NUL bytes and trailing blanks.

    Examples
    --------
    >>> safe_text(b"5 \xb5m\x00\x00")
    '5 µm'
    """
    return safe_name(raw).replace("\0", "").rstrip()


def safe_name(raw: object) -> str:
    r"""Return a link's name: like :func:`safe_text`, but no blank is stripped.

    Examples
    --------
    >>> safe_name("odd\udcff ")
    'oddÿ '
    """
    if isinstance(raw, bytes):
        return _decode(raw)
    text = raw if isinstance(raw, str) else str(raw)
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return _mend(text)
    return text


def clean_text(raw: object) -> str:
    r"""Return the text of a label or unit, on one line and without blanks around it.

    Examples
    --------
    >>> clean_text(b" m\n")
    'm'
    """
    return " ".join(safe_text(raw).split())


def plain(text: str) -> str:
    r"""Make text safe for a terminal: what could move its cursor is escaped.

    Examples
    --------
    >>> plain("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    return "".join(
        char.encode("unicode_escape").decode("ascii")
        if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")
        else char
        for char in text
    )


def _decode(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return _latin(raw)


def _latin(raw: bytes) -> str:
    # 0x80-0x9f are control codes in latin-1: bytes of no text at all.
    text = raw.decode("latin-1")
    return "".join(f"\\x{ord(c):02x}" if "\x80" <= c <= "\x9f" else c for c in text)


def _mend(text: str) -> str:
    try:
        return _decode(text.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode("utf-8")
