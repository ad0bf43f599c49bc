"""The judge of the test by kill -9 finds what it is there for. A line: (client, attempt, number)."""

import pytest
from kills import judge

GOOD = {"lost": 0, "out_of_order": 0, "unmarked": 0, "again": 0}


def one_client(*attempts_and_numbers):
    return [(1, attempt, number) for attempt, number in attempts_and_numbers]


@pytest.mark.parametrize(
    ("lines", "expected", "found"),
    [
        (one_client((1, 1), (1, 2), (1, 3)), 3, {}),
        ([(1, 1, 1), (2, 1, 1), (1, 1, 2), (2, 1, 2)], 4, {}),
        # Killed before the acknowledgement: the next worker begins with what was not acknowledged, marked.
        (one_client((1, 1), (1, 2), (2, 1), (2, 2), (1, 3)), 3, {"again": 2}),
        (one_client((1, 1), (2, 2), (1, 3)), 3, {}),
        (one_client((1, 1), (1, 3)), 3, {"lost": 1, "out_of_order": 1}),
        (one_client((1, 1), (1, 2)), 3, {"lost": 1}),
        (one_client((1, 2), (1, 1)), 2, {"out_of_order": 2, "unmarked": 1, "again": 1}),
        (one_client((1, 1), (1, 1), (1, 2)), 2, {"out_of_order": 1, "unmarked": 1, "again": 1}),
        # Back to the first, and on with the third although the second was to come again.
        (one_client((1, 1), (1, 2), (2, 1), (1, 3)), 3, {"out_of_order": 1, "again": 1}),
    ],
)
def test_judges(lines, expected, found):
    assert judge(lines, expected) == GOOD | found
