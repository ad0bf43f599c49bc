"""Clients as users have them: WebSocket, and lines of text. Each keeps what it received, in order."""

import base64
import os
import socket
import struct
import threading
import time

END = b"<end>"


class Client:
    """Reads on a thread of its own into `received`: pairs of a kind ("text", "binary", "line", "close") and bytes."""

    def __init__(self, port):
        self.received = []
        self.closed = False
        self.client_id = None
        self._changed = threading.Condition()
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._socket.settimeout(None)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # a message behind another leaves at once
        self.own_port = self._socket.getsockname()[1]  # that the Gateway sees it come from
        self._buffer = b""
        self._open()
        threading.Thread(target=self._run, daemon=True).start()

    def wait_for(self, condition, seconds=10):
        """Waits until the condition holds for (received, closed); False where it never does."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while not condition(self.received, self.closed):
                if not self._changed.wait(deadline - time.monotonic()) and time.monotonic() >= deadline:
                    return False
        return True

    def ask_id(self):
        self.send(b"who am I")
        answer = b"you are "
        if not self.wait_for(lambda got, closed: closed or any(body.startswith(answer) for _, body in got)):
            raise TimeoutError("the app did not answer")
        if not self.received:
            raise ConnectionError("closed before the app answered")
        self.client_id = self.received[0][1][len(answer) :].decode()
        with self._changed:
            self.received.clear()
        return self.client_id

    def wait_end(self):
        """Waits for the end mark or the end of the connection."""
        assert self.wait_for(lambda got, closed: closed or any(END in body for _, body in got)), "no end mark came"

    def close(self):
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()

    def _run(self):
        try:
            while True:
                message = self._read_message()
                with self._changed:
                    self.received.append(message)
                    self._changed.notify_all()
        except (OSError, EOFError):
            pass
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def _read(self, size):
        while len(self._buffer) < size:
            self._fill()
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def _read_until(self, mark):
        while mark not in self._buffer:
            self._fill()
        data, _, self._buffer = self._buffer.partition(mark)
        return data

    def _fill(self):
        data = self._socket.recv(1 << 20)
        if not data:
            if self._buffer:
                self.received.append(("rest", self._buffer))
                self._buffer = b""
            raise EOFError
        self._buffer += data


class WebSocketClient(Client):
    """`target` is what the request asks for, `headers` more lines of it, each ended."""

    _KINDS = {1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong"}

    def __init__(self, port, target=b"/", headers=b""):
        self._target, self._headers = target, headers
        super().__init__(port)

    def _open(self):
        key = base64.b64encode(os.urandom(16))
        self._socket.sendall(
            b"GET " + self._target + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: " + key + b"\r\nSec-WebSocket-Version: 13\r\n" + self._headers + b"\r\n"
        )
        answer = self._read_until(b"\r\n\r\n")
        if not answer.startswith(b"HTTP/1.1 101"):
            raise ConnectionError(answer)

    def send(self, body, opcode=1):
        size = len(body)
        head = bytes([0x80 | opcode])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 65536:
            head += bytes([0x80 | 126]) + struct.pack("!H", size)
        else:
            head += bytes([0x80 | 127]) + struct.pack("!Q", size)
        mask = os.urandom(4)
        key = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
        masked = (int.from_bytes(body, "big") ^ key).to_bytes(size, "big")
        self._socket.sendall(head + mask + masked)

    def _read_message(self):
        first, second = self._read(2)
        size = second & 0x7F
        if size == 126:
            (size,) = struct.unpack("!H", self._read(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self._read(8))
        return self._KINDS.get(first & 0x0F, f"opcode {first & 0x0F}"), self._read(size)


class TextClient(Client):
    def _open(self):
        pass

    def send(self, body):
        self._socket.sendall(body + b"\n")

    def _read_message(self):
        return "line", self._read_until(b"\n")
