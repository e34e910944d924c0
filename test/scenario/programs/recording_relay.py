"""Stands between two sites and writes down what goes by, both ways.

  recording_relay.py LISTEN TO FILE    takes connections on port LISTEN, one after the other, and hands them on to port TO
"""

import select
import socket
import sys


def carry(near, far, record):
    while True:
        for one in select.select([near, far], [], [])[0]:
            some = one.recv(65536)
            if not some:
                return
            record.write(some)
            (far if one is near else near).sendall(some)


def main():
    listen, to, file = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    with socket.socket() as listener, open(file, "ab", buffering=0) as record:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", listen))
        listener.listen()
        print("listens", flush=True)
        while True:
            near, _ = listener.accept()
            try:
                with near, socket.create_connection(("127.0.0.1", to)) as far:
                    carry(near, far, record)
            except OSError:
                pass  # One of the two has gone: the next connection.


main()
