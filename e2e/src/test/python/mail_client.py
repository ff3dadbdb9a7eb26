"""A mail client that stands still at a step of its conversation, for whoever wants to kill somebody just then.

usage: mail_client.py PORT RECIPIENT FILE MODE STEP

Sends the message in FILE (lines end with CRLF) to 127.0.0.1:PORT. MODE is data, pipelined or chunks. At STEP it says `at STEP` and
waits for a line of input. It says `ending` before it writes the end of the message, and last of all `heard 250` when the message was
acknowledged, `refused` with the reply when it was not, or `lost`.
"""

import socket
import sys

port, recipient, file, mode, stop = sys.argv[1:]
with open(file, "rb") as opened:
    content = opened.read()


def say(line):
    print(line, flush=True)


def step(name):
    if name == stop:
        say("at " + name)
        sys.stdin.readline()


class Refused(Exception):
    pass


class Relay:
    def __init__(self):
        self.socket = socket.create_connection(("127.0.0.1", int(port)), 60)
        self.replies = self.socket.makefile("rb")

    def write(self, text):
        self.socket.sendall(text)

    def reply(self, wanted):
        while True:
            line = self.replies.readline().decode("ascii")
            if not line.endswith("\n"):
                raise ConnectionError
            if line[3] == " ":
                break
        if not line.startswith(wanted):
            raise Refused(line.strip())


def envelope(relay):
    lines = [b"MAIL FROM:<s@x.test> BODY=8BITMIME\r\n", b"RCPT TO:<%s>\r\n" % recipient.encode()]
    if mode == "pipelined":
        relay.write(b"".join(lines) + b"DATA\r\n")
    for name, line in zip(("mail", "rcpt"), lines):
        if mode != "pipelined":
            relay.write(line)
        relay.reply("250")
        step(name)


def pieces(whole):
    """The first byte, the first half, and the rest, cut where steps are."""
    half = len(whole) // 2
    return whole[:1], whole[1:half], whole[half:]


def dotted(relay):
    if mode != "pipelined":
        relay.write(b"DATA\r\n")
    relay.reply("354")
    step("data")
    stuffed = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in content.split(b"\r\n"))
    for name, piece in zip(("first-byte", "middle", "last"), pieces(stuffed)):
        relay.write(piece)
        step(name)
    say("ending")
    relay.write(b".\r\n")


def chunked(relay):
    first, begin, rest = pieces(content)
    relay.write(b"BDAT %d\r\n" % len(first + begin))
    step("data")
    relay.write(first)
    step("first-byte")
    relay.write(begin)
    relay.reply("250")
    step("middle")
    relay.write(b"BDAT %d LAST\r\n" % len(rest) + rest[:-1])
    step("last")
    say("ending")
    relay.write(rest[-1:])


try:
    relay = Relay()
    step("connect")
    relay.reply("220")
    step("banner")
    relay.write(b"EHLO client.test\r\n")
    relay.reply("250")
    step("ehlo")
    envelope(relay)
    if mode == "chunks":
        chunked(relay)
    else:
        dotted(relay)
    step("end")
    relay.reply("250")
    say("heard 250")
    step("replied")
    relay.write(b"QUIT\r\n")
    step("quit")
    relay.reply("221")
except Refused as refusal:
    say("refused %s" % refusal)
except OSError:
    say("lost")
