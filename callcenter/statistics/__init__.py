"""What the queues' ledger amounts to: pure figures, each with its numerator and denominator.

Statistics are made of what has happened and are never asked by the routing.
"""
