"""Loads pages as a browser does: up to six kept connections to each origin, what a page needs over whichever is free,
a revalidation with the entity tags of the first visit when it comes again, one upload, and a pause in which the
connections stay open.

  ADDRESS AUTHORITY VISITS   the edge, a file with the certificate that signs, how often the pages are looked at

Says what it saw, as JSON: requests, statuses, connections, failures, and which site served which place.
"""

import collections
import hashlib
import http.client
import json
import queue
import socket
import ssl
import sys
import threading
import time

FIELDS = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) lab",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "de,en;q=0.7",
    "Accept-Encoding": "gzip, deflate, br",
    "Connection": "keep-alive",
    "Cookie": "theme=dark; visit=" + "0123456789abcdef" * 20,
    "Upgrade-Insecure-Requests": "1",
}
PARALLEL = 6
PAUSE = 3


class Origin:
    """One scheme and host with its pool of connections."""

    def __init__(self, address, host, authority):
        self.address = address
        self.host = host
        self.context = ssl.create_default_context(cafile=authority) if authority else None
        self.idle = queue.LifoQueue()
        for _ in range(PARALLEL):
            self.idle.put(None)

    def connect(self):
        port = 443 if self.context else 80
        connection = http.client.HTTPConnection(self.host, port, timeout=20)
        # With a name of its own for TLS and Host, whatever the resolver says.
        connection.sock = socket.create_connection((self.address, port), 20)
        if self.context:
            connection.sock = self.context.wrap_socket(connection.sock, server_hostname=self.host)
        return connection


class Browser:
    def __init__(self, address, authority):
        self.origins = {
            "http://a.test": Origin(address, "a.test", None),
            "http://b.test": Origin(address, "b.test", None),
            "https://a.test": Origin(address, "a.test", authority),
        }
        self.lock = threading.Lock()
        self.tags = {}
        self.statuses = collections.Counter()
        self.served = collections.defaultdict(set)
        self.connections = 0
        self.failures = []

    def fetch(self, origin, path, body=None):
        pool = self.origins[origin]
        connection = pool.idle.get()
        try:
            if connection is None:
                connection = pool.connect()
                with self.lock:
                    self.connections += 1
            fields = dict(FIELDS)
            if (origin, path) in self.tags:
                fields["If-None-Match"] = self.tags[origin, path]
            connection.request("POST" if body else "GET", path, body, fields)
            response = connection.getresponse()
            content = response.read()
            self.saw(origin, path, response, content, body)
            pool.idle.put(connection)
        except (OSError, http.client.HTTPException) as e:
            with self.lock:
                self.failures.append("%s%s: %r" % (origin, path, e))
            pool.idle.put(None)

    def saw(self, origin, path, response, content, body):
        with self.lock:
            self.statuses[response.status] += 1
            if response.getheader("ETag"):
                self.tags[origin, path] = response.getheader("ETag")
            if response.will_close:
                self.failures.append("%s%s: the connection is not kept" % (origin, path))
            if path.endswith("/whoami"):
                self.served[origin + path].add(json.loads(content)["host"])
            if body and json.loads(content)["sha256"] != hashlib.sha256(body).hexdigest():
                self.failures.append("%s%s: the upload has changed" % (origin, path))
            expected = int(path.rpartition("/")[2]) << 20 if "/big/" in path and response.status == 200 else None
            if expected is not None and len(content) != expected:
                self.failures.append("%s%s: %d bytes" % (origin, path, len(content)))

    def visit(self):
        work = []
        for origin in self.origins:
            self.fetch(origin, "/")
            for i in range(8):
                work += [(origin, "/whoami"), (origin, "/shared/whoami"), (origin, "/shared/"), (origin, "/big/1")]
            work.append((origin, "/echo", b"a=1&b=2&" * 20_000))
        threads = [threading.Thread(target=self.fetch, args=item) for item in work]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def main(address, authority, visits):
    browser = Browser(address, authority)
    for visit in range(int(visits)):
        if visit:
            time.sleep(PAUSE)
        browser.visit()
    print(
        json.dumps(
            {
                "requests": sum(browser.statuses.values()),
                "statuses": browser.statuses,
                "connections": browser.connections,
                "failures": browser.failures,
                "served": {place: sorted(sites) for place, sites in sorted(browser.served.items())},
            }
        )
    )


main(*sys.argv[1:])
