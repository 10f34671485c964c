"""The franchise's face: name, logo, colour, languages, and who its mails are from."""
