"""Frozen value classes that cost nothing to define.

A command such as `cnndsl check` defines some eighty value classes before it does any work, and
`dataclasses` compiles methods for each one as it is defined (0.4 to 1.2 ms a class, and its import
pulls in `inspect`). A `Record` makes its constructor when the first instance is made instead, so a
class that a run does not use is free, and compiles none that another with as many fields has.
"""

from __future__ import annotations

from operator import attrgetter
from types import FunctionType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import CodeType
    from typing import Any, ClassVar, Self, TypeVar, dataclass_transform

    Node = TypeVar("Node", bound="Record")
else:

    def dataclass_transform(**_options: object) -> Callable[[type], type]:
        return lambda cls: cls


class FrozenRecordError(AttributeError):
    """An attempt to change a field of a frozen value."""


class _Required:
    """Marks a field without a default."""


REQUIRED = _Required()


class RecordType(type):
    """Turn the annotations of a class body into slots, in order, after those of its base.

    A class body that sets `__fields__` itself chooses another order. One that has no fields of its
    own shares all that is made of them with its base.
    """

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> RecordType:
        annotations = namespace.get("__annotations__", {})
        own = tuple([field for field, kind in annotations.items() if "ClassVar" not in str(kind)])
        namespace["__slots__"] = own
        if own or len(bases) != 1 or "__fields__" in namespace:
            _set_fields(namespace, bases, own)
        return super().__new__(mcs, name, bases, namespace)


def _set_fields(namespace: dict[str, Any], bases: tuple[type, ...], own: tuple[str, ...]) -> None:
    inherited: tuple[str, ...] = ()
    defaults: dict[str, Any] = {}
    for base in bases:
        inherited += getattr(base, "__fields__", ())
        defaults.update(getattr(base, "__defaults_by_field__", ()))
    for field in own:
        if field in namespace:
            defaults[field] = namespace.pop(field)
    order = namespace.get("__fields__", inherited + own)
    namespace["__fields__"] = namespace["__match_args__"] = order
    namespace["__defaults_by_field__"] = defaults
    namespace["__getter__"] = attrgetter(*order) if order else None
    namespace.setdefault("__init__", _construct)


def _construct(self: Any, *args: Any, **kwargs: Any) -> None:
    """Stand in as `__init__` for the first instance, and give way to the class's own."""
    cls = type(self)
    cls.__init__ = _constructor(cls)
    cls.__init__(self, *args, **kwargs)


def _constructor(cls: Any) -> FunctionType:
    """What sets each field, past `__setattr__`: the code of all classes with as many of them."""
    fields, defaults = cls.__fields__, cls.__defaults_by_field__
    code = CODES[len(fields)].replace(co_varnames=("self", *fields))
    setters = {f"set_{place}": getattr(cls, one).__set__ for place, one in enumerate(fields)}
    optional = tuple([one for one in fields if one in defaults])
    if fields[len(fields) - len(optional) :] != optional:
        raise TypeError(f"{cls.__name__}: fields without a default stand before those with one")
    return FunctionType(code, setters, "__init__", tuple([defaults[one] for one in optional]))


class Codes(dict[int, "CodeType"]):
    """What sets so many fields, compiled when it is first asked for."""

    def __missing__(self, count: int) -> CodeType:
        places = range(count)
        parameters = ", ".join(["self", *[f"value_{place}" for place in places]])
        lines = [f"set_{place}(self, value_{place})" for place in places] or ["pass"]
        source = f"def __init__({parameters}):\n    " + "\n    ".join(lines)
        scope: dict[str, Any] = {}
        exec(source, scope)  # noqa: S102  # there are no names but those above
        code: CodeType = scope["__init__"].__code__
        self[count] = code
        return code


CODES = Codes()


@dataclass_transform(eq_default=True, frozen_default=True)
class Record(metaclass=RecordType):
    """Base of every frozen value: fields from annotations, equality and hash by value."""

    __fields__: ClassVar[tuple[str, ...]] = ()
    __defaults_by_field__: ClassVar[dict[str, Any]] = {}
    __getter__: ClassVar[Any]
    """Gives the values of all fields; the bare value of one field alone."""

    def __setattr__(self, field: str, _value: object) -> None:
        raise FrozenRecordError(f"{type(self).__name__}.{field} cannot be changed")

    def __delattr__(self, field: str) -> None:
        raise FrozenRecordError(f"{type(self).__name__}.{field} cannot be removed")

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        """Pickle by constructor, since fields cannot be set one by one."""
        return type(self), self._values()

    def replaced(self, **changes: Any) -> Self:
        """The same with other values in these fields."""
        return type(self)(**{field: getattr(self, field) for field in self.__fields__} | changes)

    def _values(self) -> tuple[Any, ...]:
        if self.__getter__ is None:
            return ()
        values = self.__getter__(self)
        return values if len(self.__fields__) > 1 else (values,)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        getter = self.__getter__
        return getter is None or bool(getter(self) == getter(other))

    def __hash__(self) -> int:
        getter = self.__getter__
        return hash(type(self) if getter is None else getter(self))

    def __repr__(self) -> str:
        shown = ", ".join(f"{field}={getattr(self, field)!r}" for field in self.__fields__)
        return f"{type(self).__name__}({shown})"


PLAIN = frozenset((int, str, bool, float, type(None)))
"""What most fields hold, and is no record: to ask a class with a metaclass takes far longer."""


class Distinct(Record):
    """A record that is equal to itself alone, whatever it holds, so that it serves as a key."""

    __eq__ = object.__eq__
    __hash__ = object.__hash__


def nested(roots: Sequence[Node], kind: type[Node]) -> Iterator[Node]:
    """Records with all records of a kind inside them, at whatever depth, in the fields' order."""
    pending = list(reversed(roots))
    while pending:
        one = pending.pop()
        yield one
        for field in reversed(one.__fields__):
            inside = getattr(one, field)
            if isinstance(inside, tuple):
                pending += [part for part in reversed(inside) if isinstance(part, kind)]
            elif type(inside) not in PLAIN and isinstance(inside, kind):
                pending.append(inside)
