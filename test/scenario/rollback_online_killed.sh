# shellcheck shell=bash
# The command is killed in the middle of a rollback while the instance is up: nobody can update any more, and after a shutdown a
# rollback finds everything it needs.
only_headwater "failpoints are ours"
instance A B
root A
link A B
update A 100
expect_equal A B
stop_receiver B
receiver B -autorollback
allow HWPOOLDAMAGED REPLAHEAD
to=71

for point in RollbackUndone RollbackNotDecided RollbackDecided RollbackCut; do
  step "killed at $point"
  attempt A env HW_FAIL="$point:kill:1" mupip journal -rollback -backward -online -resync=$to -losttrans="$FOLDER/lost.glo" '*'
  [[ $STATUS -eq 137 ]] || fail "status $STATUS: $(cat "$SAID")"
  expect_message A 1 "%GTM-E-HWPOOLDAMAGED" gbl set '^a("refused")' 1
  attempt A mupip replicate -source -shutdown -timeout=0
  attempt A mupip rundown -region '*'
  forget_servers A
  expect_message A 170 "%GTM-E-REPLREQROLLBACK" \
    mupip replicate -source -start -passive -instsecondary=B -log="$FOLDER/A/source-B.log" -propagateprimary
  on A mupip journal -rollback -backward -resync=$to -losttrans="$FOLDER/lost.glo" '*'
  said "Journal seqno of the instance after rollback is $to "
  feed A B
  expect_log B receiver "Journal seqno of the instance after rollback is $to "
  update A 5
  expect_equal A B
  check_everything
  power_loss B
  expect_equal A B
  stop_receiver B
  receiver B -autorollback
  expect_equal A B
  to=$((to - 10))
done
