"""A peer on the replication link that does not keep to the protocol.

  bad_peer.py listen PORT WHAT     as a secondary: takes connections on the port, one after the other, until it is killed
  bad_peer.py connect PORT WHAT    as a source server: connects once; ends when the other side hangs up

WHAT it says: nothing; truncated (half a frame, then it waits); cut (half a frame, then it hangs up); future (a frame of a level
that does not exist yet); damaged (a frame whose checksum is wrong); http.
"""

import socket
import struct
import sys

MAGIC = 0x50525748
START_FROM = 1


def words(what):
    level = 99 if what == "future" else 1
    frame = struct.pack("<IHHIIIIQ", MAGIC, level, START_FROM, 16, 16, 0, 0, 0) + bytes(16)
    return {
        "nothing": b"",
        "truncated": frame[:20],
        "cut": frame[:20],
        "future": frame,
        "damaged": frame,
        "http": b"GET / HTTP/1.1\r\nHost: secondary\r\n\r\n" + bytes(64),
    }[what]


def talk(connection, what):
    with connection:
        try:
            connection.sendall(words(what))
            if what == "cut":
                return
            while connection.recv(65536):
                pass
        except OSError:
            pass  # The other side has hung up: that is what it should do.


def main():
    how, port, what = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    if how == "connect":
        return talk(socket.create_connection(("127.0.0.1", port)), what)
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen()
        print("listens", flush=True)
        while True:
            talk(listener.accept()[0], what)


main()
