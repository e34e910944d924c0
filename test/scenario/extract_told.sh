# shellcheck shell=bash
# What is said of a journal extract is what became of it: made and then something else failed is not "not created".
only_headwater "the order of the steps is ours"
instance A
root A
standby A Z
update A 5
take_down A
attempt A mupip journal -recover -backward -extract=e.mjf '*'
[[ $STATUS -ne 0 && -s $FOLDER/A/e.mjf ]] || fail "status $STATUS; this recovery of a replicating instance is refused after its extract"
said "%GTM-I-FILECREATE, Journal extract file e.mjf created"
said_times 0 "FILENOTCREATE"
attempt A mupip journal -recover -backward -extract=no/such/folder/e.mjf '*'
[[ $STATUS -ne 0 ]] || fail "status 0 without an extract"
said_times 1 "FILENOTCREATE"
standby A Z
update A 5
