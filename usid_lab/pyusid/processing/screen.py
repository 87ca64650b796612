"""What computations print, as documented."""


def say(text: str) -> None:
    """Print a line: to do so is part of the documented API.

    Parameters
    ----------
    text : str
        The line.
    """
    print(text, flush=True)  # noqa: T201
