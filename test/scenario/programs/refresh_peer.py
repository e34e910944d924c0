"""An instance that asks to be refreshed and then takes nothing, until it is killed.

  refresh_peer.py PORT GOLDEN     GOLDEN holds a message of each type, one behind the other: test/golden/refresh_version1.bin

Says `waits` once it has asked for the copies and the other side has begun to speak.
"""

import signal
import socket
import struct
import sys

ASK, BEGIN = 1, 3


def frames(path):
    with open(path, "rb") as file:
        data = file.read()
    found = {}
    while data:
        _, _, kind, body_bytes = struct.unpack_from("<IHHI", data)
        found[kind], data = data[: 32 + body_bytes], data[32 + body_bytes :]
    return found


def main():
    said = frames(sys.argv[2])
    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as connection:
        connection.sendall(said[ASK])
        connection.recv(1)
        connection.sendall(said[BEGIN])
        print("waits", flush=True)
        signal.pause()


main()
