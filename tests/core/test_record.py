"""Frozen value classes."""

import pytest

from cnndsl.record import FrozenRecordError, Record


class Point(Record):
    x: int
    y: int = 2


class Named(Point):
    name: str = "here"


def test_fields_in_order_with_defaults() -> None:
    assert Point(1) == Point(1, 2) == Point(y=2, x=1)
    assert Named(1, 2, "there").name == "there"
    assert Named.__fields__ == ("x", "y", "name")


def test_equality_and_hash_are_by_value_and_class() -> None:
    assert Point(1) != Point(3)
    assert Point(1) != Named(1)
    assert len({Point(1), Point(1), Named(1)}) == 2


def test_nothing_changes_a_record() -> None:
    point = Point(1)
    with pytest.raises(FrozenRecordError, match=r"Point\.x cannot be changed"):
        point.x = 5  # type: ignore[misc]  # the point of the test
    with pytest.raises(FrozenRecordError):
        del point.x
    with pytest.raises(AttributeError):
        point.z = 1  # type: ignore[attr-defined]  # likewise


def test_missing_and_unknown_fields_are_errors() -> None:
    with pytest.raises(TypeError, match="x"):
        Point()  # type: ignore[call-arg]  # the point of the test
    with pytest.raises(TypeError, match="z"):
        Point(1, z=3)  # type: ignore[call-arg]  # likewise


def test_a_field_without_a_default_cannot_follow_one_with() -> None:
    class Misordered(Point):
        z: int  # type: ignore[misc]  # the point of the test

    with pytest.raises(TypeError, match="Misordered: fields without a default stand before"):
        Misordered(1, 2, 3)


def test_repr_names_the_fields() -> None:
    assert repr(Named(1)) == "Named(x=1, y=2, name='here')"
