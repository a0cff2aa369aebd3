# SPDX-License-Identifier: LGPL-2.1-or-later
"""dhcp-client.py IFACE - ask for an address and print what is offered:
"ADDRESS ROUTER".  Source: RFC 2131."""
import os
import socket
import struct
import sys

iface = sys.argv[1]
mac = bytes.fromhex(open(f"/sys/class/net/{iface}/address").read().strip().replace(":", "")) \
    if os.path.exists(f"/sys/class/net/{iface}/address") else b"\x52\x54\0\0\0\x77"
xid = os.urandom(4)


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


bootp = struct.pack("!BBBB4sHH4s4s4s4s16s192s4s", 1, 1, 6, 0, xid, 0, 0x8000, b"", b"", b"", b"",
                    mac, b"", b"\x63\x82\x53\x63") + b"\x35\x01\x01\x37\x02\x01\x03\xff"
udp = struct.pack("!HHHH", 68, 67, 8 + len(bootp), 0)
head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28 + len(bootp), 0, 0, 64, 17, 0, b"\0" * 4, b"\xff" * 4)
head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
raw.bind((iface, 0))
raw.settimeout(3)
for _ in range(5):
    raw.send(b"\xff" * 6 + mac + b"\x08\x00" + head + udp + bootp)
    try:
        while True:
            p = raw.recv(2000)
            if p[23] == 17 and p[36:38] == b"\0\x44" and p[46:50] == xid:
                break
    except TimeoutError:
        continue
    options, router = p[282:], None
    while options and options[0] != 255:
        if options[0] == 3:
            router = socket.inet_ntoa(options[2:6])
        options = options[2 + options[1]:]
    print(socket.inet_ntoa(p[58:62]), router)
    sys.exit(0)
sys.exit(1)
