from pathlib import Path

import pytest

from dev import setup_env


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A clone whose virtual environment has been installed up to the stage `run`."""
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-embedded.txt"):
        (tmp_path / name).write_text("package==1\n")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    _stamp(tmp_path, "run")
    return tmp_path


def test_a_stamped_environment_is_current(root: Path):
    assert setup_env.is_current(stage="run", root=root)
    assert not setup_env.is_current(stage="dev", root=root)


def test_the_developers_environment_is_enough_for_the_demo(root: Path):
    (root / ".venv" / ".installed-run").unlink()
    _stamp(root, "dev")

    assert setup_env.is_current(stage="run", root=root)
    assert setup_env.is_current(stage="dev", root=root)


@pytest.mark.parametrize(
    "name", ["requirements.txt", "requirements-embedded.txt", "constraints.txt"]
)
def test_a_changed_file_asks_for_an_installation(root: Path, name: str):
    (root / name).write_text("package==2\n")

    assert not setup_env.is_current(stage="run", root=root)


def test_tools_alone_do_not_concern_the_demo(root: Path):
    (root / "requirements-dev.txt").write_text("package==2\n")

    assert setup_env.is_current(stage="run", root=root)


def test_an_interrupted_installation_is_not_current(root: Path):
    (root / ".venv" / ".unfinished").touch()

    assert not setup_env.is_current(stage="run", root=root)


def test_an_environment_whose_python_is_gone_is_not_current(root: Path):
    python = root / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to(root / "uninstalled")

    assert not setup_env.is_current(stage="run", root=root)


def test_the_python_found_can_make_virtual_environments():
    python = setup_env.find_python()

    assert Path(python).exists()


def _stamp(root: Path, stage: str) -> None:
    stamp = root / ".venv" / f".installed-{stage}"
    stamp.write_text(setup_env.fingerprint(stage=stage, root=root))
