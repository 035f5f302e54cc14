"""`callcenter simulate`: what a site would do with a day's traffic, before it has to.

    scenario (TOML) ──▶ generated ─┐
    journal ──────────▶ recorded ──┼▶ Traffic ─▶ Simulator (the daemon's own `acd.Engine`) ─▶ Result
    site file ─────────────────────┘                                             compared ─▶ table

A run is a discrete-event simulation: arrivals, patience, ring and talk times come from the traffic,
every decision from the engine as the site file configures it. Several sites are given the same
traffic, drawn from the same seed, so that what differs is the rules.

Not simulated: what callers do in menus, voicemail, flows. Who is sent there has left.
"""
