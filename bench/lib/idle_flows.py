#!/usr/bin/env python3
"""Opens many connections, asks one question on each, and holds them until its input ends.

usage: idle_flows.py ADDRESS:PORT FIRST_CLIENT_ADDRESS CLIENT_ADDRESSES COUNT
Prints "held COUNT" when all are open. Several processes, for a process may not have 100,000 descriptors everywhere.
"""

import ipaddress
import os
import resource
import socket
import sys

REQUEST = b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"


def hold(target, source, count, ready, stop):
    held = []
    for _ in range(count):
        connection = socket.socket()
        connection.settimeout(10)
        connection.bind((source, 0))
        connection.connect(target)
        connection.sendall(REQUEST)
        if not connection.recv(4096).startswith(b"HTTP/1.1 200"):
            raise SystemExit("an answer other than 200")
        held.append(connection)
    os.write(ready, b".")
    os.read(stop, 1)


def main():
    address, port = sys.argv[1].rsplit(":", 1)
    first = ipaddress.IPv4Address(sys.argv[2])
    processes, count = int(sys.argv[3]), int(sys.argv[4])
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    stop, stopper = os.pipe()
    ready_out, ready_in = os.pipe()
    children = []
    for i in range(processes):
        share = count // processes + (1 if i < count % processes else 0)
        child = os.fork()
        if child == 0:
            os.close(stopper)
            os.close(ready_out)
            hold((address, int(port)), str(first + i), share, ready_in, stop)
            os._exit(0)
        children.append(child)
    os.close(ready_in)
    done = 0
    while done < processes:
        got = os.read(ready_out, processes)
        if not got:
            raise SystemExit("not all flows could be opened")
        done += len(got)
    print("held", count, flush=True)
    sys.stdin.read()
    os.close(stopper)
    for child in children:
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
