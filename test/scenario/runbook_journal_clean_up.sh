# shellcheck shell=bash
# docs/runbook/journal-clean-up.md: journals are switched, and old ones removed, while an application updates.
only_headwater "the pages speak of our programs"
instance A B
root A
link A B
update A 50
on A mupip set -journal=enable,on,before_images -region '*'
# The 20 days in which checkpoints were taken: a freeze brings the images up to here.
on A mupip freeze -on '*'
on A mupip freeze -off '*'
touch -d '20 days ago' "$FOLDER"/A/gtm.mjl_*
in_step A B
# B says with a heartbeat what it has applied.
acknowledged() { quietly A mupip replicate -source -showbacklog -instsecondary=B 2>&1 | grep -q 'acknowledged *: 50$'; }
within 60 "B has acknowledged 50 transactions" acknowledged
runbook journal-clean-up "See that no secondary needs the earlier files"
application A
runbook journal-clean-up "Switch"
runbook journal-clean-up "Remove old files"
stop_application A
[[ $(compgen -G "$FOLDER/A/gtm.mjl_*" | wc -l) -eq 1 ]] || fail "another file than the old one was removed"
runbook journal-clean-up "How to know that it worked"
expect_equal A B
check_everything
power_loss A
expect_equal A B
