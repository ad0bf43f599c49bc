"""The Python echo worker as a process, on stubs that are made for the run."""

import importlib.util
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def why_no_python():
    missing = [name for name in ("grpc", "grpc_tools") if not importlib.util.find_spec(name)]
    return f"{sys.executable} has no {', '.join(missing)}: ./dev setup test" if missing else None


class PythonWorker:
    def __init__(self, processes):
        self.processes = processes
        self.stubs = pathlib.Path(processes.folder) / "stubs"
        self.stubs.mkdir()
        protos = [str(path.relative_to(ROOT / "proto")) for path in (ROOT / "proto").rglob("*.proto")]
        subprocess.run([sys.executable, "-m", "grpc_tools.protoc", f"-I{ROOT / 'proto'}", f"--python_out={self.stubs}",
                        f"--grpc_python_out={self.stubs}", *protos], check=True)

    def start(self, target):
        script = ROOT / "tests" / "bench" / "python_echo_worker.py"
        return self.processes.start_worker(sys.executable, script, target,
                                           env={**os.environ, "PYTHONPATH": str(self.stubs)})
