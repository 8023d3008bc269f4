"""A case's status for its resident: reference and code come in the body, so that no secret stands in an address."""

import asyncio
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from channels.api.answers import json_answer, too_often
from channels.api.bodies import read_body
from channels.api.limits import Rate
from channels.api.problems import NO_SUCH_CASE, Problem
from channels.api.shapes import AskedStatus, Status
from intake import reference
from intake.casework import opens
from intake.policy import Policy
from intake.ports import Store
from intake.wording import status_lines


@dataclass(frozen=True)
class Statuses:
    """The address /cases/status."""

    store: Store
    policy: Policy
    tries_a_minute: Rate

    async def tell(self, request: Request) -> Response:
        """How a case is getting on. An unknown reference and a wrong code get the same answer, in the same time."""
        asked = await read_body(request, AskedStatus)
        known = reference.read(asked.reference, self.policy.council.prefix) or ""
        if seconds := self.tries_a_minute.wait(known):
            raise too_often(seconds)
        case = await self.store.read(lambda unit: unit.cases.get(known))
        right = await asyncio.to_thread(opens, case, asked.code, asked.reference)
        if case is None or not right:
            raise Problem(NO_SUCH_CASE)
        told = Status(
            reference=case.reference,
            state=case.state.value,
            stage=case.stage.key,
            service=case.service,
            received_at=case.received_at,
            words=list(status_lines(case, self.policy)),
        )
        return json_answer(told)
