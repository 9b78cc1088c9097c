"""Uploads what it reads, as it comes: python3 ftplib_stdin.py port user password name. Says `sent` after each part."""
import ftplib
import sys

port, user, password, name = sys.argv[1:]
ftp = ftplib.FTP()
ftp.connect("127.0.0.1", int(port), timeout=30)
ftp.login(user, password)
with open(0, "rb", buffering=0) as source:
    ftp.storbinary("STOR " + name, source, callback=lambda _: print("sent", flush=True))
ftp.quit()
