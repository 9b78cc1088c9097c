"""One errand of the interoperability matrix with paramiko:
python3 paramiko_client.py operation mode host port user password file"""
import sys

import paramiko

FOLDERS = ["2026", "Thang 01", "31"]


def main(operation, _mode, host, port, user, password, path):
    ssh = paramiko.SSHClient()
    ssh.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    ssh.connect(
        host, int(port), user, password, timeout=30, look_for_keys=False, allow_agent=False
    )
    sftp = ssh.open_sftp()
    if operation == "upload":
        # put asks for the size afterwards and fails where it is not that of the file.
        sftp.put(path, "/reading.txt")
    elif operation == "folders":
        for folder in FOLDERS:
            sftp.mkdir(folder)
            sftp.chdir(folder)
        sftp.put(path, "reading.txt")
    elif operation == "rename":
        sftp.put(path, "reading.txt.part")
        sftp.rename("reading.txt.part", "reading.txt")
    elif operation == "resume":
        size = sftp.stat("reading.txt").st_size
        with open(path, "rb") as file, sftp.open("reading.txt", "ab") as remote:
            file.seek(size)
            remote.write(file.read())
    elif operation == "abort":
        sftp.putfo(sys.stdin.buffer, "reading.txt")
    elif operation == "list":
        for entry in sftp.listdir_attr("/"):
            print(entry.st_size, entry.filename)
        assert sftp.listdir("/empty") == []
    ssh.close()


if sys.argv[1:] == ["version"]:
    print("version", paramiko.__version__)
else:
    main(*sys.argv[1:])
