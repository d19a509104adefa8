"""The command as people meet it: in a process of its own, before a pipe, a terminal, or a folder with a history."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from bedrock_cmk_guard.cli import main
from benchmarks.render import requirements_of
from tests.whole.rendered import EXAMPLE, Rendered

COMMAND = (sys.executable, "-m", "bedrock_cmk_guard")
COLUMNS = 80
INTERRUPTED = 130
NOBODY_READS = 141


class Desk:
    """A folder to work in, with the command in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "cmk-guard.yaml"
        self.out = folder / "policies"
        shutil.copy(EXAMPLE, self.file)

    def run(self, *arguments: str, prefix: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*prefix, *COMMAND, *arguments],
            cwd=self.folder,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def render(self, *options: str) -> subprocess.CompletedProcess[str]:
        return self.run("render", "cmk-guard.yaml", "--out", "policies", *options)

    def edit(self, old: str, new: str) -> None:
        text = self.file.read_text(encoding="utf-8")
        assert text.count(old) == 1
        self.file.write_text(text.replace(old, new), encoding="utf-8")


def environment(**more: str) -> Mapping[str, str]:
    """The caller's, without what would settle colours and width."""
    dropped = (
        "COLUMNS",
        "NO_COLOR",
        "FORCE_COLOR",
        "CLICOLOR_FORCE",
        "TTY_COMPATIBLE",
        "BEDROCK_CMK_GUARD_DEBUG",
    )
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, **more}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    folder = tmp_path / "a folder with 'quotes' & $dollars"
    folder.mkdir()
    return Desk(folder)


@pytest.fixture
def rendered_desk(desk: Desk, example: Rendered) -> Desk:
    """With the example rendered already."""
    shutil.copytree(example.folder, desk.out)
    return desk


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def refused(done: subprocess.CompletedProcess[str], *said: str) -> None:
    """Exit status 2, nothing on stdout, and the reason on stderr without a traceback."""
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    for words in said:
        assert words in done.stderr


def test_a_pipe_gets_plain_text_of_eighty_columns(desk: Desk, example: Rendered) -> None:
    done = desk.render()

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(
        f"policies: {len(contents(example.folder)) - 1} files written, 0 unchanged\n"
    )
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= COLUMNS
    assert contents(desk.out) == contents(example.folder)
    assert re.search(
        r"^bedrock-cmk-scp-ai-workloads-1 +SCP +[\d,]+ +10,240 +\d+%$", done.stdout, re.MULTILINE
    )


def test_rendering_again_changes_nothing_and_quiet_says_nothing(rendered_desk: Desk) -> None:
    before = {path: path.stat().st_mtime_ns for path in rendered_desk.out.rglob("*") if path.is_file()}

    done = rendered_desk.render("--quiet")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert before == {
        path: path.stat().st_mtime_ns for path in rendered_desk.out.rglob("*") if path.is_file()
    }


def test_a_terminal_gets_ruled_tables(rendered_desk: Desk) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "render", "cmk-guard.yaml", "--out", "policies"],
        cwd=rendered_desk.folder,
        env=environment(TERM="xterm-256color"),
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(theirs)
        shown = "".join(_read_all(ours))
        assert process.stderr is not None
        complaint = process.stderr.read()
    os.close(ours)

    assert (process.returncode, complaint) == (0, b"")
    assert "─" in shown
    assert "bedrock-cmk-scp-ai-workloads-1" in shown
    assert "\x1b[" in shown


def _read_all(descriptor: int) -> Iterator[str]:
    while True:
        try:
            data = os.read(descriptor, 65536)
        except OSError:  # what Linux says when the other end is closed
            return
        if not data:
            return
        yield data.decode("utf-8", "replace")


