"""One TCP connection, driven line by line through standard input; answers with one line each.

  open ADDRESS PORT         connects; says the local port
  get HOST PATH             one request and its whole response: STATUS BODY
  post HOST PATH N [chunked]  the same with a body of N bytes
  head HOST PATH            the same without a body in the response
  send TEXT                 bytes as they are, with \\r and \\n written out
  receive                   what there is to read, at least one byte, or `end`
  response                  one response: STATUS BODY; long or binary bodies as <N bytes>
  drain SECONDS             reads to the end; says how many bytes and how it ended: `end`, `reset`, `time-out`
  finish                    half-closes: sends FIN, still reads
  reset                     closes with RST
  close                     closes
"""

import socket
import struct
import sys
import time

connection = None
buffered = b""
TIMEOUT = 15


def fill():
    global buffered
    piece = connection.recv(65536)
    if not piece:
        raise EOFError("the connection ended after %r" % buffered[:200])
    buffered += piece


def line():
    global buffered
    while b"\r\n" not in buffered:
        fill()
    text, buffered = buffered.split(b"\r\n", 1)
    return text.decode("latin-1")


def take(count):
    global buffered
    while len(buffered) < count:
        fill()
    piece, buffered = buffered[:count], buffered[count:]
    return piece


def response(head=False):
    global buffered
    while True:
        status = int(line().split(" ")[1])
        fields = {}
        while text := line():
            name, value = text.split(":", 1)
            fields[name.lower()] = value.strip()
        if status >= 200:
            break
    if head or status in (204, 304):
        return status, b""
    if fields.get("transfer-encoding", "").lower() == "chunked":
        body = b""
        while size := int(line().split(";")[0], 16):
            body += take(size)
            line()
        while line():
            pass
        return status, body
    if "content-length" in fields:
        return status, take(int(fields["content-length"]))
    try:
        while True:
            fill()
    except EOFError:
        body, buffered = buffered, b""
        return status, body


def answer(head=False):
    status, body = response(head)
    text = body.decode("latin-1").replace("\n", " ")
    return "%d %s" % (status, text if len(text) <= 2000 and text.isprintable() else "<%d bytes>" % len(body))


def body_of(count):
    return bytes((i * 31) & 0x7F | 0x40 for i in range(1024)) * (count // 1024 + 1)


def run(words):
    global connection, buffered
    command = words[0]
    if command == "open":
        connection = socket.create_connection((words[1], int(words[2])), timeout=TIMEOUT)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        buffered = b""
        return str(connection.getsockname()[1])
    if command in ("get", "head"):
        request = "%s %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (command.upper(), words[2], words[1])
        connection.sendall(request.encode())
        return answer(command == "head")
    if command == "post":
        body = body_of(int(words[3]))[: int(words[3])]
        head = "POST %s HTTP/1.1\r\nHost: %s\r\n" % (words[2], words[1])
        if words[4:] == ["chunked"]:
            connection.sendall((head + "Transfer-Encoding: chunked\r\n\r\n").encode())
            for at in range(0, len(body), 1000):
                piece = body[at : at + 1000]
                connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
            connection.sendall(b"0\r\n\r\n")
        else:
            connection.sendall((head + "Content-Length: %d\r\n\r\n" % len(body)).encode() + body)
        return answer()
    if command == "send":
        connection.sendall(" ".join(words[1:]).encode().decode("unicode_escape").encode("latin-1"))
        return "sent"
    if command == "receive":
        if not buffered:
            try:
                fill()
            except EOFError:
                return "end"
        piece, buffered = buffered, b""
        return repr(piece)
    if command == "response":
        return answer()
    if command == "drain":
        deadline = time.monotonic() + float(words[1])
        count, how = len(buffered), "time-out"
        buffered = b""
        try:
            while (left := deadline - time.monotonic()) > 0:
                connection.settimeout(left)
                piece = connection.recv(1 << 20)
                if not piece:
                    how = "end"
                    break
                count += len(piece)
        except ConnectionResetError:
            how = "reset"
        except TimeoutError:
            pass
        connection.settimeout(TIMEOUT)
        return "%d %s" % (count, how)
    if command == "finish":
        connection.shutdown(socket.SHUT_WR)
        return "finished"
    if command == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        return "reset"
    if command == "close":
        connection.close()
        return "closed"
    raise ValueError(command)


for text in sys.stdin:
    try:
        print(run(text.rstrip("\n").split(" ")), flush=True)
    except (OSError, EOFError, ValueError) as error:
        print("error %s: %s" % (type(error).__name__, error), flush=True)
