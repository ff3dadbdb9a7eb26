"""Serves one connection on PORT: hears it out to its end, then says BYTES and closes. With `first` it says them and
half-closes before it listens. Says "listening", then how much it heard."""

import socket
import sys

port, count, first = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:] == ["first"]
listener = socket.create_server(("", port))
print("listening", flush=True)
connection, _ = listener.accept()
connection.settimeout(20)


def say():
    connection.sendall(b"z" * count)
    connection.shutdown(socket.SHUT_WR)


if first:
    say()
heard = 0
while piece := connection.recv(65536):
    heard += len(piece)
print("heard %d bytes" % heard, flush=True)
if not first:
    say()
