"""What operators ask a running daemon: a Unix-domain socket, and the commands that speak to it.

    registry.Registry     names → functions that answer; a new question is one function in `methods`
    methods               the questions that there are
    control.ControlServer the socket in the daemon: a line of JSON in, a line of JSON out
    client.ask            the other end, for the command line
    commands              `callcenter status`, `counters`, `registrations`, `trunks`
    prometheus            the counters in Prometheus' text format

The socket is the owner's alone (mode 0600): who can open it is the operator. To add a question:
write it in `methods` (or register a function of your own in `methods.registry`), then a command in
`commands` that asks it.
"""
