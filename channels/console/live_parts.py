"""Pieces of a conversation's page that its script shows anew: what was said, where it stands, what was gathered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels.console.shown import Shown
from intake.centre_view import LiveView, Said
from intake.conversation import Holder, Speaker
from intake.interpretation import Detail
from intake.officers import SignedIn

DETAILS = {
    Detail.WHAT: "What happened",
    Detail.WHERE: "Where",
    Detail.WHEN: "When",
    Detail.PUT_RIGHT: "Wants",
    Detail.NAME: "Name",
    Detail.PHONE: "Telephone",
    Detail.EMAIL: "Email",
    Detail.ADDRESS: "Address",
    Detail.REFERENCE: "Reference",
    Detail.AMOUNT: "Amount",
    Detail.EARLIER: "Told us before",
    Detail.REPLY_BY: "Reply by",
    Detail.BEHALF: "On behalf of",
    Detail.CONSENT: "Do they know",
    Detail.NEEDS: "Needs",
}


@dataclass(frozen=True)
class Parts:
    """For one officer."""

    shown: Shown
    who: SignedIn

    def values(self, view: LiveView) -> Mapping[str, Any]:
        """What the parts' templates need."""
        known = view.conversation
        return {
            "view": view,
            "mine": known.holder is Holder.OFFICER and known.hold.officer == self.who.name,
            "told": {DETAILS.get(detail, str(detail)): words for detail, words in known.details.items() if words},
            "speaker": lambda said: self._speaker(view, said),
            "resident_writes": self._resident_writes(view),
        }

    def turns(self, view: LiveView, after: int) -> list[dict[str, object]]:
        """The turns after this number, each as HTML."""
        values = self.values(view)
        return [
            {"number": said.number, "by": str(said.turn.by), "html": self._part("turns", {**values, "said": [said]})}
            for said in view.said
            if said.number > after
        ]

    def standing(self, view: LiveView) -> str:
        """Who has it, and who is writing."""
        return self._part("standing", self.values(view))

    def facts(self, view: LiveView) -> str:
        """What was gathered."""
        return self._part("facts", self.values(view))

    def _part(self, name: str, values: Mapping[str, Any]) -> str:
        words = {
            "service_name": self.shown.service_name,
            "route_name": self.shown.route_name,
            "from_now": self.shown.from_now,
        }
        page = self.shown.pages.show(f"console_live_{name}.html", 200, **{**words, **values})
        return bytes(page.body).decode()

    def _speaker(self, view: LiveView, said: Said) -> str:
        if said.turn.by is Speaker.RESIDENT:
            return view.conversation.person.name or "Resident"
        if said.turn.by is Speaker.OFFICER:
            return said.officer or "Officer"
        return "Assistant" if said.turn.by is Speaker.ASSISTANT else "Machine"

    def _resident_writes(self, view: LiveView) -> bool:
        until = view.sight.resident_writes_until
        return until is not None and until > self.shown.clock()
