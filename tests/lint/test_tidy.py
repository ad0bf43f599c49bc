"""tidy.py looks again at exactly what changed."""

import tidy


def entry(path):
    return {"file": str(path), "command": f"c++ -c {path}"}


def lay_out(root, monkeypatch):
    (root / "daemon" / "wire").mkdir(parents=True)
    (root / "tests").mkdir()
    (root / "daemon" / "wire" / "a.h").write_text("int A();\n")
    (root / "daemon" / "wire" / "b.h").write_text('#include "wire/a.h"\n')
    (root / "daemon" / "b.cc").write_text('#include "wire/b.h"\n#include <vector>\n')
    (root / "daemon" / "c.cc").write_text("int c;\n")
    for name in (".clang-tidy", "tests/.clang-tidy"):
        (root / name).write_text("Checks: '*'\n")
    monkeypatch.setattr(tidy, "ROOT", root)
    monkeypatch.setattr(tidy, "CACHE", root / "cache")
    monkeypatch.setattr(tidy, "CONFIGURATIONS", [root / ".clang-tidy", root / "tests" / ".clang-tidy"])
    monkeypatch.setattr(tidy, "changed_files", lambda base: {"daemon/wire/a.h"})
    (root / "cache").mkdir()


def test_a_header_that_changed_brings_back_what_includes_it(tmp_path, monkeypatch):
    lay_out(tmp_path, monkeypatch)
    entries = [entry(tmp_path / "daemon" / "c.cc"), entry(tmp_path / "daemon" / "b.cc")]
    names = lambda work: [item["file"].rsplit("/", 1)[1] for item, _ in work]  # noqa: E731
    assert names(tidy.select(entries, False, "base")) == ["b.cc"]
    assert names(tidy.select(entries, True, "base")) == ["b.cc", "c.cc"], "what changed comes first"
    for _, key in tidy.select(entries, True, "base"):
        key.touch()
    assert tidy.select(entries, True, "base") == [], "what was clean is not looked at again"
    (tmp_path / "daemon" / "wire" / "a.h").write_text("int B();\n")
    assert names(tidy.select(entries, True, "base")) == ["b.cc"]
    (tmp_path / ".clang-tidy").write_text("Checks: ''\n")
    assert names(tidy.select(entries, True, "base")) == ["b.cc", "c.cc"]
