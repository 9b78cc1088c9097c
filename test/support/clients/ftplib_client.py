"""One errand of the interoperability matrix with Python's ftplib:
python3 ftplib_client.py operation mode host port user password file [times]"""
import ftplib
import os
import ssl
import sys

FOLDERS = ["2026", "Thang 01", "31"]


class ImplicitFtpTls(ftplib.FTP_TLS):
    """TLS from the first byte on, which ftplib itself does not offer."""

    _sock = None

    @property
    def sock(self):
        return self._sock

    @sock.setter
    def sock(self, value):
        if value is not None and not isinstance(value, ssl.SSLSocket):
            value = self.context.wrap_socket(value)
        self._sock = value


def connect(mode, host, port, user, password):
    # As loggers do: the certificate is the server's own and not checked.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if mode == "plain":
        ftp = ftplib.FTP()
    elif mode == "explicit":
        ftp = ftplib.FTP_TLS(context=context)
    else:
        ftp = ImplicitFtpTls(context=context)
    ftp.connect(host, int(port), timeout=30)
    ftp.login(user, password)
    if mode != "plain":
        ftp.prot_p()
    return ftp


def repeat(ftp, files, times):
    for number in range(1, int(times) + 1):
        for path in files.split(","):
            with open(path, "rb") as file:
                ftp.storbinary(f"STOR {number}-{os.path.basename(path)}", file)


def main(operation, mode, host, port, user, password, path, *times):
    ftp = connect(mode, host, port, user, password)
    if operation == "repeat":
        repeat(ftp, path, times[0])
        ftp.quit()
        return
    ftp.set_pasv(operation != "active")
    with open(path, "rb") as file:
        if operation in ("upload", "active"):
            ftp.storbinary("STOR reading.txt", file)
        elif operation == "text":
            ftp.storlines("STOR reading.txt", file)
        elif operation == "folders":
            for folder in FOLDERS:
                ftp.mkd(folder)
                ftp.cwd(folder)
            ftp.storbinary("STOR reading.txt", file)
        elif operation == "rename":
            ftp.storbinary("STOR reading.txt.tmp", file)
            ftp.rename("reading.txt.tmp", "reading.txt")
        elif operation == "resume":
            ftp.voidcmd("TYPE I")
            size = ftp.size("reading.txt")
            file.seek(size)
            ftp.storbinary("STOR reading.txt", file, rest=size)
        elif operation == "abort":
            ftp.storbinary("STOR reading.txt", sys.stdin.buffer)
        elif operation == "list":
            names = ftp.nlst()
            ftp.voidcmd("TYPE I")
            print(ftp.size("reading.txt"), *[name for name in names if name == "reading.txt"])
            for name, facts in ftp.mlsd():
                print(facts["type"], facts.get("size"), name)
            assert ftp.nlst("empty") == []
            assert list(ftp.mlsd("empty")) == []
    ftp.quit()


if sys.argv[1:] == ["version"]:
    print("version", sys.version.split()[0])
else:
    main(*sys.argv[1:])
