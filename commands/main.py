"""`mentalspace`: the commands, each a few lines over the domain."""

from __future__ import annotations

import asyncio
import getpass
import json
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import click

from core.problem import Invalid, Problem
from core.settings import Settings, SettingsError


class Commands(click.Group):
    """Ends every foreseen error with one line on stderr instead of a traceback."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().main(*args, **kwargs)
        except (SettingsError, CommandError) as error:
            sys.exit(f"error: {error}")
        except Invalid as wrong:
            sys.exit("error: " + "; ".join(f"{each['path']} {each['message']}" for each in wrong.extra["errors"]))
        except Problem as problem:
            sys.exit(f"error: {problem.detail}")


class CommandError(Exception):
    """A foreseen failure of a command; the message is for the person who typed it."""


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    from core import db  # noqa: PLC0415 (commands import what they need, so that `--help` is quick)

    try:
        return asyncio.run(work)
    except db.LOST as error:
        raise CommandError(f"the database cannot be reached: {error}") from None


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != first:
        raise CommandError("the two passwords differ")
    return first


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Runs and tends MentalSpace."""


@main.command()
def up() -> None:
    """Start the whole system: servers where none are configured, migrations, catalogue, and every process of the Procfile."""
    settings = Settings.from_env()
    from commands import up as starting  # noqa: PLC0415

    sys.exit(starting.up(settings))


@main.command()
def migrate() -> None:
    """Bring the database to the present shape."""
    from core import migrations  # noqa: PLC0415

    applied = _run(migrations.upgrade(Settings.from_env().database()))
    click.echo(f"applied {', '.join(applied)}" if applied else "the database is up to date")


@main.group()
def catalog() -> None:
    """The content kept as data."""


@catalog.command("load")
def load_catalog() -> None:
    """Bring the catalogue's files into the database."""
    from core.runtime import running  # noqa: PLC0415
    from domain import catalog as catalogue  # noqa: PLC0415

    async def work() -> dict[str, int]:
        async with running(Settings.from_env(), "command", background=False):
            return await catalogue.load()

    try:
        changed = _run(work())
    except catalogue.CatalogError as error:
        raise CommandError(str(error)) from None
    click.echo("catalogue: " + ", ".join(f"{count} {subject} new or changed" for subject, count in changed.items()))


@main.command()
@click.pass_context
def release(context: click.Context) -> None:
    """What comes before each start: `migrate`, then `catalog load`."""
    context.invoke(migrate)
    context.invoke(load_catalog)


@main.group()
def counselor() -> None:
    """Counselors' accounts."""


class _Several(click.Command):
    """`--language en es` says the same as `--language en --language es`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        several = {name for each in self.params if each.multiple for name in each.opts if isinstance(each, click.Option)}
        spelled: list[str] = []
        for argument in args:
            # Whatever follows a value belongs to the option before it.
            if spelled and not argument.startswith("-") and len(spelled) > 1 and spelled[-2] in several:
                spelled.append(spelled[-2])
            spelled.append(argument)
        return super().parse_args(ctx, spelled)


@counselor.command("add", cls=_Several)
@click.option("--email", required=True)
@click.option("--first-name", required=True)
@click.option("--last-name", required=True)
@click.option("--license-number", required=True)
@click.option("--specialization", "specializations", multiple=True, required=True, help="repeat for several")
@click.option("--language", "languages", multiple=True, default=("en",), show_default=True, help="repeat for several")
@click.option("--role", type=click.Choice(["counselor", "supervisor"]), default="counselor", show_default=True)
@click.option("--password-stdin", is_flag=True, help="read the password from standard input instead of asking")
def add_counselor(email: str, password_stdin: bool, **about: Any) -> None:
    """Make a counselor's account; prints {id,email}."""
    from domain import people  # noqa: PLC0415

    password = _password(password_stdin)
    languages = list(about.pop("languages"))
    topics = list(about.pop("specializations"))
    _print_account(email, lambda: people.add_counselor(email, password, specializations=topics, languages=languages, **about))


@main.group()
def staff() -> None:
    """Staff accounts."""


@staff.command("add")
@click.option("--email", required=True)
@click.option("--role", type=click.Choice(["admin", "analyst"]), required=True)
@click.option("--password-stdin", is_flag=True, help="read the password from standard input instead of asking")
def add_staff(email: str, role: str, password_stdin: bool) -> None:
    """Make a staff account; prints {id,email}."""
    from domain import people  # noqa: PLC0415

    password = _password(password_stdin)
    _print_account(email, lambda: people.add_staff(email, password, role))


def _print_account(email: str, make: Any) -> None:
    from core.runtime import running  # noqa: PLC0415
    from domain import addresses  # noqa: PLC0415

    async def work() -> Any:
        async with running(Settings.from_env(), "command", background=False):
            return await make()

    click.echo(json.dumps({"id": str(_run(work())), "email": addresses.at_work(addresses.parse(email))}))


def _otp_command(kind: str) -> click.Command:
    @click.command("otp")
    @click.option("--email", required=True)
    def otp(email: str) -> None:
        """Require an authenticator code at sign-in from now on; prints its otpauth:// address."""
        from core.runtime import running  # noqa: PLC0415
        from domain import people  # noqa: PLC0415

        async def work() -> str:
            async with running(Settings.from_env(), "command", background=False):
                return await people.set_otp(kind, email)

        click.echo(_run(work()))

    return otp


