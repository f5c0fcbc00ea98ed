import os
from pathlib import Path

import pytest

from dev import folders

NOBODY = {"user": 65534, "group": 65534, "extra_groups": []}


def test_scratch_is_short_enough_for_a_socket_and_goes_away():
    with folders.scratch() as folder:
        assert len(f"{folder}/postgres/.s.PGSQL.5432") <= 103

    assert not folder.exists()


def test_what_killed_runs_left_is_swept_and_what_lives_is_kept(tmp_path: Path):
    dead = tmp_path / f"{folders.PREFIX}4194399-abc"  # beyond the highest process id
    mine = tmp_path / f"{folders.PREFIX}{os.getpid()}-abc"
    dead.mkdir()
    mine.mkdir()

    folders.sweep(tmp_path)

    assert not dead.exists()
    assert mine.exists()


def test_a_private_folder_above_keeps_the_server_out(tmp_path: Path):
    private = tmp_path / "home"
    inner = private / "clone"
    inner.mkdir(parents=True)
    private.chmod(0o700)

    assert folders.enterable(inner, {})
    assert not folders.enterable(inner, NOBODY)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's PostgreSQL runs as another user")
def test_rows_of_a_demo_behind_a_private_folder_live_outside(tmp_path: Path):
    private = tmp_path / "home"
    private.mkdir(mode=0o700)

    data = folders.data_folder(home=private)

    assert data == folders.outside_folder(home=private) / "pg"
    assert folders.enterable(data.parent, NOBODY)
    data.parent.rmdir()


def test_each_clone_has_its_own_folder_outside():
    first = folders.outside_folder(home=Path("/home/ana/a clone/.demo"))
    second = folders.outside_folder(home=Path("/home/ana/another/.demo"))

    assert first.parent == Path("/var/tmp")
    assert first != second
