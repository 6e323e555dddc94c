"""A site of somebody else."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Host:
    """A site of somebody else, with a page for each case."""

    def __init__(self, pages):
        pages = dict(pages)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                headers, text = pages.get(self.path, ({}, None))
                self.send_response(200 if text else 404)
                for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write((text or "").encode())

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        # Not the name by which grepper goes, so that it is another site.
        self.address = f"http://localhost:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
