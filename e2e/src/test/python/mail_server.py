"""A mail server that stands still at a step of its first conversation, for whoever wants to kill somebody just then.

usage: mail_server.py ADDRESS:PORT smtp|lmtp DIRECTORY SIZE STEP

Listens and says `ready`. At STEP it says `at STEP` and goes on when it reads `go`. What it takes it writes to
DIRECTORY/tmp and renames to DIRECTORY/new, then answers for it. `end` lets it finish its conversations and exit. SIZE is where the
middle of a message is looked for.
"""

import os
import socket
import sys
import threading

address, protocol, directory, size, stop = sys.argv[1:]
go = threading.Event()
lock = threading.Lock()
stopped = False


def say(line):
    print(line, flush=True)


def step(name):
    global stopped
    with lock:
        first = name == stop and not stopped
        stopped = stopped or first
    if first:
        say("at " + name)
        go.wait()


def store(content):
    name = f"{os.getpid()}-{threading.get_ident()}-{len(os.listdir(directory + '/new'))}"
    with open(f"{directory}/tmp/{name}", "wb") as file:
        file.write(content)
    os.rename(f"{directory}/tmp/{name}", f"{directory}/new/{name}")


def content_of(lines):
    """The message, without its dots, or None if it has no end."""
    message = bytearray()
    while True:
        line = lines.readline()
        if not line.endswith(b"\r\n"):
            return None
        if not message:
            step("first-line")
        if line == b".\r\n":
            return bytes(message)
        message += line[1:] if line.startswith(b".") else line
        if len(message) >= int(size) // 2:
            step("middle")


def converse(peer):
    lines = peer.makefile("rb")

    def answer(text):
        peer.sendall(text.encode() + b"\r\n")

    step("connect")
    answer("220 server.test")
    step("banner")
    while line := lines.readline():
        verb = line[:4].decode("ascii").upper().strip()
        if verb in ("EHLO", "LHLO"):
            step("ehlo")
            answer("250-server.test\r\n250-PIPELINING\r\n250 8BITMIME")
        elif verb == "DATA":
            step("data")
            answer("354 go ahead")
            step("go-ahead")
            message = content_of(lines)
            if message is None:
                return
            step("end")
            store(message)
            step("stored")
            answer("250 2.0.0 stored")
            step("replied")
        elif verb == "QUIT":
            step("quit")
            answer("221 2.0.0 bye")
            return
        else:
            step(verb.lower())
            answer("250 2.0.0 ok")


def serve(peer):
    with peer:
        try:
            converse(peer)
        except OSError:
            pass


def accept(listener):
    while True:
        try:
            peer = listener.accept()[0]
        except OSError:
            return
        threads.append(threading.Thread(target=serve, args=(peer,)))
        threads[-1].start()


for folder in "tmp", "new":
    os.makedirs(f"{directory}/{folder}", exist_ok=True)
threads = []
host, port = address.split(":")
listener = socket.create_server((host, int(port)), backlog=64)
acceptor = threading.Thread(target=accept, args=(listener,))
acceptor.start()
say("ready")
for command in sys.stdin:
    if command == "go\n":
        go.set()
    else:
        break
go.set()
listener.shutdown(socket.SHUT_RDWR)
acceptor.join()
for thread in threads:
    thread.join()
