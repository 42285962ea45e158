"""A real mail server (aiosmtpd) that answers by who is written to, and tells on standard output what it took: a line of JSON each.

Its first line is {"port"}. It ends when its standard input does.
"""
import argparse
import asyncio
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

REFUSALS = {
    "full": ("recipient", "452 4.2.2 the mailbox of full@example.com is full"),
    "nobody": ("recipient", "550 5.1.1 nobody@example.com is unknown here"),
    "later": ("content", "451 4.3.0 try again later"),
    "spam": ("content", "554 5.7.1 not wanted"),
}


def tell(**facts):
    print(json.dumps(facts), flush=True)


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        tell(asked=name)
        if name == "hang-up":
            server.transport.abort()
        if name == "silent":
            await asyncio.Event().wait()
        stage, answer = REFUSALS.get(name, (None, None))
        if stage == "recipient":
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        name = envelope.rcpt_tos[0].split("@")[0]
        tell(
            sender=envelope.mail_from, recipient=envelope.rcpt_tos[0], content=envelope.content.decode("ascii"),
            hello=session.host_name, extended=session.extended_smtp, secure=server.transport.get_extra_info("ssl_object") is not None,
            login=session.auth_data.decode() if session.auth_data else None)
        if name == "lost":
            server.transport.abort()
        if name == "mute":
            await asyncio.Event().wait()
        stage, answer = REFUSALS.get(name, (None, None))
        return answer if stage == "content" else "250 2.0.0 taken"


class Server(SMTP):
    no_hello = False
    greets_badly = False

    async def smtp_EHLO(self, hostname):
        if self.no_hello:
            await self.push("502 5.5.1 what?")
        else:
            await super().smtp_EHLO(hostname)

    # As somebody between the two would do it: an answer in the clear, right behind the one that begins the handshake.
    injects = False

    async def push(self, status):
        if self.injects and b"Ready to start TLS" in (status if isinstance(status, bytes) else status.encode()):
            self._writer.write(b"220 Ready to start TLS\r\n250-somebody.else\r\n250 AUTH PLAIN\r\n")
            await self._writer.drain()
        else:
            await super().push(status)


async def serve():
    parser = argparse.ArgumentParser()
    parser.add_argument("--login", help="NAME:PASSWORD")
    parser.add_argument("--without", action="append", default=[], help="a mechanism")
    parser.add_argument("--starttls", nargs=2, metavar=("CERTIFICATE", "KEY"))
    parser.add_argument("--implicit", nargs=2, metavar=("CERTIFICATE", "KEY"))
    parser.add_argument("--no-ehlo", action="store_true")
    parser.add_argument("--injects", action="store_true")
    options = parser.parse_args()

    def context(files):
        if not files:
            return None
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(*files)
        return made

    def authenticator(server, session, envelope, mechanism, data):
        known = f"{data.login.decode()}:{data.password.decode()}" == options.login
        return AuthResult(success=known, handled=False, auth_data=data.login)

    def make():
        server = Server(
            Handler(), hostname="mail.test", tls_context=context(options.starttls), require_starttls=bool(options.starttls),
            auth_required=bool(options.login), auth_require_tls=bool(options.starttls), auth_exclude_mechanism=options.without,
            authenticator=authenticator)
        server.no_hello, server.injects = options.no_ehlo, options.injects
        return server

    loop = asyncio.get_running_loop()
    listening = await loop.create_server(make, "127.0.0.1", 0, ssl=context(options.implicit))
    tell(port=listening.sockets[0].getsockname()[1])
    await loop.run_in_executor(None, sys.stdin.read)


try:
    asyncio.run(serve())
finally:
    # Connections that are kept waiting on purpose keep nothing alive.
    sys.stdout.flush()
