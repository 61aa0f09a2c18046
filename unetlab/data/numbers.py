"""Numbers in masks: which class each stands for, or in which two ways they could be read."""

from collections.abc import Sequence

from unetlab.data.masks import VOID, Colour


def find_ids(numbers: set[int], class_names: Sequence[str]) -> tuple[int, ...]:
    """Find out which number stands for which class.

    Args:
        numbers: those that the masks hold.
        class_names: the class ids' meanings, from id 0.

    Returns:
        A number for each class: ids from 0 or from 1, or greys spread evenly over 0..255.

    Raises:
        ValueError: it is none of these, or could be two.

    Example:
        >>> find_ids({0, 127, 255}, ("ground", "cat", "dog"))
        (0, 127, 255)
    """
    count, found = len(class_names), numbers - {VOID}
    shown = _show(numbers)
    advice = "say with ids= which number stands for which class, in the order of class_names"
    from_zero, from_one = tuple(range(count)), tuple(range(1, count + 1))
    if len(found) < 2 or not found <= {*from_zero, *from_one}:
        if _is_spread(numbers, count):
            return tuple(sorted(numbers))
        raise ValueError(
            f"the masks hold the numbers {shown}, expected for {count} class names 0 to "
            f"{count - 1} or 1 to {count}: {_advise(numbers, class_names)}."
        )
    if 0 in found and count in found:
        gaps = f"; or they are {count} with gaps: give ids={tuple(sorted(found))}"
        raise ValueError(
            f"the masks hold the numbers {shown}, which may be {count + 1} classes from 0, or "
            f"{count} from 1 and 0 for void: name all {count + 1} in class_names, void among "
            f"them{gaps if len(found) == count else ''}."
        )
    if 0 not in found and count not in found:
        raise ValueError(
            f"the masks hold the numbers {shown}, which may be ids from 0, without any "
            f"{class_names[0]}, or from 1, without any {class_names[-1]}: {advice}, here "
            f"ids={_short(from_zero)} or ids={_short(from_one)}."
        )
    return from_zero if 0 in found else from_one


def _show(numbers: set[int]) -> str:
    return ", ".join(map(str, sorted(numbers)[:8])) + (", ..." if len(numbers) > 8 else "")


def _short(ids: Sequence[int]) -> str:
    return str(tuple(ids)) if len(ids) <= 6 else f"range({ids[0]}, {ids[-1] + 1})"


def _is_spread(numbers: set[int], count: int) -> bool:
    # Whole steps, or exact ones rounded: 0, 127, 254 and 0, 127, 255 and 0, 128, 255.
    values = sorted(numbers)
    if len(values) != count or count > VOID // 2:
        return False
    return any(
        all(value == i * (white // (count - 1)) for i, value in enumerate(values))
        or all(abs(value - i * white / (count - 1)) < 1 for i, value in enumerate(values))
        for white in (VOID, 65535)
    )


def _advise(numbers: set[int], class_names: Sequence[str]) -> str:
    count, values = len(class_names), tuple(sorted(numbers))
    classes = tuple(value for value in values if value != VOID)
    in_order = (
        f"if they stand for {', '.join(class_names[:5])}{', ...' * (count > 5)} in this order"
    )
    spread = [round(i * VOID / (count - 1)) for i in range(count)]
    if len(values) == count:
        void = (
            f", of which 255 is {class_names[-1]}; if it is void, give the number that is missing"
        )
        return f"give ids={values} {in_order}{void if VOID in values else ''}"
    if len(classes) == count:
        return f"give ids={classes} {in_order} and 255 is void"
    if len(values) > count:
        void = f", or the {len(classes)} without 255, which is void then," * (VOID in values)
        shown = f"ids={values}" if len(values) <= 21 else "their ids="
        return f"name all {len(values)} of them{void} in class_names and give {shown}"
    if all(min(abs(value - one) for one in spread) <= 1 for value in values):
        lacking = [
            name
            for name, one in zip(class_names, spread, strict=True)
            if min(abs(value - one) for value in values) > 1
        ]
        return (
            f"if they are greys spread over 0..255, without any {', '.join(lacking[:5])}, give "
            f"ids={tuple(spread)}; if they are fewer classes, name these alone in class_names"
        )
    return (
        f"give ids= with {count} numbers, one for each of class_names in their order, these among "
        "them"
    )


def refuse_two_greys(numbers: set[int], class_names: Sequence[str]) -> None:
    """Raise a `ValueError` where greys of two classes are not one dark and one bright.

    Args:
        numbers: those that the masks hold.
        class_names: the two classes' names.

    Raises:
        ValueError: there are two dark greys, or three greys far apart.

    Example:
        >>> refuse_two_greys({0, 255}, ("background", "cat"))
    """
    values = tuple(sorted(numbers))
    if len(values) == 2 and 1 < values[1] < VOID // 2:
        raise ValueError(
            f"the masks hold the numbers {_show(numbers)}, expected 0 and 1, or greys below and "
            f"above half of white: {_advise(numbers, class_names)}."
        )
    if len(values) == 3 and values[2] == VOID and min(values[1] - values[0], VOID - values[1]) > 32:
        raise ValueError(
            f"the masks hold the numbers {_show(numbers)}, which may be three classes, or two and "
            f"255 for void: name all three in class_names, or give ids={values[:2]} if they stand "
            f"for {' and '.join(class_names)}."
        )


def refuse_two_meanings(found: Sequence[Colour], class_names: Sequence[str]) -> None:
    """Raise a `ValueError` that names both ways to read two colours.

    Args:
        found: the colours, the one of more borders first.
        class_names: the two classes' names.

    Raises:
        ValueError: always.

    Example:
        >>> refuse_two_meanings([(128, 0, 0), (0, 0, 0)], ("background", "cat"))
        Traceback (most recent call last):
        ...
        ValueError: the masks hold the colours [(128, 0, 0), (0, 0, 0)], of which Pascal VOC's ...
    """
    first, second = found
    raise ValueError(
        f"the masks hold the colours {list(found)}, of which Pascal VOC's {class_names[0]} is "
        f"{second}, and the pictures' borders are {first}, expected one of the two: give "
        f"colours=({second}, {first}) or colours=({first}, {second}), the {class_names[0]}'s first."
    )
