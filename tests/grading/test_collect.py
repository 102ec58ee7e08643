"""Whatever an instructor is sent: one submission a student, nothing unpacked, nothing followed."""

import io
import random
import stat
import struct
import zipfile

import pytest

from lab_utils.grading.collect import CollectError, collect
from lab_utils.grading.notebooks import LARGEST, SubmissionError


def archive(folder, members):
    path = folder / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return path


def test_a_canvas_archive(tmp_path):
    path = archive(
        tmp_path,
        {
            "doejane_4711_100_cnns.ipynb": b"old",
            "doejane_4711_205_cnns-1.ipynb": b"new",
            "roejohn_LATE_4712_101_my_cnns.ipynb": b"john",
            "roejohn_LATE_4712_102_notes.txt": b"",
        },
    )
    jane, john = collect([path])
    assert (jane.student, jane.name, jane.system, jane.read()) == ("doejane_4711", "doejane", "canvas", b"new")
    assert "earlier file was set aside" in jane.remarks[0]
    assert (john.student, john.read(), john.remarks) == ("roejohn_4712", b"john", ())


def test_a_moodle_archive(tmp_path):
    path = archive(
        tmp_path,
        {
            "Jane van der Doe_88_assignsubmission_file_/cnns.ipynb": b"jane",
            "José Roe_89_assignsubmission_file_cnns.ipynb": b"jose",
            "__MACOSX/._cnns.ipynb": b"",
        },
    )
    jane, jose = collect([path])
    assert (jane.student, jane.name, jane.system) == ("Jane van der Doe_88", "Jane van der Doe", "moodle")
    assert (jose.name, jose.read()) == ("José Roe", b"jose")


def test_folders_and_files(tmp_path):
    for name in ("ann/cnns.ipynb", "bob.ipynb", "ann/.ipynb_checkpoints/cnns.ipynb"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    assert [each.student for each in collect([tmp_path / "in"])] == ["ann", "bob"]
    assert collect([tmp_path / "in" / "bob.ipynb"])[0].read() == b"bob.ipynb"


def test_links_are_not_followed(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "eve.ipynb").symlink_to(secret)
    with pytest.raises(SubmissionError, match="link"):
        collect([tmp_path / "in"])[0].read()
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as made:
        member = zipfile.ZipInfo("eve_1_2_cnns.ipynb")
        member.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(member, str(secret))
    with pytest.raises(SubmissionError, match="link"):
        collect([path])[0].read()


def test_names_that_lead_out_lead_nowhere(tmp_path):
    path = archive(tmp_path, {"../../../tmp/evil_1_2_x.ipynb": b"evil", "/etc/eve_3_4_x.ipynb": b"eve"})
    before = sorted(tmp_path.iterdir())
    assert sorted(each.read() for each in collect([path])) == [b"eve", b"evil"]
    assert sorted(tmp_path.iterdir()) == before


def test_a_bomb_stops_at_the_limit(tmp_path):
    path = archive(tmp_path, {"bomb_1_2_x.ipynb": bytes(LARGEST * 4)})
    assert path.stat().st_size < LARGEST / 100
    assert len(collect([path])[0].read()) == LARGEST + 1


def test_damaged_and_encrypted_members_are_told(tmp_path):
    path = archive(tmp_path, {"eve_1_2_x.ipynb": random.Random(0).randbytes(5000)})
    content = bytearray(path.read_bytes())
    content[60:70] = bytes(10)
    path.write_bytes(content)
    with pytest.raises(SubmissionError, match="damaged"):
        collect([path])[0].read()
    path = archive(tmp_path, {"eve_1_2_x.ipynb": b"x"})
    content = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.index(mark) + place
        content[start : start + 2] = struct.pack("<H", 1)
    path.write_bytes(content)
    with pytest.raises(SubmissionError, match="encrypted"):
        collect([path])[0].read()


def test_what_is_no_archive_or_holds_nothing(tmp_path):
    (tmp_path / "no.zip").write_bytes(b"PK no")
    with pytest.raises(CollectError, match="no readable zip"):
        collect([tmp_path / "no.zip"])
    with pytest.raises(CollectError, match="does not exist"):
        collect([tmp_path / "nowhere"])
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    (tmp_path / "empty.zip").write_bytes(empty.getvalue())
    with pytest.raises(CollectError, match=r"expected notebooks .* got nothing"):
        collect([tmp_path / "empty.zip"])