@pytest.mark.parametrize(
    "arguments",
    [
        ("render", "cmk-guard.yaml", "--out", "policies"),
        ("render", "cmk-guard.yaml", "--out", "elsewhere", "--check"),
        ("schema",),
        ("--help",),
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_nobody_reads_and_nobody_complains(rendered_desk: Desk, arguments: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*COMMAND, *arguments],
        cwd=rendered_desk.folder,
        env=environment(),
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)

    # argparse itself keeps quiet about help that nobody reads.
    assert (done.returncode, done.stderr) == (0 if arguments == ("--help",) else NOBODY_READS, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here is always full")
@pytest.mark.parametrize("arguments", [("schema",), ("render", "cmk-guard.yaml", "--out", "new", "--diff")])
def test_a_full_disk_is_said_in_one_line(rendered_desk: Desk, arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, *arguments], cwd=rendered_desk.folder, env=environment(), stdout=full,
            stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (
        2,
        "nothing more can be written: No space left on device\n",
    )


def test_head_takes_one_line(rendered_desk: Desk) -> None:
    script = '"$@" | head -1; exit "${PIPESTATUS[0]}"'
    command = ["bash", "-c", script, "bash", *COMMAND, "render", "cmk-guard.yaml", "--out", "new", "--diff"]

    done = subprocess.run(
        command, cwd=rendered_desk.folder, env=environment(), capture_output=True, text=True, check=False
    )

    assert done.returncode in (0, NOBODY_READS)
    assert (done.stdout, done.stderr) == ("--- /dev/null\n", "")


def _broken_off(when: Callable[[], bool], command: list[str], by: signal.Signals) -> tuple[int, bytes, bytes]:
    """Run the command, and break it off as soon as something is so."""
    with subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        while process.poll() is None and not when():
            time.sleep(0.001)
        process.send_signal(by)
        stdout, stderr = process.communicate()
    return process.returncode, stdout, stderr


def test_an_interrupted_render_is_made_good_by_the_next(tmp_path: Path) -> None:
    file, out = tmp_path / "cmk-guard.yaml", tmp_path / "policies"
    file.write_text(requirements_of(100), encoding="utf-8")
    arguments = ["render", str(file), "--out", str(out), "--format", "terraform", "json", "--quiet"]
    staging, manifest = out / ".bedrock-cmk-guard.tmp", out / "manifest.json"
    command = [*COMMAND, *arguments]

    # Before anything is moved, whether it is killed or asked to stop.
    staged, left = staging / "json", staging / "left"
    assert _broken_off(staged.exists, command, signal.SIGKILL) == (-signal.SIGKILL, b"", b"")
    assert {path.partition("/")[0] for path in contents(out)} == {staging.name}
    left.touch()
    again = _broken_off(lambda: staged.exists() and not left.exists(), command, signal.SIGINT)
    assert again == (INTERRUPTED, b"", b"interrupted\n")
    assert not contents(out)
    assert main(arguments) == 0

    # While file after file is moved: what is there is known as ours, old or new.
    before = contents(out)
    first = min(out.glob("terraform/workloads/*/kms_key-*"))
    was = first.read_bytes()
    edited = file.read_text(encoding="utf-8").replace(
        "rotation_period_days: 365", "rotation_period_days: 180"
    )
    file.write_text(edited, encoding="utf-8")
    moving = _broken_off(lambda: first.read_bytes() != was, command, signal.SIGINT)
    assert moving == (INTERRUPTED, b"", b"interrupted\n")
    assert not staging.exists()
    between = contents(out)
    assert main(arguments) == 0
    after = contents(out)
    assert _listed(manifest) == after.keys() - {"manifest.json"}
    assert after.keys() == between.keys() == before.keys()
    old = [path for path in before if before[path] == between[path] != after[path]]
    new = [path for path in before if before[path] != between[path] == after[path]]
    assert old, "nothing was left to move"
    assert new, "nothing was moved"


def _listed(manifest: Path) -> set[str]:
    modules = json.loads(manifest.read_text(encoding="utf-8"))["modules"]
    return {path for module in modules.values() for path in module["files"]}


def test_every_mistake_is_told_with_its_place(desk: Desk) -> None:
    desk.edit("  rotation_period_days: 365", "  rotation_perod_days: 365")
    desk.edit(
        "    regions: [eu-central-1, us-east-1]\n    environment",
        "    regions: [eu-central-3]\n    environment",
    )

    done = desk.render()

    refused(done)
    lines = done.stderr.splitlines()
    text = desk.file.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2
    assert "workloads[1].regions[0]: is not one of the organisation's Regions" in lines[1]
    found = re.fullmatch(r"cmk-guard\.yaml:(\d+):(\d+): key_standard\.rotation_perod_days: .*", lines[0])
    assert found is not None
    assert text[int(found[1]) - 1][int(found[2]) - 1 :].startswith("rotation_perod_days")
    assert "rotation_period_days" in lines[0]

    desk.edit("  rotation_perod_days: 365", "  rotation_period_days: 365")
    contradiction = desk.render().stderr.splitlines()
    assert [re.sub(r":\d+:\d+:", ":", line).split(": ")[:2] for line in contradiction] == [
        ["cmk-guard.yaml", "workloads[1].regions[0]"]
    ]
    assert not desk.out.exists()


def test_what_aws_would_refuse_is_refused_before_anything_is_written(desk: Desk) -> None:
    desk.edit("note: Administers keys and never uses them", "note: Administers keys 🔑")

    refused(desk.render(), "cmk-guard.yaml:", "principals.governance[0].note")
    assert not desk.out.exists() or not contents(desk.out)


def test_only_of_something_unknown_names_what_there_is(rendered_desk: Desk) -> None:
    before = contents(rendered_desk.out)

    refused(
        rendered_desk.render("--only", "workload:hr"), "workload:hr", "workload:hr-assistant", "organization"
    )
    assert contents(rendered_desk.out) == before


def test_only_leaves_the_rest_as_it_is(rendered_desk: Desk) -> None:
    before = contents(rendered_desk.out)
    rendered_desk.edit("deletion_window_days: 30", "deletion_window_days: 29")

    assert rendered_desk.render("--only", "workload:hr-assistant").returncode == 0

    after = contents(rendered_desk.out)
    changed = {path for path in after if after[path] != before.get(path)}
    assert changed == {
        "manifest.json",
        "cloudformation/workloads/hr-assistant.yaml",
        "terraform/workloads/hr-assistant/kms_key-hr-assistant_eu-central-1.tf",
    }
    assert after.keys() == before.keys()
    assert rendered_desk.render("--only", "workload:hr-assistant", "--check").returncode == 0
    assert rendered_desk.render("--check").returncode == 1


def test_check_is_silent_about_nothing_and_shows_drift(rendered_desk: Desk) -> None:
    clean = rendered_desk.render("--check")
    assert (clean.returncode, clean.stderr) == (0, "")
    assert clean.stdout == "policies is what cmk-guard.yaml asks for\n"

    rendered_desk.edit("deletion_window_days: 30", "deletion_window_days: 29")
    before = contents(rendered_desk.out)
    drift = rendered_desk.render("--check")
    assert (drift.returncode, drift.stderr) == (1, "")
    assert re.search(
        r"^-  deletion_window_in_days = 30\n\+  deletion_window_in_days = 29$", drift.stdout, re.MULTILINE
    )
    assert "+++ b/cloudformation/workloads/support-desk.yaml" in drift.stdout
    assert drift.stdout.endswith("  bedrock-cmk-guard render cmk-guard.yaml --out policies\n")
    assert rendered_desk.render("--diff").returncode == 0
    assert contents(rendered_desk.out) == before


def test_check_of_a_folder_that_is_not_there_makes_none(desk: Desk) -> None:
    done = desk.render("--check")

    assert (done.returncode, done.stderr) == (1, "")
    assert not desk.out.exists()


def test_a_foreign_file_stays_whatever_happens(rendered_desk: Desk) -> None:
    foreign = rendered_desk.out / "terraform" / "workloads" / "hr-assistant" / "backend.tf"
    foreign.write_text('terraform {\n  backend "s3" {}\n}\n', encoding="utf-8")
    assert rendered_desk.render("--check").returncode == 0
    rendered_desk.edit("  - name: hr-assistant", "  - name: people")

    assert rendered_desk.render("--force").returncode == 0

    assert foreign.read_text(encoding="utf-8").startswith("terraform {")
    assert rendered_desk.render("--check").returncode == 0


def test_a_file_in_the_way_stops_everything_until_it_is_forced(desk: Desk) -> None:
    foreign = desk.out / "cloudformation" / "organization.yaml"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("mine\n", encoding="utf-8")

    refused(desk.render(), "nothing was written", "cloudformation/organization.yaml", "--force")
    assert contents(desk.out) == {"cloudformation/organization.yaml": b"mine\n"}

    assert desk.render("--force").returncode == 0
    assert foreign.read_bytes() != b"mine\n"
    assert desk.render("--check").returncode == 0


def test_an_edited_file_is_not_overwritten_unasked(rendered_desk: Desk) -> None:
    edited = rendered_desk.out / "json" / "organization" / "tag_policy-tag-standard.json"
    edited.write_text("{}", encoding="utf-8")

    refused(rendered_desk.render(), "tag_policy-tag-standard.json", "edited")
    assert rendered_desk.render("--check").returncode == 1
    assert edited.read_text(encoding="utf-8") == "{}"
    assert rendered_desk.render("--force").returncode == 0
    assert rendered_desk.render("--check").returncode == 0


def test_a_link_in_the_folder_is_not_followed(desk: Desk) -> None:
    elsewhere = desk.folder / "elsewhere"
    elsewhere.mkdir()
    desk.out.mkdir()
    (desk.out / "terraform").symlink_to(elsewhere, target_is_directory=True)

    refused(desk.render(), "terraform is a symbolic link")
    refused(desk.render("--force"), "terraform is a symbolic link")
    assert not list(elsewhere.iterdir())


def without_power() -> tuple[str, ...]:
    """What makes root obey permissions, as everybody else must."""
    if os.geteuid() != 0:
        return ()
    prefix = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
    if shutil.which("setpriv") is None or subprocess.run([*prefix, "true"], check=False).returncode:
        pytest.skip("root may write everywhere, and there is no setpriv to hold it back")
    return prefix


def test_a_folder_that_may_not_be_written_is_told(desk: Desk) -> None:
    prefix = without_power()
    desk.out.mkdir(mode=0o555)
    done = desk.run("render", "cmk-guard.yaml", "--out", "policies", prefix=prefix)
    refused(done, "cannot write", "policies", "Permission denied")
    assert len(done.stderr.splitlines()) == 1

    desk.out.rmdir()
    desk.out.touch()
    refused(desk.render(), "policies")


def _directory(file: Path) -> None:
    file.mkdir()


def _loop(file: Path) -> None:
    file.symlink_to(file)


def _dangling(file: Path) -> None:
    file.symlink_to("nowhere.yaml")


def _missing(file: Path) -> None:
    assert not file.exists()


def _empty(file: Path) -> None:
    file.touch()


def _binary(file: Path) -> None:
    file.write_bytes(bytes(range(256)))


def _nested(file: Path) -> None:
    file.write_text("[" * 30_000, encoding="utf-8")


@pytest.mark.parametrize("make", [_directory, _loop, _dangling, _missing, _empty, _binary, _nested])
def test_requirements_that_cannot_be_read_take_one_line(desk: Desk, make: Callable[[Path], None]) -> None:
    desk.file.unlink()
    make(desk.file)

    done = desk.render()

    refused(done, "cmk-guard.yaml")
    assert len(done.stderr.splitlines()) == 1
    assert not desk.out.exists()


def test_a_fifo_is_read_like_a_file(desk: Desk) -> None:
    """As a shell's process substitution hands it over: render <(generate) --out DIR."""
    script = f"{' '.join(map(repr, COMMAND))} render <(cat cmk-guard.yaml) --out policies --quiet"

    done = subprocess.run(
        ["bash", "-c", script],
        cwd=desk.folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
