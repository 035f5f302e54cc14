"""What was said on the wire, kept for a while and shown as a ladder.

    capture.Capture       on the loop: keeps references to messages and events, nothing more
    writer.CaptureWriter  a thread: writes what the loop hands over, mirrors it by HEP
    segments              the files: bounded in bytes and age, readable while they are written
    record                one message in a file
    index                 the events of calls beside them
    hep                   one message as Homer takes it (HEPv3)
    archive.Archive       reads the files: calls, their events, their messages
    ladder, drawing       a call as columns and arrows
    pcap, redact          what leaves this house; secrets are struck out of it
    commands              `callcenter trace`

Beside the messages of a segment stand the events of the calls in it, the index. They
say which SIP Call-IDs make up a call; so the way to a call is: its events, their Call-IDs, the
messages with those in the segments of that time. The daemon need not run for any of it.
"""
