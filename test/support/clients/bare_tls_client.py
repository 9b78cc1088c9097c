"""Uploads over FTPS, says close_notify and closes each data connection without having read from it:
python3 bare_tls_client.py host port user password file,... times TLS-version"""
import os
import socket
import ssl
import sys

host, port, user, password, files, times, version = sys.argv[1:]
only = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[version]


def trusting():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = context.maximum_version = only
    return context


class Control:
    def __init__(self):
        self.socket = socket.create_connection((host, int(port)), timeout=30)
        self.replies = self.socket.makefile("rb")
        self.expect("220")
        self.command("AUTH TLS", "234")
        self.socket = trusting().wrap_socket(self.socket)
        self.replies = self.socket.makefile("rb")
        for line, code in [
            ("USER " + user, "331"),
            ("PASS " + password, "230"),
            ("PBSZ 0", "200"),
            ("PROT P", "200"),
            ("TYPE I", "200"),
        ]:
            self.command(line, code)

    def command(self, line, code):
        self.socket.sendall(line.encode() + b"\r\n")
        return self.expect(code)

    def expect(self, code):
        while True:
            line = self.replies.readline().decode()
            if line[3:4] == "-":
                continue
            if not line.startswith(code):
                raise RuntimeError("expected %s, got: %s" % (code, line))
            return line


def upload(control, path, name):
    reply = control.command("EPSV", "229")
    data = socket.create_connection((host, int(reply.split("|||")[1].split("|")[0])), timeout=30)
    control.command("STOR " + name, "150")
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = trusting().wrap_bio(incoming, outgoing)
    while True:
        try:
            tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            data.sendall(outgoing.read())
            incoming.write(data.recv(65536))
    data.sendall(outgoing.read())
    with open(path, "rb") as file:
        while block := file.read(8192):
            tls.write(block)
            data.sendall(outgoing.read())
    try:
        tls.unwrap()
    except ssl.SSLWantReadError:
        # Our close_notify is written; the server's is not waited for.
        pass
    data.sendall(outgoing.read())
    data.close()
    control.expect("226")


control = Control()
for number in range(1, int(times) + 1):
    for path in files.split(","):
        upload(control, path, "%d-%s" % (number, os.path.basename(path)))
