"""Stripe's PaymentIntents as far as an off-session charge goes, with what localstripe lacks: it keeps keys, and fails as it is told.

The payment method says what becomes of a charge: pm_<what>. Answers have the shapes of Stripe's reference. GET /journal tells what it did,
and POST /received prints a webhook of somebody else's as a line of JSON. Prints {"port"}; ends when its standard input does.
"""
import base64
import json
import socket
import struct
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

KEY = "Bearer sk_test_peer"
LARGEST_PAGE = int(sys.argv[1]) if len(sys.argv) > 1 else 100
DECLINES = {
    "pm_insufficient": dict(decline_code="insufficient_funds", network_decline_code="51"),
    "pm_advice": dict(decline_code="insufficient_funds", network_decline_code="51", network_advice_code="25", brand="mastercard"),
    "pm_lost": dict(decline_code="lost_card", network_decline_code="41", advice_code="do_not_try_again"),
    "pm_authentication": dict(decline_code="authentication_required", code="authentication_required"),
}
lock = threading.Lock()
payments, stored, under_way, journal = [], {}, set(), []


def tell(**facts):
    print(json.dumps(facts), flush=True)


def card(brand):
    return {"brand": brand, "country": "US", "last4": "4242", "network": brand}


def make_payment(form):
    number = len(payments) + 1
    method = form["payment_method"]
    decline = dict(DECLINES.get(method, {}))
    brand = decline.pop("brand", "visa")
    payment = {
        "id": f"pi_{number}", "object": "payment_intent", "amount": int(form["amount"]), "currency": form["currency"],
        "customer": form["customer"], "payment_method": method, "last_payment_error": None, "status": "succeeded",
        "metadata": {name[9:-1]: value for name, value in form.items() if name.startswith("metadata[")},
        "latest_charge": {
            "id": f"ch_{number}", "object": "charge", "payment_method_details": {"type": "card", "card": card(brand)}},
    }
    if method == "pm_processing":
        payment["status"] = "processing"
    if method.startswith("pm_waiting"):
        payment["status"] = "requires_action"
    error = None
    if decline:
        error = {
            "type": "card_error", "code": "card_declined", "message": "Your card was declined.", "charge": f"ch_{number}",
            "payment_method": {"id": method, "object": "payment_method", "type": "card", "card": card(brand)}, **decline}
        payment["status"] = "requires_payment_method"
        payment["last_payment_error"] = error
    payments.insert(0, payment)
    journal.append({"act": payment["id"], **payment["metadata"]})
    if not error:
        return 200, payment
    shown = {**payment, "latest_charge": f"ch_{number}", "last_payment_error": {**error}}
    return 402, {"error": {**error, "payment_intent": shown}}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def answer(self, status, body, **headers):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def refuse(self, status, kind, **headers):
        self.answer(status, {"error": {"type": kind, "message": "no", **headers.pop("extra", {})}}, **headers)

    def cut(self):
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def is_welcome(self):
        if self.headers.get("Authorization") == KEY and self.headers.get("Stripe-Version"):
            return True
        self.refuse(401, "invalid_request_error")
        return False

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/received":
            tell(signature=self.headers.get("Gateway-Signature"), body=base64.b64encode(body).decode())
            return self.answer(200, {})
        if not self.is_welcome():
            return
        if self.headers.get("Content-Type") != "application/x-www-form-urlencoded":
            return self.refuse(400, "invalid_request_error")
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if self.path.endswith("/cancel"):
            return self.cancel(self.path.split("/")[3], form)
        key, method = self.headers["Idempotency-Key"], form["payment_method"]
        if method == "pm_429" and not any(line.get("limited") == key for line in journal):
            journal.append({"limited": key})
            return self.refuse(429, "invalid_request_error", extra={"code": "rate_limit"}, Retry_After="7")
        if method == "pm_in_flight":
            return self.refuse(409, "invalid_request_error", extra={"code": "idempotency_key_in_use"})
        if method == "pm_unknown":
            return self.refuse(400, "invalid_request_error", extra={"code": "resource_missing", "param": "payment_method"})
        with lock:
            if key in stored:
                kept, status, answer = stored[key]
                if kept != body:
                    return self.refuse(400, "idempotency_error")
                journal.append({"replay": key})
                return self.answer(status, answer, Idempotent_Replayed="true")
            if method == "pm_500_before":
                stored[key] = body, 500, {"error": {"type": "api_error"}}
                return self.answer(500, stored[key][2])
            if method == "pm_cut_before" and not any(line.get("cut") == key for line in journal):
                journal.append({"cut": key})
                return self.cut()
            status, answer = make_payment(form)
            if method == "pm_500_after":
                status, answer = 500, {"error": {"type": "api_error"}}
            stored[key] = body, status, answer
        if method == "pm_cut_after":
            return self.cut()
        if method == "pm_garbled":
            return self.answer(200, b'{"id":"pi_')
        self.answer(status, answer)

    def cancel(self, name, form):
        with lock:
            payment = next((payment for payment in payments if payment["id"] == name), None)
            if not payment:
                return self.refuse(404, "invalid_request_error", extra={"code": "resource_missing"})
            if payment["payment_method"] == "pm_waiting_confirmed":
                payment["status"] = "succeeded"
            if payment["status"] not in ("requires_action", "requires_payment_method"):
                return self.refuse(400, "invalid_request_error", extra={"code": "payment_intent_unexpected_state"})
            payment["status"], payment["cancellation_reason"] = "canceled", form.get("cancellation_reason")
            journal.append({"cancelled": name})
        if payment["payment_method"] == "pm_waiting_cut":
            return self.cut()
        self.answer(200, payment)

    def do_GET(self):
        parts = urlsplit(self.path)
        if parts.path == "/journal":
            return self.answer(200, {"lines": journal})
        if not self.is_welcome():
            return
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/v1/payment_intents":
            found = [payment for payment in payments if payment["customer"] == query["customer"]]
            ids = [payment["id"] for payment in found]
            start = ids.index(query["starting_after"]) + 1 if "starting_after" in query else 0
            end = start + min(int(query["limit"]), LARGEST_PAGE)
            return self.answer(200, {"object": "list", "has_more": end < len(found), "data": found[start:end]})
        for payment in payments:
            if parts.path == f"/v1/payment_intents/{payment['id']}":
                return self.answer(200, payment)
        self.refuse(404, "invalid_request_error", extra={"code": "resource_missing"})


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
tell(port=server.server_address[1])
sys.stdin.read()
