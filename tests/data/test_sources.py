"""A server that does not answer is given up in time."""

import http.server
import socket
import threading

import pytest

from unetlab.data.sources import check_reachable


def test_a_server_that_answers_is_reachable_even_with_an_error():
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    threading.Thread(target=server.handle_request, daemon=True).start()
    check_reachable(f"http://127.0.0.1:{server.server_port}/nothing")  # HEAD is answered by 501.
    server.server_close()


def test_a_server_that_refuses_is_named():
    with pytest.raises(ConnectionError, match=r"http://127.0.0.1:9/ does not answer \(.*refused"):
        check_reachable("http://127.0.0.1:9/")


def test_a_silent_server_is_given_up():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(ConnectionError, match="does not answer"):
            check_reachable(f"http://127.0.0.1:{silent.getsockname()[1]}/", seconds=0.2)
