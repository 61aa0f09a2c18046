"""How cost grows with the number of photos: seconds a photo stay the same, and memory flat."""

import tempfile
import time
from pathlib import Path

from measures import Measure, peak_bytes
from PIL import Image

from unetlab import build_unet, write_submission
from unetlab.drawn import draw_scene

SIZE = 128


def predict_many(model, paths, folder):
    """Write a submission; return milliseconds a photo, and the peak in GB."""
    began = time.perf_counter()
    write_submission(model, paths, folder / f"{len(paths)}.csv")
    return 1000 * (time.perf_counter() - began) / len(paths), peak_bytes() / 1e9


def measure(quick):
    """Predict few photos and then many from files."""
    few, many = (20, 60) if quick else (100, 10_000)
    model = build_unet("mobilenet_v2", 2, SIZE, weights=None, decoder="resize")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = [folder / f"{number:05}.jpg" for number in range(many)]
        for number, path in enumerate(paths):
            if number < few:
                Image.fromarray(draw_scene("pets", SIZE, number)[0]).save(path)
            else:
                path.hardlink_to(paths[number % few])
        predict_many(model, paths[: few // 2], folder)  # compiles
        before = predict_many(model, paths[:few], folder)
        after = predict_many(model, paths, folder)
    label, against = f"{many} photos of {SIZE} px to run lengths", f"the same for {few}"
    return [
        Measure(f"{label}, {name}", now, then, unit, against)
        for name, unit, now, then in zip(
            ("a photo", "peak"), ("ms", "GB"), after, before, strict=True
        )
    ]
