"""How a drawn pet looks: coat, markings, eyes and ears, drawn by lot.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

from dataclasses import dataclass, field

import numpy as np

from unetlab.outlines import Part, rough_field, tint

# species, fur, belly and muzzle, markings, extremities (None: as the fur), pattern
COATS = (
    ("cat", (150, 120, 88), (222, 204, 176), (72, 54, 40), None, "stripes"),
    ("cat", (218, 146, 80), (246, 228, 202), (172, 94, 42), None, "stripes"),
    ("cat", (168, 168, 170), (232, 232, 230), (84, 84, 90), None, "stripes"),
    ("cat", (48, 45, 46), (240, 238, 234), (36, 33, 34), None, "plain"),
    ("cat", (238, 234, 226), (248, 246, 242), (206, 128, 62), None, "patches"),
    ("cat", (232, 214, 186), (238, 224, 200), (206, 178, 142), (84, 62, 52), "plain"),
    ("cat", (112, 118, 128), (136, 142, 152), (92, 98, 108), None, "plain"),
    ("cat", (204, 160, 104), (244, 228, 204), (70, 46, 30), None, "spots"),
    ("dog", (208, 164, 104), (236, 210, 166), (184, 136, 78), None, "plain"),
    ("dog", (96, 64, 44), (122, 84, 58), (78, 50, 34), None, "plain"),
    ("dog", (50, 46, 45), (176, 116, 66), (36, 33, 33), None, "plain"),
    ("dog", (240, 238, 232), (246, 244, 240), (42, 40, 40), None, "spots"),
    ("dog", (242, 236, 226), (248, 244, 238), (148, 92, 52), (128, 78, 44), "patches"),
    ("dog", (120, 124, 132), (240, 240, 240), (78, 80, 88), None, "plain"),
    ("dog", (190, 134, 82), (240, 222, 196), (60, 46, 40), (70, 52, 44), "saddle"),
    ("dog", (226, 204, 170), (240, 226, 204), (202, 172, 130), None, "plain"),
)
EYES = {
    "cat": ((196, 176, 66), (128, 168, 84), (214, 140, 52), (110, 160, 196)),
    "dog": ((84, 52, 30), (110, 70, 38), (60, 40, 28), (124, 156, 184)),
}


@dataclass
class Look:
    """One animal's colours, ears, eyes and build."""

    species: str
    fur: tuple
    belly: tuple
    marks: tuple
    extremities: tuple
    pattern: str
    eye: tuple
    ears: str
    slim: float
    random_generator: np.random.Generator = field(repr=False)

    def hair(self, points, colour=None, shade=1.0, roundness=0.75, plain=False):
        """Give a furry part: its outline is a little ragged, markings show unless `plain`."""
        ragged = points + self.random_generator.normal(0, 0.0022, points.shape)
        marked = None if plain or self.pattern == "none" else tint(self.marks, shade)
        return Part(ragged, tint(colour or self.fur, shade), roundness, 0.9, marked)


def draw_look(random_generator):
    """Draw by lot an animal's colours, ears, eyes and build."""
    coat = COATS[random_generator.integers(len(COATS))]
    species, fur, belly, marks, extremities, pattern = coat
    vary = random_generator.normal(1, 0.05, 3)
    eyes = EYES[species]
    return Look(
        species,
        tint(fur, vary),
        tint(belly, vary),
        tint(marks, vary),
        tint(extremities or fur, vary),
        pattern,
        eyes[random_generator.integers(len(eyes))],
        "pointed" if species == "cat" else str(random_generator.choice(["floppy", "pointed"])),
        random_generator.uniform(0.88, 1.15),
        random_generator,
    )


def draw_markings(pattern, random_generator, tall):
    """Where the second fur colour shows, float [128, 128] in 0..1 over the drawing's box."""
    bend = rough_field(random_generator, 5, 5)
    if pattern == "stripes":
        across, down = np.meshgrid(np.linspace(0, 1, 128), np.linspace(0, 1, 128))
        phase = (down if tall else across) * 2 * np.pi * 13 + 1.3 * bend
        return np.clip(1.6 * np.sin(phase) + rough_field(random_generator, 16, 16), 0, 1) * 0.8
    if pattern == "patches":
        return np.clip(4 * bend, 0, 1)
    if pattern == "spots":
        return np.clip(5 * (rough_field(random_generator, 26, 26) - 0.8), 0, 1)
    if pattern == "saddle":
        down = np.linspace(1, 0, 128, dtype=np.float32)[:, None]
        return np.clip(6 * (down - 0.5) + bend * 0.4, 0, 1)
    return np.clip(0.4 * bend + 0.3, 0, 0.7)
