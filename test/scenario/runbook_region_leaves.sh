# shellcheck shell=bash
# docs/runbook/region-leaves.md: a region leaves a root and its secondary by intent.
only_headwater "the pages speak of our programs"
instance A B
root A
link A B
update A 60
expect_equal A B
runbook region-leaves "Steps"
forget_servers A
forget_servers B
note_source A B active
note_source B A passive
runbook region-leaves "How to know that it worked"
for ((i = 1; i <= 20; ++i)); do echo "set ^a(\"left\",$i)=$i"; done | quietly A gbl run - || fail "updates"
in_step A B
on B gbl get '^a("left",20)'
said 20
