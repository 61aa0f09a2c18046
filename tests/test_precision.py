"""The policy follows what the processor says of itself."""

import keras
import numpy as np
import pytest

from unetlab.losses import DiceCrossEntropy
from unetlab.precision import quickest_policy
from unetlab.unet import build_unet


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("processor : 0\nflags\t\t: fpu avx512f amx_bf16 amx_tile\n", "mixed_bfloat16"),
        ("processor : 0\nflags\t\t: fpu avx512f avx512_bf16\n", "float32"),
        ("processor : 0\nmodel name : amx_bf16\n", "float32"),
        ("", "float32"),
    ],
)
def test_policy_follows_the_flags(tmp_path, text, policy):
    (tmp_path / "cpuinfo").write_text(text)
    assert quickest_policy(tmp_path / "cpuinfo") == policy


def test_every_machine_gets_a_policy_that_trains():
    policy = quickest_policy()
    assert policy in ("float32", "mixed_bfloat16")
    keras.config.set_dtype_policy(policy)
    try:
        model = build_unet("mobilenet_v2", 2, 32, weights=None, decoder="resize")
    finally:
        keras.config.set_dtype_policy("float32")
    assert model.output.dtype == "float32"
    assert {weight.dtype for weight in model.weights} <= {"float32", "uint32"}
    model.compile("sgd", DiceCrossEntropy())
    history = model.fit(np.zeros([2, 32, 32, 3]), np.ones([2, 32, 32, 1], "uint8"), verbose=0)
    assert np.isfinite(history.history["loss"][0])
