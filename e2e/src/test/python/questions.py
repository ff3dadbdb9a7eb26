"""Asks one question many times from one port, ten at a time: SERVER NAME COUNT."""
import socket
import struct
import sys

server, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asking.connect((server, 53))
asking.settimeout(2)


def ask(number):
    asking.send(struct.pack("!6H", number, 0x100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", 1, 1))


waiting, unasked, silent = set(), list(range(count)), 0
while (waiting or unasked) and silent < 3:
    while unasked and len(waiting) < 10:
        waiting.add(unasked.pop(0))
        ask(max(waiting))
    try:
        waiting.discard(struct.unpack("!H", asking.recv(4096)[:2])[0])
    except socket.timeout:
        silent += 1
        for number in waiting:
            ask(number)
print(count - len(waiting) - len(unasked), "answers")
