# shellcheck shell=bash
# -changelog, -statslog and the filters' stops, of a source server and of a receiver server: what is said, and what is done.
instance A B
root A
link A B
update A 5
expect_equal A B
source="mupip replicate -source -instsecondary=B"
receiver="mupip replicate -receiver"

step "a source server's log" # Shows: 3.changelog
# shellcheck disable=SC2086
{
  on A $source -changelog -log="$FOLDER/A/source-B.log"
  said "Log file is already @/A/source-B.log. Not initiating change in log file"
  said "No change to log file or log interval"
  on A $source -changelog -log="$FOLDER/A/second-B.log"
  said "Initiating CHANGELOG operation on source server pid [$(source_pid A B)] for secondary instance [B]"
  said "Change log initiated with file @/A/second-B.log"
  expect_log A source-B "Changing log file to @/A/second-B.log"
  expect_log A second-B "Change log to @/A/second-B.log successful"
  on A $source -changelog -log_interval=7
  said "%GTM-I-CHANGELOGINTERVAL, Source Server is now logging to @/A/second-B.log every 7 transactions"
  expect_log A second-B "Changing log interval from 1000 to 7"
  on A $source -changelog -log_interval=7
  said "No change to log file or log interval"
  expect_message A 1 "%GTM-E-REPLLOGOPN, Replication subsystem could not open log file @/A/none/B.log: No such file or directory.  Logging done to @/A/second-B.log." \
    $source -changelog -log="$FOLDER/A/none/B.log"
}

step "a source server's statistics" # Shows: 3.statslog
# shellcheck disable=SC2086
{
  expect_message A 1 "STATSLOG is already OFF. Not initiating change in stats log" $source -statslog=off
  on A $source -statslog=on
  said "Initiating STATSLOG operation on source server pid [$(source_pid A B)] for secondary instance [B]"
  said "Stats log turned on"
  expect_log A second-B "Begin statistics logging"
  expect_message A 1 "STATSLOG is already ON. Not initiating change in stats log" $source -statslog=on
  on A $source -statslog=off
  said "STATSLOG turned OFF"
  expect_log A second-B "End statistics logging"
  expect_message A 250 "Invalid value for STATSLOG qualifier, must be either ON or OFF" $source -statslog=of
  expect_message A 250 "%GTM-E-CLISTRTOOLONG, STATSLOG specified is 5 bytes long which is greater than the allowed maximum of 3 bytes" \
    $source -statslog=maybe
}

step "a source server's filter, where there is none" # Shows: 3.stopfilter.none
# shellcheck disable=SC2086
expect_message A 1 "No filter currently active" $source -stopsourcefilter
said "Initiating STOPSOURCEFILTER operation on source server pid [$(source_pid A B)] for secondary instance [B]"

step "-activate takes a log, too" # Shows: 3.changelog
# shellcheck disable=SC2086
{
  on A $source -deactivate -rootprimary
  within "$DEADLINE_S" "it turns passive" expect_passive A B
  on A $source -activate -secondary=127.0.0.1:"$(port B)" -log="$FOLDER/A/third-B.log" -log_interval=9
  said "Signaling change in log file from @/A/second-B.log to @/A/third-B.log"
  said "Signaling change in log interval from 7 to 9"
  expect_log A third-B "Change log to @/A/third-B.log successful"
  update A 5
  expect_equal A B
}

step "a receiver server's log" # Shows: 3.changelog
# shellcheck disable=SC2086
{
  on B $receiver -changelog -log="$FOLDER/B/receiver.log"
  said "Log file is already @/B/receiver.log. Not initiating change in log file"
  said "No change to log file or log interval"
  on B $receiver -changelog -log="$FOLDER/B/second.log"
  said "Change log initiated with file @/B/second.log"
  expect_log B receiver "Changing log file to @/B/second.log"
  expect_log B second "Change log to @/B/second.log successful"
  expect_log B second.log.updproc "Change log to @/B/second.log.updproc successful"
  on B $receiver -changelog -log_interval=10,20
  said "%GTM-I-CHANGELOGINTERVAL, Receiver Server is now logging to @/B/second.log every 10 transactions"
  said "Change initiated with update process log interval 20"
  expect_log B second "Changing log interval from 1000 to 10"
  expect_log B second.log.updproc "Changing log interval from 1000 to 20"
  on B $receiver -changelog -log_interval=10
  said "Receiver log interval is already 10. Not initiating change in log interval"
  said "No change to log file or log interval"
  expect_message B 1 "%GTM-E-REPLLOGOPN, Replication subsystem could not open log file @/B/none/r.log: No such file or directory.  Logging done to @/B/second.log." \
    $receiver -changelog -log="$FOLDER/B/none/r.log"
}

step "a receiver server's statistics" # Shows: 3.statslog
# shellcheck disable=SC2086
{
  expect_message B 1 "STATSLOG is already OFF. Not initiating change in stats log" $receiver -statslog=off
  on B $receiver -statslog=on
  said "Stats log turned on"
  expect_log B second "Begin statistics logging"
  expect_message B 1 "STATSLOG is already ON. Not initiating change in stats log" $receiver -statslog=on
  update A 3
  # GT.M keeps such lines back for long.
  [[ $SYSTEM == gtm ]] || expect_log B second "Tr : "
  on B $receiver -statslog=off
  said "STATSLOG turned OFF"
  expect_log B second "End statistics logging"
  expect_message B 250 "Invalid value for STATSLOG qualifier, should be either ON or OFF" $receiver -statslog=of
}

step "a receiver server's filter, where there is none" # Shows: 3.stopfilter.none
# shellcheck disable=SC2086
expect_message B 1 "No filter currently active" $receiver -stopreceiverfilter
said "Initiating STOPRECEIVERFILTER operation on receiver server pid [$(receiver_pid B)]"
