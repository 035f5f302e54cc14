"""When the site works: calendars with four kinds of days and three bands (WZ-T18, HL-3, A-14).

`calendar` answers what a moment is, purely; `public_holidays` knows the countries'; `wording` says
the hours; `opening` closes and opens queues by the clock, and beside it by command.
"""
