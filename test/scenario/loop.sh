# shellcheck shell=bash
# Instances that would feed one another in a ring. The link that would close it is refused, with the ring's names, whichever
# comes last; the others go on; and it is accepted as soon as there is no ring any more.
only_headwater "GT.M does not notice"
instance R A B C D E
allow HWREPLLOOP

lineage() { quietly "$1" mupip replicate -source -status -json | python3 -c 'import json, sys; print(*json.load(sys.stdin)["receiver"]["lineage"])'; }
has_lineage() { [[ $(lineage "$1") == "$2" ]]; }
expect_lineage() { within "$DEADLINE_S" "above $1: $2 (it says: $(lineage "$1"))" has_lineage "$@"; }

step "A feeds B, B feeds C, all are up; C is to feed A" # Shows: 5.loop
receiver A
link A B
link B C
expect_lineage C "B A"
feed C A
expect_log C source-A "%GTM-E-HWREPLLOOP, Instance C cannot feed instance A: they would replicate in a ring: A -> B -> C -> A"
expect_alive C source A
expect_alive A receiver
expect_lineage A ""
expect_lineage C "B A"

step "the two ends of the chain first, its first link last" # Shows: 5.loop
unfeed A B
expect_lineage C "B"
expect_lineage A "C B" # C's source server has tried again by itself.
feed A B
expect_log A source-B "%GTM-E-HWREPLLOOP, Instance A cannot feed instance B: they would replicate in a ring: B -> C -> A -> B"
expect_lineage B ""

step "two parts that know nothing of each other: who is told the ring's names, refuses" # Shows: 5.loop
unfeed A B
unfeed C A
link C D
link D E
expect_lineage E "D C B"
feed A B
expect_lineage E "D C B A"
feed E A
expect_log E source-A "ring: A -> B -> C -> D -> E -> A"

step "a root above them: the chain works, and the link that would close the ring is refused all the same" # Shows: 5.loop
root R
standby R DUMMY
feed R A
expect_lineage E "D C B A R"
update R 30
expect_equal R A B C D E
for site in A B C D E; do expect_history "$site" "R 1 1"; done

step "all links of a ring at once: one at least is refused, and what is left is no ring" # Shows: 5.loop
unfeed R A
unfeed E A
unfeed D E
unfeed A B
unfeed B C
unfeed C D
refusals() { cat "$FOLDER"/[ABC]/{receiver,source-?}.log | grep -c "ring: "; }
BEFORE=$(refusals)
refused() { [[ $(refusals) -gt $BEFORE ]]; }
feed A B
feed B C
feed C A
within "$DEADLINE_S" "the ring is refused somewhere" refused
chain() { [[ $(for site in A B C; do lineage "$site" | wc -w; done | sort | tr '\n' ' ') == "0 1 2 " ]]; }
within "$DEADLINE_S" "two of the links make a chain" chain

step "a ring of two" # Shows: 5.loop
on E mupip replicate -source -activate -instsecondary=D -secondary=127.0.0.1:"${PORT[D]}" -log="$FOLDER/E/source-D.log" \
  -propagateprimary
expect_lineage D E
feed D E
expect_log D source-E "ring: E -> D -> E"
