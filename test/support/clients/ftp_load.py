"""Uploads small files over FTP as fast as the server takes them, on bare blocking sockets.

    ftp_load.py host port user password folder sessions seconds kept|login-per-file content

A process for each session and no more work for a file than any client has (EPSV, data connection,
STOR, the bytes, 226), so that the server is measured and not the client. Prints one JSON object:
files acknowledged, seconds from the first to the last, processor seconds of the clients.
"""
import json
import os
import resource
import select
import socket
import sys
import time
import traceback

host, port, user, password, folder, sessions, seconds, kind, text = sys.argv[1:]
address = (host, int(port))
content = text.encode()


class Session:
    def __init__(self):
        self.control = connected(address)
        self.rest = b""
        self.expect(b"220")
        self.command(b"USER " + user.encode(), b"331")
        self.command(b"PASS " + password.encode(), b"230")
        self.command(b"TYPE I", b"200")

    def upload(self, path):
        line = self.command(b"EPSV", b"229")
        data = connected((host, int(line[line.index(b"|||") + 3 : line.rindex(b"|")])))
        self.command(b"STOR " + path, b"150")
        data.sendall(content)
        data.close()
        self.expect(b"226")

    def quit(self):
        self.command(b"QUIT", b"221")
        self.control.close()

    def command(self, line, code):
        self.control.sendall(line + b"\r\n")
        return self.expect(code)

    def expect(self, code):
        while True:
            end = self.rest.find(b"\r\n")
            if end < 0:
                received = self.control.recv(4096)
                if not received:
                    raise ConnectionError("the control connection ended")
                self.rest += received
                continue
            line, self.rest = self.rest[:end], self.rest[end + 2 :]
            if line[3:4] == b"-":
                continue
            if not line.startswith(code):
                raise RuntimeError("expected %s, got: %s" % (code.decode(), line.decode()))
            return line


def connected(to):
    connection = socket.socket()
    connection.connect(to)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def work(number, ready, start):
    """The files that this session was acknowledged."""
    prefix = ("%sbench-%d-%d-" % (folder, os.getppid(), number)).encode()
    count = 0
    session = Session() if kind == "kept" else None
    os.write(ready, b"r")
    os.read(start, 1)
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        path = prefix + b"%d.txt" % count
        if session is None:
            once = Session()
            once.upload(path)
            once.quit()
        else:
            session.upload(path)
        count += 1
    return count


def main():
    ready_in, ready_out = os.pipe()
    start_in, start_out = os.pipe()
    results = []
    for number in range(int(sessions)):
        result_in, result_out = os.pipe()
        if os.fork() == 0:
            try:
                os.write(result_out, b"%d" % work(number, ready_out, start_in))
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        os.close(result_out)
        results.append(result_in)
    os.close(ready_out)
    for _ in results:
        # Nothing to read: a session failed, and has said why.
        if not os.read(ready_in, 1):
            sys.exit(1)
    began = time.monotonic()
    os.write(start_out, b"s" * len(results))
    files = 0
    for result in results:
        select.select([result], [], [])
        count = os.read(result, 32)
        if not count:
            sys.exit(1)
        files += int(count)
    elapsed = time.monotonic() - began
    for _ in results:
        os.wait()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = usage.ru_utime + usage.ru_stime
    print(json.dumps({"files": files, "seconds": elapsed, "clientCpuSeconds": cpu}))


main()
