"""Print how good the starter is, as its card has it: python tests/tools/judge_starter.py."""

import sys
from functools import partial
from pathlib import Path

import keras
import numpy as np
import skimage.data

from unetlab import (
    average_mirrored,
    confusion_by_image,
    dice,
    iou_per_class,
    load_cats,
    load_pets,
    load_starter,
    prepare_batches,
)
from unetlab.drawn import draw_scene
from unetlab.photo import predict_probability
from unetlab.prediction import predict_framed

sys.path.append(str(Path(__file__).parents[1]))
from chelsea import draw_chelsea_mask


def find_subject(model, image):
    """Return the predicted mask, uint8 [H, W, 1], as the studio finds it."""
    return np.uint8(predict_probability(model, image) > 0.5)


def find_framed(model, image):
    """Return the predicted mask, uint8 [H, W, 1], of one view and its mirror image."""
    return np.uint8(average_mirrored(partial(predict_framed, model), image) > 0)


def judge_pairs(model, pairs, find=find_subject):
    """Return the mean Dice of photos with masks."""
    return float(np.mean([dice(mask, find(model, image)) for image, mask in pairs]))


def judge_cats(model, find=find_subject):
    """Return the mean Dice of the real cats that it never learned from."""
    return judge_pairs(model, load_cats("real").test.as_numpy_iterator(), find)


def judge_pets(mirrored=False):
    """Return the mean IoU of the three classes on the real pets' test photos."""
    model = load_starter(num_classes=3)
    size = model.input_shape[1:3]
    if mirrored:  # the sum of the logits of each photo and of its mirror image, turned back
        image = keras.Input([*size, 3])
        turned = keras.ops.flip(model(keras.ops.flip(image, 2)), 2)
        model = keras.Model(image, model(image) + turned)
    batches = prepare_batches(load_pets("real").test, size, batch_size=32)
    return float(np.mean(iou_per_class(confusion_by_image(model, batches).sum(axis=0))))


def main():
    """Print every figure of the card; those on real photos where the photos are."""
    model = load_starter()
    chelsea = dice(draw_chelsea_mask(), find_subject(model, skimage.data.chelsea()))
    print(f"Chelsea, Dice: {chelsea:.3f}")
    drawn = [draw_scene("pets", 160, (77, number)) for number in range(12)]
    print(f"drawn cats and dogs, mean Dice: {judge_pairs(model, drawn):.3f}")
    for name in ("coffee", "rocket", "astronaut"):
        found = find_subject(model, getattr(skimage.data, name)())
        print(f"{name}, share taken for an animal: {found.mean():.3f}")
    for words, judge in (
        ("real cats, mean Dice", partial(judge_cats, model)),
        ("the same in their own proportions alone", partial(judge_cats, model, find_framed)),
        ("real pets, mean IoU", judge_pets),
        ("the same with their mirror images", partial(judge_pets, mirrored=True)),
    ):
        try:
            print(f"{words}: {judge():.3f}")
        except FileNotFoundError as error:
            print(f"{words}: not judged, {error}")


if __name__ == "__main__":
    main()
