"""What every test shares: quiet logs, fixed seeds, no network, and the real data where it is."""

import os
import socket
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

# Before anything imports TensorFlow, which reads it once.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

LOCAL_HOSTS = {None, "", "localhost", "127.0.0.1", "::1", b"localhost", b"127.0.0.1"}


@pytest.fixture(autouse=True)
def fixed_seeds():
    """Give each test the same random numbers, whichever tests ran before it."""
    if keras := sys.modules.get("keras"):  # tests without Keras need not wait for its import
        keras.utils.set_random_seed(0)


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Make every machine look like one without a network, so that no result depends on it."""
    look_up = socket.getaddrinfo

    def look_up_local_only(host, *arguments, **options):
        if host in LOCAL_HOSTS:
            return look_up(host, *arguments, **options)
        raise socket.gaierror(socket.EAI_NONAME, f"tests have no network, and {host} was asked for")

    monkeypatch.setattr(socket, "getaddrinfo", look_up_local_only)


@pytest.fixture(scope="session")
def shared_data():
    """Return the folder of real data; skip the test where there is none."""
    folder = os.environ.get("UNETLAB_DATA")
    if not folder:
        pytest.skip("UNETLAB_DATA is not set; to test on real data: source ../shared/env.sh")
    return Path(folder)


@pytest.fixture
def disk_full_after():
    """Return a context in which a file may have so many bytes and no more, as on a full disk."""
    resource = pytest.importorskip("resource", reason="this system has no limits to set")

    @contextmanager
    def limited(size):
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return limited


@pytest.fixture
def shown(monkeypatch):
    """Return the figures that a cell shows, one after the other."""
    figures = []
    monkeypatch.setattr("unetlab.plotting.progress.display", figures.append)
    return figures
