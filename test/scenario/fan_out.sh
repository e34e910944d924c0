# shellcheck shell=bash
# One root and 16 secondaries under a live load; a 17th is refused; each has all in the end. Then one of the 16 is stopped,
# and the 17th takes its slot.
instance A
sites=()
for n in {1..16}; do sites+=("S$n"); done
instance "${sites[@]}" S17
root A

step "16 secondaries while an application runs" # Shows: 5.fan-out 2.slot.free
link A S1
application A
for site in "${sites[@]:1}"; do link A "$site"; done

step "the 17th is refused and leaves nothing" # Shows: 2.slot.17 3.start.toomany 11.SRCSRVTOOMANY 3.start.failed
receiver S17
expect_message A 210 "%GTM-E-SRCSRVTOOMANY, Cannot start more than 16 source servers in replication instance @/A/gtm.repl" \
  mupip replicate -source -start -secondary=127.0.0.1:"$(port S17)" -instsecondary=S17 -log="$FOLDER/A/source-S17.log" \
  -rootprimary
expect_message A 138 "%GTM-E-REPLINSTSECNONE, No information found for secondary instance S17 in instance file @/A/gtm.repl" \
  mupip replicate -source -showbacklog -instsecondary=S17
for site in "${sites[@]}"; do expect_alive A source "$site"; done
stop_application A
expect_equal A "${sites[@]}"

step "the 17th in place of the 5th" # Shows: 2.slot.oldest 2.slot.displaced breaks.13
unfeed A S5
feed A S17
expect_message A 138 "REPLINSTSECNONE, No information found for secondary instance S5 in" \
  mupip replicate -source -showbacklog -instsecondary=S5
update A 50
expect_equal A S17 S1 S16

step "S5 again, in place of another: it goes on from where it was"
unfeed A S6
feed A S5
expect_equal A S5
