# shellcheck shell=bash
# The main job: what is committed on A reaches B over a compressed link; B refuses updates; journals switch on the way; B
# falls behind while its receiver is down and catches up from journal files.
# Shows: 3.role.updates 11.SCNDDBNOUPD
instance A B
root A
link A B -cmplvl=3
update A 5000
expect_equal A B
expect_refused B

step "B's receiver is down, and A commits more than its pool holds" # Shows: 4.files breaks.26
stop_receiver B
update A 20000
on A mupip set -journal=on,before_images -region '*'
update A 100
receiver B
expect_equal A B
expect_log A source-B "now reading from journal files"
expect_log A source-B "now reading from journal pool"
