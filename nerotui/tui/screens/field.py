"""A line to type in that keeps the order of what is typed, however fast it comes."""

from __future__ import annotations

from textual import events
from textual.widgets import Input


class Field(Input):
    """Textual's Input, except that editing keys are done when their turn comes.

    Textual hands a bound key (Ctrl-U, Backspace, Enter) up to the app and back, and letters typed after it in one
    burst overtake it.

    Args:
        value: what stands in it.
        placeholder: what stands there while it is empty.
        password: whether what is typed is hidden.
        id: the widget's id.
    """

    def __init__(
        self, value: str = "", *, placeholder: str = "", password: bool = False, id: str | None = None
    ) -> None:
        super().__init__(value, placeholder=placeholder, password=password, id=id, select_on_focus=False)
        self.cursor_blink = False

    async def on_key(self, event: events.Key) -> None:
        """Does what the key is bound to here, if it is."""
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            if binding.action.startswith(("scroll_", "page_")):
                continue  # one line has nothing to scroll: such keys are for what stands around it
            event.stop()
            event.prevent_default()
            await self.run_action(binding.action)
