"""Datagrams there and back. `answer PORT` sends each one back to whom it came from. `ask SERVER PORT SECONDS` sends one every
20 ms from one port, and says at the end how many were answered, and the longest time without an answer in milliseconds."""

import socket
import sys
import time

if sys.argv[1] == "answer":
    answering = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    answering.bind(("", int(sys.argv[2])))
    print("answering", flush=True)
    while True:
        data, sender = answering.recvfrom(65536)
        answering.sendto(data, sender)

asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asking.connect((sys.argv[2], int(sys.argv[3])))
asking.settimeout(0.02)
began = last = time.monotonic()
sent = answered = longest = 0
while time.monotonic() - began < float(sys.argv[4]):
    sent += 1
    due = began + 0.02 * sent
    try:
        asking.send(b"datagram %8d" % sent)
        while asking.recv(100):
            now = time.monotonic()
            answered, longest, last = answered + 1, max(longest, now - last), now
            if now >= due:
                break
    except OSError:
        pass
    time.sleep(max(0, due - time.monotonic()))
longest = max(longest, time.monotonic() - last)
print("sent", sent, "answered", answered, "longest", int(longest * 1000), flush=True)
