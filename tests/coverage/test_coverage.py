"""The arithmetic of coverage.py, on a made-up report."""

import importlib.util
import pathlib

SPEC = importlib.util.spec_from_file_location("coverage_floors", pathlib.Path(__file__).parent / "coverage.py")
coverage = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(coverage)

REPORT = {"files": [
    {"file": "daemon/wire/frame.cc", "lines": [{"line_number": 1, "count": 3}, {"line_number": 2, "count": 0}]},
    # Once more, from another translation unit: a line that ran in one of them has run.
    {"file": "daemon/wire/frame.cc", "lines": [{"line_number": 2, "count": 1}]},
    {"file": "daemon/api/call.h", "lines": [{"line_number": 7, "count": 0}, {"line_number": 8, "count": 2},
                                            {"line_number": 9, "count": 0, "gcovr/noncode": True}]}]}


def test_counts_are_added_over_translation_units():
    files = coverage.lines_of(REPORT)
    assert coverage.share(coverage.matching(files, "daemon/wire")) == (2, 2)
    assert coverage.share(files) == (3, 4)


def test_a_pattern_is_a_folder_or_names_files():
    files = coverage.lines_of(REPORT)
    assert set(coverage.matching(files, "daemon/api")) == {"daemon/api/call.h"}
    assert set(coverage.matching(files, "daemon/*.cc")) == {"daemon/wire/frame.cc"}


def test_floors_that_are_missed_and_floors_of_nothing_are_problems():
    files = coverage.lines_of(REPORT)
    floors = coverage.read_floors("# why\n50 daemon/api\n76 daemon\n100 daemon/gone\n")
    problems = coverage.check(files, floors)
    assert [problem.split(":")[0] for problem in problems] == ["daemon", "daemon/gone"]


def test_floors_of_all_tests_are_left_out_where_some_have_run():
    text = "99 daemon/wire\n97 daemon all\n"
    assert coverage.read_floors(text) == [("daemon/wire", 99), ("daemon", 97)]
    assert coverage.read_floors(text, part=True) == [("daemon/wire", 99)]
