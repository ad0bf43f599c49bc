"""Each rule of house.py finds what it is for, and leaves good files alone."""

import house


def test_pure_code_includes_no_sockets_clocks_or_threads():
    for line in [
        "#include <boost/asio.hpp>",
        '#include "boost/asio/ip/tcp.hpp"',
        "#include <grpcpp/grpcpp.h>",
        "#include <mutex>",
        "#include <thread>",
        "#include <sys/socket.h>",
        '#include "absl/time/clock.h"',
        '#include "absl/synchronization/mutex.h"',
        "  auto now = absl::Now();",
        "  auto now = std::chrono::steady_clock::now();",
    ]:
        for path in ["daemon/wire/frame.cc", "daemon/cluster/link_machine.h", "daemon/cluster/backoff.cc"]:
            assert house.check_pure(path, line + "\n"), (path, line)
        assert not house.check_pure("daemon/cluster/link_io.cc", line), line


def test_pure_code_may_use_values_of_time():
    text = '#include "absl/time/time.h"\nabsl::Time Step(absl::Time now);  // never absl::Now()\n'
    assert not house.check_pure("daemon/cluster/backoff.h", text)


def test_includes_point_one_way():
    assert house.check_direction("daemon/wire/frame.cc", '#include "cluster/gateway.h"\n')
    assert house.check_direction("daemon/cluster/gateway.cc", '#include "api/functions.h"\n')
    assert house.check_direction("daemon/embedded/gateway.cc", '#include "cluster/cluster.h"\n')
    assert not house.check_direction("daemon/embedded/gateway.cc", '#include "wire/frame.h"\n')
    assert not house.check_direction("daemon/api/functions.cc", '#include "cluster/cluster.h"\n')
    assert not house.check_direction("daemon/main.cc", '#include "api/server.h"\n#include "embedded/cluster.h"\n')
    assert not house.check_direction("daemon/wire/frame.cc", '#include "absl/status/status.h"\n')


def test_a_header_says_what_its_first_class_is_for():
    good = "#pragma once\n\nclass Later;\n\n// Holds bytes. Not thread-safe.\ntemplate <typename T>\nclass Buffer {\n};\n"
    assert not house.check_header("daemon/wire/buffer.h", good)
    assert house.check_header("daemon/wire/buffer.h", good.replace("// Holds bytes. Not thread-safe.\n", "\n"))
    assert not house.check_header("daemon/wire/buffer.h", "// Bytes.\n#pragma once\n\nclass Buffer {\n};\n")
    assert house.check_header("daemon/wire/buffer.h", good.replace("#pragma once", ""))
    assert house.check_header("daemon/wire/buffer.h", "// Bytes.\n")
    assert not house.check_header("daemon/wire/buffer.h", "#pragma once\nint F();\nenum class Kind { kOne };\n")


def test_no_file_names_a_registry_or_a_path_of_one_machine():
    for host in house.HOSTS:
        assert house.check_text("docs/a.md", "see https://" + ".".join(host) + "/simple\n")
    for folder in ["root", "work", "home/somebody"]:
        assert house.check_text("docs/a.md", f"cd /{folder}/gatewayd\n")
    assert house.check_text("key.pem", "-----BEGIN " + "PRIVATE KEY-----\n")
    for text in ["cd ~/work/gatewayd", "client_stubs/work/x", "https://example.com/work/1", "${HOME}/root/x"]:
        assert not house.check_text("docs/a.md", text), text


def test_links_between_pages_lead_somewhere():
    files = {"README.md": "[a](docs/a.md) [b](docs/) [c](https://example.com/x) [d](docs/a.md#part)", "docs/a.md": "[up](../README.md)"}
    assert not house.check_links(files)
    assert house.check_links({"docs/a.md": "[b](b.md)"})


def test_each_decision_is_in_the_index():
    files = {"docs/decisions/README.md": "[001](001-a.md)", "docs/decisions/001-a.md": "", "docs/decisions/notes.txt": ""}
    assert not house.check_decisions(files)
    assert house.check_decisions({**files, "docs/decisions/002-b.md": ""})


def test_the_tests_named_for_faults_are_there():
    files = {
        "docs/failures.md": "| `LinkTest.Breaks`, `test_it_heals` |",
        "tests/integration/link_test.cc": "TEST_F(LinkTest, Breaks) {",
        "tests/interop/test_link.py": "def test_it_heals(own):\n",
    }
    assert not house.check_failures(files)
    for path in list(files)[1:]:
        assert house.check_failures({name: text for name, text in files.items() if name != path})
