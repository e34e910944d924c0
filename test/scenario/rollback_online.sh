# shellcheck shell=bash
# An instance that is up is rolled back under the feet of its processes: A, the root, while an application updates it. B and C below
# it are then ahead; their receiver servers roll them back by themselves.
only_headwater "GT.M waits some seconds between the steps, and says other things"
instance A B C
root A
link A B
link B C
update A 100
expect_equal A B C
allow REPLAHEAD
application A
within "$DEADLINE_S" "the application has begun" past_seqno A 110

step "A goes back to seqno 51; its application goes on" # Shows: 4.online
on A mupip journal -rollback -backward -online -resync=51 -losttrans="$FOLDER/lost.glo" '*'
said "%GTM-I-ORLBKSTART, ONLINE ROLLBACK started on instance A corresponding to @/A/gtm.repl"
said "%GTM-I-RESOLVESEQNO, Resolving until sequence number 51 [0x0000000000000033]"
said "%GTM-I-ORLBKNOSTP, ONLINE ROLLBACK proceeding with database updates. MUPIP STOP will no longer be allowed"
said "%GTM-I-FILECREATE, Lost transactions extract file @/lost.glo created"
said "%GTM-I-ORLBKCMPLT, ONLINE ROLLBACK completed successfully on instance A corresponding to @/A/gtm.repl"
[[ $(head -n 1 "$FOLDER/lost.glo") == "GDSJEX07 ROLLBACK SECONDARY A" ]] || fail "$(head -n 1 "$FOLDER/lost.glo")"
within "$DEADLINE_S" "the application goes on" past_seqno A 70
on A gbl get '^x("A",49)'
said "value 49 of A"
attempt A gbl get '^a("A",64)'
[[ $STATUS -ne 0 ]] || fail "seqno 64 is still there: $(cat "$SAID")"
expect_history A "A 1 1" "A 51 2"
check_everything

step "its source server starts anew, and B finds itself ahead" # Shows: 4.wentback breaks.1 breaks.6
expect_log A source-B "Closing connection due to ONLINE ROLLBACK"
expect_log B receiver "%GTM-E-REPLAHEAD"
expect_gone B receiver
attempt B mupip replicate -receiver -shutdown -timeout=0

step "B and C roll back by themselves and go on" # Shows: 4.autorollback
stop_receiver C
receiver C -autorollback=verbose
receiver B -autorollback
for site in B C; do
  expect_log "$site" receiver "Initiating automatic rollback to match the replicating instance with a prior in-sync originating"
  expect_log "$site" receiver "Journal seqno of the instance after rollback is 51 [0x0000000000000033]"
  expect_log "$site" receiver "ONLINE FETCHRESYNC ROLLBACK completed successfully"
  [[ $(head -n 1 "$FOLDER/$site/gtm.lost") == "GDSJEX07 ROLLBACK SECONDARY $site" ]] || fail "$(head -n 1 "$FOLDER/$site/gtm.lost")"
done
stop_application A
expect_equal A B C
for site in B C; do expect_history "$site" "A 1 1" "A 51 2"; done
check_everything
power_loss B
expect_equal A B C

step "without a stop, and with -online of an instance that is down"
on C mupip journal -rollback -backward -online -resync=61 -losttrans="$FOLDER/lost-C.glo" '*'
expect_log C receiver "Closing connection due to ONLINE ROLLBACK"
expect_equal A B C
check_everything
power_loss C
expect_equal A B C
take_down C
on C mupip journal -rollback -backward -online -resync=55 '*'
said "Journal seqno of the instance after rollback is 55 "
check_everything
standby C B
receiver C
expect_equal A B C
power_loss C
expect_equal A B C
