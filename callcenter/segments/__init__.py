"""What is kept in batches, for a while: files one after the other, of which the oldest give way.

    batch_thread.BatchThread   is handed batches by the loop, and outlives whatever the disk does
    segment                    files named `TIME-PID.SUFFIX`: begun, listed, pruned by size and age

So are kept the journal of the queue engine (`callcenter.journal`) and the messages of SIP
(`callcenter.trace`); what stands in the files is theirs.
"""
