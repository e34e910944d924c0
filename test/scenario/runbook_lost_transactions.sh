# shellcheck shell=bash
# docs/runbook/lost-transactions.md: A has come back to B and had transactions that nobody else has got, one of them in conflict.
only_headwater "the pages speak of our programs"
instance A B
root A
link A B
update A 100
allow REPLAHEAD # Said of A, while it asks how far to roll back.
expect_equal A B
freeze A source B
update A 10
crash A
promote B A
on B gbl set '^a("A",102)' "of B"
attempt A mupip rundown -region '*'
on A mupip journal -rollback -backward -fetchresync="$(port A)" -losttrans="$FOLDER/A/lost.glo" '*'
standby A B
receiver A
check_everything
power_loss A

step "they are taken up at B" # Shows: 7.apply 3.losttncomplete
runbook lost-transactions "Steps"
runbook lost-transactions "How to know that it worked"
on B gbl get '^x("A",105)'
said "-105"
expect_equal B A
check_everything
