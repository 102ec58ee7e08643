import numpy as np
import pytest
import torch
from PIL import Image

from lab_utils import data, live


@pytest.fixture(scope="module")
def some():
    return data.fashion_mnist(validation=0).test.take(30, seed=0)


def centred(image):
    """The garment of a Fashion-MNIST picture where preparation puts it: its box scaled to 28 pixels and centred."""
    return data.prepare_picture(Image.fromarray((255 * image[0]).byte().numpy())).x


def test_a_simulated_photo_comes_back_as_nearly_the_picture_it_was_made_from(some):
    places = torch.rand(len(some), 2, generator=torch.Generator().manual_seed(1))
    errors = []
    for image, place in zip(some.x, places, strict=True):
        prepared = data.prepare_picture(data.simulated_photo(image, place))
        assert prepared.x.shape == (1, 1, 28, 28)
        assert 0 <= prepared.x.min() <= prepared.x.max() <= 1
        errors.append((prepared.x - centred(image)).abs().mean().item())
    assert np.mean(errors) < 0.05  # grey levels are stretched a little, edges resampled
    assert max(errors) < 0.12


@pytest.mark.parametrize("dy", [0, 40, 90])
@pytest.mark.parametrize("bright", [False, True])
def test_neither_place_nor_polarity_matters(dy, bright):
    sheet = np.zeros((200, 260), np.uint8)
    sheet[dy + 10 : dy + 70, 100:140] = 200
    sheet[dy + 10 : dy + 40, 100:120] = 90
    reference = np.zeros((200, 260), np.uint8)
    reference[10:70, 100:140], reference[10:40, 100:120] = 200, 90
    image = Image.fromarray(255 - sheet if bright else sheet)
    expected = data.prepare_picture(Image.fromarray(reference)).x
    torch.testing.assert_close(data.prepare_picture(image).x, expected, atol=0.01, rtol=0)


def test_the_longer_side_fills_the_frame():
    tall = Image.new("L", (90, 100))
    tall.paste(255, (40, 10, 60, 90))  # 20 wide, 80 high
    x = data.prepare_picture(tall).x[0, 0]
    assert (x > 0.5).any(1).sum() == 28
    assert (x > 0.5).any(0).sum() == 7


def test_colour_and_transparency_become_grey_on_white(tmp_path):
    drawing = Image.new("RGBA", (60, 60), (0, 0, 0, 0))
    drawing.paste((200, 30, 30, 255), (20, 20, 40, 40))
    drawing.save(tmp_path / "drawing.png")
    steps = data.prepare_picture(tmp_path / "drawing.png")
    assert steps.gray[0, 0] == 1
    assert steps.cropped.shape == (20, 20)


def test_files_that_are_no_pictures_and_even_ones_are_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("boots")
    with pytest.raises(ValueError, match=r"a JPEG or PNG file, got .*notes\.txt"):
        data.prepare_picture(tmp_path / "notes.txt")
    with pytest.raises(ValueError, match="stands out from its background"):
        data.prepare_picture(Image.new("L", (50, 50), 128))
    with pytest.raises(FileNotFoundError):
        data.prepare_picture(tmp_path / "none.png")


def test_resize_only_squeezes_and_nothing_else():
    ramp = np.tile(np.arange(56, dtype=np.uint8) * 4, (56, 1))
    small = data.resize_only(Image.fromarray(ramp))[0, 0]
    expected = torch.from_numpy(ramp).float().reshape(28, 2, 28, 2).mean((1, 3)) / 255
    torch.testing.assert_close(small, expected, atol=0.005, rtol=0)


def test_no_chooser_reaches_a_page_that_nobody_can_answer(monkeypatch, capsys):
    monkeypatch.setenv("LAB_STATIC", "1")
    live.ask_for_picture(lambda picture: pytest.fail("nothing was chosen"))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("version", [7, 8])
def test_a_chosen_file_reaches_the_answer(monkeypatch, tmp_path, version):
    import ipywidgets

    from lab_utils.live import upload

    monkeypatch.delenv("LAB_STATIC", raising=False)
    Image.new("L", (4, 3), 7).save(tmp_path / "a.png")
    content, shown, answers = (tmp_path / "a.png").read_bytes(), [], []
    monkeypatch.setattr(upload, "display", lambda *widgets: shown.extend(widgets))
    live.ask_for_picture(lambda picture: answers.append(picture.size))
    chooser = next(w for w in shown if isinstance(w, ipywidgets.FileUpload))
    file = {"name": "a.png", "type": "image/png", "size": len(content), "content": content}
    new = (file,) if version == 8 else {"a.png": file}
    chooser.notify_change({"name": "value", "new": new, "old": None, "owner": chooser, "type": "change"})
    assert answers == [(4, 3)]
