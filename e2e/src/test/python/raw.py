"""Frames that no well-behaved host sends, from an interface of the lab.

  rst SOURCE PORT TARGET PORT COUNT       TCP resets with sequence numbers spread over the whole space
  syn SOURCE PORT TARGET PORT COUNT       SYNs on a connection that is there already
  rst-syn SOURCE PORT TARGET PORT COUNT   a reset and a SYN behind it, as often
  syn-flood TARGET PORT COUNT PER-SECOND  SYNs from made-up clients
  too-big TARGET PORT MTU                 watches for a large segment from TARGET:PORT and answers it with ICMP
                                          "fragmentation needed"; says the sizes before and after
  rubbish TARGET COUNT                    frames with broken headers of every kind
"""

import random
import socket
import struct
import sys
import time

INTERFACE = "eth0"


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def ip(source, target, protocol, payload, identification=0):
    head = struct.pack(
        "!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), identification, 0x4000, 64, protocol, 0,
        socket.inet_aton(source), socket.inet_aton(target),
    )  # fmt: skip
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def tcp(source, source_port, target, target_port, seq, ack, flags, window=65535, options=b"", payload=b""):
    offset = (20 + len(options)) // 4
    segment = struct.pack(
        "!HHIIBBHHH", source_port, target_port, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, offset << 4, flags, window, 0, 0
    )
    segment += options + payload
    pseudo = socket.inet_aton(source) + socket.inet_aton(target) + struct.pack("!BBH", 0, 6, len(segment))
    return segment[:16] + struct.pack("!H", checksum(pseudo + segment)) + segment[18:]


class Wire:
    """The interface, with the link address of the station that owns TARGET."""

    def __init__(self, target):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
        self.socket.bind((INTERFACE, 0))
        self.mac = self.socket.getsockname()[4]
        self.target = target
        self.target_mac = self.resolve()

    def resolve(self):
        # The kernel asks by ARP for us when something is sent there.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((self.target, 9))
            own = probe.getsockname()[0]
        request = b"\xff" * 6 + self.mac + b"\x08\x06" + struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1)
        request += self.mac + socket.inet_aton(own) + b"\0" * 6 + socket.inet_aton(self.target)
        for _ in range(5):
            self.socket.send(request.ljust(60, b"\0"))
            deadline = time.monotonic() + 1
            while time.monotonic() < deadline:
                self.socket.settimeout(1)
                try:
                    frame = self.socket.recv(65536)
                except TimeoutError:
                    break
                if frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\x02":
                    if frame[28:32] == socket.inet_aton(self.target):
                        return frame[22:28]
        sys.exit("no answer to ARP for " + self.target)

    def send(self, packet, ethertype=b"\x08\x00"):
        self.socket.send((self.target_mac + self.mac + ethertype + packet).ljust(60, b"\0"))


# TCP flags of the segments that are sent at each place of the sequence space.
KINDS = {"rst": [4], "syn": [2], "rst-syn": [4, 2]}


def spread(wire, source, source_port, target, target_port, count, kinds):
    for i in range(count):
        seq = i * (0x100000000 // count) + 12345
        for flags in kinds:
            options = b"\x02\x04\x05\xb4" if flags & 2 else b""
            segment = tcp(source, source_port, target, target_port, seq, 0, flags, options=options)
            wire.send(ip(source, target, 6, segment))


def syn_flood(wire, target, port, count, per_second):
    chance = random.Random(1)
    started = time.monotonic()
    for i in range(count):
        # The benchmarking range of RFC 2544, which nobody owns.
        source = "198.18.%d.%d" % (chance.randrange(256), chance.randrange(1, 255))
        segment = tcp(source, chance.randrange(1024, 65536), target, port, chance.randrange(1 << 32), 0, 2,
                      options=b"\x02\x04\x05\xb4")  # fmt: skip
        wire.send(ip(source, target, 6, segment))
        ahead = started + i / per_second - time.monotonic()
        if ahead > 0.01:
            time.sleep(ahead)
    print("sent %d in %.1f s" % (count, time.monotonic() - started), flush=True)


def too_big(wire, target, port, mtu):
    wire.socket.settimeout(10)
    before, after, told = 0, 0, None
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and after < 2000000:
        try:
            frame = wire.socket.recv(65536)
        except TimeoutError:
            break
        packet = frame[14:]
        if frame[12:14] != b"\x08\x00" or packet[9] != 6 or packet[12:16] != socket.inet_aton(target):
            continue
        length = struct.unpack("!H", packet[2:4])[0]
        if struct.unpack("!H", packet[20:22])[0] != port:
            continue
        if told is None or (length > mtu and time.monotonic() - told < 1):
            # The first segments after the message may have been under way already.
            before = max(before, length)
            if length > mtu:
                quoted = packet[:28]
                message = struct.pack("!BBHHH", 3, 4, 0, 0, mtu) + quoted
                message = message[:2] + struct.pack("!H", checksum(message)) + message[4:]
                own = socket.inet_ntoa(packet[16:20])
                wire.send(ip(own, target, 1, message))
                told = told or time.monotonic()
        elif time.monotonic() - told >= 1:
            after = max(after, length)
            if time.monotonic() - told > 3:
                break
    print("%d %d" % (before, after), flush=True)


def rubbish(wire, target, count):
    chance = random.Random(2)
    source = "192.0.2.3"
    whole = ip(source, target, 6, tcp(source, 4000, target, 80, 1, 0, 2))
    for i in range(count):
        packet = bytearray(whole)
        kind = i % 6
        if kind == 0:
            packet = packet[: chance.randrange(len(packet))]
        elif kind == 1:
            for _ in range(4):
                packet[chance.randrange(len(packet))] = chance.randrange(256)
        elif kind == 2:
            packet[0] = chance.randrange(256)
        elif kind == 3:
            packet[2:4] = struct.pack("!H", chance.randrange(65536))
        elif kind == 4:
            packet[32] = chance.randrange(16) << 4
        else:
            # A fragment whose offset leads past the largest packet.
            packet[6:8] = struct.pack("!H", 0x2000 | chance.randrange(0x1FFF))
        wire.send(bytes(packet))
        if i % 7 == 0:
            wire.send(bytes(chance.randrange(256) for _ in range(chance.randrange(60))), chance.randbytes(2))
    print("sent", flush=True)


def main(command, *words):
    if command in KINDS:
        source, source_port, target, target_port, count = words
        spread(Wire(target), source, int(source_port), target, int(target_port), int(count), KINDS[command])
        print("sent", flush=True)
    elif command == "syn-flood":
        target, port, count, per_second = words
        syn_flood(Wire(target), target, int(port), int(count), int(per_second))
    elif command == "too-big":
        target, port, mtu = words
        wire = Wire(target)
        print("watching", flush=True)
        too_big(wire, target, int(port), int(mtu))
    elif command == "rubbish":
        target, count = words
        rubbish(Wire(target), target, int(count))
    else:
        sys.exit(__doc__)


main(*sys.argv[1:])
