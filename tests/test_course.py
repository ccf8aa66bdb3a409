"""Where the parts of the course lie, and in which order."""

from courselib.authoring.source import find_sources
from courselib.course import ORDER, place


def test_every_assignment_has_its_place(course) -> None:
    names = [f"{path.parent.name}/{path.stem}" for path in find_sources(course)]
    assert sorted(ORDER) == sorted(name.rpartition("/")[2] for name in names)
    in_order = sorted(names, key=place)
    assert [name.rpartition("/")[2] for name in in_order] == list(ORDER)  # ORDER goes week by week
    assert in_order[0] == "week1/convolution_step_by_step"


def test_an_assignment_of_ones_own_ends_its_week() -> None:
    ordered = ["week1/convolution_in_keras", "week1/a_topic_of_mine", "week2/classic_networks", "week5/my_topic"]
    assert sorted(sorted(ordered), key=place) == ordered
