"""What can be wrong with a journal."""


class JournalError(Exception):
    """A journal that cannot be read, or does not tell what is asked for; the text says why."""
