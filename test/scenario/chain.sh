# shellcheck shell=bash
# A chain of depth 5: what A commits reaches F through B, C, D and E; each of them refuses updates; a site in the middle
# goes down and comes back, and everything below goes on from where it was.
# Shows: 5.chain 2.names-root 3.role.updates
instance A B C D E F
root A
link A B
link B C
link C D
link D E
link E F
update A 1000
expect_equal A B C D E F
for site in B C D E F; do expect_refused "$site"; done
for site in B C D E F; do expect_history "$site" "A 1 1"; done

step "C is away for a while" # Shows: 5.restart
take_down C
update A 500
expect_equal A B
feed C D
receiver C
expect_equal A B C D E F
for site in C D E F; do expect_history "$site" "A 1 1"; done
