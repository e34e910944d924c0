# shellcheck shell=bash
# mupip rundown at the wrong time, of a root, of a secondary, of single files: a live pool stays, and so does everything that
# runs. When everybody has died it cleans up, and only a rollback makes the instance usable.
# Shows: breaks.22 5.shutdown
instance A B
root A
link A B
application A
for site in A B; do
  attempt "$site" mupip rundown -region '*'
  attempt "$site" mupip rundown -file "$FOLDER/$site/gtm.dat"
done
stop_application A
expect_equal A B
expect_alive A source B
expect_alive B receiver
expect_alive B update
