"""A digest of what a function does: of its code, and of what it takes with it."""

import copyreg
import dis
import hashlib
from contextlib import suppress
from functools import partial
from types import (
    CellType,
    CodeType,
    FunctionType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)

from usid_lab.errors import UsidError
from usid_lab.processing.ledger.canonical import canonical, digest_of

_BY_VALUE = "__main__"
_GLOBALS = ("LOAD_GLOBAL", "LOAD_NAME")


def code_of(function: object) -> str:
    """Digest the code of a function, and of functions of its module that it calls.

    Parameters
    ----------
    function : callable
        Also a class: all its methods then.

    Returns
    -------
    str
        16 hexadecimal digits. Values that it refers to count too; what comes from
        other modules counts by its name.

    Examples
    --------
    >>> code_of(lambda x: x + 1) == code_of(lambda x: x + 2)
    False
    """
    return digest_of(_Teller().tell(function))[:16]


class _Teller:
    def __init__(self) -> None:
        self._seen: dict[int, object] = {}  # held, so that each has its number

    def tell(self, value: object) -> object:
        if id(value) in self._seen:
            return "again"
        if isinstance(value, ModuleType):
            return {"module": value.__name__}
        if isinstance(value, MethodType):
            return [self.tell(value.__func__), self._object(value.__self__)]
        if isinstance(value, FunctionType):
            self._seen[id(value)] = value
            return self._function(value)
        if isinstance(value, type):
            self._seen[id(value)] = value
            return self._class(value)
        return self._object(value)

    def _object(self, value: object) -> object:
        """Tell a value: what it holds, and of what class it is."""
        with suppress(UsidError):
            return canonical({"": value})[""]
        if id(value) in self._seen:
            return "again"
        self._seen[id(value)] = value
        if isinstance(value, list | tuple):
            return list(map(self.tell, value))
        if isinstance(value, dict):
            return {str(key): self.tell(one) for key, one in value.items()}
        if isinstance(value, set | frozenset):
            return sorted(digest_of(self.tell(one)) for one in value)
        if isinstance(value, partial):
            return list(map(self.tell, (value.func, value.args, value.keywords)))
        return self._thing(value)

    def _thing(self, value: object) -> object:
        kind = type(value)
        if kind is MemberDescriptorType:
            return "slot"
        if not _has_plain_state(kind):
            return f"{kind.__module__}.{kind.__qualname__} {_digest(value)}"
        return [self._named(kind, _BY_VALUE), self.tell(object.__getstate__(value))]

    def _function(self, function: FunctionType) -> object:
        cells = list(map(_held_in, function.__closure__ or ()))
        known = function.__globals__
        named = {
            name: self._named(known[name], function.__module__)
            for name in sorted(_names(function.__code__))
            if name in known
        }
        carried = [function.__defaults__, function.__kwdefaults__, *cells]
        return [_code(function.__code__), named, list(map(self.tell, carried))]

    def _named(self, value: object, module: str) -> object:
        """Tell a global: what another module has counts by its name."""
        home = getattr(value, "__module__", None)
        if isinstance(value, FunctionType | type) and home != module:
            return f"{home}.{value.__qualname__}"
        return self.tell(value)

    def _class(self, kind: type) -> object:
        bases = [self._named(base, kind.__module__) for base in kind.__bases__]
        own = {
            name: self.tell(getattr(value, "__func__", getattr(value, "fget", value)))
            for name, value in sorted(vars(kind).items())
            if not (name.startswith("__") and not callable(value))
        }
        return [bases, own]


def _held_in(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # a variable that has no value yet
        return None


def _has_plain_state(kind: type) -> bool:
    """Whether the attributes of an object are all that it holds."""
    names = "__reduce__", "__reduce_ex__"
    usual = all(getattr(kind, name) is getattr(object, name) for name in names)
    return usual and kind not in copyreg.dispatch_table


def _digest(value: object) -> str:
    import cloudpickle

    try:
        pickled: bytes = cloudpickle.dumps(value)
    except Exception:  # an open file, a lock: nothing that a result depends on
        return ""
    return hashlib.blake2b(pickled, digest_size=8).hexdigest()


def _names(code: CodeType) -> set[str]:
    """Globals that code reads; its `co_names` has the names of attributes too."""
    inner = (one for one in code.co_consts if isinstance(one, CodeType))
    own = {str(i.argval) for i in dis.get_instructions(code) if i.opname in _GLOBALS}
    return own.union(*map(_names, inner))


def _code(code: CodeType) -> object:
    constants = [
        _code(one) if isinstance(one, CodeType) else _constant(one)
        for one in code.co_consts
    ]
    return [code.co_code.hex(), list(code.co_names), constants]


def _constant(one: object) -> str:
    # The order of a set differs from process to process.
    return repr(sorted(map(repr, one)) if isinstance(one, frozenset) else one)