counselor.add_command(_otp_command("counselor"))
staff.add_command(_otp_command("staff"))


@main.group()
def keys() -> None:
    """The master secrets and what they wrap."""


@keys.command("rotate")
def rotate_keys() -> None:
    """Wrap every stored key with the newest master secret and sign with a new key, while requests are served.

    With SECRET_KEYS: put the new secret first, restart, then run this; afterwards the old one may go. Without
    (development): a new secret is made and kept under MENTALSPACE_HOME.
    """
    from commands import rotate  # noqa: PLC0415

    click.echo(_run(rotate.rotate(Settings.from_env())))


@main.group()
def audit() -> None:
    """The audit trail."""


@audit.command("verify")
def verify_audit() -> None:
    """Walk the chain of the audit trail; says which entry is the first that was altered, removed or inserted, and ends with 1 then."""
    from core.runtime import running  # noqa: PLC0415
    from domain import audit as trail  # noqa: PLC0415

    async def work() -> trail.Verified:
        async with running(Settings.from_env(), "command", background=False):
            return await trail.verify()

    found = _run(work())
    if found.wrong is not None:
        raise CommandError(f"the audit trail does not hold: {found.wrong}")
    click.echo(f"the audit trail holds: {found.count} entries, seq {found.first} to {found.last}" if found.count else "the audit trail is empty")


@main.group()
def insights() -> None:
    """What many people's diaries say together."""


@insights.command("run")
@click.option("--from", "first", required=True, help="the first local date, like 2026-01-01")
@click.option("--to", "last", required=True, help="the last one, included")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="an empty folder for the report and the tables, made where there is none")
@click.option("--scheduler", help="compute on the Dask cluster of this scheduler, like tcp://10.0.0.5:8786, instead of this machine's cores")
def run_insights(first: str, last: str, out: Path, scheduler: str | None) -> None:
    """Analyse all people's diaries over some dates; prints the files written. Needs the database and SECRET_KEYS alone."""
    from commands import insights as computing  # noqa: PLC0415

    try:
        written = _run(computing.run(Settings.from_env(), first, last, out, scheduler))
    except (KeyboardInterrupt, asyncio.CancelledError):
        click.echo("stopped; nothing was written", err=True)
        sys.exit(130)
    for path in written:
        click.echo(path)


@main.group()
def risk() -> None:
    """The second look of the crisis check: a model that may only raise. None is shipped."""


_TEXTS = click.option("--texts", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True, help="a .csv or .jsonl file: `text`, and `label` 1 (crisis) or 0")
_RATE = click.FloatRange(0.0001, 0.1)


@risk.command("train")
@_TEXTS
@click.option("--false-alarms", type=_RATE, default=0.01, show_default=True, help="the share of everyday texts that may be flagged")
def train_risk(texts: Path, false_alarms: float) -> None:
    """Train on labelled texts; prints cross-validated scores. The model is used if it finds what the lexicon misses."""
    from commands import risk as looking  # noqa: PLC0415

    _print_risk(looking.train(Settings.from_env(), texts, false_alarms))


@risk.command("evaluate")
@_TEXTS
@click.option("--false-alarms", type=_RATE, help="the share of everyday texts that may be flagged  [default: as trained]")
def evaluate_risk(texts: Path, false_alarms: float | None) -> None:
    """Print how many of a file's crisis texts the lexicon, the model in use, and both find at a fixed share of false alarms."""
    from commands import risk as looking  # noqa: PLC0415

    _print_risk(looking.evaluate(Settings.from_env(), texts, false_alarms))


@risk.command("show")
def show_risk() -> None:
    """Print which model is in use, what it was trained on, and its scores."""
    from commands import risk as looking  # noqa: PLC0415

    _print_risk(looking.show(Settings.from_env()))


@risk.command("stop")
def stop_risk() -> None:
    """Use no model: the lexicon looks alone."""
    from commands import risk as looking  # noqa: PLC0415

    _print_risk(looking.stop(Settings.from_env()))


def _print_risk(work: Coroutine[Any, Any, list[str]]) -> None:
    try:
        lines = _run(work)
    except (KeyboardInterrupt, asyncio.CancelledError):
        click.echo("stopped; nothing has changed", err=True)
        sys.exit(130)
    for line in lines:
        click.echo(line)


@main.command()
@click.option("--out", type=click.Path(path_type=Path), help="a file instead of standard output")
def openapi(out: Path | None) -> None:
    """Print the OpenAPI 3.1 document."""
    from api import openapi as described  # noqa: PLC0415
    from api.routes import ROUTES  # noqa: PLC0415

    document = json.dumps(json.loads(described.document(ROUTES)), indent=2, ensure_ascii=False)
    if out:
        out.write_text(document + "\n")
    else:
        click.echo(document)


@main.command()
@click.option("--moods", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="ratings to bring in (columns dataset, person, at, mood); without it, made-up people")
@click.option("--people", type=click.IntRange(1, 1000), default=12, show_default=True, help="how many people to make up")
def demo(moods: Path | None, people: int) -> None:
    """Fill the running instance with people, their moods and chats, and counselors to talk with them."""
    from commands.demo import fill  # noqa: PLC0415

    _run(fill(Settings.from_env(), moods, people))


if __name__ == "__main__":
    main()
