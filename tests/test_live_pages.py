"""The live pages as they are asked for: by forms, and by their script."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from tests.web_fixtures import WebHouse, browser, hidden, sign_in, web_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[WebHouse]:
    with web_house(f"sqlite:///{tmp_path}/rightdoor.db") as house:
        yield house


@pytest.fixture
async def maya(house: WebHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(house.console) as client:
        await sign_in(house, client)
        yield client


async def conversation_of_a_mail(house: WebHouse) -> str:
    contact = await house.mail("Where do I renew my library card?")
    _, conversation = await house.store.read(lambda unit: unit.inbox.outcome(contact))
    return conversation


SCRIPT_DOORS = ["words", "draft", "writing"]


@pytest.mark.parametrize("door", SCRIPT_DOORS)
async def test_a_form_sent_to_a_door_of_the_script_is_refused_in_words(
    house: WebHouse, maya: httpx.AsyncClient, door: str
) -> None:
    one = await conversation_of_a_mail(house)
    token = hidden(await maya.get(f"/live/{one}"), "form_token")
    form = {"form_token": token, "text": "Hello", "fence": "1", "turn": "t1"}
    for headers in ({}, {"X-Form-Token": token}):
        answer = await maya.post(f"/live/{one}/{door}", data=form, headers=headers)
        assert answer.status_code == 415
        assert "JSON" in answer.json()["problem"]


@pytest.mark.parametrize("door", ["words", "draft"])
@pytest.mark.parametrize("body", ["", "{", "[1]", '"text"'])
async def test_a_torn_body_is_refused_and_empties_nothing(
    house: WebHouse, maya: httpx.AsyncClient, door: str, body: str
) -> None:
    one = await conversation_of_a_mail(house)
    token = hidden(await maya.get(f"/live/{one}"), "form_token")
    headers = {"X-Form-Token": token, "Content-Type": "application/json"}
    assert (await maya.post(f"/live/{one}/draft", json={"text": "Half of it"}, headers=headers)).status_code == 200
    answer = await maya.post(f"/live/{one}/{door}", content=body, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["problem"]
    assert "Half of it" in (await maya.get(f"/live/{one}")).text


async def test_a_form_sent_to_the_sign_of_life_is_refused_in_words(maya: httpx.AsyncClient) -> None:
    token = hidden(await maya.get("/live"), "form_token")
    answer = await maya.post("/live/beat", data={"form_token": token})
    assert answer.status_code == 415
