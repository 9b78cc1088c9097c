"""Pushes files over FTP as loggers built on Python do: python3 ftplib_push.py host port user password folder file..."""
import ftplib
import os
import sys

host, port, user, password, folder, *paths = sys.argv[1:]
ftp = ftplib.FTP()
ftp.connect(host, int(port), timeout=30)
ftp.login(user, password)
# Step by step, as loggers make their day folders.
for part in folder.strip("/").split("/"):
    try:
        ftp.cwd(part)
    except ftplib.error_perm:
        ftp.mkd(part)
        ftp.cwd(part)
for number, path in enumerate(paths):
    with open(path, "rb") as file:
        # Text mode and binary mode in turn: both are in use.
        if number % 2 == 0:
            ftp.storbinary("STOR " + os.path.basename(path), file)
        else:
            ftp.storlines("STOR " + os.path.basename(path), file)
ftp.quit()
