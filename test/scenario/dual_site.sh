# shellcheck shell=bash
# The dual-site level of the link: who serves it, what is refused while one end speaks it, and a pair of dual-site instances
# that fails over. GT.M has no such level any more.
only_headwater "GT.M V7 does not speak the dual-site level"
dual_site L M
instance A B C L M
root A

step "the instance files of the two versions are refused by each other" # Shows: 10.format
format="%GTM-E-REPLINSTFMT, Format error encountered while reading replication instance file @"
expect_message A 186 "$format/L/gtm.repl. Expected HWREPL01. Found HWDUAL01." env gtm_repl_level= \
  mupip replicate -editinstance -show "$FOLDER/L/gtm.repl"
expect_message A 186 "$format/L/gtm.repl" env gtm_repl_instance="$FOLDER/L/gtm.repl" \
  mupip replicate -source -start -passive -instsecondary=B -log="$FOLDER/A/refused.log"
expect_message L 186 "$format/A/gtm.repl. Expected HWDUAL01. Found HWREPL01." env gtm_repl_instance="$FOLDER/A/gtm.repl" \
  mupip replicate -source -start -passive -log="$FOLDER/L/refused.log"
on L mupip replicate -editinstance -show "$FOLDER/L/gtm.repl"
expect_message L 218 "gtm_repl_level is 3" env gtm_repl_level=3 mupip replicate -editinstance -show "$FOLDER/L/gtm.repl"

step "a multi-site root serves one dual-site secondary" # Shows: 10.level
link A L
update A 50
expect_equal A L
expect_log A source-L "Received REPL_START_JNL_SEQNO message"
[[ -z $(history_of L) ]] || fail "a dual-site instance has a history: $(history_of L)"

step "and no second one meanwhile" # Shows: 3.start.upgradesec.second 11.REPLUPGRADESEC
for how in -passive -secondary=127.0.0.1:1; do
  expect_message A 186 "%GTM-E-REPLUPGRADESEC, Attempted operation requires secondary instance L to support multi-site replication" \
    mupip replicate -source -start "$how" -instsecondary=B -log="$FOLDER/A/refused.log" -rootprimary
done
update A 20
expect_equal A L

step "a dual-site secondary is refused where there are more source servers" # Shows: 3.start.upgradesec.several
stop_receiver L
unfeed A L
link A B
feed A L
receiver L
expect_log A source-L "%GTM-E-REPLUPGRADESEC, Attempted operation requires secondary instance L to support multi-site replication"
expect_gone A source L
unfeed A L
expect_equal A B

step "and below a propagating primary" # Shows: 3.start.upgradesec.propagating
unset "ALLOWED[REPLUPGRADESEC]"
feed B L
expect_log B source-L "%GTM-E-REPLUPGRADESEC"
expect_gone B source L
unfeed B L
take_down A
take_down B
take_down L

step "a dual-site root feeds a multi-site secondary" # Shows: 10.level
instance_file B
instance_file L
root L
standby B L
receiver B -updateresync
# Shows: 10.version
printf 'HWRP\143\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' >"/dev/tcp/127.0.0.1/${PORT[B]}"
expect_log B receiver "%GTM-E-HWREPLPROTO, Replication connection protocol error: frame is of an unknown protocol level"
feed L B
update L 30
in_step L B
expect_log B receiver "Received REPL_WILL_RESTART_WITH_INFO message"

step "which may feed nobody" # Shows: 3.start.upgradepri 11.REPLUPGRADEPRI
upgradepri="%GTM-E-REPLUPGRADEPRI, Attempted operation requires primary instance unknown to support multi-site replication"
expect_message B 178 "$upgradepri" mupip replicate -source -start -secondary=127.0.0.1:1 -instsecondary=C \
  -log="$FOLDER/B/refused.log" -propagateprimary
expect_message B 178 "$upgradepri" mupip replicate -source -activate -secondary=127.0.0.1:1 -instsecondary=L \
  -log="$FOLDER/B/source-L.log" -propagateprimary
expect_passive B L >/dev/null || fail "the source server is not passive any more"
expect_message L 210 "%GTM-E-SRCSRVTOOMANY, Cannot start more than 1 source servers" \
  mupip replicate -source -start -passive -instsecondary=C -log="$FOLDER/L/refused.log" -rootprimary
update L 30
in_step L B

step "nor meet its dual-site primary while it feeds somebody" # Shows: 3.receiver.upgradepri
unfeed L B
feed B C
receiver C
feed L B
expect_log B receiver "$upgradepri"
expect_gone B receiver
attempt B mupip replicate -receiver -shutdown -timeout=0 # Its update process runs on.
take_down B
take_down C
take_down L

step "two dual-site instances: what the old primary has alone is rolled back"
root L
link L M
update L 40
expect_equal L M
freeze L source M
update L 7
crash L
promote M L
update M 20
attempt L mupip rundown -region '*'
on L mupip journal -rollback -backward -fetchresync="${PORT[L]}" -losttrans="$FOLDER/lost.glo" '*'
[[ $(grep -c '\\' "$FOLDER/lost.glo") -ge 7 ]] || fail "seven transactions were lost: $(cat "$FOLDER/lost.glo")"
standby L M
receiver L
update M 20
expect_equal M L
