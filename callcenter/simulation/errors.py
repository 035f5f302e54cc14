"""What can be wrong with what is to be simulated."""


class SimulationError(Exception):
    """A scenario, site or journal that cannot be simulated; the text says what and where."""
