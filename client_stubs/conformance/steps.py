"""Each step of a case, as a method of its name."""

import contextlib
import time

from match import body_of, filled_in, mismatch, show
from program import SECONDS, Failed, body_in
from world import World, replace

# Keys of steps that say more about the step, and are none themselves.
_MORE = {"program", "by", "target", "text", "data", "binary", "arguments", "address", "timeout", "returns", "fails",
         "welcome", "times", "log_without", "tls", "token", "token_file"}


class Case:
    def __init__(self, case, command, folder, api, dialect):
        self.case = case
        flags = [f"--dialect={dialect}", "--embedded_tcp_port=0", *case.get("flags", [])]
        self.world = World(api, case.get("listen") == "unix", flags, case.get("tls"), case.get("tokens"))
        self.api = api
        self.command, self.folder = command, folder
        self.programs = {}
        self.begun = {}  # work whose answer is still to come
        self.names = {"$silent": self.world.silent_address, "$nobody": f"unix:{self.world.folder}/nobody.sock"}
        self.names |= {f"${name}": path for name, path in self.world.files.items()}

    def run(self):
        """Raises Failed with the step at fault; `log` then says what the processes wrote."""
        step = None
        try:
            if self.case.get("daemon") != "later":
                self.world.start_daemon()
            for step in self.case["steps"]:
                self.step(filled_in(step, self.names))
            for name, program in self.programs.items():
                step = f"the end of program {name}"
                program.close()
        except (Failed, AssertionError, OSError, RuntimeError) as error:
            raise Failed(f"{show(step)}: {error}") from error
        finally:
            for program in self.programs.values():
                with contextlib.suppress(Exception):
                    program.kill()
            self.world.close()

    @property
    def log(self):
        parts = [f"---- {name}\n{program.log}" for name, program in self.programs.items()]
        return "\n".join([*parts, f"---- gatewayd\n{self.world.log}"])

    def step(self, step):
        kinds = [key for key in step if key not in _MORE]
        if len(kinds) != 1:
            raise Failed(f"no step of one kind: {kinds}")
        getattr(self, "do_" + kinds[0])(step, step[kinds[0]])

    def program(self, step):
        name = step.get("program", "a")
        if name not in self.programs:
            from program import Program
            self.programs[name] = Program(self.command, self.folder, self.world.address)
        return self.programs[name]

    # ---- Clients

    def do_client(self, step, name):
        self.names[f"${name}"] = self.world.connect(name, step.get("by", "websocket"), step.get("target", "/"))

    def do_send(self, step, name):
        self.world.clients[name].send(body_of(step))

    def do_receive(self, step, name):
        kind, body = self.world.receive(name)
        wanted = body_of(step)
        if body != wanted:
            raise Failed(f"{name} received {show(body)}, not {show(wanted)}")
        if step.get("binary", kind == "binary") != (kind == "binary"):
            raise Failed(f"{name} received a frame of {kind}")

    def do_flood(self, step, names):
        for number in range(step["times"]):
            for name in names:
                self.world.clients[name].send(f"{name} {number}".encode())
        for name in names:
            for number in range(step["times"]):
                _, body = self.world.receive(name)
                if body != f"{name} {number}".encode():
                    raise Failed(f"{name} received {body!r} as number {number}")

    def do_close(self, step, name):
        self.world.clients[name].close()

    def do_closed(self, step, name):
        if not self.world.clients[name].wait_for(lambda got, closed: closed, SECONDS):
            raise Failed(f"{name} was not closed")

    def do_gone(self, step, name):
        """The Gateway knows it no more."""
        client_id = self.names[f"${name}"]
        self.until(lambda: client_id not in self.world.client_ids() or None, f"{name} is still online")

    # ---- The program

    def do_call(self, step, name):
        program = self.program(step)
        request = {key: step[key] for key in ("arguments", "address", "timeout", "tls", "token", "token_file") if key in step}
        self.check(program.answer(program.ask(do="call", call=name, **request)), step)

    def do_work(self, step, work):
        program = self.program(step)
        answer = program.answer(program.ask(do="work", **work))
        if "fails" in step:
            return self.check(answer, step)
        self.check(answer, {"returns": step.get("welcome", {})})
        self.listening()

    def do_begin_work(self, step, work):
        program = self.program(step)
        self.begun[program] = program.ask(do="work", **work)

    def do_welcomed(self, step, _):
        program = self.program(step)
        self.check(program.answer(self.begun[program]), {"returns": {}})
        self.listening()

    def do_open(self, step, gate):
        program = self.program(step)
        self.check(program.answer(program.ask(do="open", gate=gate)), {"returns": None})

    def do_stop(self, step, _):
        program = self.program(step)
        self.check(program.answer(program.ask(do="stop")), {"returns": None})

    def do_event(self, step, wanted):
        """The next event of that client."""
        client_id = self.names["$" + wanted["client"]]
        event = self.program(step).said(
            "event", lambda event: event["client_id"] == client_id, f"an event of {wanted['client']}")
        expected = {key: value for key, value in wanted.items() if key not in ("client", "text", "data")}
        problem = mismatch(expected, event)
        body = body_of(wanted)
        if body is not None and body != body_in(event):
            problem = f"the body is {show(body_in(event))}, not {show(body)}"
        if problem:
            raise Failed(f"event {show(event)}: {problem}")

    def do_no_event(self, step, name):
        """None that was not yet taken by a step."""
        client_id = self.names[f"${name}"]
        if self.program(step).has_said("event", lambda event: event["client_id"] == client_id):
            raise Failed(f"an event of {name} came too early")

    def do_called(self, step, wanted):
        called = self.program(step).said("called", lambda called: True, "the result of a call in a handler")
        self.must_match(wanted, called)

    def do_failed(self, step, text):
        self.program(step).said("failed", lambda failed: text in failed, f"the hook for the error {text!r}")

    def do_command_failed(self, step, wanted):
        self.must_match(wanted, self.program(step).said("command_failed", lambda failed: True, "the hook"))

    def do_logged(self, step, text):
        program = self.program(step)
        program.wait(lambda: text in program.log or None, f"{text!r} is not in its log")

    def do_signal(self, step, name):
        self.program(step).signal(name)

    def do_exits(self, step, status):
        self.program(step).wait_exit(status)

    # ---- The daemon

    def do_write(self, step, path):
        replace(path, step["text"])

    def do_tokens(self, step, text):
        """Other tokens for the daemon; done when it says that it has taken them."""
        before = self.world.daemon.log.count("is taken")
        self.world.set_tokens(text)
        self.until(lambda: self.world.daemon.log.count("is taken") > before or None, "the daemon did not take the tokens")

    def do_daemon(self, step, what):
        if what == "start":
            self.world.start_daemon()
        elif what == "kill":
            self.world.daemon.process.kill()
            self.world.daemon.process.wait()
        elif what == "terminate":
            self.world.daemon.process.terminate()
        else:
            status = self.world.daemon.process.wait(30)
            if status != 0:
                raise Failed(f"the daemon ended with {status}")
            if step.get("log_without", "\0") in self.world.daemon.log:
                raise Failed(f"the daemon said: {step['log_without']}")

    def do_daemon_logged(self, step, text):
        self.until(lambda: text in self.world.daemon.log or None, f"the daemon did not say {text!r}")

    def do_workers(self, step, count):
        self.until(lambda: len(self.world.workers()) == count or None, f"there are not {count} workers")
        if count:
            self.listening()

    def do_attached(self, step, wanted):
        self.until(lambda: any(mismatch(wanted, worker) is None for worker in self.world.workers()) or None,
                   "no such worker is attached")

    def do_in_flight(self, step, count):
        self.sum_of("events_in_flight", count)

    def do_queued(self, step, count):
        self.sum_of("events_queued", count)

    def do_event_links(self, step, count):
        self.until(lambda: self.world.event_links() == count or None, f"there are not {count} event links")

    def do_drain_worker(self, step, _):
        self.world.drain_worker()

    def do_counter(self, step, wanted):
        self.must_match(wanted, self.world.counters())

    def do_counter_reaches(self, step, wanted):
        self.until(lambda: all(self.world.counters()[name] >= value for name, value in wanted.items()) or None,
                   "the counter is not reached")

    # ----

    def listening(self):
        """What a client says before the daemon is a worker of its Gateway is nobody's."""
        self.do_event_links({}, 1)

    def sum_of(self, field, count):
        self.until(lambda: sum(int(worker[field]) for worker in self.world.workers()) == count or None,
                   f"{field} is not {count}")

    @staticmethod
    def until(ask, what):
        """Asks the daemon again and again, with a limit."""
        deadline = time.monotonic() + SECONDS
        while ask() is None:
            if time.monotonic() > deadline:
                raise Failed(what)
            time.sleep(0.01)

    @staticmethod
    def check(answer, step):
        if "fails" in step:
            if "error" not in answer:
                raise Failed(f"it did not fail: {show(answer)}")
            return Case.must_match(step["fails"], answer["error"])
        if "error" in answer:
            raise Failed(f"it failed: {show(answer['error'])}")
        if "returns" in step:
            Case.must_match(step["returns"], answer.get("value"))

    @staticmethod
    def must_match(wanted, actual):
        problem = mismatch(wanted, actual)
        if problem:
            raise Failed(problem)

