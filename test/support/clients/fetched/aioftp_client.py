"""One errand of the interoperability matrix with aioftp:
python3 aioftp_client.py operation mode host port user password file [times]"""
import asyncio
import os
import ssl
import sys

# `make interoperability` fetches the library.
sys.path.insert(0, os.path.join(os.environ.get("ENVIGATE_FETCHED_CLIENTS", ""), "python"))
import aioftp

FOLDERS = ["2026", "Thang 01", "31"]


async def connected(mode, host, port, user, password):
    # As loggers do: the certificate is the server's own and not checked.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    client = aioftp.Client(socket_timeout=30, ssl=context if mode == "implicit" else None)
    await client.connect(host, int(port))
    if mode == "explicit":
        await client.upgrade_to_tls(context)
    await client.login(user, password)
    return client


async def send(client, path, name, offset=0):
    with open(path, "rb") as file:
        file.seek(offset)
        async with client.upload_stream(name, offset=offset) as stream:
            while block := file.read(8192):
                await stream.write(block)


async def main(operation, mode, host, port, user, password, path, times="0", _tls=None):
    client = await connected(mode, host, port, user, password)
    if operation == "upload":
        await client.upload(path, "reading.txt", write_into=True)
    elif operation == "folders":
        for folder in FOLDERS:
            await client.make_directory(folder, parents=False)
            await client.change_directory(folder)
        await client.upload(path, "reading.txt", write_into=True)
    elif operation == "path":
        await client.make_directory("/".join(FOLDERS))
        await client.upload(path, "/".join(FOLDERS) + "/reading.txt", write_into=True)
    elif operation == "rename":
        await client.upload(path, "reading.txt.tmp", write_into=True)
        await client.rename("reading.txt.tmp", "reading.txt")
    elif operation == "resume":
        size = int((await client.stat("reading.txt"))["size"])
        await send(client, path, "reading.txt", offset=size)
    elif operation == "abort":
        async with client.upload_stream("reading.txt") as stream:
            while block := await asyncio.to_thread(sys.stdin.buffer.read, 8192):
                await stream.write(block)
    elif operation == "list":
        for name, facts in await client.list("/"):
            print(facts["type"], facts.get("size"), name)
        assert await client.list("empty") == []
    elif operation == "repeat":
        for number in range(1, int(times) + 1):
            for each in path.split(","):
                await send(client, each, f"{number}-{os.path.basename(each)}")
    await client.quit()


if sys.argv[1:] == ["version"]:
    from importlib.metadata import version

    print("version", version("aioftp"))
else:
    asyncio.run(main(*sys.argv[1:]))
