# shellcheck shell=bash
# A process is stopped at each named point of its work (engine/base/failpoints.def). A reader and an update that come meanwhile are answered
# in time: they need not wait for it, or wake it up; its own work is done in the end.
only_headwater "the points at which a process stops are Headwater's"

# Where: A is an instance that is up, C a database that nobody has open. %S is a seqno to roll back to.
table() {
  cat <<'ROWS'
JournalClosedNotRenamed   A mupip set -journal=enable,on,before -region DEFAULT
JournalRenamedNotReplaced A mupip set -journal=enable,on,before -region DEFAULT
JournalFactsHalfChanged   A mupip set -journal=enable,on,before -region DEFAULT
CommitRecordsNotComplete  A gbl run batch
CommitDecidedNotApplied   A gbl run batch
CommitHalfApplied         A gbl run batch
CommitAppliedNotPublished A gbl run batch
CommitPublishedNotSynced  A gbl run durable
ImageHalfApplied          A mupip backup -replace DEFAULT copy.dat
BackupCopied              A mupip backup -replace DEFAULT copy.dat
BackupPointLeft           A mupip backup -replace DEFAULT copy.dat
BackupPublished           A mupip backup -replace DEFAULT copy.dat
RollbackUndone            A mupip journal -rollback -backward -online -resync=%S -losttrans=lost *
RollbackNotDecided        A mupip journal -rollback -backward -online -resync=%S -losttrans=lost *
RollbackDecided           A mupip journal -rollback -backward -online -resync=%S -losttrans=lost *
RollbackCut               A mupip journal -rollback -backward -online -resync=%S -losttrans=lost *
SettingsPrepared          C mupip set -journal=enable,on,before -region *
SettingsDecided           C mupip set -journal=enable,on,before -region *
SettingsJournalRenamed    C mupip set -journal=enable,on,before -region *
ImageNotRenamed           C mupip integ -rebuild -region *
ROWS
}
# Reached only by what the next waits for as for one of the table, or by a process that nobody waits for: a receiver, an update process, a
# command that copies or makes a database.
ELSEWHERE="JournalPutBackNotNamed JournalPutBackNotNoted SetInPlaceHalfWritten SetsBehindNotApplied SetsBehindNotMarked UpdateBatchDecided
  ReceivePoolWritten RestoreHalfApplied ForwardMarked ForwardBatchHalf ForwardNotSettled RefreshPieceSent RefreshReceived
  RefreshInstanceAside RefreshReplaced RefreshJournaled RefreshNotStarted"

step "the table has every point"
while read -r point; do
  [[ $ELSEWHERE == *$point* ]] || table | grep -q "^$point " || fail "no row for $point"
done < <(sed -n 's/^FAILPOINT(\([A-Za-z]*\),.*/\1/p' "$ROOT_OF_TREE/engine/base/failpoints.def")

instance A
root A
standby A Z
mkdir "$FOLDER/C"
global_directory C
on C mupip create
on C mupip set -journal=enable,on,before -region '*'
for site in A C; do on $site gbl set '^kept' 1; done
echo 'tstart ():(serial:transaction="BATCH") set ^a(9)=1,^x(9)=1 tcommit' >"$FOLDER/A/batch"
echo 'tstart  set ^a(9)=1,^x(9)=1 tcommit' >"$FOLDER/A/durable"

is_stopped() { grep -qs '^State:.*T' "/proc/$1/status"; }
stops_or_ends() { is_stopped "$1" || gone "$1"; }
while read -r point site command; do
  for question in "gbl get ^kept" "gbl set ^a(1) 1"; do
    step "$point: ${question%% ^*}"
    if [[ $command == *%S* ]]; then on A gbl set '^a(2)' 1; fi
    words=${command/\%S/$(seqno A)}
    (
      environment_of "$site"
      cd "$FOLDER/$site" || exit 1
      set -f
      # shellcheck disable=SC2086
      HW_FAIL=$point:stop exec $words >"$FOLDER/stopped" 2>&1 </dev/null
    ) &
    pid=$!
    within "$DEADLINE_S" "$words stops at $point" stops_or_ends $pid
    is_stopped $pid || fail "$words does not come to $point: $(cat "$FOLDER/stopped")"
    # shellcheck disable=SC2086
    LONGEST_COMMAND_S=$DEADLINE_S on "$site" $question
    [[ $question != *get* || $(cat "$SAID") == 1 ]] || fail "read: $(cat "$SAID")"
    kill -CONT $pid 2>/dev/null
    wait $pid || fail "$words, stopped at $point, ended with status $?: $(cat "$FOLDER/stopped")"
    on "$site" gbl set '^a(3)' "$point"
  done
done < <(table)
for site in A C; do on $site mupip integ -region '*'; done
