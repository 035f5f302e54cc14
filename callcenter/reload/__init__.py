"""`callcenter reload`: the site file read anew while calls go on.

`differences` compares two readings, and says of each difference whether it can be taken over now;
`applying` takes over those that can. Nothing changes unless the whole file is right.
"""
