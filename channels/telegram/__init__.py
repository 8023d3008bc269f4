"""Parts of the Telegram door: the way to the Bot API, reading updates, shaping messages, sending."""
