"""An FTP site by pyftpdlib: knows MLSD, SIZE and MDTM, and asks for a password.

python3 ftp_site.py <port> <folder> <user> <password>
"""
import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer

port, folder, user, password = sys.argv[1:]
authorizer = DummyAuthorizer()
authorizer.add_user(user, password, folder, perm="elradfmwMT")
FTPHandler.authorizer = authorizer
FTPHandler.use_gmt_times = True
FTPServer(("127.0.0.1", int(port)), FTPHandler).serve_forever()
