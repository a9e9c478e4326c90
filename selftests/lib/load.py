# SPDX-License-Identifier: GPL-2.0
"""Load for tests: clients and servers that exchange a byte, and miss none."""
import socket
import threading
import time

import atcptest as t


class Load:
    """Clients that come and go all the time, each PAUSE seconds after its last; a server that takes them."""

    def __init__(self, sock, address, port, pause):
        self.where = address, port
        self.pause = pause
        self.served = 0
        self.errors = []
        self.over = False
        self.closed = False
        self.servers = []
        self.add(sock)
        self.clients = [threading.Thread(target=self.come, daemon=True)
                        for _ in range(3)]
        for thread in self.clients:
            thread.start()

    def add(self, sock):
        """One more listener that is served to the end."""
        sock.settimeout(0.2)
        self.servers.append(threading.Thread(target=self.serve, args=(sock,), daemon=True))
        self.servers[-1].start()

    def serve(self, sock):
        """Echoes one byte of each."""
        while not self.closed:
            try:
                conn = sock.accept()[0]
            except TimeoutError:
                continue
            with conn:
                conn.settimeout(20)
                try:
                    conn.sendall(conn.recv(1))
                    self.served += 1
                except OSError as error:
                    self.errors.append(f"server: {error}")

    def come(self):
        """Connections one after the other."""
        family = socket.AF_INET6 if ":" in self.where[0] else socket.AF_INET
        while not self.over:
            time.sleep(self.pause)
            with t.make_socket(family) as client:
                client.settimeout(20)
                try:
                    client.connect(self.where)
                    client.sendall(b"x")
                    if client.recv(1) != b"x":
                        self.errors.append("no echo")
                except OSError as error:
                    self.errors.append(f"client: {error}")

    def goes_on(self):
        """Some more connections are served, and none failed."""
        before = self.served
        assert t.wait_until(lambda: self.served > before + 2 or self.errors, 30), "it stopped"
        assert not self.errors, self.errors[:3]

    def end(self):
        """The last connections, and no error."""
        self.over = True
        # The server goes last: who has come meanwhile is still answered.
        for thread in self.clients:
            thread.join(30)
        self.closed = True
        for thread in self.servers:
            thread.join(30)
        assert not self.errors, self.errors[:3]
