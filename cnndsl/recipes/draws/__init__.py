"""The random numbers of augmentations, an array or several a word, with images first.

`shape` is that of a batch of images: how many, height, width, channels. Transforms say
where each pixel comes from: matrices for columns (x, y, 1), in pixels from the image's
centre. Colours are matrices for rows (channels, 1), one for how an image's pixels
differ from their mean and one for the mean, or one for both. Boxes are (top, left,
bottom, right), in pixels, the last two beyond it.
"""
