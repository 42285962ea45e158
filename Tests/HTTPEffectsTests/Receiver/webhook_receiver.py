"""A receiver of webhooks as its owner might write it, with nothing but Python's own library.

Prints {"port":N}, and then a line about every message: its id, its body, and whether its signature is genuine and of these minutes.
Answers with the status that the path ends in, `/hooks/410`; a query becomes headers, `/hooks/429/Retry-After=120`.
"""

import hashlib
import hmac
import http.server
import json
import re
import sys
import threading
import time
import urllib.parse

SECRET = open(sys.argv[1], "rb").read().strip()


def is_genuine(header, body):
    match = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", header or "")
    if match is None or abs(time.time() - int(match[1])) > 300:
        return False
    expected = hmac.new(SECRET, match[1].encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, match[2])


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        message = {
            "id": self.headers["Idempotency-Key"],
            "type": self.headers["Content-Type"],
            "genuine": is_genuine(self.headers["Hindsight-Signature"], body),
            "body": body.decode("utf-8"),
        }
        print(json.dumps(message), flush=True)
        status, *headers = self.path.removeprefix("/hooks/").split("/")
        self.send_response(int(status))
        for header in headers:
            self.send_header(*urllib.parse.unquote(header).split("=", 1))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


def end_with_the_test():
    sys.stdin.buffer.read()
    server.shutdown()


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=end_with_the_test, daemon=True).start()
print(json.dumps({"port": server.server_port}), flush=True)
server.serve_forever()
