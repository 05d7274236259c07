"""A mail server for tests: keeps each mail as a file of the folder, does what the file `mood` there says.

Usage: smtp.py FOLDER PORT CERTIFICATE KEY [wrapped]: TLS from the first byte where `wrapped` stands, else STARTTLS
"""
import pathlib
import ssl
import sys
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

folder, port, certificate, key = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
count = 0


def mood():
    path = folder / "mood"
    return path.read_text().strip() if path.exists() else ""


class Handler:
    async def handle_DATA(self, server, session, envelope):
        global count
        now = mood()
        if now == "later":
            return "451 4.3.0 not now"
        if now == "never":
            return "554 5.7.1 not you"
        count += 1
        part = folder / f"{count:04}.part"
        part.write_bytes(envelope.content)
        part.rename(folder / f"{count:04}.eml")
        if now == "cut":
            # Taken, and the answer lost.
            server.transport.abort()
        return "250 2.0.0 taken"


def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"uketsuke", b"secret"), handled=False)


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
if sys.argv[5:] == ["wrapped"]:
    # The server's own notion of TLS is STARTTLS; here nothing is said outside of TLS at all.
    protection = {"ssl_context": context, "auth_require_tls": False}
else:
    protection = {"tls_context": context, "require_starttls": True}
Controller(
    Handler(),
    hostname="127.0.0.1",
    port=port,
    authenticator=authenticate,
    auth_required=True,
    **protection,
).start()
print("ready", flush=True)
# Ends with the tests that started it.
threading.Thread(target=lambda: (sys.stdin.read(), __import__("os")._exit(0))).start()
