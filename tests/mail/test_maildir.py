"""Mail in a folder: written whole, read back, newest first."""

from __future__ import annotations

import os
import resource
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from matcher.domain.errors import MailTemporaryError
from matcher.mail.maildir import read_maildir
from matcher.mail.transports import make_mailer
from tests.mail.samples import NOW, card, letters_to_person


def test_a_letter_comes_back_as_it_was_sent(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "mail"
    mail = letters_to_person(card("ja"))["accepted"]
    make_mailer(f"maildir:{folder}", clock=lambda: NOW).send(mail)
    (stored,) = read_maildir(folder)
    assert (stored.to, stored.subject, stored.sent_at) == (mail.to, mail.subject, NOW)
    assert (stored.text, stored.html) == (mail.text, mail.html)
    assert stored.attachments == ("calendar.ics",)
    assert stored.calendar is not None
    assert "BEGIN:VEVENT" in stored.calendar


def test_the_newest_letter_comes_first(tmp_path: Path) -> None:
    mailer = make_mailer(f"maildir:{tmp_path / 'mail'}")
    for language in ("ja", "en"):
        mailer.send(letters_to_person(card(language))["invitation"])
    for age, path in enumerate((tmp_path / "mail" / "new").iterdir()):
        os.utime(path, (1000 - age, 1000 - age))
    first, second = read_maildir(tmp_path / "mail")
    newest = max((tmp_path / "mail" / "new").iterdir(), key=lambda path: path.stat().st_mtime)
    assert first.id == newest.name != second.id
    assert len(read_maildir(tmp_path / "mail", limit=1)) == 1


def test_a_folder_that_is_not_there_yet_holds_no_letters(tmp_path: Path) -> None:
    assert read_maildir(tmp_path / "none") == []


def test_letters_are_for_the_owners_eyes_and_readable_by_them(tmp_path: Path) -> None:
    make_mailer(f"maildir:{tmp_path / 'mail'}").send(letters_to_person(card())["invitation"])
    assert stat.S_IMODE((tmp_path / "mail").stat().st_mode) == 0o700
    (path,) = (tmp_path / "mail" / "new").iterdir()
    assert path.stat().st_mode & stat.S_IRUSR


def test_many_at_once_all_arrive(tmp_path: Path) -> None:
    mailer = make_mailer(f"maildir:{tmp_path / 'mail'}")
    mail = letters_to_person(card())["invitation"]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(mailer.send, [replace(mail, message_id=f"<{n}@example.org>") for n in range(40)]))
    assert len(read_maildir(tmp_path / "mail")) == 40
    assert list((tmp_path / "mail" / "tmp").iterdir()) == []


def test_a_full_disk_is_temporary_and_leaves_nothing_behind(tmp_path: Path) -> None:
    mailer = make_mailer(f"maildir:{tmp_path / 'mail'}")
    mailer.check()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(
        resource.RLIMIT_FSIZE, (100, hard)
    )  # the kernel refuses to write more, as a full disk would
    try:
        with pytest.raises(MailTemporaryError) as refused:
            mailer.send(letters_to_person(card())["invitation"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not refused.value.ambiguous
    assert read_maildir(tmp_path / "mail") == []
    assert list((tmp_path / "mail" / "tmp").iterdir()) == []


def test_a_path_that_is_a_file_is_said_by_the_check(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("in the way")
    mailer = make_mailer(f"maildir:{tmp_path / 'mail'}")
    with pytest.raises(MailTemporaryError):
        mailer.check()
    with pytest.raises(MailTemporaryError):
        mailer.send(letters_to_person(card())["invitation"])


def test_a_letter_from_elsewhere_with_a_wrong_charset_is_still_shown(tmp_path: Path) -> None:
    make_mailer(f"maildir:{tmp_path / 'mail'}").check()
    odd = b"From: a@example.org\nSubject: odd\nContent-Type: text/plain; charset=klingon\n\nhello\n"
    (tmp_path / "mail" / "new" / "1.odd").write_bytes(odd)
    (stored,) = read_maildir(tmp_path / "mail")
    assert (stored.subject, stored.text, stored.sent_at) == ("odd", "hello\n", None)
