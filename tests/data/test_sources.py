"""A server that does not answer is given up in time."""

import http.server
import socket
import threading

import pytest

from unetlab.data import load_pets
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


def test_a_server_that_answers_while_it_is_being_given_up():
    asked, answered = threading.Event(), threading.Event()

    class Late(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self):
            asked.wait(10)
            self.send_response(200)
            self.end_headers()

    class Address(str):
        """Lets the server answer at the moment when the address is put into the sentence."""

        def __format__(self, spec):
            asked.set()
            answered.wait(10)
            return str(self)

    server = http.server.HTTPServer(("127.0.0.1", 0), Late)

    def answer():
        server.handle_request()
        for thread in set(threading.enumerate()) - {*before, threading.current_thread()}:
            thread.join(10)  # Until the probe has heard the answer.
        answered.set()

    before = set(threading.enumerate())
    threading.Thread(target=answer, daemon=True).start()
    with pytest.raises(ConnectionError, match="does not answer"):
        check_reachable(Address(f"http://127.0.0.1:{server.server_port}/"), seconds=0.3)
    server.server_close()


def test_a_data_set_knows_its_number_of_classes():
    assert load_pets("sample", sample_size=(1, 1)).num_classes == 3


def test_names_stay_with_their_examples_in_a_shuffle():
    data = load_pets("sample", sample_size=(6, 2))
    pairs = zip(data.train_names.as_numpy_iterator(), data.train.as_numpy_iterator(), strict=True)
    images = {name: image for name, (image, _) in pairs}
    shuffled = [*data.with_names().shuffle(6, seed=1).as_numpy_iterator()]
    assert [name for *_, name in shuffled] != list(images) and len(shuffled) == 6
    for image, mask, name in shuffled:
        assert (image == images[name]).all() and mask.shape == (*image.shape[:2], 1)
    with pytest.raises(ValueError, match="part is 'validation', expected one of"):
        data.with_names("validation")
