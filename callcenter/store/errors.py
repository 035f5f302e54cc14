"""What can go wrong between the store and its database."""


class StoreError(Exception):
    """The store cannot be opened; the text is one line that names the place and the reason."""


class RowsRefusedError(Exception):
    """The database is well but refuses a value of a batch; the same rows would fail again."""
