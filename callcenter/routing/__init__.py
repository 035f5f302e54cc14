"""Where calls go: numbers, trunks and the ways out over them, and the dispatcher of the queues.

A call to an outside number (`switch.outside_line`) asks `Trunking.ways`: `routes` names the trunks,
`gateways` the addresses behind each, `trunk_numbers` how each writes numbers. `trunks` counts
channels. `upkeep` keeps the gateways true in the background.
"""
