#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A web server that does what servers do when they are not well.

    server.py [--tls DIR [--client]] [--log FILE] ROOT

Serves the files below ROOT on a free port of 127.0.0.1, prints the port, and
ends when its standard input is closed.  --tls makes a certificate authority,
and by it a server's and a client's certificate, in DIR (ca.pem, client.pem,
client.key; other.pem is an authority of nobody's); --client wants the client's.
--log adds a line a request: METHOD PATH RANGE STATUS.

What stands before the file in the path goes wrong with it; several may stand
there: /MODE/MODE/FILE.

  404 500 503 403     the status, and a page that says so
  500xN 404xN         the same the first N times that this path is asked for
  short               says the whole length, ends half-way
  cutN                the same behind N bytes, but only the first time
  less                says less than it has, and sends what it says
  longer              says twice the length and sends it
  endless             says no length and never ends (until 64 MiB)
  nolength            says no length
  stall               sends half, then nothing for a minute
  slowN               N bytes a second
  waitN               answers after N milliseconds
  norange             knows no ranges
  wrongrange          sends other bytes than those asked for
  loop                leads to itself
  to=URL-IN-HEX       leads to that URL
  http, https         leads to the same file on this server by that scheme
  auth                wants user "user" with password "secret"
  html                a page, whatever is asked for, with status 200
"""
import argparse
import base64
import http.server
import os
import re
import ssl
import subprocess
import sys
import threading
import time

WORD = re.compile(r"404|500|503|403|(500|404)x\d+|short|cut\d+|less|longer|endless|"
                  r"nolength|stall|slow\d+|wait\d+|norange|wrongrange|loop|"
                  r"to=[0-9a-f]+|https?|auth|html")
PAGE = b"<html><body>Sorry</body></html>\n"
seen = {}
lock = threading.Lock()


def times(path):
    """How often was this asked for before?"""
    with lock:
        seen[path] = seen.get(path, -1) + 1
        return seen[path]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def note(self, status):
        if self.server.log:
            with lock:
                self.server.log.write(
                    f"{self.command} {self.path} {self.headers.get('Range', '-')} {status}\n")
                self.server.log.flush()

    def page(self, status, **headers):
        self.note(status)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def do_GET(self):
        modes, rest = [], self.path.lstrip("/")
        while "/" in rest and WORD.fullmatch(rest.split("/", 1)[0]):
            mode, rest = rest.split("/", 1)
            modes.append(mode)
        before = times(self.path)
        for mode in modes:
            word = re.match(r"[a-z]*", mode).group()
            number = int(re.search(r"\d+$", mode).group()) if mode[-1].isdigit() else 0
            if mode in ("404", "500", "503", "403"):
                return self.page(int(mode))
            if re.fullmatch(r"\d+x\d+", mode) and before < number:
                return self.page(int(mode[:3]))
            if word == "wait":
                time.sleep(number / 1000)
            if word == "loop":
                return self.page(302, Location=self.path)
            if word == "to" and "=" in mode:
                return self.page(302, Location=bytes.fromhex(mode[3:]).decode())
            if word in ("http", "https") and word == mode:
                host = self.headers["Host"]
                return self.page(301, Location=f"{mode}://{host}/{rest}")
            if word == "auth":
                want = "Basic " + base64.b64encode(b"user:secret").decode()
                if self.headers.get("Authorization") != want:
                    return self.page(401, WWW_Authenticate='Basic realm="test"')
            if word == "html":
                return self.page(200)
        path = os.path.normpath(os.path.join(self.server.root, rest))
        if not path.startswith(self.server.root) or not os.path.isfile(path):
            return self.page(404)
        with open(path, "rb") as f:
            self.send_file(f.read(), modes, before)

    def send_file(self, data, modes, before):
        start, status, total = 0, 200, len(data)
        ask = re.match(r"bytes=(\d+)-$", self.headers.get("Range", ""))
        if ask and "norange" not in modes:
            start = int(ask.group(1))
            if start >= total:
                return self.page(416)
            status = 206
            data = data[start:]
            if "wrongrange" in modes:
                data = bytes(reversed(data))
        length, end, rate = len(data), len(data), 0
        for mode in modes:
            number = int(re.search(r"\d+$", mode).group()) if mode[-1].isdigit() else 0
            if mode == "short":
                end = length // 2
            elif mode.startswith("cut") and before == 0:
                end = min(number, length)
            elif mode == "less":
                length = end = length // 2
            elif mode == "longer":
                data, length = data + data, 2 * length
                end = length
            elif mode == "stall":
                end = length // 2
            elif mode.startswith("slow"):
                rate = number
        self.note(status)
        self.send_response(status)
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        if "nolength" in modes or "endless" in modes:
            self.send_header("Connection", "close")
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        try:
            self.send_body(data[:end], rate, "endless" in modes)
            if "stall" in modes:
                self.wfile.flush()
                time.sleep(60)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True
        if end < length:
            self.close_connection = True

    def send_body(self, data, rate, endless):
        step = max(1, rate // 10) if rate else 65536
        for at in range(0, len(data), step):
            self.wfile.write(data[at:at + step])
            if rate:
                self.wfile.flush()
                time.sleep(0.1)
        for _ in range(1024 if endless else 0):
            self.wfile.write(b"\0" * 65536)


def openssl(*args, cwd):
    subprocess.run(["openssl", *args], cwd=cwd, check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def make_certificates(where):
    os.makedirs(where, exist_ok=True)
    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    for name in ("ca", "other"):
        openssl("req", "-x509", *new, "-days", "30", "-subj", f"/CN=test {name}",
                "-keyout", f"{name}.key", "-out", f"{name}.pem", cwd=where)
    for name in ("server", "client"):
        with open(os.path.join(where, f"{name}.ext"), "w") as f:
            f.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        openssl("req", *new, "-subj", f"/CN={name}", "-keyout", f"{name}.key",
                "-out", f"{name}.csr", cwd=where)
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey",
                "ca.key", "-CAcreateserial", "-days", "30", "-extfile",
                f"{name}.ext", "-out", f"{name}.pem", cwd=where)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # a client that goes away is what some tests are about


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--tls")
    p.add_argument("--client", action="store_true")
    p.add_argument("--log")
    p.add_argument("root")
    args = p.parse_args()
    server = Server(("127.0.0.1", 0), Handler)
    server.root = os.path.realpath(args.root)
    server.log = open(args.log, "a") if args.log else None
    if args.tls:
        make_certificates(args.tls)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(args.tls, "server.pem"),
                                os.path.join(args.tls, "server.key"))
        if args.client:
            context.load_verify_locations(os.path.join(args.tls, "ca.pem"))
            context.verify_mode = ssl.CERT_REQUIRED
        server.socket = context.wrap_socket(server.socket, server_side=True,
                                            do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.write(1, b"%d\n" % server.server_address[1])
    sys.stdin.read()


main()
