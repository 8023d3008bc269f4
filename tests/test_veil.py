"""One thread about two services: who may see one of them reads nothing of the other, and is told that there is more."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from intake.rights import EVERYTHING, Role
from tests.test_rights import enter
from tests.web_fixtures import WebHouse, browser, web_house

SEEN = "I want to complain that the hole in Elm Road was never mended."
HIDDEN = "Where do I ask about what only some may read of?\n\nWhere: a place that only some may know of\n"
NOT_SHOWN = "it is about a service that you do not see"


@pytest.fixture
def house(database_url: str) -> Iterator[WebHouse]:
    """Libraries are for whoever has them among their own services."""
    with web_house(database_url) as house:
        libraries = replace(house.policy.services["libraries"], need_to_know=True)
        house.accounts.policy = replace(house.policy, services={**house.policy.services, "libraries": libraries})
        yield house


async def thread(house: WebHouse) -> tuple[str, str, str]:
    """The contact about roads, the one about libraries, and the conversation of both."""
    first = await house.mail(SEEN)
    view = await house.desk.contact(first)
    assert view is not None
    second = await house.mail(HIDDEN, subject=f"Re: Hello {view.case}")
    contacts = (first, second)
    views = [await house.desk.contact(contact) for contact in contacts]
    assert [view.line.service for view in views if view] == ["roads", "libraries"]
    conversations = {view.conversation for view in views if view}
    assert len(conversations) == 1
    return contacts[0], contacts[1], conversations.pop()


@pytest.mark.parametrize(
    ("role", "services"), [(Role.COMPLAINTS_OFFICER, []), (Role.MANAGER, []), (Role.SERVICE_OFFICER, ["roads"])]
)
async def test_a_contact_shows_nothing_of_a_message_in_its_thread_that_its_reader_may_not_see(
    house: WebHouse, role: Role, services: list[str]
) -> None:
    seen, hidden, _ = await thread(house)
    async with browser(house.console) as client:
        await enter(house, client, "outsider", role, services=services)
        page = await client.get(f"/contacts/{seen}")
        assert SEEN in page.text
        assert NOT_SHOWN in page.text
        assert "only some may" not in page.text
        assert (await client.get(f"/contacts/{hidden}")).status_code == 404


async def test_a_live_conversation_shows_nothing_of_an_earlier_message_that_its_reader_may_not_see(
    house: WebHouse,
) -> None:
    _, _, conversation = await thread(house)
    known = await house.store.read(lambda unit: unit.conversations.get(conversation))
    assert known is not None
    assert known.decision is not None
    on_roads = replace(known, decision=replace(known.decision, service="roads"))
    await house.store.transact(lambda unit: unit.conversations.keep(on_roads))
    async with browser(house.console) as client:
        await enter(house, client, "outsider", Role.COMPLAINTS_OFFICER)
        for path in (f"/live/{conversation}", f"/live/{conversation}/turns"):
            page = await client.get(path)
            assert SEEN in page.text
            assert NOT_SHOWN in page.text
            assert "only some may" not in page.text


async def test_who_may_see_both_services_reads_the_whole_thread(house: WebHouse) -> None:
    seen, _, _ = await thread(house)
    async with browser(house.console) as client:
        await enter(house, client, "insider", Role.COMPLAINTS_OFFICER, services=["libraries"])
        assert "only some may read" in (await client.get(f"/contacts/{seen}")).text
    async with browser(house.console) as client:
        await enter(house, client, "all", Role.SERVICE_OFFICER, services=[EVERYTHING])
        assert "only some may read" in (await client.get(f"/contacts/{seen}")).text
