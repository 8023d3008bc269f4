"""Forgetting: forms that nobody sent are deleted when their time is over."""

from intake.ports import Clock, Store


async def forget_expired(store: Store, clock: Clock) -> bool:
    """Delete the drafts whose time is over. False where there was none."""
    now = clock()
    if not await store.read(lambda unit: unit.drafts.any_expired(now)):
        return False
    await store.transact(lambda unit: unit.drafts.forget_expired(now))
    return True
