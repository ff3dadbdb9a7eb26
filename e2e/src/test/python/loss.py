"""Loses packets that come in by an interface of the lab: loss.py INTERFACE PARTS-IN-A-THOUSAND

An eBPF program of nine instructions at the interface's ingress, behind the capture and before the kernel's stack, which
draws lots for each IPv4 packet. Says "losing" when it is there; ends, and the program with it, when its input does.
"""

import ctypes
import os
import socket
import struct
import sys

BPF_PROG_LOAD, BPF_LINK_CREATE = 5, 28
SCHED_CLS, TCX_INGRESS = 3, 46
NUMBER = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
LIBC = ctypes.CDLL(None, use_errno=True)


def bpf(command, attributes):
    attributes = ctypes.create_string_buffer(attributes, 152)
    result = LIBC.syscall(NUMBER, command, attributes, len(attributes))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def instruction(code, destination=0, source=0, offset=0, value=0):
    return struct.pack("<BBhi", code, source << 4 | destination, offset, value)


def program(thousandths):
    ipv4 = socket.htons(0x0800)
    return b"".join(
        [
            instruction(0x61, 2, 1, 16),  # r2 = skb->protocol
            instruction(0x55, 2, 0, 4, ipv4),  # pass unless IPv4
            instruction(0x85, value=7),  # r0 = get_prandom_u32()
            instruction(0x94, 0, value=1000),  # w0 %= 1000
            instruction(0x35, 0, 0, 1, thousandths),  # pass if r0 >= thousandths
            instruction(0x05, 0, 0, 2),
            instruction(0xB7, 0, value=-1),  # TCX_NEXT
            instruction(0x95),
            instruction(0xB7, 0, value=2),  # TCX_DROP
            instruction(0x95),
        ]
    )


def main(interface, thousandths):
    code = ctypes.create_string_buffer(program(int(thousandths)))
    terms = ctypes.create_string_buffer(b"Apache-2.0")
    instructions = (len(code) - 1) // 8
    loaded = bpf(
        BPF_PROG_LOAD, struct.pack("<IIQQ", SCHED_CLS, instructions, ctypes.addressof(code), ctypes.addressof(terms))
    )
    bpf(BPF_LINK_CREATE, struct.pack("<IIII", loaded, socket.if_nametoindex(interface), TCX_INGRESS, 0))
    print("losing", flush=True)
    sys.stdin.read()


main(*sys.argv[1:])
