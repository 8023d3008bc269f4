"""The command line's officers: add one, list them, disable one. For the first ones, and for when nobody can sign in."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, TypeVar

import typer
import uvloop

from case_store.store import SqlStore
from config.active_pack import COMMAND_LINE, active_pack_of
from config.entrance import accounts_of
from config.packs import load_pack
from config.settings import clock, load
from config.wiring import open_database
from intake.accounts import folded
from intake.errors import SendersMove
from intake.rights import EVERYTHING, Role
from intake.staff import Place, Staff

app = typer.Typer(no_args_is_help=True, help="Officers: who may sign in to the console.")

Result = TypeVar("Result")


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What they type to sign in")],
    role: Annotated[list[Role], typer.Option(help="What they are; may be given several times")],
    service: Annotated[list[str] | None, typer.Option(help="A service of their own, or all; several times")] = None,
    team: Annotated[list[str] | None, typer.Option(help="A team of the pack; several times")] = None,
    shown: Annotated[str, typer.Option(help="Their name as colleagues see it")] = "",
    email: Annotated[str, typer.Option(help="For single sign-on: their account there is known by it")] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the first password from standard input")
    ] = False,
) -> None:
    """Let somebody sign in. Prints a first password, once; they choose another when they first sign in."""
    services = tuple(EVERYTHING if key == "all" else key for key in service or ())
    place = Place(shown, email, tuple(dict.fromkeys(role)), services, tuple(team or ()))
    given = sys.stdin.readline().rstrip("\r\n") if password_stdin else ""
    if password_stdin and not given:
        raise typer.BadParameter("standard input holds no password")
    with _staff() as staff:
        password = _told(lambda: uvloop.run(staff.add(COMMAND_LINE, name, place, given)))
    print(f"{folded(name)} may sign in now.")
    if not given:
        print(f"First password, told only this once: {password}")


@app.command("list")
def show() -> None:
    """Who may sign in, as what, with which services and teams. Columns are separated by tabs."""
    with _staff() as staff:
        officers = uvloop.run(staff.all())
    print("name\tshown\troles\tservices\tteams\tstate")
    for one in officers:
        services = "all" if EVERYTHING in one.services else ",".join(one.services)
        state = "disabled" if one.disabled_at else "enabled"
        print("\t".join((one.name, one.called, ",".join(one.roles), services, ",".join(one.teams), state)))


@app.command("disable")
def disable(name: Annotated[str, typer.Argument(help="Their sign-in name")]) -> None:
    """They may not sign in any more, and are signed out. What they did stays."""
    with _staff() as staff:
        _told(lambda: uvloop.run(staff.disable(COMMAND_LINE, folded(name))))
    print(f"{folded(name)} may not sign in any more.")


def _told(deed: Callable[[], Result]) -> Result:
    """What somebody typed wrongly is said in words, with exit status 2."""
    try:
        return deed()
    except SendersMove as error:
        raise typer.BadParameter(str(error)) from error


@contextmanager
def _staff() -> Iterator[Staff]:
    settings = load()
    policy, store = load_pack(active_pack_of(settings)), SqlStore(open_database(settings.database_url))
    try:
        yield Staff(accounts_of(settings, store, policy, clock(settings.now)))
    finally:
        store.close()
