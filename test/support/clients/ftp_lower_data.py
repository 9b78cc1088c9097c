"""Uploads what it reads, as it comes: python3 ftp_lower_data.py port user password name. Says `sent` after each part.

The data connection has the lower descriptor, so that the kernel closes both in the other order than
those of most clients when the process is killed.
"""
import os
import socket
import sys

port, user, password, name = sys.argv[1:]
reserved = os.open("/dev/null", os.O_RDONLY)
control = socket.create_connection(("127.0.0.1", int(port)))
replies = control.makefile("rb")


def command(line):
    control.sendall(line.encode() + b"\r\n")
    return replies.readline()


replies.readline()
command("USER " + user)
command("PASS " + password)
reply = command("EPSV")
data_port = int(reply[reply.index(b"|||") + 3 : reply.rindex(b"|")])
os.close(reserved)
data = socket.create_connection(("127.0.0.1", data_port))
command("STOR " + name)
while True:
    part = os.read(0, 65536)
    if not part:
        break
    data.sendall(part)
    print("sent", flush=True)
data.close()
replies.readline()
