"""Logs are cut by size, shown and followed."""

from pathlib import Path

from catalyst.embedded import logfiles


def test_given_a_big_log_when_rotated_then_a_writer_goes_on_at_its_beginning(tmp_path: Path):
    log = tmp_path / "a.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"x" * 100)
        assert logfiles.rotate(log, max_bytes=99)
        writer.write(b"after\n")
    assert log.read_bytes() == b"after\n"
    assert (tmp_path / "a.log.1").read_bytes() == b"x" * 100


def test_given_a_small_log_when_rotated_then_it_is_left_alone(tmp_path: Path):
    log = tmp_path / "a.log"
    log.write_bytes(b"x" * 99)
    assert not logfiles.rotate(log, max_bytes=99)
    assert not logfiles.rotate(tmp_path / "none.log")
    assert [path.name for path in tmp_path.iterdir()] == ["a.log"]


def test_given_a_log_when_its_end_is_shown_then_only_the_last_lines_are(tmp_path: Path):
    log = tmp_path / "a.log"
    log.write_text("".join(f"{number}\n" for number in range(1000)))
    assert logfiles.last_lines(log, 2) == ["998", "999"]
    assert logfiles.last_lines(tmp_path / "none.log", 2) == []


def test_given_a_log_being_followed_when_it_is_cut_and_written_then_no_line_is_lost(tmp_path: Path):
    log = tmp_path / "a.log"
    log.write_text("before\n" * 10)
    steps = iter([lambda: None, lambda: _write(log, "one\ntw"), lambda: _append(log, "o\n")])

    def next_step() -> bool:
        step = next(steps, None)
        if step is not None:
            step()
        return step is None

    assert [line for _, line in logfiles.follow([log], until=next_step)] == ["one", "two"]


def _write(log: Path, text: str) -> None:
    log.write_text(text)


def _append(log: Path, text: str) -> None:
    with log.open("a") as stream:
        stream.write(text)
