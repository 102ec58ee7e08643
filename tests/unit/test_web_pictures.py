import base64
import io

import numpy as np
import pytest
from PIL import Image

from lab_utils.web import png_source


def test_the_pixels_come_back():
    grey = np.arange(15, dtype=np.uint8).reshape(3, 5)
    head, content = png_source(grey).split(",")
    assert head == "data:image/png;base64"
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(base64.b64decode(content)))), grey)


@pytest.mark.parametrize("pixels", [np.zeros((3, 5)), np.zeros((3, 5, 3), np.uint8)])
def test_other_than_grey_bytes_is_refused(pixels):
    with pytest.raises(ValueError, match=r"expected uint8 pixels of shape \(H, W\), got"):
        png_source(pixels)
