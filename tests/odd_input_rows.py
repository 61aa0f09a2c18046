"""Odd input, by what the message says: each of these calls was once taken or met a raw error.

`test_bad_input.py` reads them as rows of its catalogue: the call, what is found, and what is said
to everyone of a group.
"""

GROUPS = {
    ("a list or tuple", "try (2, 2)."): {
        "build_unet(small, filters=8, image_size=32)": "filters is 8",
        "build_unet(small, image_size=32, filters=[0])": "filters is [0]",
        "build_plain_unet(2, 8, (4, 8), (0, 0))": "convolutions is (0, 0)",
        "build_plain_unet(2, 8, (4, 8), (-1, 1))": "convolutions is (-1, 1)",
        "build_plain_unet(2, 8, (4, 8), (2.5, 2))": "convolutions is (2.5, 2)",
        "build_plain_unet(2, 8, (4, 8), 2)": "convolutions is 2",
        "build_carvana_unet(2, 32, None, 8)": "filters is 8",
        "build_carvana_unet(2, 32, None, (8, 8, 8, 8, 0))": "filters is (8, 8, 8, 8, 0)",
    },
    ("a name or a", "use one of"): {
        "build_unet(None)": "encoder is a NoneType",
        "build_unet(['mobilenet_v2'])": "encoder is a list",
        "build_encoder(None, 32)": "encoder is a NoneType",
        "build_encoder(7, 32)": "encoder is a int",
    },
    ("use one of",): {
        "build_unet(small, image_size=32, decoder=['resize'])": "decoder is ['resize']",
    },
    ("from 2 to 255 different names, each a text of one line", "try"): {
        "load_folder(folder, folder, class_names=None)": "class_names is None",
        "load_folder(folder, folder, class_names=['rest', 'cat', 'cat'])": "['rest', 'cat', 'cat']",
        "load_folder(folder, folder, class_names=['rest', 5])": "class_names is ['rest', 5]",
        "load_folder(folder, folder, class_names={'rest': 0, 'cat': 1})": "class_names is {'rest'",
        "save_annotations([(IMAGE, IDS)], folder / 'out', class_names=['a', 'a'])": "['a', 'a']",
        r"save_annotations([(IMAGE, IDS)], folder / 'out', 'png', ['a', 'b\nc'])": r"['a', 'b\nc']",
        "save_annotations([(IMAGE, IDS)], folder / 'out', 'png', ['a', ''])": "['a', '']",
    },
    ("True or False", "give one of"): {
        "build_unet(small, image_size=32, fold='no')": "fold is 'no'",
        "build_encoder('mobilenet_v2', 32, None, fold='yes')": "fold is 'yes'",
    },
    ("a text or a", "use 'auto', 'imagenet',"): {
        "build_unet('mobilenet_v2', image_size=32, weights=5)": "weights is 5",
        "build_unet('mobilenet_v2', image_size=32, weights=True)": "weights is True",
        "build_carvana_unet(2, 32, 5)": "weights is 5",
        "build_encoder('mobilenet_v2', 32, weights=b'x')": "weights is b'x'",
        "build_encoder('mobilenet_v2', 32, weights=0)": "weights is 0",
    },
    ("more pixels", "are the two"): {
        "build_plain_unet(128, 2, (4, 8))": "num_classes is 128 and image_size",
        "build_unet(small, 128, 3)": "num_classes is 128 and image_size",
    },
    ("one number or more", "try (32, 64,"): {
        "build_plain_unet(2, 8, ())": "filters is empty",
    },
    ("a keras.Model of known", "build one with"): {
        "find_taps('vgg16')": "the model is a str",
        "find_taps(None)": "the model is a NoneType",
        "tap_table('vgg16')": "the model is a str",
        "tap_table(None)": "the model is a NoneType",
        "fold_batch_norms('x')": "the model is a str",
        "fold_batch_norms(None)": "the model is a NoneType",
        "plot_unet('x')": "the model is a str",
        "plot_unet(None)": "the model is a NoneType",
    },
    ("images and feature maps", "build_encoder"): {
        "tap_table(open_model)": "goes from or to",
        "tap_table(flat)": "goes from or to",
    },
    ("has no encoder", "pass one made by"): {
        "weights_of('x')": "the str has no encoder",
        "weights_of(None)": "the NoneType has no encoder",
    },
    ("the path of a", "give a text"): {
        "load_exported(None)": "path is None",
        "load_exported(3)": "path is 3",
        "quickest_policy(None)": "processor_file is None",
        "quickest_policy(3)": "processor_file is 3",
        "write_submission(one, folder / 'photos', None)": "path is None",
        "write_submission(one, [1], folder / 's')": "a photo is 1",
    },
    ("[B, H, W, 3]", "image[None] makes a"): {
        "exported(IMAGE)": "the images are uint8 (8, 8, 3)",
        "exported(IMAGE[None, ..., :1])": "the images are uint8 (1, 8, 8, 1)",
    },
    ("0..255", "multiply an image"): {
        "exported(IMAGE[None] / 255)": "the image's values go from",
        "average_mirrored(lambda i: i * 1.0, IMAGE / 255)": "the image's values go from",
    },
    ("the starter knows 2", "train build_unet"): {
        "load_starter([2])": "num_classes is [2]",
    },
    ("no tensor of numbers", "pass one array or"): {
        "DiceLoss()(None, LOGITS)": "the mask is a NoneType",
        "DiceLoss()(MASK, None)": "the logits is a NoneType",
        "DiceCrossEntropy()([[1, 2], [3]], LOGITS)": "the mask is a list",
        "score(Dice(2), None, LOGITS)": "the mask is a NoneType",
        "score(Dice(2), MASK, None)": "the logits is a NoneType",
        "class_ids('a')": "the logits is a str",
        "class_ids(None)": "the logits is a NoneType",
        "confusion_matrices(None, MASK, 2)": "the mask is a NoneType",
        "confusion_matrices(MASK, MASK, 2, 'a')": "the sample_weight is a str",
        "dice_per_class(None)": "the confusion is a NoneType",
        "dice_per_class([['1', '2'], ['3', '4']])": "the confusion is a list",
        "iou_per_class(None)": "the confusion is a NoneType",
        "iou_per_class(np.eye(2) * 1j)": "the confusion is a ndarray",
        "augment(None, IDS[None], (1, 2))": "the batch of images is a NoneType",
        "augment(IMAGE[None], IDS[None], None)": "the seed is a NoneType",
        "confusion_by_image(one, [(IMAGE[None], None)], 2)": "the mask is a NoneType",
    },
    ("class ids must be", "turn one-hot"): {
        "DiceCrossEntropy()(MASK, np.zeros([1, 4, 4, 0]))": "the logits are (1, 4, 4, 0)",
    },
    ("probabilities between 0 and", "try [0.5, 0.75]."): {
        "MeanIoUOverThresholds([0.5, 0.5])": "thresholds is [0.5, 0.5]",
    },
    ("float [..., C], one", "pass what the"): {
        "class_ids(IDS)": "the logits are uint8 (8, 8, 1)",
        "class_ids(np.zeros([4, 4, 0]))": "the logits are float64 (4, 4, 0)",
    },
    ("numbers", "look at the"): {
        "class_ids(np.full([2, 2, 1], NOTHING))": "the logits hold NaN",
        "to_probability(np.full([2, 2, 1], NOTHING))": "the logits hold NaN",
    },
    ("numbers of pixels >=", "make it with"): {
        "dice_per_class([[1, -1], [0, 2]])": "the confusion holds -1",
        "iou_per_class(-np.eye(2))": "the confusion holds -1",
    },
    ("numbers in rows of", "pass one array,"): {
        "iou_per_class([[1, 2], [3]])": "the confusion is a list",
        "predict_logits(one, [[1, 2], [3]])": "the image is a list",
        "to_probability([[1, 2], [3]])": "the logits is a list",
        "dice([[1, 2], [3]], SQUARE)": "the mask is a list",
        "plot_confusion([[1, 2], [3]], ['a', 'b'])": "the confusion is a list",
        "show_predictions([IMAGE], [[[1, 2], [3]]], [IDS], ['a'])": "the mask is a list",
        "show_pictures({'a': [[1, 2], [3]]})": "the picture 'a' is a list",
        "cut_out(IMAGE, [[1, 2], [3]])": "the alpha is a list",
        "put_on(CUT_OUT, [[1, 2], [3]])": "the background is a list",
        "put_on([[1, 2], [3]], (0, 0, 0))": "the cut-out is a list",
        "feather([[0, 1], [1]], 0.1)": "the mask is a list",
        "encode_run_length([[1, 0], [1]])": "the mask is a list",
    },
    ("0..255", "multiply images in"): {
        "augment(IMAGE[None] / 255, IDS[None], (1, 2))": "the images' values go from",
        "augment(IMAGE[None] * np.float32(NOTHING), IDS[None], (1, 2))": "go from nan to",
    },
    ("uint8 or float, in", "cast them to"): {
        "augment(IMAGE[None].astype('uint16') * 257, IDS[None], (1, 2))": "the images are uint16",
    },
    ("as many pixels", "enlarge them inside"): {
        "predict_tiles(shrinking, IMAGE)": "gives logits of (1, 1)",
    },
    ("must be [H, W, 3]", "pass one image"): {
        "average_mirrored(lambda i: i * 1.0, None)": "object ()",
    },
    ("must be [H, W, 3]", "turn grey"): {
        "average_mirrored(lambda i: i * 1.0, IMAGE[..., 0])": "(8, 8)",
    },
    ("logits, float [H, W,", "class ids have"): {
        "average_mirrored(lambda i: 'a', IMAGE)": "predict gives <U1 ()",
        "average_mirrored(lambda i: None, IMAGE)": "predict gives object ()",
    },
    ("one logit for each", "predict at the"): {
        "dice_by_threshold(SQUARE, 'a', [0.5])": "the logits are <U1 () and the",
        "dice_by_threshold(SQUARE, IDS, [0.5])": "the logits are uint8 (8, 8, 1)",
    },
    ("probabilities between 0 and", "try np.linspace(0.05, 0.95,"): {
        "dice_by_threshold(SQUARE, PROBABILITY, 'a')": "the thresholds are a",
    },
    ("a number for each", "pass fit(...).history."): {
        "plot_history({'loss': 3})": "history holds 3 as 'loss'",
        "plot_history({'loss': []})": "history holds [] as 'loss'",
    },
    ("a number in 0..1", "divide counts by"): {
        "plot_class_shares(['x'], ['a'])": "the shares are ['x'] for 1 class",
    },
    ("each name once", "two classes of"): {
        "plot_class_shares([0.5, 0.5], ['a', 'a'])": "class_names is ['a', 'a']",
    },
    ("a name for each", '["background", "cat"]'): {
        "plot_class_shares([0.5, 0.5], None)": "class_names is None",
        "plot_class_shares([0.5, 0.5], {'a', 'b'})": "class_names is {",
        "plot_confusion(np.eye(2), {0: 'a', 1: 'b'})": "class_names is {0: 'a', 1: 'b'}",
        "show_samples([IMAGE], [IDS], None)": "class_names is None",
        "show_samples([IMAGE], [IDS], {0: 'a', 1: 'b'})": "class_names is {0: 'a', 1: 'b'}",
        "show_predictions([IMAGE], [IDS], [IDS], [None])": "class_names is [None]",
        "ShowPredictions([IMAGE], [IDS], 'ab')": "class_names is 'ab'",
        "ShowPredictions([IMAGE], [IDS], None)": "class_names is None",
    },
    ("numbers in [1, 1]", "make it with"): {
        "plot_confusion('x', ['a'])": "the confusion is <U1 ()",
    },
    ("that is a model", "pass one made"): {
        "plot_unet(fake_encoder)": "has no layer",
    },
    ("a batch or a", "take one batch"): {
        "show_samples(None, [IDS], ['a'])": "the images are a NoneType",
        "show_samples([IMAGE], None, ['a'])": "the masks are a NoneType",
        "show_predictions([IMAGE], [IDS], None, ['a'])": "the predicted_masks are a NoneType",
    },
    ("a list of texts,", "pass () for"): {
        "show_samples([IMAGE], [IDS], ['a'], titles='t')": "titles is 't'",
        "show_samples([IMAGE], [IDS], ['a'], titles=None)": "titles is None",
        "show_cut_outs([CUT_OUT], (0, 0, 0), None)": "titles is None",
    },
    ("red, green and blue", "try (70, 110,"): {
        "show_cut_outs([CUT_OUT], 'green')": "the colour is 'green'",
        "show_cut_outs([CUT_OUT], (0, 0, 300))": "the colour is (0, 0, 300)",
        "put_on(CUT_OUT, (True, False, True))": "the colour is (True, False, True)",
        "tint_background(IMAGE, SQUARE, IMAGE)": "the colour is uint8 (8, 8, 3)",
    },
    ("a list of them", "pass [cut_out]."): {
        "show_cut_outs(None)": "cut_outs is None",
    },
    ("red, green and blue", "multiply one in"): {
        "show_cut_outs([CUT_OUT], (0.2, 0.5, 0.3))": "the colour is (0.2, 0.5, 0.3)",
        "put_on(CUT_OUT, (0.2, 0.5, 0.3))": "the colour is (0.2, 0.5, 0.3)",
        "tint_background(IMAGE, SQUARE, (0.2, 0.5, 0.3))": "the colour is (0.2, 0.5, 0.3)",
        "draw_outline(IMAGE, SQUARE, (1.0, 0.0, 0.0))": "the colour is (1.0, 0.0, 0.0)",
        "make_file(IMAGE, PROBABILITY, Look(colour=(0.5, 0.2, 0.1)))": "colour is (0.5, 0.2",
    },
    ("0..255", "multiply a mask"): {
        "show_pictures({'a': SQUARE})": "the picture 'a' holds only 0 and 1",
    },
    ("class ids, integer or", "turn logits into"): {
        "ShowPredictions([IMAGE], [IDS * 0.5], ['a'])": "the mask is float64 (8, 8, 1) and",
    },
    ("one, which the model", "take them from"): {
        "ShowPredictions([IMAGE, IMAGE[:4]], [IDS, IDS[:4]], ['a'])": "of the sizes [(4,",
    },
    ("uint8 in 0..255", "round and cast"): {
        "estimate_foreground(IMAGE * 1.0, SQUARE)": "the image is float64",
    },
    ("must be [H, W, 3]", "not a batch"): {
        "replace_background(IMAGE, SQUARE, IMAGE[None])": "(1, 8, 8, 3)",
    },
    ("0..1", "0 leaves the"): {
        "make_picture(IMAGE, PROBABILITY, Look('blurred', strength=2))": "strength is 2",
        "make_picture(IMAGE, PROBABILITY, Look('blurred', strength='1'))": "strength is '1'",
    },
    ("one of grey world",): {
        "make_picture(IMAGE, PROBABILITY, Look(['grey world']))": "effect is ['grey world']",
        "make_file(IMAGE, PROBABILITY, Look(['cut-out']))": "effect is ['cut-out']",
    },
    ("a Look", "try Look(effect='blurred')."): {
        "make_file(IMAGE, PROBABILITY, 'cut-out')": "look is 'cut-out'",
        "make_file(IMAGE, PROBABILITY, None)": "look is None",
    },
    ("a folder or the", "try list_images(folder)."): {
        "write_submission(one, None, folder / 's')": "images is None",
    },
    ("one photo's path or", "look at what"): {
        "write_submission(one, [], folder / 's')": "images is empty",
    },
    ("a folder", "rows.csv"): {
        "write_submission(one, folder / 'photos', folder / 'nothing')": "path is",
    },
    ("expected pixels", "predict_logits"): {
        "build_unet(small, image_size=None)": "image_size is None",
    },
    ("expected at most 10000", "count the classes,"): {
        "confusion_matrices(MASK, MASK, 10**6)": "num_classes is 1000000",
        "build_plain_unet(10**6, 128, (4, 8))": "num_classes is 1000000",
        "MeanIoU(2**70)": "num_classes is 11805916207174",
        "prepare_batches(good, 8, num_classes=2**70)": "num_classes is 11805916207174",
    },
    ("a whole number from 1 to 2147483647", "give a smaller one."): {
        "prepare_batches(good, 8, 10**20)": "batch_size is 1000000000000",
        "show_pictures({'a': IMAGE}, 10**20)": "columns is 1000000000000",
    },
    ("expected a whole number from 0 to", "give a smaller one."): {
        "prepare_batches(good, 8, seed=10**30)": "seed is 1000000000000",
    },
    ("numbers from 0 on, not", "give one weight for"): {
        "prepare_batches(good, 8, class_weights=['1', '2'])": "class_weights is ['1', '2']",
        "prepare_batches(good, 8, class_weights=[True, False])": "class_weights is [True, False]",
        "prepare_batches(good, 8, class_weights=[1e300, 1])": "class_weights is [1e+300, 1]",
        "prepare_batches(good, 8, class_weights=[INFINITE, 1])": "class_weights is [inf, 1]",
        "prepare_batches(good, 8, class_weights=[[1], [1, 2]])": "class_weights is [[1], [1, 2]]",
    },
    ("cannot be made there", "cache=True to keep"): {
        "prepare_batches(good, 8, cache=folder / 'text.txt' / 'a')": "cache is '",
    },
    ("expected numbers", "look at the model's weights"): {
        "class_ids(tf.fill([2, 2, 1], NOTHING))": "the logits hold NaN",
        "class_ids(tf.fill([2, 2, 3], NOTHING))": "the logits hold NaN",
        "class_ids([[0.5, NOTHING]])": "the logits hold NaN",
        "average_mirrored(lambda i: i[..., :1] * NOTHING, IMAGE)": "the logits hold NaN",
    },
    ("expected finite numbers", "predict in float32"): {
        "to_probability(np.full([2, 2, 3], INFINITE))": "the logits hold infinity",
        "to_probability(np.float16([[[9, INFINITE]]]))": "the logits hold infinity",
    },
    ("as many rows and columns", "functools.partial(predict_logits, model)"): {
        "average_mirrored(lambda i: i[:, :3, :1] * 1.0, IMAGE)": "predict gives logits (8, 3, 1)",
        "average_mirrored(lambda i: i[:2, :, :1] * 1.0, IMAGE)": "predict gives logits (2, 8, 1)",
    },
    ("expected at most 1", "divide counts by"): {
        "plot_class_shares([0.5, 0.6], ['a', 'b'])": "the shares add up to 1.1",
    },
    ("a SegmentationData", "pass what a load_* function"): {
        "check_data(None)": "data is a NoneType",
        "check_data(good)": "data is a _TensorDataset",
        "show_findings(good, None)": "data is a _TensorDataset",
    },
    ("a DataReport", "pass what check_data(data) returns"): {
        "show_findings(data_of(IMAGE, IDS), None)": "report is a NoneType",
    },
    ("a SegmentationData or", "pass [(image, mask)]"): {
        "save_annotations(None, folder / 'out', 'png', ['a', 'b'])": "examples is a NoneType",
    },
    ("expected a path", "give a text or a Path"): {
        "Studio(one, {'a': IMAGE}, 3)": "folder is 3",
        "load_studio(None)": "model is None",
        "load_studio(folder=None)": "folder is None",
    },
    ("which is a file", "give another name"): {
        "ResumeTraining(folder / 'text.txt')": "folder is '",
    },
    ("holds class ids from", "or build for more classes."): {
        "confusion_matrices(MASK, MASK + 3, 2, [0])": "the predicted mask holds",
        "confusion_matrices(MASK + 2**32, MASK, 2)": "the mask holds class ids from 4294967296",
        "confusion_matrices(MASK + 255, MASK - 1, 2, None, 255)": "the predicted mask holds",
        "confusion_matrices(MASK, (MASK - 1).astype('uint64'), 2)": "the predicted mask holds",
        "DiceLoss()(np.zeros([1, 2, 2, 1], 'uint64') - 1, np.zeros([1, 2, 2, 3]))": "the mask",
    },
    ("as many", "validate after each"): {
        "plot_history({'loss': [1, 2], 'val_loss': [1]})": "1 values of val_loss and 2",
    },
}
ODD = {call: (found, *said) for said, calls in GROUPS.items() for call, found in calls.items()}
