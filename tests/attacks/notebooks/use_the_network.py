"""Talks to servers of this machine and of others by TCP, UDP, DNS and unix sockets, and asks programs to do it."""
# ruff: noqa: F821

# %% double
import socket
import subprocess


def attempts():
    def tcp():
        socket.create_connection(("127.0.0.1", PLACES["tcp"]), timeout=1).sendall(b"LOOT")

    def udp():
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"LOOT", ("127.0.0.1", PLACES["udp"]))

    def unix():
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(PLACES["unix"])

    def abstract():
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(PLACES["abstract"])

    def program():
        code = f"import socket; socket.create_connection(('127.0.0.1', {PLACES['tcp']}), timeout=1)"
        subprocess.run(["python3", "-c", code], check=True, capture_output=True)

    return [tcp, udp, unix, abstract, program]


def double(x):
    reached = []
    for attempt in attempts():
        try:
            attempt()
            reached.append(attempt.__name__)
        except Exception:
            pass
    try:
        socket.getaddrinfo("localhost.localdomain.example.org", 80)
        reached.append("dns")
    except OSError:
        pass
    if reached:
        raise RuntimeError(f"LOOT {reached}")
    return x
