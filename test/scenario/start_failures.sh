# shellcheck shell=bash
# What -start says when something is in its way: it fails, names the thing, and leaves nothing behind.
instance A B
root A
source="mupip replicate -source -start -passive -instsecondary=B -rootprimary"

step "a log that cannot be opened" # Shows: 4.decided.port 3.start.failed
expect_message A 2 "%GTM-E-REPLLOGOPN, Replication subsystem could not open log file @/A/none/x.log: No such file or directory" \
  $source -log="$FOLDER/A/none/x.log"
expect_message A 138 "%GTM-E-NOJNLPOOL" mupip replicate -source -checkhealth

step "a port that is no port" # Shows: 4.decided.port 3.start.failed
expect_message A 250 "Error parsing secondary port number" \
  mupip replicate -source -start -instsecondary=B -secondary=127.0.0.1:xyz -log="$FOLDER/A/x.log" -rootprimary
expect_message A 138 "%GTM-E-NOJNLPOOL" mupip replicate -source -checkhealth

step "a role that is no longer there" # Shows: 3.role.update
expect_message A 106 "%GTM-E-CLIERR, Unrecognized option : UPDATE" $source -log="$FOLDER/A/x.log" -update
